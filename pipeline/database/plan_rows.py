"""The rows that a plan has in other tables than its own."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Table, delete, func, inspect, select

from pipeline.database.models import (
    LLMAnswer,
    LLMInteraction,
    PlanContent,
    PlanFile,
    PlanLease,
    RunningTask,
    Submission,
    TaskLease,
    table_of,
)
from pipeline.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

CHILDREN: Mapping[str, Table] = {
    "LLM interactions": table_of(LLMInteraction),
    "files": table_of(PlanContent),
    "kept answers": table_of(LLMAnswer),
    "running tasks": table_of(RunningTask),
    "notes of files": table_of(PlanFile),
}
"""What people call the rows, and their tables."""

LEASES = tuple(table_of(model) for model in (PlanLease, TaskLease, Submission))
"""Who is or was at work on a plan."""

_seen: WeakKeyDictionary[Engine, set[str]] = WeakKeyDictionary()


def rows_of_plan(connection: Connection, plan_id: str) -> dict[str, int]:
    """Return how many rows a plan has in the other tables than its own, without those that have none."""
    counts = {}
    for name, table in CHILDREN.items():
        if not exists(connection, table):
            continue
        count = connection.execute(
            select(func.count()).select_from(table).where(table.c.plan_id == plan_id)
        ).scalar_one()
        if count:
            counts[name] = int(count)
    return counts


def refuse_rows_of_deleted_plan(connection: Connection, plan_id: str) -> None:
    """Raise ConfigurationError where a plan that has just been made already has rows: they are another's."""
    if counts := rows_of_plan(connection, plan_id):
        found = ", ".join(f"{count} {name}" for name, count in counts.items())
        raise ConfigurationError(
            f"the database still has rows of a plan {plan_id} that was deleted ({found}): "
            f"delete them with `pipeline delete {plan_id}`, or take another plan id"
        )


def begin_empty(connection: Connection, plan_id: str) -> None:
    """See to it that a plan that has just been made has no rows of one that was deleted without its rows.

    Who was at work on that one, and what of it workers had done, is removed. Raises ConfigurationError for the rest.
    """
    refuse_rows_of_deleted_plan(connection, plan_id)
    for table in LEASES:
        if exists(connection, table):
            connection.execute(delete(table).where(table.c.plan_id == plan_id))


def exists(connection: Connection, table: Table) -> bool:
    """Whether the database has the table: one of an older revision is written to and read as well."""
    seen = _seen.setdefault(connection.engine, set())
    if table.name not in seen:
        if not inspect(connection).has_table(table.name):
            return False
        seen.add(table.name)
    return True
