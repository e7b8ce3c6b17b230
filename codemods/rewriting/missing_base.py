"""What to say where no base class, and so no task, is found: which classes are there, and the command that goes on."""

from __future__ import annotations

import ast
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codemods.errors import SourceError
from codemods.python.classes import ClassRef, ClassResolver, base_expressions
from codemods.python.modules import Module, ModuleFinder, statements_at_module_level
from codemods.python.names import NameResolver, dotted_name
from codemods.rewriting.plan_ids import PlanIdError, common_plan_id, suggested_plan_id
from codemods.rewriting.rebasing import classes_to_rebase
from codemods.settings import Settings
from codemods.source import SourceFile

_MOST_NAMED = 5


@dataclass(frozen=True)
class WayIn:
    """How a tree in which no task is found gets going.

    Attributes:
        said: what is there in place of tasks, one sentence each.
        command: what goes on, behind `refactor`; empty where a line of configuration has to come first.
    """

    said: tuple[str, ...]
    command: str = ""


def way_in(sources: Sequence[SourceFile], settings: Settings) -> WayIn:
    """What a tree without tasks has instead, and the command that goes on.

    Args:
        sources: every file of the tree that parses.
        settings: names the base classes that were looked for.
    """
    finder = ModuleFinder(tuple(sources))
    classes = ClassResolver(NameResolver(finder))
    straight = classes_to_rebase(sources, settings)
    if not straight:
        return WayIn(tuple(_other_bases(sources, settings, finder)))
    tasks = [ref for ref, _ in straight]
    heirs = _heirs(tasks, sources, finder, classes)
    libraries = sorted({_name_of(base, ref.module, classes.names) for ref, base in straight})
    said = (
        f"{_classes(len(tasks))} here {'derive' if len(tasks) > 1 else 'derives'} straight from "
        f"{' or '.join(libraries)}: {_listed([ref.name for ref in tasks])}"
    )
    if heirs:
        said += f", and {len(heirs)} more through {'them' if len(tasks) > 1 else 'it'}"
    try:
        common_plan_id(tasks, classes)
    except PlanIdError:
        suggestion = suggested_plan_id(tasks, heirs, classes)
        return WayIn((said, suggestion.reason), f"init --rebase --plan-id {_quoted(suggestion.expression)}")
    return WayIn((said,), "init --rebase")


def explain_missing_base(
    sources: Sequence[SourceFile], settings: Settings, finder: ModuleFinder, classes: ClassResolver
) -> str:
    """Why `init` has no base class to complete, and which command or line of configuration helps.

    Args:
        sources: the files that were looked at.
        settings: names the base classes.
        finder: finds modules.
        classes: resolves classes.
    """
    wanted = ", ".join(settings.base_classes)
    for source in sources:
        module = finder.module_at(source.path)
        for ref in _classes_of(module) if module is not None else ():
            for base in classes.line(ref)[1:]:
                if base.name in settings.base_classes:
                    path = base.module.path
                    return (
                        f"{base.name} is in {path}, which is not among the files named: refactor init {path}"
                    )
    library = [name for name in settings.base_classes if name in {"Task", "luigi.Task"}]
    if library:
        return (
            f"{library[0]} is Luigi's own class, which init does not change. refactor init --rebase puts a class of "
            "your own in front of it, one line a class. By hand: `class DbTask(luigi.Task):` in a module of its own, "
            'the tasks derived from it, base-classes = ["DbTask"] in [tool.refactor], and refactor init for that module'
        )
    return f"no file defines {wanted} (base-classes in [tool.refactor])"


def _other_bases(sources: Sequence[SourceFile], settings: Settings, finder: ModuleFinder) -> Iterator[str]:
    """Bases that are called like tasks and that nothing here tells to be Luigi's, the most frequent first."""
    names = NameResolver(finder)
    counted: Counter[str] = Counter()
    for source in sources:
        try:
            module = Module(source)
            refs = _classes_of(module)
        except SourceError:
            continue
        for ref in refs:
            for base in base_expressions(ref.node):
                name = _name_of(base, module, names)
                if name.endswith("Task"):
                    counted[name] += 1
    for name in settings.base_classes:
        counted.pop(name, None)
    if not counted:
        yield "no class here derives from one of Luigi's"
        return
    several = [f"{name} ({_classes(count)})" for name, count in counted.most_common(_MOST_NAMED)]
    more = ", ..." if len(counted) > _MOST_NAMED else ""
    yield f"the classes here that may be tasks derive from {', '.join(several)}{more}"
    yield (
        f'set base-classes = ["{counted.most_common(1)[0][0]}"] in [tool.refactor], or another of them, and then run '
        "refactor init, with --rebase where that base is a library's"
    )


def _heirs(
    tasks: Sequence[ClassRef], sources: Sequence[SourceFile], finder: ModuleFinder, classes: ClassResolver
) -> list[ClassRef]:
    """The classes of the tree that derive from one of `tasks`."""
    above = {id(task.node) for task in tasks}

    def found() -> Iterator[ClassRef]:
        for source in sources:
            module = finder.module_at(source.path)
            for ref in _classes_of(module) if module is not None else ():
                if id(ref.node) not in above and any(id(b.node) in above for b in classes.line(ref)[1:]):
                    yield ref

    return list(found())


def _name_of(base: ast.expr, module: Module, names: NameResolver) -> str:
    plain = base.value if isinstance(base, ast.Subscript) else base
    return names.origin(plain, module) or dotted_name(plain) or ""


def _classes(number: int) -> str:
    return f"{number} class{'es' * (number != 1)}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"{', '.join(names[:_MOST_NAMED])}{more}"


def _quoted(expression: str) -> str:
    """As a shell reads it, in double quotes where it holds single ones and nothing that a shell would read."""
    return shlex.quote(expression) if any(c in expression for c in '"$`\\!') else f'"{expression}"'


def _classes_of(module: Module) -> list[ClassRef]:
    found = statements_at_module_level(module.tree.body)
    return [ClassRef(module, s) for s in found if isinstance(s, ast.ClassDef)]
