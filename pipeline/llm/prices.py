"""What models cost, as configured: what each call is booked with, and what `pipeline report` shows.

Prices stand in the file that `PIPELINE_LLM_CONFIG` names, beside the models or without them:

    [prices.small]                # the name of a model, as the database books its calls on it
    currency = "USD"
    input_per_million = 0.15      # for a million tokens
    output_per_million = 0.60
    cached_input_per_million = 0.075    # of the tokens sent, those from a cache; may be left out

A model without a price costs an unknown amount, not nothing.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import lru_cache
from typing import Any

from pipeline.errors import ConfigurationError
from pipeline.llm.config_file import config_stamp, read_config
from pipeline.redaction import redact

logger = logging.getLogger(__name__)

_CURRENCY = re.compile(r"[A-Z]{3}")
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """What one model takes for a million tokens."""

    currency: str
    input_per_million: Decimal
    output_per_million: Decimal
    cached_input_per_million: Decimal | None = None

    def cost(self, input_tokens: int, output_tokens: int, cached_input_tokens: int | None = None) -> Decimal:
        """Return what so many tokens cost, in this price's currency; cached ones are part of the input."""
        cached = min(cached_input_tokens or 0, input_tokens)
        cached_price = self.cached_input_per_million
        if cached_price is None:
            cached_price = self.input_per_million
        total = (input_tokens - cached) * self.input_per_million + cached * cached_price
        return (total + output_tokens * self.output_per_million) / _MILLION


def load_prices() -> dict[str, Price]:
    """Return the configured prices by model; raises ConfigurationError for one that makes no sense."""
    path, document = read_config()
    return {name: _price(path, name, table) for name, table in document.get("prices", {}).items()}


def booking_prices() -> Mapping[str, Price]:
    """Return the prices that calls are booked with: those configured, none where these cannot be read.

    Commands refuse such a file before they begin; in a task no answer is lost for it.
    """
    return _booking_prices(config_stamp())


@lru_cache(maxsize=4)
def _booking_prices(stamp: tuple[object, ...] | None) -> Mapping[str, Price]:
    if stamp is None:
        return {}
    try:
        return load_prices()
    except ConfigurationError as error:
        logger.warning("no cost is booked: %s", redact(str(error)))
        return {}


def _price(path: str, name: str, table: Any) -> Price:
    *keys, optional = (field.name for field in fields(Price))
    if not isinstance(table, dict) or set(table) - {optional} != set(keys):
        raise ConfigurationError(
            f"{path}: [prices.{name}] takes {', '.join(keys)}: all three, and {optional}; nothing else"
        )
    currency = table["currency"]
    if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        raise ConfigurationError(f'{path}: [prices.{name}] currency must be three capitals, such as "USD"')
    return Price(
        currency, **{key: _amount(path, name, key, table[key]) for key in table if key != "currency"}
    )


def _amount(path: str, name: str, key: str, value: Any) -> Decimal:
    # By way of the text: 0.15 is meant, not the binary fraction next to it.
    amount = Decimal(str(value)) if type(value) in {int, float} else None
    if amount is None or not amount.is_finite() or amount < 0:
        raise ConfigurationError(f"{path}: [prices.{name}] {key} must be a number of at least 0")
    return amount
