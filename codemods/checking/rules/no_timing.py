"""DBF400: a completed interaction without its duration."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Found, Rule, changed
from codemods.tasks.records import Kind
from codemods.tasks.view import TaskView


def check(task: TaskView) -> Iterator[Found]:
    """Yields completions that give no `duration_seconds`, or None."""
    for record in task.records_of(Kind.UPDATE):
        if record.status != "completed" or record.fields is None:
            continue
        duration = record.field("duration_seconds")
        if duration is None:
            yield Found(record.call, "the interaction is completed without duration_seconds")
        elif getattr(duration, "value", duration) is None:
            yield Found(duration, "the interaction is completed with no duration")


_DURATION = '                "duration_seconds": duration_seconds,\n'

RULE = Rule(
    code="DBF400",
    of_frame=True,
    name="no-timing",
    summary="an interaction is completed without its duration",
    wrong="The update that completes the interaction gives no `duration_seconds`.",
    why="How long a model took is what decides about time limits, fallbacks and cost; it cannot be found out later.",
    remedy="Take the time right before and right after the call, and record the difference.",
    valid=(RIGHT, SEED),
    invalid=(
        changed((_DURATION, "")),
        changed((_DURATION, '                "duration_seconds": None,\n')),
    ),
    check=check,
)
