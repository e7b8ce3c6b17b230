"""Calls by their ids, for whoever watches a plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from pipeline.database.models import LLMInteraction, table_of
from pipeline.database.transactions import Transactions
from pipeline.errors import PlanNotFoundError
from pipeline.names import check_plan_id

_interactions = table_of(LLMInteraction)


@dataclass(frozen=True, slots=True)
class NumberedCall:
    """An interaction without its texts. `id` tells it from all others of the database."""

    id: int
    stage: str
    llm_model: str
    status: str
    created_at: datetime
    completed_at: datetime | None
    duration_seconds: float | None
    input_tokens: int | None
    output_tokens: int | None
    total_tokens: int | None
    cost: float | None
    currency: str | None
    error_message: str | None


_COLUMNS = tuple(_interactions.c[name] for name in NumberedCall.__slots__)


class Watching(Transactions):
    """Reads interactions with their ids. Raises what pipeline.database.service.DatabaseService raises."""

    def numbered_calls(
        self, plan_id: str, after: int = 0, limit: int | None = None
    ) -> tuple[NumberedCall, ...]:
        """Return a plan's interactions with ids above `after`, by id."""
        columns = _interactions.c
        statement = (
            select(*_COLUMNS)
            .where(columns.plan_id == check_plan_id(plan_id), columns.id > after)
            .order_by(columns.id)
            .limit(limit)
        )
        return tuple(NumberedCall(*row) for row in self._read(plan_id, lambda c: c.execute(statement).all()))

    def interaction(self, plan_id: str, interaction_id: int) -> dict[str, Any]:
        """Return all columns of one interaction of a plan; raises PlanNotFoundError."""
        columns = _interactions.c
        statement = select(_interactions).where(
            columns.plan_id == check_plan_id(plan_id), columns.id == interaction_id
        )
        row = self._read(plan_id, lambda c: c.execute(statement).one_or_none())
        if row is None:
            raise PlanNotFoundError(f"plan {plan_id} has no LLM interaction {interaction_id}")
        return dict(row._mapping)
