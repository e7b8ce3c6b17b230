"""What reading an attribute of an object of a class in sight does: whether it is there, and whether code runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.python.classes import ClassRef, ClassResolver, Function
from codemods.python.trees import walk

_HOOKS = ("__getattr__", "__getattribute__")


def is_quietly_read(ref: ClassRef, name: str, classes: ClassResolver) -> bool:
    """Whether no code of the class runs that could fail, or be noticed, when an attribute is read.

    Args:
        ref: the class.
        name: the attribute.
        classes: resolves its bases.
    """
    if any(classes.method(ref, hook) is not None for hook in _HOOKS):
        return False
    method = classes.method(ref, name)
    if method is not None and method.method is not None:
        return _only_gives(method.method)
    return not any(
        isinstance(value, ast.Call) and _is_descriptor(value, item, classes)
        for item in classes.line(ref)
        for value in _bound_in_body(item, name)
    )


def is_always_bound(ref: ClassRef, name: str, classes: ClassResolver) -> bool:
    """Whether every object of a class has an attribute as soon as it is made.

    Args:
        ref: the class.
        name: the attribute.
        classes: resolves its bases.
    """
    line = classes.line(ref)
    if any(_removes(item, name) for item in line):
        return False
    if classes.method(ref, name) is not None or any(
        value is not None for item in line for value in _bound_in_body(item, name)
    ):
        return True
    if classes.is_dataclass(ref) or classes.is_pydantic(ref):
        return True  # its annotations are what it is made with
    made = classes.method(ref, "__init__")
    return made is not None and made.method is not None and _assigns_at_once(made.method, name)


def _only_gives(method: Function) -> bool:
    """Whether a property does nothing but give a constant or another attribute, or it is a plain method."""
    if not method.decorator_list:
        return False
    body = [s for s in method.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    if len(body) != 1 or not isinstance(body[0], ast.Return):
        return False
    given = body[0].value
    return isinstance(given, ast.Constant) or (
        isinstance(given, ast.Attribute) and isinstance(given.value, ast.Name)
    )


def _bound_in_body(item: ClassRef, name: str) -> Iterator[ast.expr | None]:
    for statement in item.node.body:
        targets: list[ast.expr] = []
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        if any(isinstance(t, ast.Name) and t.id == name for t in targets) and isinstance(
            statement, ast.Assign | ast.AnnAssign
        ):
            yield statement.value


def _is_descriptor(value: ast.Call, item: ClassRef, classes: ClassResolver) -> bool:
    made = classes.resolve(value.func, item.module)
    return made is not None and classes.method(made, "__get__") is not None


def _removes(item: ClassRef, name: str) -> bool:
    return any(
        isinstance(node, ast.Attribute) and node.attr == name and isinstance(node.ctx, ast.Del)
        for node in walk(item.node)
    )


def _assigns_at_once(method: Function, name: str) -> bool:
    """Whether an `__init__` assigns an attribute on its first level, with nothing before that could leave it."""
    self_name = next((a.arg for a in (*method.args.posonlyargs, *method.args.args)), "")
    for statement in method.body:
        if any(isinstance(node, ast.Return) for node in walk(statement)):
            return False
        targets: list[ast.expr] = []
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets = [statement.target]
        for target in targets:
            for part in target.elts if isinstance(target, ast.Tuple | ast.List) else [target]:
                if (
                    isinstance(part, ast.Attribute)
                    and part.attr == name
                    and isinstance(part.value, ast.Name)
                    and part.value.id == self_name
                ):
                    return True
    return False
