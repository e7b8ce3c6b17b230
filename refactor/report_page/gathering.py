"""From an inspected project to the values of the report."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codemods.checking.engine import Checker
from codemods.errors import SourceError
from codemods.model import TaskState
from codemods.refusals import REFUSALS
from codemods.rewriting import entries
from codemods.source import split_lines
from refactor import progress
from refactor.boundary import file_boundary
from refactor.report_page import questions
from refactor.report_page.facts import FactReader
from refactor.report_page.model import Diff, Question, TaskPage, Verdict
from refactor.report_page.proofs import FileProof, proof_of, prove_file
from refactor.report_page.sides import alone, paired
from refactor.report_page.steps import step_labels
from refactor.report_page.texts import Inspected, class_of, inspect_files, method_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from codemods.checking.finding import Finding
    from codemods.model import TaskAnalysis, TaskReport
    from codemods.settings import Settings
    from codemods.source import SourceFile
    from refactor.project import Project
    from refactor.report_page.facts import Facts
    from refactor.report_page.model import Answer, StepLabel
    from refactor.report_page.texts import Piece
    from refactor.verifying import Older

UNREFACTORED = "DBF000"
_SUPPRESSIONS = "DBF0"


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
    """

    stages: tuple[StagePages, ...]
    against: str
    outside: tuple[str, ...]
    problems: tuple[SourceError, ...]
    batch: progress.Batch | None

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
    present = _check([file.texts.present for file in files], settings)
    # Where nothing is to do, the finished text is the present one.
    changed = [file.texts.finished for file in files if file.texts.finished.text != file.texts.present.text]
    finished = _check(changed, settings)
    reader = FactReader([file.texts.finished for file in files], settings)
    all_reports = [report for file in files for report in file.reports]
    required_by: dict[str, list[str]] = {}
    for report in all_reports:
        for name in report.task.requires:
            required_by.setdefault(name, []).append(report.task.name)
    pages: dict[tuple[Path, str, int], TaskPage] = {}
    outside: list[str] = []
    failed: list[SourceError] = []
    anchors = _Anchors()
    for file in files:
        path = file.texts.present.path
        try:
            with file_boundary(path):
                proof = prove_file(file.texts, settings)
                facts = reader.of_file(file.texts.finished, file.reports)
                of_file = [
                    _Gatherer(
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
        outside += [f"{path.as_posix()}:{one.line}: {one.message}" for one in proof.damage.get("", ())]
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
    findings: Mapping[tuple[Path, str], tuple[Finding, ...]]

    def of(self, report: TaskReport) -> tuple[Finding, ...]:
        return self.findings.get((report.task.path, report.task.name), ())


def _check(sources: Sequence[SourceFile], settings: Settings) -> _Checked:
    checker = Checker(settings)
    found: dict[tuple[Path, str], tuple[Finding, ...]] = {}
    for source in sources:
        for finding in checker.check(source):
            key = (source.path, finding.task)
            found[key] = (*found.get(key, ()), finding)
    return _Checked(found)


@dataclass(frozen=True)
class _Gatherer:
    """Everything about one task, from its file's states."""

    file: Inspected
    report: TaskReport
    settings: Settings
    proof: FileProof
    facts: Facts | None
    present: tuple[Finding, ...]
    finished: tuple[Finding, ...]
    against: str

    def page(self, anchor: str, required_by: tuple[str, ...]) -> TaskPage:
        report = self.report
        diff, by_tool = self._diff()
        findings = tuple(f for f in self.present if f.code != UNREFACTORED)
        grave = [f for f in findings if not f.code.startswith(_SUPPRESSIONS)]
        state = TaskState.DEFECTIVE if report.state is TaskState.DONE and grave else report.state
        return TaskPage(
            report=report,
            state=state,
            anchor=anchor,
            how=self._how(by_tool),
            findings=findings,
            answers=self._answers(diff, by_tool),
            diff=diff,
            refusal_rule=REFUSALS.get(report.refusal.code) if report.refusal else None,
            required_by=required_by,
            files=tuple(dict.fromkeys(file.name for file in self.facts.files)) if self.facts else (),
        )

    @property
    def _name(self) -> str:
        return self.report.task.name

    @property
    def _compared(self) -> bool:
        """Whether the original is that of a named revision."""
        return bool(self.against) and not self.file.missing

    def _how(self, by_tool: bool) -> str:
        state = self.report.state
        if state is TaskState.TODO:
            return "Not refactored yet. This is what apply would make of it."
        if state is TaskState.DONE and by_tool:
            return "Refactored by this tool."
        if state is TaskState.DONE:
            return "Refactored by hand, or by another version, or edited since; no plan says which line is which step."
        if state is TaskState.REFUSED:
            return "Refused: it stays as it is."
        return "Exempt: it stays as it is."

    def _answers(self, diff: Diff | None, by_tool: bool) -> tuple[Answer, ...]:
        if self.report.state not in {TaskState.DONE, TaskState.TODO} or self.facts is None:
            return ()
        original = ""
        if self._compared:
            original = self.against
        elif self.report.state is TaskState.TODO:
            original = "the present text"
        elif by_tool:
            original = "the text with the steps taken out"
        proof = proof_of(
            self._name,
            self.proof,
            original=original,
            inserted=diff.count("added") if diff else 0,
            kept=diff.count("same") if diff else 0,
            by_tool=by_tool,
        )
        findings = self.present if self.report.state is TaskState.DONE else self.finished
        return questions.answers(
            questions.Material(
                self.facts, tuple(f for f in findings if f.code != UNREFACTORED), proof, self._plan(by_tool)
            )
        )

    def _plan(self, by_tool: bool) -> TaskAnalysis | None:
        return self.file.plans.get(self._name) if by_tool else None

    def _diff(self) -> tuple[Diff | None, bool]:
        """The diff to show, and whether the plan of the tool gives exactly its right side."""
        texts = self.file.texts
        finished = method_of(texts.finished, self._name, self.settings)
        if finished is None:
            return None, False
        labels = self._labels(finished.text)
        by_tool = labels is not None
        original = method_of(texts.baseline, self._name, self.settings)
        todo = self.report.state is TaskState.TODO
        right = "Refactored" if not todo else "As apply would write it"
        left = f"Original, {self.against}" if self._compared else "Original"
        plan = self._plan(by_tool)
        imports = plan.imports if plan else ()
        old: Piece | None = original
        new: Piece | None = finished
        if self._compared and self._rest_differs():
            old, new = class_of(texts.baseline, self._name), class_of(texts.finished, self._name)
            if labels is not None and new is not None:
                ahead = finished.first - new.first
                behind = len(new.lines) - ahead - len(labels)
                labels = (None,) * ahead + labels + (None,) * behind
        if new is None:
            return None, by_tool
        if old is None or old.lines == new.lines:
            return Diff("", "Present text", new.lines, new.lines, alone(new.lines, new.first)), by_tool
        rows = paired(old.lines, new.lines, old.first, new.first, labels)
        return Diff(left, right, old.lines, new.lines, rows, imports), by_tool

    def _labels(self, text: str) -> tuple[StepLabel | None, ...] | None:
        """The steps of the finished method, None where the plan does not give exactly this text."""
        plan = self.file.plans.get(self._name)
        if plan is None or self.report.state not in {TaskState.DONE, TaskState.TODO}:
            return None
        reverted = self.file.reverted
        for (owner, _), method in entries(reverted, self.settings).items():
            if owner == self._name:
                labels = step_labels(reverted, method, plan.insertions, text)
                if labels is not None and len(labels) == len(split_lines(text)):
                    return labels
        return None

    def _rest_differs(self) -> bool:
        """Whether the class differs from the original outside of its entry method."""
        texts = self.file.texts
        sides = []
        for source in (texts.baseline, texts.finished):
            whole = class_of(source, self._name)
            method = method_of(source, self._name, self.settings)
            if whole is None or method is None:
                return whole is not None
            sides.append(whole.text.replace(method.text, "", 1))
        return sides[0] != sides[1]
