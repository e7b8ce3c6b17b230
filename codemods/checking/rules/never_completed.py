"""DBF500: an interaction that nothing completes."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Found, Rule, changed
from codemods.checking.rules.untracked_call import COMPLETED
from codemods.tasks.records import Kind
from codemods.tasks.view import TaskView


def check(task: TaskView) -> Iterator[Found]:
    """Yields interactions whose variable no update gives the status completed."""
    if task.delegates or any(tracked.unsure for tracked in task.tracked):
        return
    updates = list(task.records_of(Kind.UPDATE))
    if any(
        record.fields is None or (record.status is None and not record.leaves_status) for record in updates
    ):
        return
    completed = {record.interaction for record in updates if record.status == "completed"}
    if None in completed:
        return
    for record in task.records_of(Kind.PENDING):
        names = task.variables_of(record)
        if record.status == "completed" or names is None:
            continue
        if not names & completed:
            yield Found(record.call, "the interaction is created and never completed")


RULE = Rule(
    code="DBF500",
    name="never-completed",
    summary="an interaction is never completed",
    wrong="The interaction is created as pending, and no update gives it the status `completed`.",
    why="It looks for ever as if the call were still running, and the response is nowhere.",
    remedy="After the call, update it: status, the whole response, completed_at, duration_seconds.",
    valid=(RIGHT, SEED),
    invalid=(
        changed((COMPLETED, "")),
        changed(
            ("            interaction_id = db_service.create", "            db_service.create"),
            (COMPLETED, ""),
        ),
    ),
    check=check,
)
