"""The attribute of a task that says whether a database step runs, for handlers of one method around calls of another.

Methods that call each other run one after the other: what hands a method on, to a thread for instance, is refused. So
one attribute says it for all of them.
"""

from __future__ import annotations

import ast
import itertools

from codemods.python.trees import walk
from codemods.refusals import Refused
from codemods.tasks.context import TaskContext
from codemods.tasks.sdk_calls import NOT_RECORDED

_OWN_ATTRIBUTES = frozenset({"__setattr__", "__slots__"})


def task_flag(context: TaskContext) -> str:
    """The expression of an attribute that no class of the task's line, nor an heir, has or mentions."""
    classes = [
        *context.sources.classes.line(context.owner),
        *context.sources.classes.subclasses(context.owner),
    ]
    taken = {
        name
        for item in classes
        for node in walk(item.node)
        for name in (getattr(node, "attr", None), getattr(node, "id", None), getattr(node, "name", None))
        if isinstance(name, str)
    }
    numbered = (f"database_step_{number}" for number in itertools.count(2))
    free = next(n for n in itertools.chain(("database_step",), numbered) if n not in taken)
    return f"{context.scope.self_name or 'self'}.{free}"


def require_plain_attributes(context: TaskContext, node: ast.AST) -> None:
    """Raises Refused where the class decides itself what setting an attribute does."""
    for item in context.sources.classes.line(context.owner):
        for statement in item.node.body:
            names = {getattr(statement, "name", "")}
            names |= {
                n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            }
            if names & _OWN_ATTRIBUTES:
                raise Refused(NOT_RECORDED, f"{item.node.name} decides which attributes can be set", node)
