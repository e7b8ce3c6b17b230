"""Bindings of a class body that its plain reading, statement by statement, does not give: which one wins is open."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

from codemods.python.frame_nodes import names_bound_by, nodes_of_frame
from codemods.python.names import dotted_name
from codemods.python.trees import walk

_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
_SIMPLE = (ast.Assign, ast.AnnAssign, ast.Expr, ast.ClassDef, ast.Import, ast.ImportFrom)
_OF_THE_NAMESPACE = frozenset({"locals", "vars", "exec", "eval", "globals"})
_GO_TOGETHER = frozenset({"setter", "getter", "deleter", "overload", "register"})
"""Decorators of functions that share a name with others and are one member with them."""


@lru_cache(maxsize=1 << 12)
def open_bindings(node: ast.ClassDef) -> Mapping[str, ast.stmt]:
    """The members that another binding of the class body may replace, by name, each with the statement that does.

    What stands below a condition, a loop or a `try`, what is bound or deleted after another member of its name, and
    what a `:=` binds. `*` is every member: the body calls `locals()`, `exec` or `eval`.
    """
    found: dict[str, ast.stmt] = {}
    bound: dict[str, ast.stmt] = {}
    for statement in node.body:
        plain = isinstance(statement, (*_SIMPLE, *_FUNCTION))
        for name in dict.fromkeys(_bound(statement)):
            before = bound.get(name)
            if not plain or (before is not None and not _go_together(before, statement)):
                found.setdefault(name, statement)
            bound[name] = statement
        for name in _beside(statement):
            found.setdefault(name, statement)
    return MappingProxyType(found)


def bound_otherwise(node: ast.ClassDef) -> Iterator[tuple[str, ast.stmt]]:
    """The members that the class body binds at its top level by anything but a `def`."""
    for statement in node.body:
        if not isinstance(statement, _FUNCTION):
            for name in _bound(statement):
                yield name, statement


def _bound(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.AnnAssign) and statement.value is None:
        return
    if isinstance(statement, ast.If) and (dotted_name(statement.test) or "").endswith("TYPE_CHECKING"):
        for other in statement.orelse:
            yield from _bound(other)
        return
    nodes = list(nodes_of_frame([statement]))
    within = {id(n) for c in nodes if isinstance(c, ast.comprehension) for n in walk(c.target)}
    for node in nodes:
        if id(node) not in within:
            yield from names_bound_by(node)


def _go_together(before: ast.stmt, after: ast.stmt) -> bool:
    """Whether a second binding adds to the first one, as a property's setter does, or comes to a plain value of it."""
    if not isinstance(before, _FUNCTION):
        return isinstance(after, _FUNCTION)
    if not isinstance(after, _FUNCTION):
        return False
    return any(
        (dotted_name(d.func if isinstance(d, ast.Call) else d) or "").rpartition(".")[2] in _GO_TOGETHER
        for function in (before, after)
        for d in function.decorator_list
    )


def _beside(statement: ast.stmt) -> Iterator[str]:
    """What a statement binds besides its targets."""
    for node in nodes_of_frame([statement]):
        if isinstance(node, ast.NamedExpr) and isinstance(node.target, ast.Name):
            yield node.target.id
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in _OF_THE_NAMESPACE
        ):
            yield "*"
