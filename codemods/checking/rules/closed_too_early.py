"""DBF901: a service that is used after it was closed."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Found, Rule, changed
from codemods.checking.rules.untracked_call import CALL
from codemods.tasks.view import TaskView


def check(task: TaskView) -> Iterator[Found]:
    """Yields database calls that can run on a closed service."""
    if task.delegates:
        return
    for tracked in task.tracked:
        if tracked.exits is None:
            continue
        for node in tracked.used_closed.values():
            name = (
                node.func.attr
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
                else "it"
            )
            yield Found(node, f"{name} runs on a service that was closed before")


RULE = Rule(
    code="DBF901",
    of_frame=True,
    name="closed-too-early",
    summary="the service is used after it was closed",
    wrong="The service is closed before the last call to it: in the middle of the method, or inside a loop that goes "
    "on to use it.",
    why="The call raises, the content is not persisted, and the interaction cannot even be marked as failed.",
    remedy="Close the service once, in the `finally` around the whole method.",
    valid=(RIGHT, SEED),
    invalid=(changed((CALL, CALL + "            db_service.close()\n")),),
    check=check,
)
