"""DBF800: an interaction that no error marks as failed."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Found, Rule, changed
from codemods.tasks.records import Kind
from codemods.tasks.view import TaskView

FAILED = """\
            if interaction_id is not None:
                db_service.update_llm_interaction(interaction_id, {
                    "status": "failed",
                    "error_message": str(error),
                    "completed_at": datetime.utcnow(),
                })
"""


def check(task: TaskView) -> Iterator[Found]:
    """Yields interactions that an error leaves open and whose variable no update ever gives another status."""
    if task.delegates:
        return
    updates = list(task.records_of(Kind.UPDATE))
    failing = [r for r in updates if r.status not in {"completed", "pending"} and not r.leaves_status]
    for tracked in task.tracked:
        if tracked.exits is None or tracked.unsure:
            continue
        escaping = {i for _, state in tracked.exits.raises for i in tracked.left_open(state)}
        for index in sorted(escaping):
            record = tracked.records[index]
            names = task.variables_of(record) or set()
            # What is kept on the task itself can be marked by whoever runs it.
            if not any("." in name for name in names) and not any(
                update.interaction is None or update.interaction in names for update in failing
            ):
                yield Found(record.call, "no error marks this interaction as failed")


RULE = Rule(
    code="DBF800",
    of_frame=True,
    name="never-failed",
    summary="no error marks the interaction as failed",
    wrong="There is no handler that gives the interaction the status `failed` when the call, or anything after it, "
    "raises.",
    why="It stays pending for ever, as if the call were still running, and the error is in no table.",
    remedy="In an `except` around it all: update the interaction with status failed and the error, then `raise`.",
    valid=(RIGHT, SEED),
    invalid=(changed((FAILED, "")),),
    check=check,
)
