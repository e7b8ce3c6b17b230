"""Applying or reverting: every file is rewritten in memory first, and only then is the first one written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codemods.errors import CrashError, SourceError
from codemods.model import FileInspection, FileRewrite, TaskReport, TaskState
from codemods.refusals import INTERNAL
from codemods.settings import Settings
from refactor.project.boundary import file_boundary

if TYPE_CHECKING:
    from pathlib import Path

    from refactor.project.opening import Project

Selector = Callable[[TaskReport], bool]
Operation = Callable[[FileInspection, Selector, Settings], FileRewrite]


@dataclass(frozen=True)
class Verb:
    """What is done to tasks, and how it is said.

    Attributes:
        operation: the name of the function of `codemods.api`.
        infinitive: as in "would refactor".
        past: as in "refactored".
        settled: how a task that needs nothing is counted.
        state: where a task stands afterwards.
    """

    operation: str
    infinitive: str
    past: str
    settled: str
    state: TaskState


APPLY = Verb("apply", "refactor", "refactored", "already done", TaskState.DONE)
REVERT = Verb("revert", "revert", "reverted", "not refactored", TaskState.TODO)


@dataclass(frozen=True)
class Outcome:
    """What became of one task that was asked for.

    Attributes:
        report: the task as the file on disk has it now.
        changed: whether it was rewritten, or would be in a dry run.
        refused: whether what was asked for was refused.
    """

    report: TaskReport
    changed: bool
    refused: bool


@dataclass(frozen=True)
class Run:
    """What became of everything that was asked for.

    Attributes:
        verb: what was done.
        dry: whether nothing was to be written.
        outcomes: one a task asked for, by path and line.
        rewrites: one a file that changed, or would.
        problems: one a file that could not be read, rewritten or written.
    """

    verb: Verb
    dry: bool
    outcomes: tuple[Outcome, ...]
    rewrites: tuple[FileRewrite, ...]
    problems: tuple[SourceError, ...]

    @property
    def status(self) -> int:
        """The exit status."""
        if any(isinstance(problem, CrashError) for problem in self.problems):
            return 2
        if any(has_crashed(outcome.report) for outcome in self.outcomes):
            return 2
        refused = any(outcome.refused for outcome in self.outcomes)
        return int(bool(self.problems) or refused or (self.dry and bool(self.rewrites)))


def has_crashed(report: TaskReport) -> bool:
    """Whether a task is refused for a defect of this tool; the others are done all the same."""
    return report.refusal is not None and report.refusal.code == INTERNAL


def rewrite(
    project: Project,
    selected: Selector,
    verb: Verb,
    *,
    dry: bool,
    begin: Callable[[str], None] = lambda name: None,
) -> Run:
    """Rewrites the selected tasks of a project in memory; a file that resists is among the problems.

    Args:
        project: as inspected.
        selected: which tasks.
        verb: apply or revert.
        dry: whether nothing is to be written.
        begin: is told the name of each task that is to do, when its turn has come.
    """

    def chosen(report: TaskReport) -> bool:
        wanted = selected(report)
        if wanted and report.state is TaskState.TODO:
            begin(report.task.name)
        return wanted

    rewrites: list[FileRewrite] = []
    outcomes: list[Outcome] = []
    problems = list(project.problems)
    for inspection in project.inspections:
        if not any(selected(report) for report in inspection.reports):
            continue
        try:
            rewritten = rewrite_file(inspection, chosen, verb, project.configuration.settings)
        except SourceError as error:
            problems.append(error)
            outcomes += [
                outcome_of(report, report, verb) for report in inspection.reports if selected(report)
            ]
            continue
        rewrites.append(rewritten)
        for before, after in zip(inspection.reports, rewritten.reports, strict=True):
            if selected(before):
                changed = before.task.name in rewritten.changed
                outcome = outcome_of(before, after, verb, changed=changed)
                outcomes.append(replace(outcome, report=before) if dry and changed else outcome)
    changed_files = tuple(one for one in rewrites if one.before.text != one.after.text)
    return Run(verb, dry, tuple(outcomes), changed_files, tuple(problems))


def outcome_of(before: TaskReport, after: TaskReport, verb: Verb, *, changed: bool = False) -> Outcome:
    """What became of a task.

    A task that `apply` refuses has nothing to revert; a task whose steps cannot be taken out is refused, and done.
    """
    if verb is REVERT:
        return Outcome(after, changed, after.refusal is not None and after.state is TaskState.DONE)
    return Outcome(after, changed, after.state is TaskState.REFUSED and not changed)


def rewrite_file(
    inspection: FileInspection, selected: Selector, verb: Verb, settings: Settings
) -> FileRewrite:
    """Rewrites one file in memory.

    Raises:
        SourceError: it cannot be rewritten; CrashError where that is this tool's fault.
    """
    from codemods import api

    operation: Operation = getattr(api, verb.operation)
    with file_boundary(inspection.source.path):
        rewritten = operation(inspection, selected, settings)
        # Text that the file's encoding does not have is found before anything is written.
        rewritten.after.to_bytes()
    return rewritten


def write(run: Run, before: Sequence[TaskReport]) -> Run:
    """Writes what a run has rewritten; gives the run as it turned out.

    Args:
        run: of `rewrite`.
        before: the reports of the inspection, which still hold for a file that could not be written.

    Raises:
        InterruptedRunError: Ctrl-C came in between.
    """
    from refactor.changes.writing import write_all

    written, problems = write_all(run.rewrites)
    failed = {one.before.path for one in run.rewrites} - set(written)
    stands = {_place(report): report for report in before}
    return replace(
        run,
        outcomes=tuple(
            replace(outcome, report=stands[_place(outcome.report)], changed=False)
            if outcome.changed and outcome.report.task.path in failed
            else outcome
            for outcome in run.outcomes
        ),
        rewrites=tuple(one for one in run.rewrites if one.before.path in written),
        problems=(*run.problems, *problems),
    )


def _place(report: TaskReport) -> tuple[Path, str]:
    return report.task.path, report.task.name
