"""What a writer's source says: the text that it puts into the file it is given."""

from __future__ import annotations

import ast

from codemods.python.classes import Function
from codemods.python.names import dotted_name
from codemods.python.opening import (
    check_encoding,
    check_text_mode,
    is_idle,
    joined,
    open_mode,
    opened_path,
    written_expression,
)
from codemods.python.scopes import parameters
from codemods.python.statements import read_names
from codemods.python.substitution import substitute
from codemods.refusals import Refused


def path_parameter(function: Function, path_index: int | str, *, bound: bool) -> str | None:
    """The parameter that the argument at a position or keyword is bound to."""
    if isinstance(path_index, str):
        names = {a.arg for a in parameters(function)}
        return path_index if path_index in names else None
    names_in_order = [a.arg for a in (*function.args.posonlyargs, *function.args.args)][1 if bound else 0 :]
    return names_in_order[path_index] if path_index < len(names_in_order) else None


def written_text(function: ast.FunctionDef, path_parameter: str) -> ast.expr | None:
    """The text that a writer puts into the file it is given, if the writer is straight-line code."""
    aliases = {path_parameter}
    assigned: dict[str, ast.expr] = {}
    content: ast.expr | None = None
    for statement in function.body:
        if content is not None:
            if isinstance(statement, ast.Return) and statement.value is None:
                continue
            if not is_idle(statement, ""):
                return None
            continue
        if is_idle(statement, "") or _makes_directory(statement):
            continue
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
            if not isinstance(target, ast.Name) or statement.value is None:
                return None
            if isinstance(statement, ast.Assign) and len(statement.targets) > 1:
                return None
            if _is_path_of(statement.value, aliases):
                aliases.add(target.id)
            elif aliases & read_names(statement.value):
                return None
            else:
                assigned[target.id] = substitute(statement.value, assigned)
            continue
        written = _single_write(statement, aliases)
        if written is None or aliases & read_names(written):
            return None
        content = substitute(written, assigned)
    if content is None:
        return None
    rebound = {p.arg for p in parameters(function)} & set(assigned)
    return None if rebound else content


def _single_write(statement: ast.stmt, aliases: set[str]) -> ast.expr | None:
    if isinstance(statement, ast.With) and len(statement.items) == 1:
        item = statement.items[0]
        call, handle = item.context_expr, item.optional_vars
        if not isinstance(call, ast.Call) or not isinstance(handle, ast.Name):
            return None
        opened = opened_path(call)
        if opened is None or not _is_path_of(opened, aliases) or not _is_plain_text_write(call):
            return None
        parts = [(s, written_expression(s, handle.id)) for s in statement.body]
        expressions = [e for _, e in parts if e is not None]
        if any(e is None and not is_idle(s, handle.id) for s, e in parts) or not expressions:
            return None
        return joined(expressions)
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        call = statement.value
        if (
            isinstance(call.func, ast.Attribute)
            and call.func.attr == "write_text"
            and _is_path_of(call.func.value, aliases)
            and len(call.args) == 1
            and _is_plain_encoding(call)
        ):
            return call.args[0]
    return None


def _is_plain_text_write(call: ast.Call) -> bool:
    try:
        return check_text_mode(call, open_mode(call), call)
    except Refused:
        return False


def _is_plain_encoding(call: ast.Call) -> bool:
    try:
        check_encoding(call, call)
    except Refused:
        return False
    return True


def _is_path_of(expression: ast.expr, aliases: set[str]) -> bool:
    """Whether an expression is the given path: the name itself, or `Path(name)`, `str(name)` around it."""
    while isinstance(expression, ast.Call) and len(expression.args) == 1:
        if (dotted_name(expression.func) or "").rpartition(".")[2] not in {"Path", "str", "fspath"}:
            return False
        expression = expression.args[0]
    return isinstance(expression, ast.Name) and expression.id in aliases


def _makes_directory(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Call)
        and (dotted_name(statement.value.func) or ast.unparse(statement.value.func)).rpartition(".")[2]
        in {"mkdir", "makedirs"}
    )
