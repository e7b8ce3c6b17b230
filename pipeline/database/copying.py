"""Rows of one plan as the beginning of another."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, String, case, cast, func, insert, literal, null, select

from pipeline.database.models import LLMInteraction, PlanContent, table_of

if TYPE_CHECKING:
    from collections.abc import Collection

_interactions = table_of(LLMInteraction)
_content = table_of(PlanContent)

_OF_THE_SOURCE_ALONE = ("attempt_of", "cached_input_tokens", "reasoning_tokens", "task_id", "trace_id")


def copy_rows(
    connection: Connection,
    source: str,
    target: str,
    *,
    filenames: Collection[str],
    stages: Collection[str],
) -> None:
    """Copy the contents of these files, and the completed calls of these stages, from one plan to another.

    A copied call takes nothing: it points to the row that paid, in `replayed_from`.
    """
    _copy(
        connection, _content, {"plan_id": literal(target)}, _content.c.filename.in_(sorted(filenames)), source
    )
    columns = _interactions.c
    # As long as its column takes: a plan's id may be longer.
    of_target = sha256(target.encode()).hexdigest()[:24]
    key = literal("copy-of-") + cast(columns.id, String) + literal(f"-{of_target}")
    given: dict[str, Any] = {
        "plan_id": literal(target),
        "interaction_key": key,
        "replayed_from": func.coalesce(columns.replayed_from, columns.id),
        **{name: null() for name in _OF_THE_SOURCE_ALONE},
        **{name: literal(0) for name in ("input_tokens", "output_tokens", "total_tokens")},
        "cost": case((columns.cost.is_not(None), 0.0)),
    }
    chosen = columns.stage.in_(sorted(stages)) & (columns.status == "completed")
    _copy(connection, _interactions, given, chosen, source)


def _copy(connection: Connection, table: Any, given: dict[str, Any], chosen: Any, source: str) -> None:
    names = [column.name for column in table.c if column.name != "id"]
    values = [given[name].label(name) if name in given else table.c[name] for name in names]
    rows = select(*values).where(table.c.plan_id == source, chosen).order_by(table.c.id)
    connection.execute(insert(table).from_select(names, rows))
