"""The texts that an expression can be, where its parts are all in sight: `"sa" + "ve"`, the names of a loop."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from codemods.python.frames import Frame

_DEEPEST = 12
_MOST = 64


def texts_of(node: ast.AST | None, frame: Frame) -> frozenset[str] | None:
    """All texts that an expression can be.

    Args:
        node: the expression.
        frame: where it stands.

    Returns:
        The texts; None where it may be another one.
    """
    return _texts(node, frame, _DEEPEST)


def _texts(node: ast.AST | None, frame: Frame, depth: int) -> frozenset[str] | None:
    if depth == 0:
        return None
    if isinstance(node, ast.Constant):
        return frozenset({node.value}) if isinstance(node.value, str) else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _joined([_texts(node.left, frame, depth - 1), _texts(node.right, frame, depth - 1)])
    if isinstance(node, ast.JoinedStr):
        return _joined(_texts(part, frame, depth - 1) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        plain = node.conversion == -1 and node.format_spec is None
        return _texts(node.value, frame, depth - 1) if plain else None
    if isinstance(node, ast.IfExp):
        return _any(_texts(part, frame, depth - 1) for part in (node.body, node.orelse))
    if isinstance(node, ast.BoolOp):
        return _any(_texts(part, frame, depth - 1) for part in node.values)
    if isinstance(node, ast.Name):
        return _of_name(node.id, frame, depth)
    return None


def _of_name(name: str, frame: Frame, depth: int) -> frozenset[str] | None:
    holder: Frame | None = frame
    while holder is not None and name not in holder.bindings:
        holder = holder.parent
    if holder is None:
        top = frame.of_module(frame.module)
        bound = frame.module.bindings.get(name)
        if name in frame.module.alternatives or name in top.assigned_globals:
            return None
        return _texts(bound, top, depth - 1) if isinstance(bound, ast.expr) else None
    return _any(_bound(value, holder, depth) for value in holder.bindings[name])


def _bound(value: ast.AST, frame: Frame, depth: int) -> frozenset[str] | None:
    if isinstance(value, ast.For | ast.AsyncFor | ast.comprehension):
        if not isinstance(value.target, ast.Name):
            return None
        listed = value.iter
        if isinstance(listed, ast.List | ast.Tuple | ast.Set):
            return _any(_texts(element, frame, depth - 1) for element in listed.elts)
        return None
    if isinstance(value, ast.AnnAssign):
        value = value.value or value
    return _texts(value, frame, depth - 1) if isinstance(value, ast.expr) else None


def _joined(parts: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    found = frozenset({""})
    for part in parts:
        if part is None or len(found) * len(part) > _MOST:
            return None
        found = frozenset(left + right for left in found for right in part)
    return found


def _any(parts: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    found: frozenset[str] = frozenset()
    for part in parts:
        if part is None:
            return None
        found |= part
    return found
