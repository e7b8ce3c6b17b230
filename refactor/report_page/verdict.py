"""What the whole report adds up to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from codemods.model import TaskState
from refactor.report_page.model import Question, Verdict, answer_key
from refactor.report_page.next_step import next_step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from refactor.report_page.gathering import Report


class Level(StrEnum):
    """How the report turned out."""

    READY = "ready"
    PROGRESS = "progress"
    ATTENTION = "attention"
    BLOCKED = "blocked"


@dataclass(frozen=True)
class Figure:
    """A number worth seeing first.

    Attributes:
        name: what is counted.
        number: how many.
        shows: the filter of the page that shows what was counted.
        of: of how many, None where that says nothing.
        bad: whether it stands in the way.
    """

    name: str
    number: int
    shows: str
    of: int | None = None
    bad: bool = False


@dataclass(frozen=True)
class Overall:
    """The verdict on top.

    Attributes:
        level: how it turned out.
        headline: in a few words.
        reasons: one sentence each.
        command: what to run next, empty where there is nothing.
    """

    level: Level
    headline: str
    reasons: tuple[str, ...]
    command: str
    figures: tuple[Figure, ...] = ()


def overall(report: Report, arguments: str = "") -> Overall:
    """Adds up all tasks.

    Args:
        report: the report.
        arguments: what a further command needs to mean the same files: ` PATHS`.
    """
    counts = report.counts
    done, todo, exempt = counts[TaskState.DONE], counts[TaskState.TODO], counts[TaskState.EXEMPT]
    refused, defective = counts[TaskState.REFUSED], counts[TaskState.DEFECTIVE]
    wanted = sum(counts.values()) - exempt
    damaged = len(report.with_answer(Question.UNCHANGED, Verdict.NO))
    negative = sum(any(a.verdict is Verdict.NO for a in task.answers) for task in report.tasks)
    open_answers = sum(any(a.verdict is Verdict.UNKNOWN for a in task.answers) for task in report.tasks)
    if not report.tasks:
        instead = report.instead
        said = instead.reasons if instead is not None else ()
        command = instead.command if instead is not None else ""
        return Overall(Level.ATTENTION, "No tasks found", (*_problems(report), *said), command)
    if negative or report.outside:
        level, headline = Level.BLOCKED, "Not ready to merge"
    elif report.problems or refused or defective:
        level, headline = Level.ATTENTION, "Needs attention"
    elif todo:
        level, headline = Level.PROGRESS, "In progress" if done else "Ready to apply"
    elif open_answers:
        level, headline = Level.ATTENTION, "Refactored, not proven throughout"
    else:
        level, headline = Level.READY, "Ready to merge"
    reasons = [f"{done} of {wanted} tasks are refactored" + _rest(todo, refused, defective) + "."]
    if negative:
        reasons.append(f"{_tasks(negative)} {_have(negative)} an answer that blocks merging.")
    if defective:
        reasons.append(f"check has findings in {_tasks(defective)}.")
    if damaged:
        reasons.append(
            f"{_tasks(damaged)} changed in other ways than by insertion, or would fail at run time."
        )
    if report.outside:
        reasons.append(f"{len(report.outside)} changes lie outside of the tasks.")
    if open_answers and not negative:
        reasons.append(f"{_tasks(open_answers)} {_have(open_answers)} a question that could not be decided.")
    proven = len(report.with_answer(Question.UNCHANGED, Verdict.YES))
    if proven:
        reasons.append(f"{_tasks(proven)} proven to be the original with insertions only.")
    reasons += _problems(report)
    command = next_step(report, arguments)
    findings = sum(len(task.findings) for task in report.tasks)
    figures = (
        Figure("refactored", done, "state=done", wanted),
        Figure("proven", proven, f"answer={answer_key(Question.UNCHANGED, Verdict.YES)}", wanted),
        Figure("findings", findings, "findings=1", bad=bool(findings)),
        Figure("refused", refused, "state=refused", bad=bool(refused)),
    )
    return Overall(level, headline, tuple(reasons), command, figures)


def _rest(todo: int, refused: int, defective: int) -> str:
    others = ((todo, "to do"), (refused, "refused"), (defective, "defective"))
    parts = [f"{number} {what}" for number, what in others if number]
    return f", {', '.join(parts)}" if parts else ""


def _problems(report: Report) -> Iterator[str]:
    if report.problems:
        number = len(report.problems)
        yield f"{number} file{'s' * (number != 1)} could not be looked at."


def _tasks(number: int) -> str:
    return f"{number} task{'s' * (number != 1)}"


def _have(number: int) -> str:
    return "has" if number == 1 else "have"
