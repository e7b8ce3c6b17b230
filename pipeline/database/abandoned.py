"""Closes interactions that nobody will end any more."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select, update

from pipeline.database.models import LLMAnswer, LLMInteraction, table_of
from pipeline.database.statements import kept_tokens, update_interaction
from pipeline.database.values import error_text
from pipeline.llm.costs import cost_of
from pipeline.llm.exchanges import Exchange
from pipeline.llm.prices import booking_prices

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.llm.prices import Price

_interactions = table_of(LLMInteraction)
_answers = table_of(LLMAnswer)


def fail_pending(connection: Connection, plan_id: str, reason: str, task_id: str | None = None) -> int:
    """Mark the pending interactions of a plan, or of one task, as failed, and return how many there were.

    They are booked with the tokens of the answers that were kept meanwhile, and their cost, since whoever finds
    those again counts nothing.
    """
    columns = _interactions.c
    pending = [columns.plan_id == plan_id, columns.status == "pending"]
    if task_id is not None:
        pending.append(columns.task_id == task_id)
    prices = booking_prices()
    costs = _kept_costs(connection, plan_id, pending, prices) if prices else {}
    values = {"status": "failed", "error_message": error_text(reason), "completed_at": datetime.now(UTC)}
    statement = update(_interactions).where(*pending).values(**values, **kept_tokens())
    closed = int(connection.execute(statement).rowcount)
    for interaction_id, cost in costs.items():
        booked = {**cost, "interaction_id": interaction_id}
        connection.execute(update_interaction(frozenset(cost)), booked)
    return closed


def _kept_costs(
    connection: Connection, plan_id: str, pending: Sequence[Any], prices: Mapping[str, Price]
) -> dict[int, dict[str, Any]]:
    """The cost columns of pending interactions: of the kept answers that each paid for."""
    columns = _answers.c
    ids = select(_interactions.c.id).where(*pending)
    statement = select(
        columns.interaction_id, columns.llm_model, columns.input_tokens, columns.output_tokens
    ).where(columns.plan_id == plan_id, columns.interaction_id.in_(ids))
    paid: dict[int, list[Exchange]] = defaultdict(list)
    for interaction_id, llm_model, inputs, outputs in connection.execute(statement):
        price = prices.get(llm_model)
        if price is not None and price.cached_input_per_million is not None:
            # How many of them came from a cache is not kept.
            inputs = None  # noqa: PLW2901
        paid[interaction_id].append(Exchange(llm_model, input_tokens=inputs, output_tokens=outputs))
    found = {interaction_id: cost_of(answers, prices) for interaction_id, answers in paid.items()}
    return {interaction_id: cost for interaction_id, cost in found.items() if cost}
