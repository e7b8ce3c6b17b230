"""What a recorded call cost."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from pipeline.report.facts import Money

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.database.records import InteractionInfo
    from pipeline.llm.prices import Price


# A vendor answers as the version of the model that was asked: `name-2024-07-18` for `name`.
_VERSION = re.compile(r"[-@:]v?\d[\d.-]*")


def price_of(answered: str, asked: str | None, prices: Mapping[str, Price]) -> Price | None:
    """Return the price of the model that answered, else of the one that was asked where that is a version of it.

    Args:
        answered: the model that answered.
        asked: the one that was asked, None where it is not known.
        prices: by model.
    """
    price = prices.get(answered)
    if price is not None or asked is None:
        return price
    stem = asked.removesuffix("-latest")
    is_version = answered.startswith(stem) and _VERSION.fullmatch(answered.removeprefix(stem)) is not None
    return prices.get(asked) if is_version else None


def cost_of_row(row: InteractionInfo, prices: Mapping[str, Price]) -> Money | None:
    """Return what was booked, else what its tokens cost at the price that is configured now, None if unknown."""
    if row.cost is not None and row.currency is not None:
        return Money(row.currency, Decimal(str(row.cost)))
    price = price_of(row.llm_model, row.requested_model, prices)
    if price is None or row.input_tokens is None or row.output_tokens is None:
        return None
    return Money(price.currency, price.cost(row.input_tokens, row.output_tokens, row.cached_input_tokens))
