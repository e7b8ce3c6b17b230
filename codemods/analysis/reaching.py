"""Which assignment gives a name its value at one place, where the order of the statements decides it."""

from __future__ import annotations

import ast

from codemods.analysis.statements import bound_names
from codemods.resolution.classes import Function
from codemods.walking import walk

_LOOPS = (ast.For, ast.AsyncFor, ast.While)


def reaching_value(function: ast.AST, use: ast.Name) -> ast.expr | None:
    """The value assigned to the name last, on every way to its use; None where that is not a single assignment.

    Args:
        function: the function that binds the name and holds the use, not inside a nested function.
        use: the place where the name is read, as parsed from the file.
    """
    suite = getattr(function, "body", None)
    if not isinstance(suite, list):
        return None
    value: ast.expr | None = None
    while True:
        holder = None
        for statement in suite:
            if _holds(statement, use):
                holder = statement
                break
            if use.id in bound_names(statement):
                value = _assigned(statement, use.id)
        if holder is None or isinstance(holder, Function | ast.ClassDef):
            return None
        inner = next((s for s in _suites(holder) if any(_holds(statement, use) for statement in s)), None)
        if inner is None:
            return value
        if _may_bind_before(holder, inner, use.id):
            value = None
        suite = inner


def _may_bind_before(holder: ast.stmt, inner: list[ast.stmt], name: str) -> bool:
    """Whether entering a suite of a compound statement can follow a binding made inside of that statement."""
    if isinstance(holder, _LOOPS):
        return name in bound_names(holder)
    others = [s for s in _suites(holder) if s is not inner]
    if isinstance(holder, ast.If):
        others = []
    in_header = any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
        for field, part in ast.iter_fields(holder)
        if field in {"items", "test", "subject", "cases", "handlers"}
        for node in (n for p in (part if isinstance(part, list) else [part]) for n in ast.walk(p))
    )
    return in_header or any(name in bound_names(s) for suite in others for s in suite)


def _suites(statement: ast.stmt) -> list[list[ast.stmt]]:
    parts = [getattr(statement, name, []) for name in ("body", "orelse", "finalbody")]
    parts.extend(part.body for name in ("handlers", "cases") for part in getattr(statement, name, []))
    return [p for p in parts if isinstance(p, list) and p]


def _holds(statement: ast.stmt, use: ast.Name) -> bool:
    decorators = getattr(statement, "decorator_list", ())
    first = min([statement.lineno, *(d.lineno for d in decorators)])
    if not first <= use.lineno <= (statement.end_lineno or statement.lineno):
        return False
    return any(node is use for node in walk(statement))


def _assigned(statement: ast.stmt, name: str) -> ast.expr | None:
    if isinstance(statement, ast.Assign):
        if all(isinstance(t, ast.Name) for t in statement.targets):
            return statement.value
    elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return statement.value
    return None
