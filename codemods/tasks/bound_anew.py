"""Members that the steps rest on and that are bound anew: what was read of the class is not what runs then."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache

from codemods.python.class_bodies import bound_otherwise, open_bindings
from codemods.python.classes import ClassRef, Function, base_expressions
from codemods.python.modules import Module
from codemods.python.names import dotted_name
from codemods.python.scopes import Sources, own_nodes
from codemods.python.trees import walk
from codemods.refusals import Refused
from codemods.settings import Settings
from codemods.tasks.context import TaskContext
from codemods.tasks.lineage import OF_LUIGI, OF_THE_CONTRACT
from codemods.tasks.targets import SET as OF_TARGETS

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


def require_readable(ref: ClassRef, sources: Sources, settings: Settings) -> None:
    """Refuses a task one of whose methods is not what a plain reading of its class finds.

    Args:
        ref: the task's class.
        sources: name and class resolution.
        settings: the configuration.

    Raises:
        Refused: a member is bound under a condition, or anew; or a method that Luigi calls is no `def`.
    """
    known = sources.learnt.setdefault(_Readable, _Readable())
    if id(ref.node) in known:
        return
    called = {*settings.entry_methods, *OF_LUIGI, *OF_THE_CONTRACT, "__init__", "__new__"}
    line = sources.classes.line(ref)
    # What holds of the only base was looked at once: for each class of a long chain it would be all of them again.
    above = known.get(id(line[1].node)) if len(line) > 1 and len(base_expressions(ref.node)) == 1 else None
    items = line if above is None else line[:1]
    modules = {**(above or {}), **{id(item.module): item.module for item in items}}
    for item in items:
        for name, statement in open_bindings(item.node).items():
            what = "its members" if name == "*" else name
            where = f"line {statement.lineno} of the body of {item.name}"
            raise Refused("DBR004", f"what {what} is depends on {where}", item.node)
        for name, statement in bound_otherwise(item.node):
            if _is_partial(statement) or (name in called and not _is_own_entry(statement, item, settings)):
                said = ast.unparse(statement).partition("\n")[0]
                raise Refused("DBR004", f"{name} of {item.name} is no method: {said}", item.node)
    own = {item.name for item in items}
    for key, module in modules.items():
        # A module in which none of the classes above stands may replace a method of any of them.
        names = own if above is None or key in above else {item.name for item in line}
        for name, node in _replaced(module.tree):
            of_targets = name in OF_TARGETS and _holder(node).endswith("Target")
            if of_targets or (name in called and _holder(node) in names):
                raise Refused(
                    "DBR004", f"{ast.unparse(node)} replaces a method on line {node.lineno}", ref.node
                )
    known[id(ref.node)] = modules


class _Readable(dict[int, "dict[int, Module]"]):
    """Classes that are what a plain reading finds, by their identity, with the modules of their line."""


def _is_partial(statement: ast.stmt) -> bool:
    """Whether a member is another one with some of its arguments: what it runs is not followed."""
    value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
    return isinstance(value, ast.Call) and (dotted_name(value.func) or "").endswith("partialmethod")


def _is_own_entry(statement: ast.stmt, item: ClassRef, settings: Settings) -> bool:
    """Whether a statement gives the class's own entry method another name: `run = run_inner`."""
    value = statement.value if isinstance(statement, ast.Assign) else None
    if not isinstance(value, ast.Name) or value.id not in settings.entry_methods:
        return False
    return any(isinstance(s, Function) and s.name == value.id for s in item.node.body)


def _holder(node: ast.expr) -> str:
    """The class, or what else, whose attribute is assigned."""
    holder = (
        node.args[0]
        if isinstance(node, ast.Call)
        else node.value
        if isinstance(node, ast.Attribute)
        else node
    )
    return (dotted_name(holder) or "").rpartition(".")[2]


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
