"""Where the time went: the slowest tasks, and the chain of tasks that no number of workers can beat."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.report.facts import CallState, Task

SHOWN = 12

_ORDER = (CallState.COMPLETED, CallState.FAILED, CallState.PENDING)


@dataclass(frozen=True, slots=True)
class Part:
    """The calls of a task in one state: their time, and where they are in its bar, in percent."""

    state: CallState
    seconds: float
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class SlowTask:
    """A task with a bar as long as its time in calls."""

    task: Task
    seconds: float
    parts: tuple[Part, ...]


def slowest_tasks(tasks: Sequence[Task]) -> tuple[SlowTask, ...]:
    """Return the tasks that spent most time in calls, the slowest first."""
    timed = sorted((task for task in tasks if task.model_seconds), key=lambda task: -task.model_seconds)
    longest = timed[0].model_seconds if timed else 1.0
    return tuple(SlowTask(task, task.model_seconds, _parts(task, longest)) for task in timed[:SHOWN])


def longest_chain(tasks: Sequence[Task]) -> tuple[Task, ...]:
    """Return the tasks with calls on the path through the graph that adds up to most time in calls.

    `tasks` come with the required ones first. Empty where no graph is known.
    """
    if not any(task.needs for task in tasks):
        return ()
    by_name = {task.name: task for task in tasks}
    seconds: dict[str, float] = {}
    previous: dict[str, str | None] = {}
    for task in tasks:
        before = max((name for name in task.needs if name in seconds), key=seconds.__getitem__, default=None)
        previous[task.name] = before
        seconds[task.name] = task.model_seconds + (0.0 if before is None else seconds[before])
    last: str | None = max(seconds, key=seconds.__getitem__)
    chain = []
    while last is not None:
        chain.append(by_name[last])
        last = previous[last]
    return tuple(task for task in reversed(chain) if task.calls)


def _parts(task: Task, longest: float) -> tuple[Part, ...]:
    parts = []
    left = 0.0
    for state in _ORDER:
        seconds = sum(call.seconds or 0.0 for call in task.calls if call.state is state)
        if seconds:
            width = seconds / longest * 100
            parts.append(Part(state, seconds, left, width))
            left += width
    return tuple(parts)
