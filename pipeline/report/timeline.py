"""The picture of a plan in time: a lane a task, a bar a call, a dot a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.report import units
from pipeline.report.axis import Axis, make_axis
from pipeline.report.facts import Call, CallState, PlanFacts, StoredFile, Task

if TYPE_CHECKING:
    from datetime import datetime

# A call of a moment must be seen all the same.
_NARROWEST_BAR = 0.35


@dataclass(frozen=True, slots=True)
class Bar:
    """A call: where it is, in percent, what became of it, and that in words."""

    left: float
    width: float
    state: CallState
    title: str


@dataclass(frozen=True, slots=True)
class Dot:
    """Files written at one moment."""

    left: float
    title: str


@dataclass(frozen=True, slots=True)
class Lane:
    """A task in time; `left` and `width` reach from the first moment known of it to the last."""

    task: Task
    left: float
    width: float
    bars: tuple[Bar, ...]
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The axis, the lanes of the tasks that have begun, by their beginning, and the other tasks."""

    axis: Axis
    lanes: tuple[Lane, ...]
    not_begun: tuple[Task, ...]


def make_timeline(facts: PlanFacts) -> Timeline | None:
    """Return the picture, None if nothing has happened yet."""
    intervals = [(call.started_at, call.ended_at or call.started_at) for call in facts.calls]
    intervals += [(file.written_at, file.written_at) for file in facts.files]
    if not intervals:
        return None
    axis = make_axis(intervals)
    begun = [task for task in facts.tasks if task.started_at is not None]
    begun.sort(key=lambda task: (task.started_at, task.ended_at))
    return Timeline(
        axis=axis,
        lanes=tuple(_lane(axis, task) for task in begun),
        not_begun=tuple(task for task in facts.tasks if task.started_at is None),
    )


def describe_call(call: Call) -> str:
    """Return what became of a call, in one line."""
    parts = [f"{call.state} call of {call.model}"]
    if call.state is CallState.ABANDONED:
        parts.append("its end is not known")
    else:
        parts.append(units.duration(call.seconds) + (" so far" if call.state is CallState.PENDING else ""))
    parts.append(f"from {units.time_of_day(call.started_at)}")
    if call.error and call.state is CallState.FAILED:
        parts.append(units.first_line(call.error))
    return ", ".join(parts)


def _lane(axis: Axis, task: Task) -> Lane:
    begin = axis.place(task.started_at) if task.started_at else 0.0
    end = axis.place(task.ended_at) if task.ended_at else begin
    return Lane(
        task=task,
        left=begin,
        width=end - begin,
        # Short failures between long successes would be painted over if they did not come last.
        bars=tuple(
            _bar(axis, task, call)
            for call in sorted(task.calls, key=lambda call: call.state is not CallState.COMPLETED)
        ),
        dots=_dots(axis, task.files),
    )


def _bar(axis: Axis, task: Task, call: Call) -> Bar:
    begin = axis.place(call.started_at)
    end = axis.place(call.ended_at or call.started_at)
    width = max(end - begin, _NARROWEST_BAR)
    return Bar(min(begin, 100.0 - width), width, call.state, f"{task.name}: {describe_call(call)}")


def _dots(axis: Axis, files: tuple[StoredFile, ...]) -> tuple[Dot, ...]:
    # Files of one task are often written within milliseconds: one dot for all that would overlap.
    groups: list[tuple[float, datetime, list[str]]] = []
    for file in sorted(files, key=lambda file: file.written_at):
        place = axis.place(file.written_at)
        if groups and place - groups[-1][0] < _NARROWEST_BAR:
            groups[-1][2].append(file.name)
        else:
            groups.append((place, file.written_at, [file.name]))
    return tuple(
        Dot(place, f"written at {units.time_of_day(moment)}: {', '.join(names)}")
        for place, moment, names in groups
    )
