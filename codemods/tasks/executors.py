"""What the source of an executor says of its attempts."""

from __future__ import annotations

import ast

from codemods.python.call_facts import called_name
from codemods.python.classes import ClassRef
from codemods.python.trees import walk
from codemods.tasks.context import TaskContext


def element_of(ref: ClassRef | None, attribute: str, context: TaskContext) -> ClassRef | None:
    """The class of the elements of a list that a class's own `__init__` makes: `self.attempts: list[Attempt] = []`."""
    classes = context.sources.classes
    made = classes.method(ref, "__init__") if ref is not None else None
    if made is None or made.method is None:
        return None
    for node in walk(made.method):
        if (
            isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Attribute)
            and node.target.attr == attribute
            and isinstance(node.annotation, ast.Subscript)
            and called_name(ast.Call(node.annotation.value, [], [])) in {"list", "List"}
        ):
            return classes.resolve(node.annotation.slice, made.owner.module)
    return None
