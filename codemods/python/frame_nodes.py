"""The nodes that run in one frame, and the names that each of them binds."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from codemods.python.trees import push_children


def nodes_of_frame(roots: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """The given nodes and all below them that run in the same frame, in source order."""
    stack = list(roots[::-1])
    while stack:
        node = stack.pop()
        yield node
        kind = node.__class__
        if kind in _LEAVES:
            continue
        if kind in _DEFINITIONS:
            stack.extend(reversed(node.decorator_list))  # type: ignore[attr-defined]
        elif kind is not ast.Lambda:
            push_children(node, stack)


_LEAVES = frozenset({ast.Name, ast.Constant})
_DEFINITIONS = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef})
NAME_FIELDS: dict[type[ast.AST], str] = {
    **dict.fromkeys((ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler), "name"),
    **dict.fromkeys((ast.MatchAs, ast.MatchStar), "name"),
    ast.MatchMapping: "rest",
}


def names_bound_by(node: ast.AST) -> tuple[str, ...]:
    """The names that one node, without those below it, binds or deletes as variables of its frame."""
    kind = node.__class__
    if kind is ast.Name:
        return () if node.ctx.__class__ is ast.Load else (node.id,)  # type: ignore[attr-defined]
    field_name = NAME_FIELDS.get(kind)
    if field_name is not None:
        name = getattr(node, field_name)
        return (name,) if name else ()
    if isinstance(node, ast.alias):
        return (node.asname or node.name.partition(".")[0],)
    return ()
