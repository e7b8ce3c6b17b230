"""Answers that a method returns as they are: its statements become a function inside of it, which the steps call.

So the answer has a name before it is given back, and no original statement is changed.
"""

from __future__ import annotations

import ast

from codemods.python.frame_nodes import names_bound_by
from codemods.python.scopes import own_nodes, parameters
from codemods.python.trees import walk
from codemods.refusals import Refused
from codemods.tasks.context import TaskContext

RETURNED = "answer"
"""What the answer is called before a free name is picked for it."""


def require_a_returned_answer(context: TaskContext, call: ast.Call) -> None:
    """Raises Refused where the method's statements would mean something else inside of a function of their own."""
    why = ""
    if isinstance(context.entry, ast.AsyncFunctionDef):
        why = "in a coroutine"
    elif any(isinstance(n, ast.Yield | ast.YieldFrom) for n in own_nodes(context.entry)):
        why = "by a generator"
    elif any(_is_bare_super(n) for n in walk(context.entry)):
        why = "by a method that uses super()"
    if why:
        raise Refused("DBR102", f"the result of {ast.unparse(call.func)} is returned directly {why}", call)


def rebound_parameters(context: TaskContext) -> tuple[str, ...]:
    """The parameters that the method's own statements bind anew, in their order."""
    bound = {name for node in own_nodes(context.entry) for name in names_bound_by(node)}
    shared = {
        name
        for node in own_nodes(context.entry)
        if isinstance(node, ast.Global | ast.Nonlocal)
        for name in node.names
    }
    return tuple(p.arg for p in parameters(context.entry) if p.arg in bound - shared)


def _is_bare_super(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "super"
        and not node.args
    )
