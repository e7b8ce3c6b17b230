"""DBF902: a service that is opened in a loop and held."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Found, Rule, changed
from codemods.tasks.view import TaskView

_OPENED = "            db_service = self.get_database_service()\n"


def check(task: TaskView) -> Iterator[Found]:
    """Yields openings that can happen while the service is open, so that only the last one is ever closed."""
    if task.delegates:
        return
    for tracked in task.tracked:
        if tracked.exits is None:
            continue
        for statement in tracked.reopened.values():
            yield Found(
                statement, "the service is opened again while it is open; the first one is never closed"
            )


RULE = Rule(
    code="DBF902",
    of_frame=True,
    name="held-in-a-loop",
    summary="the service is opened again while it is open",
    wrong="Each pass of a loop opens a service without closing the one of the pass before.",
    why="One connection is held for each pass. A loop over forty documents empties the pool alone.",
    remedy="Open the service once before the loop, or close it in a `finally` inside of it.",
    valid=(RIGHT, SEED),
    invalid=(
        changed((_OPENED, f"            for _ in range(3):\n    {_OPENED}")),
        changed((_OPENED, _OPENED + _OPENED)),
    ),
    check=check,
)
