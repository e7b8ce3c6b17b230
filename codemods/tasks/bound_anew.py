"""Members that the steps rest on and that are bound anew: what was read of the class is not what runs then."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache

from codemods.python.class_bodies import bound_otherwise, open_bindings
from codemods.python.classes import ClassRef, Function, base_expressions
from codemods.python.modules import ImportedName, Module
from codemods.python.names import dotted_name
from codemods.python.scopes import Sources, own_nodes
from codemods.python.trees import walk
from codemods.refusals import Refused
from codemods.settings import Settings
from codemods.tasks.context import TaskContext
from codemods.tasks.lineage import OF_LUIGI, OF_THE_CONTRACT
from codemods.tasks.targets import SET as OF_TARGETS
from codemods.tasks.targets import changes_a_target

_TRANSPARENT = frozenset(
    "property cached_property lru_cache cache override final abstractmethod wraps".split()
)


_STARS_WITH_OPEN = frozenset({"bz2", "codecs", "gzip", "lzma", "os"})
"""Modules of the standard library whose `*` has an `open` of its own."""


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
    _require_builtin_open(line)
    names = {"output", context.entry.name}
    for module in {id(item.module): item.module for item in line}.values():
        for name, node in _replaced(module.tree):
            if name in names:
                raise Refused(
                    "DBR004", f"{ast.unparse(node)} replaces a method on line {node.lineno}", context.entry
                )
    output = context.sources.classes.method(context.owner, "output")
    if output is not None and output.method is not None:
        _require_steady(output.method, context)
    for decorator in output.method.decorator_list if output is not None and output.method is not None else ():
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if (dotted_name(called) or "").rpartition(".")[2] not in _TRANSPARENT:
            raise Refused("DBR409", f"output() is decorated with {ast.unparse(called)}", context.entry)


def _require_builtin_open(line: Iterable[ClassRef]) -> None:
    """Refuses a class whose methods open files by an `open` which is not the builtin."""
    for item in line:
        is_bound = _binds_open(item.module)
        for function in (s for s in item.node.body if isinstance(s, Function)):
            nodes = list(walk(function))
            opens = next((n for n in nodes if isinstance(n, ast.Call) and _is_named(n.func, "open")), None)
            if opens is not None and (is_bound or any(_gives_open(n) for n in nodes if n is not function)):
                raise Refused("DBR004", "open is not the builtin here", opens)


def _gives_open(node: ast.AST) -> bool:
    """Whether a node of a method gives the name `open` to something."""
    if isinstance(node, ast.Name):
        return node.id == "open" and not isinstance(node.ctx, ast.Load)
    if isinstance(node, ast.alias):
        return (node.asname or node.name) == "open"
    return (isinstance(node, ast.arg) and node.arg == "open") or (
        isinstance(node, Function) and node.name == "open"
    )


def _binds_open(module: Module) -> bool:
    """Whether a module gives another meaning to `open`."""
    bound = module.bindings.get("open")
    if bound is not None:
        return not (isinstance(bound, ImportedName) and bound.module in {"io", "builtins"})
    return any(
        isinstance(s, ast.ImportFrom) and s.module in _STARS_WITH_OPEN and any(a.name == "*" for a in s.names)
        for s in module.tree.body
    )


def _require_steady(output: Function, context: TaskContext) -> None:
    """Refuses an `output()` that reads what it sets itself: before it is called, there is nothing or another value."""
    own = context.scope.self_name
    of_self = [n for n in walk(output) if isinstance(n, ast.Attribute) and _is_named(n.value, own)]
    read = {n.attr for n in of_self if isinstance(n.ctx, ast.Load)}
    kept = next((n for n in of_self if not isinstance(n.ctx, ast.Load) and n.attr in read), None)
    if kept is not None:
        raise Refused("DBR412", f"output() sets {ast.unparse(kept)} and reads it", context.entry)


def _is_named(node: ast.expr, name: str | None) -> bool:
    return isinstance(node, ast.Name) and node.id == name


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
        for method in item.node.body:
            if isinstance(method, Function) and method.name == "output":
                changed = next((n for n in walk(method) if changes_a_target(n, "self")), None)
                if changed is not None:
                    raise Refused("DBR424", f"{ast.unparse(changed)} may change a target", item.node)
    own = {item.name for item in items}
    for key, module in modules.items():
        # A module in which none of the classes above stands may replace a method of any of them.
        names = own if above is None or key in above else {item.name for item in line}
        for name, node in _replaced(module.tree):
            of_targets = (name in OF_TARGETS and _holder(node).endswith("Target")) or _is_of_luigi(node)
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


def _is_of_luigi(node: ast.expr) -> bool:
    """Whether an attribute of one of the modules is assigned by which Luigi's targets write."""
    holder = dotted_name(node.value) if isinstance(node, ast.Attribute) else None
    return holder in {"luigi.local_target", "luigi.target", "luigi.format"}


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
