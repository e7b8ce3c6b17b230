"""DBF100: a task that talks to the database without a service of its own."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Found, Rule, changed
from codemods.python.names import dotted_name
from codemods.tasks.view import TaskView

_OPENED = "db_service = self.get_database_service()"


def check(task: TaskView) -> Iterator[Found]:
    """Yields database calls on something that is not what `self.get_database_service()` gave."""
    if task.opens_service and not task.service_names:
        return
    for record in task.records:
        receiver = dotted_name(getattr(record.call.func, "value", record.call.func))
        root = (receiver or "").partition(".")[0]
        if receiver is None or receiver in task.service_names or root == task.context.scope.self_name:
            continue
        values = record.site.scope.values_of(root)
        if values is None and root not in record.site.scope.module.bindings:
            yield Found(record.call, f"{receiver} is used as the database service, but nothing opens it")
        elif not task.opens_service:
            yield Found(record.call, "the database is used without self.get_database_service()")
            return


RULE = Rule(
    code="DBF100",
    of_frame=True,
    name="service-missing",
    summary="the database is used without a service of the task's own",
    wrong="Records are created on something that did not come from `self.get_database_service()`.",
    why="A service that is shared or opened in another way is closed by nobody, or by somebody else, and its session "
    "is used from several tasks at once.",
    remedy="Open the service with `db_service = self.get_database_service()`, first inside the `try`.",
    valid=(RIGHT, SEED),
    invalid=(
        changed((_OPENED, "db_service = get_database_service()")),
        changed((_OPENED, "service = self.get_database_service()"), ("        db_service = None\n", "")),
    ),
    check=check,
)
