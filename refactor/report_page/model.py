"""The values of the report. Frozen; they flow from the sources to the template, which only shows them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codemods.checking.finding import Finding
    from codemods.model import Step, TaskReport, TaskState
    from codemods.refusals import RefusalRule
    from codemods.source import SourceFile

STEP_NAMES = {
    "1": ("Service", "database service and plan id"),
    "2": ("Inputs", "read the inputs"),
    "3": ("Pending", "LLM interaction, pending, with the whole prompt"),
    "4": ("Call", "the LLM call, timed"),
    "5": ("Completed", "LLM interaction, completed, with the whole response"),
    "6": ("Persist", "row of plan_content for an output"),
    "7": ("Write", "the file, and the confirmation of what it holds"),
    "8": ("Failed", "LLM interaction, failed; the error is re-raised"),
    "9": ("Close", "the database service is closed"),
}
"""A word and a sentence for each step."""


class Verdict(StrEnum):
    """An answer to a reviewer's question."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "n/a"


class Question(StrEnum):
    """What the reviewers look at, in their words."""

    SERVICE = "Database service integration"
    STATES = "LLM interaction tracking"
    PERSISTENCE = "plan_content persistence"
    ERRORS = "Error handling"
    UNCHANGED = "No functional changes to original task logic"


QUESTION_DETAIL = {
    Question.SERVICE: "get_database_service()",
    Question.STATES: "create → update → failed states",
    Question.PERSISTENCE: "all outputs",
    Question.ERRORS: "try/except/finally pattern",
    Question.UNCHANGED: "verified",
}
"""What the reviewers' list has in brackets."""

QUESTION_SHORT = {
    Question.SERVICE: "Service",
    Question.STATES: "Interactions",
    Question.PERSISTENCE: "Persistence",
    Question.ERRORS: "Errors",
    Question.UNCHANGED: "Unchanged",
}
"""One word for each question, where there is room for no more."""


def answer_key(question: Question, verdict: Verdict) -> str:
    """How the page's filter names an answer: `persistence-no`."""
    return f"{QUESTION_SHORT[question].lower()}-{verdict.name.lower().replace('_', '-')}"


@dataclass(frozen=True)
class Evidence:
    """One thing that speaks for an answer, or against it.

    Attributes:
        text: a sentence without its line numbers.
        lines: 1-based lines of the refactored file that show it.
        against: whether it speaks against a yes.
    """

    text: str
    lines: tuple[int, ...] = ()
    against: bool = False


@dataclass(frozen=True)
class Answer:
    """One question answered for one task."""

    question: Question
    verdict: Verdict
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class StepLabel:
    """Which insertion of the plan a line came from.

    Attributes:
        step: of the nine.
        insertion: tells neighbouring insertions of one step apart.
        is_wrapper: whether the line is the `try` around the method's statements.
    """

    step: Step
    insertion: int
    is_wrapper: bool = False


@dataclass(frozen=True)
class Row:
    """One row of a side-by-side diff: a kept, an added or a removed line.

    Attributes:
        old: 1-based line in the original file, None for an added line.
        new: 1-based line in the refactored file, None for a removed line.
        old_index: index among the original lines of the diff, None as above.
        new_index: likewise.
        label: the step an added line belongs to, None where no plan says so.
    """

    old: int | None
    new: int | None
    old_index: int | None
    new_index: int | None
    label: StepLabel | None = None

    @property
    def kind(self) -> str:
        """`same`, `added` or `removed`."""
        if self.old is None:
            return "added"
        return "removed" if self.new is None else "same"


@dataclass(frozen=True)
class Diff:
    """The original of a task beside the refactored text, or one text alone.

    Attributes:
        old_title: what the left side is; empty where there is only one side.
        new_title: what the right side is.
        old_lines: the original lines, without line ends.
        new_lines: the refactored lines.
        rows: the lines paired.
        imports: the module-level imports that come with it.
    """

    old_title: str
    new_title: str
    old_lines: tuple[str, ...]
    new_lines: tuple[str, ...]
    rows: tuple[Row, ...]
    imports: tuple[str, ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps that occur, in order."""
        return tuple(sorted({row.label.step for row in self.rows if row.label is not None}))

    def count(self, kind: str) -> int:
        """How many rows are `same`, `added` or `removed`."""
        return sum(row.kind == kind for row in self.rows)


@dataclass(frozen=True)
class TaskPage:
    """Everything the report says of one task.

    Attributes:
        report: the task as inspected.
        state: where it stands; defective where `check` has findings in a refactored task.
        anchor: the id of its section.
        how: how it came to be refactored, or would: one sentence.
        findings: what `check` says of it.
        answers: the reviewers' questions, in their order; empty where nothing was or would be inserted.
        diff: None where there is nothing to show.
        refusal_rule: the declaration behind a refusal.
        required_by: names of the tasks that require it.
        files: names of the files that it writes, as far as they are known.
    """

    report: TaskReport
    state: TaskState
    anchor: str
    how: str
    findings: tuple[Finding, ...]
    answers: tuple[Answer, ...]
    diff: Diff | None
    refusal_rule: RefusalRule | None
    required_by: tuple[str, ...]
    files: tuple[str, ...]


@dataclass(frozen=True)
class FileTexts:
    """One file in the states that the report compares.

    Attributes:
        present: as it is on disk.
        baseline: the original: of the revision, or else with the steps taken out in memory.
        finished: with everything applied that can be.
    """

    present: SourceFile
    baseline: SourceFile
    finished: SourceFile

    def shown(self, *, is_todo: bool) -> SourceFile:
        """The text that the report shows of a task: as it would be where it is to do, else as it is."""
        return self.finished if is_todo else self.present
