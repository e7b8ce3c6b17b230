"""Files in a directory that `tempfile` makes, and `/dev/null`: no product of the task, whatever is done with them."""

from __future__ import annotations

import ast

from codemods.python.effects.external import origin_of
from codemods.python.names import dotted_name
from codemods.python.scopes import Scope, Sources

_MAKERS = frozenset(
    f"tempfile.{name}"
    for name in ("TemporaryDirectory", "NamedTemporaryFile", "mkdtemp", "mkstemp", "gettempdir")
)
_SAME = frozenset("str os.fspath pathlib.Path os.path.join".split())
_DEEPEST = 8


def is_scratch(path: ast.expr, scope: Scope, sources: Sources) -> bool:
    """Whether a path certainly lies in the system's directory for temporary files.

    Each name on the way is bound once, and what is joined to the directory is written out, so that it cannot leave it.
    """
    return _is_made(path, scope, sources, 0)


def _is_made(node: ast.AST, scope: Scope, sources: Sources, depth: int) -> bool:
    if depth > _DEEPEST:
        return False
    if isinstance(node, ast.Attribute) and dotted_name(node) == "os.devnull":
        return True
    if isinstance(node, ast.Constant) and node.value == "/dev/null":
        return True
    if isinstance(node, ast.Name):
        values = scope.values_of(node.id) or ()
        return len(values) == 1 and _is_made(values[0], scope, sources, depth + 1)
    if isinstance(node, ast.withitem):
        return _is_made(node.context_expr, scope, sources, depth + 1)
    if isinstance(node, ast.Attribute) and node.attr == "name":
        return _is_made(node.value, scope, sources, depth + 1)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value == 1:
        return isinstance(node.value, ast.Call) and _makes(node.value, scope, sources)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return _stays(node.right) and _is_made(node.left, scope, sources, depth + 1)
    if not isinstance(node, ast.Call):
        return False
    if _makes(node, scope, sources):
        return True
    name = origin_of(node, scope, sources) or dotted_name(node.func) or ""
    if name not in _SAME or not node.args or node.keywords:
        return False
    return all(map(_stays, node.args[1:])) and _is_made(node.args[0], scope, sources, depth + 1)


def _makes(call: ast.Call, scope: Scope, sources: Sources) -> bool:
    """Whether a call makes such a directory or file: with `dir=`, or a third argument, it may lie anywhere."""
    given = {k.arg for k in call.keywords}
    return (
        origin_of(call, scope, sources) in _MAKERS
        and not given & {"dir", None}
        and (len(call.args) < 3 or origin_of(call, scope, sources) == "tempfile.NamedTemporaryFile")
        and len(call.args) < 6
    )


def _stays(part: ast.expr) -> bool:
    """Whether what is joined to a directory begins with a written name, so that it stays below it."""
    if isinstance(part, ast.JoinedStr) and part.values:
        return _stays(part.values[0]) and not any(
            isinstance(v, ast.Constant) and ".." in str(v.value) for v in part.values
        )
    text = part.value if isinstance(part, ast.Constant) else None
    return isinstance(text, str) and text[:1] not in {"", "/", "~"} and ".." not in text
