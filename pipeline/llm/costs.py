"""What requests cost, by the configured prices. What is not known is None, never estimated."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.llm.exchanges import Exchange
    from pipeline.llm.prices import Price


def cost_of_counts(
    llm_model: str | None,
    input_tokens: int | None,
    output_tokens: int | None,
    cached_input_tokens: int | None,
    prices: Mapping[str, Price],
) -> dict[str, Any]:
    """Return the columns `cost` and `currency` of so many tokens of one model, none where that is not known."""
    price = None if llm_model is None else prices.get(llm_model)
    if price is None or input_tokens is None or output_tokens is None:
        return {}
    return _columns(price.currency, price.cost(input_tokens, output_tokens, cached_input_tokens))


def cost_of(exchanges: Sequence[Exchange], prices: Mapping[str, Price]) -> dict[str, Any]:
    """Return the same of requests, each with its own model's price.

    A sum of which a part is unknown, or in another currency, is unknown. An answer that another interaction has paid
    for costs nothing.
    """
    total = Decimal(0)
    currencies = set[str]()
    for exchange in exchanges:
        if not exchange.answered:
            continue
        price = prices.get(exchange.llm_model or "")
        if price is None:
            return {}
        currencies.add(price.currency)
        if exchange.replayed_from is not None:
            continue
        if exchange.input_tokens is None or exchange.output_tokens is None:
            return {}
        cached = exchange.facts.cached_input_tokens
        total += price.cost(exchange.input_tokens, exchange.output_tokens, cached)
    return _columns(currencies.pop(), total) if len(currencies) == 1 else {}


def _columns(currency: str, cost: Decimal) -> dict[str, Any]:
    return {"cost": float(cost), "currency": currency}
