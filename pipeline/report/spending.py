"""What the calls of a plan took: tokens, and money where prices are known. Nothing is estimated."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from pipeline.report.facts import Call, CallState, Money

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.llm.prices import Price


@dataclass(frozen=True, slots=True)
class Spending:
    """What some calls took.

    Attributes:
        calls: how many there are in each state.
        seconds: the time spent in them, as far as it is known.
        input_tokens: the sum of the counts that are known, None if none is.
        output_tokens: the same of the answers.
        without_tokens: how many calls that have ended are missing from these two sums.
        costs: a sum for each currency.
        without_cost: how many calls that have ended are missing from the costs.
    """

    calls: dict[CallState, int]
    seconds: float
    input_tokens: int | None
    output_tokens: int | None
    without_tokens: int
    costs: tuple[Money, ...]
    without_cost: int


@dataclass(frozen=True, slots=True)
class ModelSpending:
    """What the calls of one model took, and its price if it is known."""

    model: str
    price: Price | None
    spending: Spending


def spend(calls: Sequence[Call]) -> Spending:
    """Return what calls took."""
    ended = [call for call in calls if call.state is not CallState.PENDING]
    costs: dict[str, Decimal] = defaultdict(Decimal)
    for call in ended:
        if call.cost is not None:
            costs[call.cost.currency] += call.cost.amount
    return Spending(
        calls={state: sum(call.state is state for call in calls) for state in CallState},
        seconds=sum(call.seconds or 0.0 for call in calls),
        input_tokens=_sum(call.input_tokens for call in ended),
        output_tokens=_sum(call.output_tokens for call in ended),
        without_tokens=sum(call.input_tokens is None or call.output_tokens is None for call in ended),
        costs=tuple(Money(currency, amount) for currency, amount in sorted(costs.items())),
        without_cost=sum(call.cost is None for call in ended),
    )


def spend_by_model(calls: Iterable[Call], prices: Mapping[str, Price]) -> tuple[ModelSpending, ...]:
    """Return what the calls of each model took, the model with most calls first."""
    by_model: dict[str, list[Call]] = defaultdict(list)
    for call in calls:
        by_model[call.model].append(call)
    ordered = sorted(by_model.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(ModelSpending(model, prices.get(model), spend(own)) for model, own in ordered)


def _sum(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
