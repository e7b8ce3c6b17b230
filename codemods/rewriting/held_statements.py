"""A method whose statements became a function inside of it, which is called once and whose result is returned."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.python.classes import Function
from codemods.python.frame_nodes import names_bound_by
from codemods.python.scopes import own_nodes, parameters
from codemods.python.trees import walk

_LEAVING = (ast.Return, ast.Break, ast.Continue, ast.Yield, ast.YieldFrom, ast.Await)


@dataclass(frozen=True)
class Held:
    """Such a method.

    Attributes:
        function: the function inside.
        wrap: the `try` that calls it.
        around: the statements beside the two and inside of the `try`, without the `return`.
    """

    function: ast.FunctionDef
    wrap: ast.Try
    around: tuple[ast.stmt, ...]


def held_statements(method: Function) -> Held | None:
    """The function and the `try` of such a method, None for a method of another form."""
    if not isinstance(method, ast.FunctionDef) or len(method.body) < 2:
        return None
    *before, function, wrap = method.body
    if not isinstance(function, ast.FunctionDef) or not isinstance(wrap, ast.Try) or wrap.orelse:
        return None
    if function.decorator_list or function.returns is not None or parameters(function):
        return None
    called = [s for s in wrap.body if _is_call_of(s, function.name)]
    last = wrap.body[-1]
    if len(called) != 1 or not isinstance(last, ast.Return):
        return None
    answer = called[0].targets[0].id  # type: ignore[attr-defined]
    if not isinstance(last.value, ast.Name) or last.value.id != answer:
        return None
    mentioned = [n for n in walk(method) if isinstance(n, ast.Name) and n.id == function.name]
    behind = wrap.body[wrap.body.index(called[0]) + 1 : -1]
    if len(mentioned) != 1 or any(answer in names_bound_by(n) for s in behind for n in walk(s)):
        return None
    return Held(function, wrap, (*before, *wrap.body[:-1]))


def damage_by_holding(original: Function, held: Held) -> Iterator[str]:
    """What original statements would mean otherwise inside of the function."""
    shared = {n for s in held.function.body if isinstance(s, ast.Nonlocal) for n in s.names}
    nodes = own_nodes(original)
    declared = {n for node in nodes if isinstance(node, ast.Global | ast.Nonlocal) for n in node.names}
    bound = {name for node in nodes for name in names_bound_by(node)} - declared
    given = [p.arg for p in parameters(original)]
    for name in given:
        if name in bound - shared:
            yield f"the parameter {name} is bound anew in a function that does not share it"
    for name in sorted((shared & bound) - set(given)):
        yield f"an inserted statement shares {name}, which the original uses"
    if any(isinstance(node, ast.Yield | ast.YieldFrom | ast.Await) for node in nodes):
        yield "the statements of a generator or a coroutine stand in a function of their own"
    if any(_is_bare_super(node) for node in walk(original)):
        yield "super() stands in a function of its own"
    if any(isinstance(n, _LEAVING) for s in held.around for n in walk(s)):
        yield "an inserted statement leaves the method"


def _is_call_of(statement: ast.stmt, name: str) -> bool:
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return False
    call = statement.value
    return (
        isinstance(statement.targets[0], ast.Name)
        and isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == name
        and not call.args
        and not call.keywords
    )


def _is_bare_super(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return False
    return node.func.id == "super" and not node.args
