"""`apply --style`: tasks that this tool has done in the other style, taken back and done again in this one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codemods.model import FileRewrite, TaskReport, TaskState
from refactor.changes import run as rewriting
from refactor.changes.run import Outcome, Run

if TYPE_CHECKING:
    from pathlib import Path

    from codemods.model import FileInspection, Refusal
    from codemods.settings import Settings
    from codemods.source import SourceFile
    from refactor.changes.run import Selector
    from refactor.project.opening import Project

_Key = tuple["Path", str]


@dataclass(frozen=True)
class _Bare:
    """A project without the steps of some tasks, in memory.

    Attributes:
        project: as inspected again.
        present: the files as they are on disk, by path.
        left: why the steps of a task cannot be taken out.
    """

    project: Project
    present: dict[Path, SourceFile]
    left: dict[_Key, Refusal]


def in_other_style(project: Project, selected: Selector) -> frozenset[_Key]:
    """The selected tasks that are done in another style than the project's settings name, by path and name."""
    from codemods.rewriting.apply import entries
    from codemods.tasks.step_blocks import style_of

    settings = project.configuration.settings
    return frozenset(
        (inspection.source.path, report.task.name)
        for inspection in project.inspections
        if any(selected(r) and r.state is TaskState.DONE for r in inspection.reports)
        for methods in [entries(inspection.source, settings)]
        for report in inspection.reports
        if selected(report)
        and report.state is TaskState.DONE
        and style_of(methods[report.task.name, report.task.line]) != settings.style
    )


def restate(project: Project, selected: Selector, tasks: frozenset[_Key], *, dry: bool) -> Run:
    """Rewrites selected tasks in memory, those that are done in the other style among them.

    Taking the steps out proves that what is left is the original, and putting the others in proves it once more. A task
    that cannot be done in this style, or whose steps are somebody's, stays as it is and counts as refused.

    Args:
        project: as inspected.
        selected: which tasks.
        tasks: those of them that are done in the other style.
        dry: whether nothing is to be written.
    """
    refused: dict[_Key, TaskReport] = {}
    while True:
        bare = _without_steps(project, tasks - refused.keys())
        run = rewriting.rewrite(bare.project, selected, rewriting.APPLY, dry=dry)
        found = {_key(o.report): o.report for o in run.outcomes if o.refused and _key(o.report) in tasks}
        if not found.keys() - refused.keys():
            break
        refused |= found
    reasons = {key: (report.reason, report.refusal) for key, report in refused.items()}
    reasons |= {key: (refusal.reason, refusal) for key, refusal in bare.left.items()}
    outcomes = []
    for outcome in run.outcomes:
        if (told := reasons.get(_key(outcome.report))) is not None:
            report = replace(outcome.report, state=TaskState.REFUSED, reason=told[0], refusal=told[1])
            outcomes.append(Outcome(report, changed=False, refused=True))
        else:
            outcomes.append(outcome)
    rewrites = (
        FileRewrite(bare.present[one.before.path], one.after, one.reports, one.changed)
        for one in run.rewrites
    )
    changed = tuple(one for one in rewrites if one.before.text != one.after.text)
    return replace(run, outcomes=tuple(outcomes), rewrites=changed)


def _without_steps(project: Project, tasks: frozenset[_Key]) -> _Bare:
    from codemods import api

    settings = project.configuration.settings
    sources = []
    left: dict[_Key, Refusal] = {}
    for inspection in project.inspections:
        names = {name for path, name in tasks if path == inspection.source.path}
        source, of_file = _taken_out(inspection, names, settings) if names else (inspection.source, {})
        sources.append(source)
        left |= of_file
    named = {r.task.name for r in project.reports if r.state is not TaskState.UNPLANNED}
    inspections = api.inspect(sources, settings, lambda task: task.name in named)
    present = {inspection.source.path: inspection.source for inspection in project.inspections}
    return _Bare(replace(project, inspections=inspections), present, left)


def _taken_out(
    inspection: FileInspection, names: set[str], settings: Settings
) -> tuple[SourceFile, dict[_Key, Refusal]]:
    def chosen(report: TaskReport) -> bool:
        return report.task.name in names

    reverted = rewriting.rewrite_file(inspection, chosen, rewriting.REVERT, settings)
    left = {
        _key(report): report.refusal
        for report in reverted.reports
        if chosen(report) and report.state is TaskState.DONE and report.refusal is not None
    }
    return reverted.after, left


def _key(report: TaskReport) -> _Key:
    return report.task.path, report.task.name
