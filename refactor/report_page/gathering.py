"""From an inspected project to the values of the report."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codemods.checking.engine import Checker
from codemods.errors import SourceError
from codemods.model import TaskState
from refactor.output import batches as progress
from refactor.project.boundary import file_boundary
from refactor.project.display import display
from refactor.report_page.facts import FactReader
from refactor.report_page.model import Question, TaskPage, Verdict
from refactor.report_page.proofs import prove_file
from refactor.report_page.task_pages import TaskGatherer
from refactor.report_page.texts import inspect_files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from codemods.checking.finding import Finding
    from codemods.model import TaskReport
    from codemods.settings import Settings
    from codemods.source import SourceFile
    from refactor.changes.verifying import Older
    from refactor.emptiness import Emptiness
    from refactor.project.opening import Project
    from refactor.report_page.facts import Facts


@dataclass(frozen=True)
class StagePages:
    """One stage with its tasks, in dependency order."""

    name: str
    tasks: tuple[TaskPage, ...]

    @property
    def counts(self) -> Counter[TaskState]:
        """How many tasks are in each state."""
        return Counter(task.state for task in self.tasks)


@dataclass(frozen=True)
class Report:
    """The whole report.

    Attributes:
        stages: the tasks by stage, both in dependency order.
        against: what was compared with, empty where nothing was named.
        outside: changes outside of every task, as `path:line: what`.
        problems: files that could not be looked at.
        batch: what to refactor next, None where nothing is left.
        instead: what there is in place of tasks, where there is none.
    """

    stages: tuple[StagePages, ...]
    against: str
    outside: tuple[str, ...]
    problems: tuple[SourceError, ...]
    batch: progress.Batch | None
    instead: Emptiness | None = None

    @property
    def tasks(self) -> tuple[TaskPage, ...]:
        """All tasks, by stage."""
        return tuple(task for stage in self.stages for task in stage.tasks)

    @property
    def counts(self) -> Counter[TaskState]:
        """How many tasks are in each state."""
        return Counter(task.state for task in self.tasks)

    def with_answer(self, question: Question, verdict: Verdict) -> tuple[TaskPage, ...]:
        """The tasks where a question has an answer."""
        return tuple(
            task
            for task in self.tasks
            if any(a.question is question and a.verdict is verdict for a in task.answers)
        )


def gather(project: Project, before: Older | None, against: str) -> Report:
    """Builds the report of a project. Writes nothing, runs nothing of it.

    Args:
        project: as inspected.
        before: the older state to compare with, None to compare with the text without the steps.
        against: how the user named that state.
    """
    settings = project.configuration.settings
    files, problems = inspect_files(project.inspections, settings, before)
    failed: list[SourceError] = []
    present = _check([file.texts.present for file in files], settings, failed)
    # Where nothing is to do, the finished text is the present one.
    changed = [file.texts.finished for file in files if file.texts.finished.text != file.texts.present.text]
    finished = _check(changed, settings, failed)
    readers = {
        True: FactReader([file.texts.finished for file in files], settings),
        False: FactReader([file.texts.present for file in files], settings),
    }
    all_reports = [report for file in files for report in file.reports]
    required_by: dict[str, list[str]] = {}
    for report in all_reports:
        for name in report.task.requires:
            required_by.setdefault(name, []).append(report.task.name)
    pages: dict[tuple[Path, str, int], TaskPage] = {}
    outside: list[str] = []
    anchors = _Anchors()
    for file in files:
        path = file.texts.present.path
        try:
            with file_boundary(path):
                proof = prove_file(file.texts, settings)
                facts: dict[str, Facts] = {}
                for is_todo, reader in readers.items():
                    reports = [r for r in file.reports if (r.state is TaskState.TODO) is is_todo]
                    facts.update(reader.of_file(file.texts.shown(is_todo=is_todo), reports))
                of_file = [
                    TaskGatherer(
                        file,
                        report,
                        settings,
                        proof,
                        facts.get(report.task.name),
                        present.of(report),
                        finished.of(report),
                        against,
                    ).page(anchors.of(report), tuple(required_by.get(report.task.name, ())))
                    for report in file.reports
                ]
        except SourceError as error:
            failed.append(error)
            continue
        pages.update({_key(page.report): page for page in of_file})
        outside += [f"{display(path)}:{one.line}: {one.message}" for one in proof.damage.get("", ())]
    shown = [report for report in all_reports if _key(report) in pages]
    groups = progress.stages(shown)
    return Report(
        tuple(StagePages(group.name, tuple(pages[_key(r)] for r in group.reports)) for group in groups),
        against,
        tuple(outside),
        (*project.problems, *problems, *failed),
        progress.next_batch(groups),
    )


def _key(report: TaskReport) -> tuple[Path, str, int]:
    return report.task.path, report.task.name, report.task.line


class _Anchors:
    """An id for each task, which is its name unless another task has the same."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()

    def of(self, report: TaskReport) -> str:
        name = report.task.name
        self._taken[name] += 1
        return name if self._taken[name] == 1 else f"{name}-{self._taken[name]}"


@dataclass(frozen=True)
class _Checked:
    """Findings by file and task; files that could not be checked are missing."""

    findings: Mapping[Path, Mapping[str, tuple[Finding, ...]]]

    def of(self, report: TaskReport) -> tuple[Finding, ...] | None:
        of_file = self.findings.get(report.task.path)
        return None if of_file is None else of_file.get(report.task.name, ())


def _check(sources: Sequence[SourceFile], settings: Settings, problems: list[SourceError]) -> _Checked:
    """The findings in some sources; a source that the rules cannot be applied to is among the problems."""
    checker = Checker(settings)
    found: dict[Path, dict[str, tuple[Finding, ...]]] = {}
    for source in sources:
        try:
            with file_boundary(source.path):
                findings = checker.check(source)
        except SourceError as error:
            problems.append(error)
            continue
        by_task = found.setdefault(source.path, {})
        for finding in findings:
            by_task[finding.task] = (*by_task.get(finding.task, ()), finding)
    return _Checked(found)
