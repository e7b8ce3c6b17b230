"""Reading a plan's interactions, and closing those that nobody will end."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from pipeline.database.abandoned import fail_pending
from pipeline.database.models import LLMInteraction, table_of
from pipeline.database.records import InteractionInfo
from pipeline.database.streaming import stream
from pipeline.database.transactions import Transactions
from pipeline.names import check_plan_id

if TYPE_CHECKING:
    from collections.abc import Iterator

_interactions = table_of(LLMInteraction)


class Interactions(Transactions):
    """Reads interactions and closes them; raises what pipeline.database.service.DatabaseService raises."""

    def count_interactions(self, plan_id: str) -> dict[str, int]:
        """Return how many interactions of a plan are in each status."""
        columns = _interactions.c
        statement = (
            select(columns.status, func.count())
            .where(columns.plan_id == check_plan_id(plan_id))
            .group_by(columns.status)
            .order_by(columns.status)
        )
        rows = self._read(plan_id, lambda c: c.execute(statement).all())
        return {str(status): int(count) for status, count in rows}

    def list_interactions(self, plan_id: str) -> tuple[InteractionInfo, ...]:
        """Return a plan's interactions in the order in which they began, without their texts."""
        columns = _interactions.c
        statement = (
            select(*(columns[field.name] for field in fields(InteractionInfo)))
            .where(columns.plan_id == check_plan_id(plan_id))
            .order_by(columns.created_at, columns.id)
        )
        rows = self._read(plan_id, lambda c: c.execute(statement).all())
        return tuple(InteractionInfo(*row) for row in rows)

    def read_interactions(self, plan_id: str) -> Iterator[dict[str, Any]]:
        """Yield all columns of a plan's interactions by their ids, few at a time: there may be any number of them."""
        statement = (
            select(_interactions)
            .where(_interactions.c.plan_id == check_plan_id(plan_id))
            .order_by(_interactions.c.id)
        )
        for row in stream(self._engine, statement, subject=f"plan {plan_id}"):
            yield dict(row._mapping)

    def fail_pending_interactions(self, plan_id: str, reason: str, task_id: str | None = None) -> int:
        """Mark the pending interactions of a plan, or of one task, as failed, and return how many there were.

        For when no process works on it: whoever would have ended them is dead.
        """
        check_plan_id(plan_id)
        return self._write(plan_id, lambda c: fail_pending(c, plan_id, reason, task_id))
