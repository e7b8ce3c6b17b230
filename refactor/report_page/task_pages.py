"""Everything about one task, from the states of its file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from codemods.model import TaskState
from codemods.refusals import REFUSALS
from codemods.rewriting.apply import entries
from codemods.source import split_lines
from refactor.report_page import questions
from refactor.report_page.model import Diff, TaskPage
from refactor.report_page.proofs import FileProof, proof_of
from refactor.report_page.sides import alone, paired
from refactor.report_page.steps import step_labels
from refactor.report_page.texts import Inspected, class_of, method_of

if TYPE_CHECKING:
    from codemods.checking.finding import Finding
    from codemods.model import TaskAnalysis, TaskReport
    from codemods.settings import Settings
    from refactor.report_page.facts import Facts
    from refactor.report_page.model import Answer, StepLabel
    from refactor.report_page.texts import Piece

UNREFACTORED = "DBF000"


@dataclass(frozen=True)
class TaskGatherer:
    """Gathers everything about one task.

    Attributes:
        file: the states of its file.
        report: the task.
        settings: the configuration.
        proof: what was proven of its file.
        facts: what its finished text shows, None where it has no entry method.
        present: the findings in its present text, None where that could not be checked.
        finished: the findings in what apply would write, None likewise.
        against: the state that was named to compare with, empty for none.
    """

    file: Inspected
    report: TaskReport
    settings: Settings
    proof: FileProof
    facts: Facts | None
    present: tuple[Finding, ...] | None
    finished: tuple[Finding, ...] | None
    against: str

    def page(self, anchor: str, required_by: tuple[str, ...]) -> TaskPage:
        """The task's part of the report.

        Args:
            anchor: the id of its section.
            required_by: names of the tasks that require it.
        """
        report = self.report
        diff, by_tool = self._diff()
        findings = tuple(f for f in self.present or () if f.code != UNREFACTORED)
        settled = report.state in {TaskState.DONE, TaskState.EXEMPT}
        state = TaskState.DEFECTIVE if settled and findings else report.state
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
            return "Not written by this version, so its lines cannot be labelled by step."
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
                self.facts,
                None if findings is None else tuple(f for f in findings if f.code != UNREFACTORED),
                proof,
                self._plan(by_tool),
            )
        )

    def _plan(self, by_tool: bool) -> TaskAnalysis | None:
        return self.file.plans.get(self._name) if by_tool else None

    def _diff(self) -> tuple[Diff | None, bool]:
        """The diff to show, and whether the plan of the tool gives exactly its right side."""
        texts = self.file.texts
        shown = texts.shown(is_todo=self.report.state is TaskState.TODO)
        method = method_of(shown, self._name, self.settings)
        if method is None:
            return None, False
        labels = self._labels(method.text)
        by_tool = labels is not None
        original = method_of(texts.baseline, self._name, self.settings)
        todo = self.report.state is TaskState.TODO
        right = "Refactored" if not todo else "As apply would write it"
        left = f"Original, {self.against}" if self._compared else "Original"
        plan = self._plan(by_tool)
        imports = plan.imports if plan else ()
        old: Piece | None = original
        new: Piece | None = method
        if self._compared and self._rest_differs():
            old, new = class_of(texts.baseline, self._name), class_of(shown, self._name)
            if labels is not None and new is not None:
                ahead = method.first - new.first
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
