"""Finds the task classes of a project and what can be said of each without reading its work."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from codemods.model import TaskClass
from codemods.python.class_headers import EXEMPT, ROW_AFTER_FILE, class_comment
from codemods.python.classes import ClassRef, Function, base_expressions
from codemods.python.modules import Module, statements_at_module_level
from codemods.python.names import dotted_name
from codemods.python.scopes import Sources
from codemods.python.trees import walk
from codemods.settings import Settings


def task_classes(module: Module, sources: Sources, settings: Settings) -> tuple[ClassRef, ...]:
    """The classes of a module that inherit from a configured base class, in source order."""
    found = []
    known: dict[int, bool] = {}
    for statement in statements_at_module_level(module.tree.body):
        if isinstance(statement, ast.ClassDef) and statement.name not in settings.base_classes:
            ref = ClassRef(module, statement)
            if _inherits_base(ref, sources, settings, known):
                found.append(ref)
    return tuple(found)


def is_task(ref: ClassRef, sources: Sources, settings: Settings) -> bool:
    """Whether a class inherits from a configured base class."""
    return _inherits_base(ref, sources, settings, {})


def _inherits_base(ref: ClassRef, sources: Sources, settings: Settings, known: dict[int, bool]) -> bool:
    """Whether a configured base is above a class; `known` holds the answers for classes that were asked about."""
    key = id(ref.node)
    if key not in known:
        known[key] = False  # a class that is its own base
        known[key] = any(
            _is_configured(base, ref.module, sources, settings)
            or (
                (parent := sources.classes.resolve(base, ref.module)) is not None
                and (parent.name in settings.base_classes or _inherits_base(parent, sources, settings, known))
            )
            for base in base_expressions(ref.node)
        )
    return known[key]


def _is_configured(base: ast.expr, module: Module, sources: Sources, settings: Settings) -> bool:
    origin = sources.names.origin(base, module) or dotted_name(base) or ""
    return origin in settings.base_classes or origin.rpartition(".")[2] in settings.base_classes


def entry_of(ref: ClassRef, settings: Settings) -> Function | None:
    """The entry method that the class itself defines, the first in the configured order."""
    return _first_of(ref.node, settings.entry_methods)


@lru_cache(maxsize=1 << 14)
def _first_of(node: ast.ClassDef, names: tuple[str, ...]) -> Function | None:
    own = {s.name: s for s in node.body if isinstance(s, Function)}
    return next((own[name] for name in names if name in own), None)


def inherited_entry(ref: ClassRef, sources: Sources, settings: Settings) -> ClassRef | None:
    """The class between this one and the base class that defines the entry method, None where there is none."""
    known = sources.learnt.setdefault(_Inherited, _Inherited())
    return sources.classes.nearest_base(
        ref,
        lambda item: item.name not in settings.base_classes and entry_of(item, settings) is not None,
        known,
    )


class _Inherited(dict[int, "ClassRef | None"]):
    """Where the entry methods of the classes of a project come from."""


def row_stage(name: str, settings: Settings) -> str:
    """The `stage` column: as configured, else the class name in snake_case without `Task`."""
    if name in settings.row_stage:
        return settings.row_stage[name]
    stem = name.removesuffix("Task") or name
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", stem)
    return spaced.lower()


def required_tasks(ref: ClassRef, known: frozenset[str]) -> tuple[str, ...]:
    """Names of the task classes that `requires()` and `@requires(...)` mention, in source order."""
    nodes: list[ast.AST] = [s for s in ref.node.body if isinstance(s, Function) and s.name == "requires"]
    nodes.extend(d for d in ref.node.decorator_list if isinstance(d, ast.Call))
    found: dict[str, None] = {}
    for node in nodes:
        for child in walk(node):
            name = (
                child.id
                if isinstance(child, ast.Name)
                else child.attr
                if isinstance(child, ast.Attribute)
                else ""
            )
            if name in known and name != ref.name:
                found[name] = None
    return tuple(found)


def exempt_reason(ref: ClassRef, entry: Function | None, sources: Sources, settings: Settings) -> str | None:
    """Why a class is exempt: by configuration, by a comment in its header, or because it only raises or is abstract."""
    if ref.name in settings.exempt:
        return "exempt by configuration"
    comment = class_comment(EXEMPT, ref.node, ref.module.source.text, ref.module.source.lines)
    if comment:
        return comment
    if entry is not None:
        work = [s for s in entry.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
        first = next((s for s in work if not _is_quiet(s, ref.node)), None)
        if isinstance(first, ast.Raise):
            return f"{entry.name}() only raises"
        if all(isinstance(s, ast.Pass) for s in work) and _is_abstract(entry, ref, sources):
            return f"{entry.name}() is abstract"
    return None


def _is_abstract(method: Function, owner: ClassRef, sources: Sources) -> bool:
    """Whether a method has the decorator `abc.abstractmethod`, and no other that may do something."""
    found = [sources.names.origin(decorator, owner.module) for decorator in method.decorator_list]
    return found == ["abc.abstractmethod"]


def _is_quiet(statement: ast.stmt, owner: ast.ClassDef) -> bool:
    """Whether a statement only counts: no code of anybody is run by `self.retry += 1` of a plain number."""
    if not isinstance(statement, ast.Assign | ast.AugAssign):
        return False
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    plain = {
        target.id
        for s in owner.body
        if isinstance(s, ast.Assign) and isinstance(s.value, ast.Constant)
        for target in s.targets
        if isinstance(target, ast.Name)
    }
    own = all(
        isinstance(t, ast.Name)
        or (isinstance(t, ast.Attribute) and isinstance(t.value, ast.Name) and t.attr in plain)
        for t in targets
    )
    quiet = ast.Constant | ast.Name | ast.BinOp | ast.operator | ast.expr_context
    return own and all(isinstance(n, quiet) for n in ast.walk(statement.value))


def allows_row_after_file(ref: ClassRef, settings: Settings) -> bool:
    """Whether a file of a task may be read back after it was written: by configuration, or a comment in its header."""
    source = ref.module.source
    return settings.row_after_file or bool(class_comment(ROW_AFTER_FILE, ref.node, source.text, source.lines))


def groups(tasks: Sequence[TaskClass], settings: Settings) -> Mapping[str, str]:
    """The stage (group) of each task: as configured, else its module, else its dependency level."""
    modules = {task.path for task in tasks}
    levels = _levels(tasks)
    found = {}
    for task in tasks:
        if task.name in settings.stages:
            found[task.name] = settings.stages[task.name]
        elif len(modules) > 1:
            found[task.name] = task.path.stem
        else:
            found[task.name] = f"level-{levels[task.name]:02d}"
    return found


def _levels(tasks: Sequence[TaskClass]) -> Mapping[str, int]:
    requires = {task.name: task.requires for task in tasks}
    levels: dict[str, int] = {}

    def level(name: str, path: frozenset[str]) -> int:
        if name not in levels:
            below = [level(r, path | {name}) for r in requires[name] if r in requires and r not in path]
            levels[name] = 1 + max(below, default=0)
        return levels[name]

    for name in requires:
        level(name, frozenset())
    return levels
