"""Members that the steps rest on and that are bound anew: what was read of the class is not what runs then."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache

from codemods.python.classes import ClassRef, Function
from codemods.python.names import dotted_name
from codemods.python.scopes import own_nodes
from codemods.python.trees import walk
from codemods.refusals import Refused
from codemods.tasks.context import TaskContext

_TRANSPARENT = frozenset(
    "property cached_property lru_cache cache override final abstractmethod wraps".split()
)


def require_as_read(context: TaskContext, functions: Iterable[Function]) -> None:
    """Refuses a task whose `output()`, entry method or parameters are replaced at run time.

    Args:
        context: the task.
        functions: those of its own methods that the entry method leads to.

    Raises:
        Refused: one is.
    """
    line = context.sources.classes.line(context.owner)
    made = {*(f.name for f in _methods(line)), *_parameters_of(line)}
    own = context.scope.self_name
    for function in functions:
        for node in own_nodes(function):
            if not isinstance(node, ast.Attribute) or isinstance(node.ctx, ast.Load):
                continue
            name = node.attr
            if name in made and dotted_name(node) == f"{own}.{name}" and not _has_setter(name, line):
                raise Refused("DBR004", f"self.{name} is bound anew", node)
    names = {"output", context.entry.name}
    for module in {id(item.module): item.module for item in line}.values():
        for name, node in _replaced(module.tree):
            if name in names:
                raise Refused(
                    "DBR004", f"{ast.unparse(node)} replaces a method on line {node.lineno}", context.entry
                )
    output = context.sources.classes.method(context.owner, "output")
    for decorator in output.method.decorator_list if output is not None and output.method is not None else ():
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if (dotted_name(called) or "").rpartition(".")[2] not in _TRANSPARENT:
            raise Refused("DBR409", f"output() is decorated with {ast.unparse(called)}", context.entry)


def _methods(line: Iterable[ClassRef]) -> Iterator[Function]:
    return (s for item in line for s in item.node.body if isinstance(s, Function))


def _has_setter(name: str, line: Iterable[ClassRef]) -> bool:
    return any(
        isinstance(d, ast.Attribute) and d.attr == "setter"
        for method in _methods(line)
        if method.name == name
        for d in method.decorator_list
    )


def _parameters_of(line: Iterable[ClassRef]) -> Iterator[str]:
    """The names of the parameters of Luigi's."""
    for item in line:
        for statement in item.node.body:
            value = statement.value if isinstance(statement, ast.Assign) else None
            if isinstance(value, ast.Call) and (dotted_name(value.func) or "").endswith("Parameter"):
                yield from (t.id for t in getattr(statement, "targets", ()) if isinstance(t, ast.Name))


@lru_cache(maxsize=64)
def _replaced(tree: ast.Module) -> tuple[tuple[str, ast.expr], ...]:
    """The attributes that a file assigns to anything but `self`, `setattr()` included."""
    found: list[tuple[str, ast.expr]] = []
    for node in walk(tree):
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            if not (isinstance(node.value, ast.Name) and node.value.id == "self"):
                found.append((node.attr, node))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "setattr":
            name = node.args[1] if len(node.args) > 1 else None
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                found.append((name.value, node))
    return tuple(found)
