"""DBF900: a service that is left open."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Found, Rule, changed
from codemods.checking.rules.service_outside_try import closes_somewhere
from codemods.tasks.records import opens_service
from codemods.tasks.view import TaskView

CLOSING = """\
        finally:
            if db_service is not None:
                db_service.close()
"""


def check(task: TaskView) -> Iterator[Found]:
    """Yields the opening of a service that can be open when the method is left."""
    tracked = task.tracked[0]
    opening = next((n for n in task.index.nodes if opens_service(n)), None)
    if opening is None or tracked.exits is None or task.delegates or task.opens_service_in_with:
        return
    exits = tracked.exits
    if not closes_somewhere(task):
        if any(tracked.holds_service(s) for s in exits.falls) or any(
            tracked.holds_service(s) for _, s in exits.returns
        ):
            yield Found(opening, "the service is never closed")
        return
    for statement, state in sorted(exits.returns, key=lambda item: item[0].lineno):
        if tracked.holds_service(state):
            yield Found(opening, f"the return in line {statement.lineno} leaves the service open")
            return
    if any(tracked.holds_service(state) for state in exits.falls):
        yield Found(opening, "the service is not closed on every way through the method")
        return
    raising = [at for (_, state), at in exits.raises.items() if tracked.holds_service(state)]
    if raising and not task.closes_in_finally:
        line = min(at.lineno for at in raising)
        yield Found(opening, f"an error (line {line}) leaves the service open; close it in a finally")


RULE = Rule(
    code="DBF900",
    of_frame=True,
    name="not-closed",
    summary="the service is not closed on every way out",
    wrong="The service is not closed at all, or not when the method returns early or raises.",
    why="Each task that leaves a connection behind takes one from the pool; sooner or later a task waits for one "
    "until it times out, and the error is in a task that did nothing wrong.",
    remedy="Close it in the `finally` of the `try` around the whole method.",
    valid=(RIGHT, SEED),
    invalid=(
        changed((CLOSING, "")),
        changed((CLOSING, ""), ("            raise\n", "            raise\n        db_service.close()\n")),
    ),
    check=check,
)
