"""Reading a plan's interactions, and closing those that nobody will end."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, select, update

from pipeline.database.models import LLMAnswer, LLMInteraction, table_of
from pipeline.database.records import InteractionInfo
from pipeline.database.statements import kept_tokens, update_interaction
from pipeline.database.streaming import stream
from pipeline.database.transactions import Transactions
from pipeline.database.values import error_text
from pipeline.llm.costs import cost_of
from pipeline.llm.exchanges import Exchange
from pipeline.llm.prices import booking_prices
from pipeline.names import check_plan_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipeline.llm.prices import Price

_interactions = table_of(LLMInteraction)
_answers = table_of(LLMAnswer)


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

    def fail_pending_interactions(self, plan_id: str, reason: str) -> int:
        """Mark a plan's pending interactions as failed and return how many there were.

        For when no process works on the plan: whoever would have ended them is dead. They are booked with the
        tokens of the answers that were kept meanwhile, and their cost, since whoever finds those again counts nothing.
        """
        values = {
            "status": "failed",
            "error_message": error_text(reason),
            "completed_at": datetime.now(UTC),
        }
        columns = _interactions.c
        statement = (
            update(_interactions)
            .where(columns.plan_id == check_plan_id(plan_id), columns.status == "pending")
            .values(**values, **kept_tokens())
        )
        prices = booking_prices()

        def work(connection: Connection) -> int:
            costs = _kept_costs(connection, plan_id, prices) if prices else {}
            closed = int(connection.execute(statement).rowcount)
            for interaction_id, cost in costs.items():
                booked = {**cost, "interaction_id": interaction_id}
                connection.execute(update_interaction(frozenset(cost)), booked)
            return closed

        return self._write(plan_id, work)


def _kept_costs(
    connection: Connection, plan_id: str, prices: Mapping[str, Price]
) -> dict[int, dict[str, Any]]:
    """The cost columns of a plan's pending interactions: of the kept answers that each paid for."""
    pending = select(_interactions.c.id).where(
        _interactions.c.plan_id == plan_id, _interactions.c.status == "pending"
    )
    columns = _answers.c
    statement = select(
        columns.interaction_id, columns.llm_model, columns.input_tokens, columns.output_tokens
    ).where(columns.interaction_id.in_(pending))
    paid: dict[int, list[Exchange]] = defaultdict(list)
    for interaction_id, llm_model, inputs, outputs in connection.execute(statement):
        price = prices.get(llm_model)
        if price is not None and price.cached_input_per_million is not None:
            # How many of them came from a cache is not kept.
            inputs = None  # noqa: PLW2901
        paid[interaction_id].append(Exchange(llm_model, input_tokens=inputs, output_tokens=outputs))
    found = {interaction_id: cost_of(answers, prices) for interaction_id, answers in paid.items()}
    return {interaction_id: cost for interaction_id, cost in found.items() if cost}
