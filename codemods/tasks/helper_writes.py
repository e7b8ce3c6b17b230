"""What a helper method writes by itself, as expressions of its parameters."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemods.python.classes import Function
from codemods.python.opening import (
    check_encoding,
    check_text_mode,
    is_idle,
    is_marker,
    joined,
    open_mode,
    opened_path,
    written_expression,
)
from codemods.python.scopes import parameters
from codemods.python.substitution import substitute


@dataclass(frozen=True)
class HelperWrite:
    """One file that a helper writes.

    Attributes:
        path: the path or target, in terms of the helper's parameters.
        content: the text.
        call: the writing or opening call.
        is_target: whether `path` is opened by a method of its own.
    """

    path: ast.expr
    content: ast.expr
    call: ast.Call
    is_target: bool


def straight_line_writes(function: Function) -> tuple[HelperWrite, ...] | None:
    """All writes of a helper that is straight-line code, None for one that is not.

    Raises:
        Refused: a file is opened in a way that a row cannot hold.
    """
    if not isinstance(function, ast.FunctionDef):
        return None
    assigned: dict[str, ast.expr] = {}
    found: list[HelperWrite] = []
    for statement in function.body:
        if is_idle(statement, "") or _prepares_directory(statement) or isinstance(statement, ast.Return):
            continue
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            if len(targets) != 1 or not isinstance(targets[0], ast.Name) or statement.value is None:
                return None
            assigned[targets[0].id] = substitute(statement.value, assigned)
            continue
        write = _write(statement)
        if write is None:
            return None
        path, content = substitute(write.path, assigned), substitute(write.content, assigned)
        found.append(HelperWrite(path, content, write.call, write.is_target))
    rebound = {p.arg for p in parameters(function)} & set(assigned)
    return None if rebound else tuple(found)


def _prepares_directory(statement: ast.stmt) -> bool:
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] in {"mkdir", "makedirs"}


def _write(statement: ast.stmt) -> HelperWrite | None:
    if isinstance(statement, ast.With) and len(statement.items) == 1:
        item = statement.items[0]
        call, handle = item.context_expr, item.optional_vars
        path = opened_path(call) if isinstance(call, ast.Call) else None
        if path is None or not isinstance(call, ast.Call) or not isinstance(handle, ast.Name):
            return None
        if not check_text_mode(call, open_mode(call), call):
            return None
        parts = [(s, written_expression(s, handle.id)) for s in statement.body]
        written = [e for _, e in parts if e is not None]
        if not written or any(e is None and not is_idle(s, handle.id) for s, e in parts):
            return None
        is_target = isinstance(call.func, ast.Attribute) and path is call.func.value
        return HelperWrite(path, joined(written), call, is_target)
    marked = _marked(statement)
    if marked is not None:
        return marked
    written_text = statement.value if isinstance(statement, ast.Expr) else None
    if (
        isinstance(written_text, ast.Call)
        and isinstance(written_text.func, ast.Attribute)
        and written_text.func.attr == "write_text"
        and len(written_text.args) == 1
    ):
        check_encoding(written_text, written_text)
        return HelperWrite(written_text.func.value, written_text.args[0], written_text, is_target=False)
    return None


def _marked(statement: ast.stmt) -> HelperWrite | None:
    """The write of `target.open("w").close()`: an empty file."""
    closed = statement.value if isinstance(statement, ast.Expr) else None
    opened = (
        closed.func.value if isinstance(closed, ast.Call) and isinstance(closed.func, ast.Attribute) else None
    )
    if not isinstance(opened, ast.Call) or not is_marker(statement, opened):
        return None
    path = opened_path(opened)
    if path is None or not check_text_mode(opened, open_mode(opened), opened):
        return None
    is_target = isinstance(opened.func, ast.Attribute) and path is opened.func.value
    return HelperWrite(path, ast.Constant(""), opened, is_target)
