"""The operations that the command line offers, on sources in memory. Nothing here reads options or writes files."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from codemods.errors import CrashError, SourceError
from codemods.model import (
    ContentOrigin,
    FileInspection,
    FileRewrite,
    TaskClass,
    TaskReport,
    TaskState,
    VerifyReport,
)
from codemods.python.classes import ClassRef, ClassResolver, Function
from codemods.python.deep_stack import with_deep_stack
from codemods.python.effects.left_out import LeftOut
from codemods.python.modules import Module, ModuleFinder, statements_at_module_level
from codemods.python.names import NameResolver
from codemods.python.scopes import Sources
from codemods.python.trees import nodes_of
from codemods.refusals import Refused
from codemods.settings import Settings
from codemods.source import SourceFile
from codemods.steps.planner import plan_task
from codemods.steps.templates import AFTER_FILE
from codemods.tasks import discovery, task_files
from codemods.tasks.bound_anew import require_readable
from codemods.tasks.context import open_context
from codemods.tasks.heirs import heirs_by_class
from codemods.tasks.step_blocks import OPEN_BLOCK
from codemods.tasks.task_boundary import described, task_boundary

Selector = Callable[[TaskReport], bool]

_INHERITS = "inherits its entry method from"
_STEPS = frozenset({"get_database_service", OPEN_BLOCK})


def files_with_tasks(
    contents: Mapping[Path, bytes], settings: Settings, *, follow: bool = True
) -> frozenset[Path]:
    """The files that can hold a task class. Cheap: looks at bytes, never parses.

    Args:
        contents: the bytes of every file of the project.
        settings: the configuration.
        follow: whether modules that are imported from elsewhere are read; not for files that are no longer there.
    """
    return task_files.files_with_tasks(contents, settings, follow=follow)


@dataclass(frozen=True)
class _Found:
    ref: ClassRef
    entry: Function | None


def inspect(
    sources: Sequence[SourceFile], settings: Settings, wanted: Callable[[TaskClass], bool] = lambda task: True
) -> tuple[FileInspection, ...]:
    """Discovers the tasks of the sources, which are seen as one project, and analyzes those that are wanted.

    A task on which the analysis fails is refused; the others are not affected. One that is not wanted, and neither
    done nor exempt at the first glance, is `UNPLANNED`.

    Raises:
        SourceError: a source of the list does not parse; CrashError where looking for its tasks fails.
    """
    for source in sources:
        _ = source.tree  # within Python's own limits: what is beyond them would not run either
    return with_deep_stack(lambda: _inspected(sources, settings, wanted))


def _inspected(
    sources: Sequence[SourceFile], settings: Settings, wanted: Callable[[TaskClass], bool]
) -> tuple[FileInspection, ...]:
    finder = ModuleFinder(tuple(sources))
    names = NameResolver(finder)
    resolvers = Sources(names, ClassResolver(names), {LeftOut: LeftOut(settings.not_outputs)})
    found = [(source, _found_in(source, finder, resolvers, settings)) for source in sources]
    known = frozenset(item.ref.name for _, items in found for item in items)
    tasks = {id(item.ref.node): _task_class(item, known, settings) for _, items in found for item in items}
    group_of = discovery.groups(list(tasks.values()), settings)
    tasks = {key: replace(task, group=group_of[task.name]) for key, task in tasks.items()}
    heirs = _heirs(sources, finder, resolvers, settings)
    planned = _planned([item for _, items in found for item in items], tasks, wanted, resolvers, settings)
    states: dict[int, TaskReport] = {}
    inspections = []
    for source, items in found:
        reports = []
        for item in items:
            task = tasks[id(item.ref.node)]
            heirs_of_it = heirs.get(id(item.ref.node), ()) if id(item.ref.node) in planned else None
            report = _report(item, task, resolvers, settings, heirs_of_it)
            if report is not None:
                states[id(item.ref.node)] = report
                reports.append((item, report))
        inspections.append((source, reports))
    return tuple(
        FileInspection(
            source, tuple(_with_parent(item, r, states, resolvers, settings) for item, r in reports)
        )
        for source, reports in inspections
    )


def _planned(
    found: Sequence[_Found],
    tasks: Mapping[int, TaskClass],
    wanted: Callable[[TaskClass], bool],
    sources: Sources,
    settings: Settings,
) -> frozenset[int]:
    """The classes to plan: those wanted, and those that a wanted one inherits its entry method from."""
    planned = {id(item.ref.node) for item in found if wanted(tasks[id(item.ref.node)])}
    for item in found:
        if item.entry is None and id(item.ref.node) in planned:
            base = discovery.inherited_entry(item.ref, sources, settings)
            planned |= {id(base.node)} if base is not None else set()
    return frozenset(planned)


def _heirs(
    sources: Sequence[SourceFile], finder: ModuleFinder, resolvers: Sources, settings: Settings
) -> Mapping[int, tuple[ClassRef, ...]]:
    modules = [module for source in sources if (module := finder.module_at(source.path)) is not None]
    classes = [
        ClassRef(module, statement)
        for module in modules
        for statement in statements_at_module_level(module.tree.body)
        if isinstance(statement, ast.ClassDef)
    ]
    return heirs_by_class(classes, resolvers.classes, settings.entry_methods)


def _with_parent(
    item: _Found, report: TaskReport, states: Mapping[int, TaskReport], sources: Sources, settings: Settings
) -> TaskReport:
    """A task without an entry method of its own is in the state of the class that it inherits it from."""
    base = discovery.inherited_entry(item.ref, sources, settings) if item.entry is None else None
    parent = states.get(id(base.node)) if base is not None else None
    if parent is None or report.state is not TaskState.EXEMPT or not report.reason.startswith(_INHERITS):
        return report
    code = f" {parent.refusal.code}" if parent.refusal is not None else ""
    state = "to do" if parent.state is TaskState.TODO else parent.state.value
    return replace(report, reason=f"{report.reason}, which is {state}{code}")


def _found_in(source: SourceFile, finder: ModuleFinder, sources: Sources, settings: Settings) -> list[_Found]:
    _ = source.tree
    try:
        module = finder.module_at(source.path) or Module(source)
        refs = discovery.task_classes(module, sources, settings)
        return [_Found(ref, discovery.entry_of(ref, settings)) for ref in refs]
    except SourceError:
        raise
    except Exception as error:
        message = f"internal error, its tasks were not found: {described(error)}"
        raise CrashError(source.path, message) from error


def _task_class(item: _Found, known: frozenset[str], settings: Settings) -> TaskClass:
    node = item.ref.node
    return TaskClass(
        name=node.name,
        path=item.ref.module.path,
        line=node.lineno,
        column=node.col_offset + 1,
        entry=item.entry.name if item.entry is not None else None,
        stage=discovery.row_stage(node.name, settings),
        group="",
        requires=discovery.required_tasks(item.ref, known),
    )


def _report(
    item: _Found, task: TaskClass, sources: Sources, settings: Settings, heirs: tuple[ClassRef, ...] | None
) -> TaskReport | None:
    place = item.entry or item.ref.node
    try:
        with task_boundary(place):
            return _judged(item, task, sources, settings, heirs)
    except Refused as refused:
        first, *others = (r.at(place.lineno, place.col_offset + 1) for r in (refused, *refused.others))
        return TaskReport(task, TaskState.REFUSED, first.reason, refusal=first, also=tuple(others))


def _judged(
    item: _Found, task: TaskClass, sources: Sources, settings: Settings, heirs: tuple[ClassRef, ...] | None
) -> TaskReport | None:
    """Where a task stands; without its heirs it is not planned. Raises Refused."""
    exempt = discovery.exempt_reason(item.ref, item.entry, sources, settings)
    if exempt is not None:
        return TaskReport(task, TaskState.EXEMPT, exempt)
    if item.entry is None:
        if heirs is not None:
            require_readable(item.ref, sources, settings)
        base = discovery.inherited_entry(item.ref, sources, settings)
        if base is None:
            return None
        if heirs is not None and not discovery.is_task(base, sources, settings):
            _require_idle(item, task, base, sources, settings)
        return TaskReport(task, TaskState.EXEMPT, f"{_INHERITS} {base.name}")
    if is_done(item.entry):
        return TaskReport(task, TaskState.DONE, row_after_file=_reads_back(item.ref, item.entry))
    if heirs is None:
        return TaskReport(task, TaskState.UNPLANNED)
    analysis = plan_task(open_context(task, item.ref, item.entry, sources, settings, heirs))
    if analysis is None:
        why = "calls no LLM, and llm-only is set" if settings.llm_only else "calls no LLM and writes no file"
        return TaskReport(task, TaskState.EXEMPT, why)
    after = any(write.origin is ContentOrigin.READ_BACK for write in analysis.writes)
    return TaskReport(task, TaskState.TODO, analysis=analysis, row_after_file=after)


def _require_idle(
    item: _Found, task: TaskClass, base: ClassRef, sources: Sources, settings: Settings
) -> None:
    """Refuses a task whose work stands in a class that is no task: nothing would be inserted there."""
    entry = discovery.entry_of(base, settings)
    if entry is None or is_done(entry):
        return
    context = open_context(task, item.ref, entry, sources, settings).of_method(entry, base.module)
    if plan_task(context) is not None:
        reason = f"{entry.name}() is inherited from {base.name}, which is no task, so that no steps are inserted there"
        raise Refused("DBR411", reason, item.ref.node)


def _reads_back(ref: ClassRef, entry: Function) -> bool:
    """Whether the comment of a step says that a file is read back after it was written."""
    lines = ref.module.source.lines[entry.lineno - 1 : entry.end_lineno]
    return any(line.rstrip().endswith(AFTER_FILE) for line in lines)


def is_done(entry: Function) -> bool:
    """Whether an entry method already talks to the database."""
    return any(isinstance(n, ast.Attribute) and n.attr in _STEPS for n in nodes_of(entry))


def apply(inspection: FileInspection, selected: Selector, settings: Settings) -> FileRewrite:
    """Inserts the steps into the selected tasks of one file whose state is todo, and proves the result.

    A task whose rewrite fails its proof is reported as refused and stays as it was.
    """
    from codemods.rewriting.apply import apply_to_file  # noqa: PLC0415 - LibCST is loaded only to rewrite

    return apply_to_file(inspection, selected, settings)


def revert(inspection: FileInspection, selected: Selector, settings: Settings) -> FileRewrite:
    """Takes the inserted steps out of the selected tasks of one file."""
    from codemods.rewriting.reverting import revert_file  # noqa: PLC0415 - as above

    return with_deep_stack(lambda: revert_file(inspection, selected, settings))


def verify(before: SourceFile, after: SourceFile, settings: Settings) -> VerifyReport:
    """Proves that `after` is `before` with insertions only, task by task."""
    from codemods.rewriting.proof import verify_file  # noqa: PLC0415 - only where it is asked for

    _ = before.tree, after.tree
    return with_deep_stack(lambda: verify_file(before, after, settings))


def is_database_base(source: SourceFile) -> bool:
    """Whether a file is nothing but the class that `refactor init --rebase` puts in front of a library's."""
    from codemods.rewriting.database_base import database_base_in  # noqa: PLC0415 - only where it is asked for

    return bool(database_base_in(source.tree))
