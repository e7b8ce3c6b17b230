"""What went wrong, and what it took to get over it."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.report.facts import CallState, Task, TaskState
from pipeline.report.units import first_line

_NUMBER = re.compile(r"\b(?=\w*\d)\w+")
_TROUBLES = (CallState.FAILED, CallState.ABANDONED)


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """Calls of one model that failed alike, and the tasks that made them.

    Alike are messages whose first lines differ in numbers only: waiting times, ids of requests.
    `message` is the first of them, `variants` says how many there are.
    """

    model: str
    state: CallState
    message: str
    variants: int
    count: int
    tasks: tuple[Task, ...]

    @property
    def open_tasks(self) -> tuple[Task, ...]:
        """Those of the tasks that are not done for all that."""
        return tuple(task for task in self.tasks if task.state is not TaskState.DONE)


@dataclass(frozen=True, slots=True)
class Recovery:
    """A task that needed more than its first choice of a model, once."""

    task: Task
    failed: int
    abandoned: int
    fallbacks: int


def group_failures(tasks: Sequence[Task]) -> tuple[FailureGroup, ...]:
    """Return the failed calls by model and message; first those of tasks that are not done."""
    found: dict[tuple[str, CallState, str], list[tuple[str, Task]]] = defaultdict(list)
    for task in tasks:
        for call in task.calls:
            if call.state in _TROUBLES:
                message = call.error or "No message was recorded."
                found[call.model, call.state, _NUMBER.sub("#", first_line(message))].append((message, task))
    groups = [
        FailureGroup(
            model=model,
            state=state,
            message=calls[0][0],
            variants=len({message for message, _ in calls}),
            count=len(calls),
            tasks=tuple(dict.fromkeys(task for _, task in calls)),
        )
        for (model, state, _), calls in found.items()
    ]
    return tuple(sorted(groups, key=lambda group: (-len(group.open_tasks), -group.count, group.message)))


def recoveries(tasks: Sequence[Task]) -> tuple[Recovery, ...]:
    """Return the tasks with a failed or abandoned call, or an answer from a fallback model."""
    all_tasks = (
        Recovery(
            task=task,
            failed=task.count(CallState.FAILED),
            abandoned=task.count(CallState.ABANDONED),
            fallbacks=sum(call.fallback for call in task.calls),
        )
        for task in tasks
    )
    return tuple(item for item in all_tasks if item.failed or item.abandoned or item.fallbacks)
