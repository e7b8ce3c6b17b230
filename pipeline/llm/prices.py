"""What models cost, as configured, for `pipeline report`.

Prices stand in the file that `PIPELINE_LLM_CONFIG` names, beside the models or without them:

    [prices.small]                # the name of a model, as the database books its calls on it
    currency = "USD"
    input_per_million = 0.15      # for a million tokens
    output_per_million = 0.60

A model without a price costs an unknown amount, not nothing.
"""

import re
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from pipeline.errors import ConfigurationError
from pipeline.llm.registry import read_config

_CURRENCY = re.compile(r"[A-Z]{3}")
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """What one model takes for a million tokens."""

    currency: str
    input_per_million: Decimal
    output_per_million: Decimal

    def cost(self, input_tokens: int, output_tokens: int) -> Decimal:
        """Return what so many tokens cost, in this price's currency."""
        total = input_tokens * self.input_per_million + output_tokens * self.output_per_million
        return total / _MILLION


def load_prices() -> dict[str, Price]:
    """Return the configured prices by model; raises ConfigurationError for one that makes no sense."""
    path, document = read_config()
    return {name: _price(path, name, table) for name, table in document.get("prices", {}).items()}


def _price(path: str, name: str, table: Any) -> Price:
    keys = [field.name for field in fields(Price)]
    if not isinstance(table, dict) or set(table) != set(keys):
        raise ConfigurationError(f"{path}: [prices.{name}] takes {', '.join(keys)}: all three, nothing else")
    currency = table["currency"]
    if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        raise ConfigurationError(f'{path}: [prices.{name}] currency must be three capitals, such as "USD"')
    input_price, output_price = (_amount(path, name, key, table[key]) for key in keys[1:])
    return Price(currency, input_price, output_price)


def _amount(path: str, name: str, key: str, value: Any) -> Decimal:
    # By way of the text: 0.15 is meant, not the binary fraction next to it.
    amount = Decimal(str(value)) if type(value) in {int, float} else None
    if amount is None or not amount.is_finite() or amount < 0:
        raise ConfigurationError(f"{path}: [prices.{name}] {key} must be a number of at least 0")
    return amount
