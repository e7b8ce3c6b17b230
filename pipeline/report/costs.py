"""What a recorded call cost."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from pipeline.report.facts import Money

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.database.records import InteractionInfo
    from pipeline.llm.prices import Price


def cost_of_row(row: InteractionInfo, prices: Mapping[str, Price]) -> Money | None:
    """Return what was booked, else what its tokens cost at the price that is configured now, None if unknown."""
    if row.cost is not None and row.currency is not None:
        return Money(row.currency, Decimal(str(row.cost)))
    price = prices.get(row.llm_model)
    if price is None or row.input_tokens is None or row.output_tokens is None:
        return None
    return Money(price.currency, price.cost(row.input_tokens, row.output_tokens, row.cached_input_tokens))
