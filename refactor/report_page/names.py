"""What states and answers are called in the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codemods.model import TaskState
from refactor.report_page.model import Verdict

if TYPE_CHECKING:
    from collections import Counter

STATES = {
    TaskState.DONE: "refactored",
    TaskState.TODO: "to do",
    TaskState.REFUSED: "refused",
    TaskState.DEFECTIVE: "defective",
    TaskState.EXEMPT: "exempt",
}
"""The states in the order in which they are listed, and what they are called."""

VERDICTS = {
    Verdict.YES: "yes",
    Verdict.NO: "no",
    Verdict.UNKNOWN: "undecided",
    Verdict.NOT_APPLICABLE: "not applicable",
}


def shown_states(counts: Counter[TaskState]) -> list[TaskState]:
    """The states that are worth a column: those that occur, and the two that everything is about."""
    always = {TaskState.DONE, TaskState.TODO}
    return [state for state in STATES if state in always or counts[state]]


def move_name(was: TaskState | None, now: TaskState | None) -> str:
    """`to do → refactored`; `new, to do`; `no longer there`."""
    if now is None:
        return "no longer there"
    return f"new, {STATES[now]}" if was is None else f"{STATES[was]} → {STATES[now]}"
