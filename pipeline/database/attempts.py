"""What an interaction's requests and attempts add to it: columns of its row, and rows of the attempts before the last.

One row stands for one attempt. An executor may try several models behind one call of a task; the call's own row is
then that of the attempt that it ended with, and each one before it gets a row of its own, so that what a model took
is booked on that model.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pipeline.causes import with_causes
from pipeline.database.interaction_values import BESIDE, TOKEN_COLUMNS
from pipeline.database.values import LENGTHS, error_text, storable
from pipeline.llm.costs import cost_of
from pipeline.llm.exchanges import transcript
from pipeline.llm.token_meter import parts_of, tokens_of, unusable_text_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.llm.exchanges import Exchange, NotedAttempt
    from pipeline.llm.prices import Price
    from pipeline.llm.token_meter import BegunInteraction, TokenMeter


@dataclass(frozen=True, slots=True)
class Booked:
    """What there is to store when an interaction ends.

    Attributes:
        values: the columns of its own row.
        earlier: the rows of the attempts before the one that it ended with; each takes what it is a part of
            (plan, stage, prompt) from the interaction.
    """

    values: dict[str, Any]
    earlier: tuple[dict[str, Any], ...] = ()


def book(
    meter: TokenMeter, begun: BegunInteraction, values: Mapping[str, Any], prices: Mapping[str, Price]
) -> Booked:
    """Return what to store of an interaction that ends with `values`, with what was asked since it began.

    Of an interaction whose answers were all found again nothing is taken, whatever tokens are given.
    """
    exchanges = meter.exchanges_since(begun)
    attempts = meter.attempts_since(begun)
    last = _last(attempts, completed=values["status"] == "completed")
    earlier = [a for a in attempts if a is not last and a.error is not None]
    of_earlier = {n for a in earlier for n in range(a.first, a.end)}
    own = [e for n, e in exchanges if n not in of_earlier]
    added = _columns(own)
    if last is not None:
        added["attempt"] = last.number
        if last.error is not None:
            added["error_type"] = _type(last.error)
    elif begun.attempt is not None:
        added["attempt"] = begun.attempt
    if values["status"] == "failed" and (text := unusable_text_of(own)) is not None:
        added["response_text"] = storable(text)
    booked = {**_that_fit(added), **values}
    if _is_replay(own) or not values.keys() & TOKEN_COLUMNS:
        booked |= tokens_of(own)
        booked = {"cost": None, "currency": None, **cost_of(own, prices), **booked}
    answering = [e.llm_model for e in own if e.answered and e.llm_model is not None]
    answering += [last.llm_model] if last is not None else []
    if answering and values.get("llm_model") not in answering:
        booked["llm_model"] = answering[-1]
    taken = sum(a.duration for a in earlier)
    if values.get("duration_seconds") is not None:
        booked["duration_seconds"] = max(0.0, values["duration_seconds"] - taken)
    numbered = dict(exchanges)
    rows = tuple(
        _row(a, [numbered[n] for n in range(a.first, a.end) if n in numbered], prices)
        # The same if it is written again, whatever made that necessary.
        | {"interaction_key": f"{begun.interaction_id}-attempt-{place}"}
        for place, a in enumerate(earlier, 1)
    )
    return Booked(booked, rows)


def _last(attempts: Sequence[NotedAttempt], *, completed: bool) -> NotedAttempt | None:
    """The attempt that a call ended with: of a completed one the last that succeeded."""
    if not completed:
        return attempts[-1] if attempts else None
    return next((a for a in reversed(attempts) if a.error is None), None)


def _is_replay(exchanges: Sequence[Exchange]) -> bool:
    answered = [e for e in exchanges if e.answered]
    return bool(answered) and all(e.replayed_from is not None for e in answered)


def _columns(exchanges: Sequence[Exchange]) -> dict[str, Any]:
    if not exchanges:
        return {}
    last = exchanges[-1]
    replayed = [e.replayed_from for e in exchanges if e.replayed_from is not None]
    return {
        "messages": transcript(list(exchanges)),
        "provider": last.facts.provider,
        "parameters": last.facts.parameters,
        "response_id": last.facts.response_id,
        "finish_reason": last.facts.finish_reason,
        "first_chunk_seconds": last.facts.first_chunk_seconds,
        "replayed_from": replayed[-1] if replayed else None,
        **parts_of(exchanges),
    }


def _row(attempt: NotedAttempt, exchanges: Sequence[Exchange], prices: Mapping[str, Price]) -> dict[str, Any]:
    error = attempt.error
    text = unusable_text_of(exchanges)
    row: dict[str, Any] = dict.fromkeys(BESIDE - {"attempt_of", "task_family", "task_id", "trace_id"})
    row |= _that_fit(_columns(exchanges)) | tokens_of(exchanges) | cost_of(exchanges, prices)
    return row | {
        "llm_model": attempt.llm_model,
        "requested_model": attempt.llm_model,
        "status": "failed",
        "attempt": attempt.number,
        "created_at": attempt.began_at,
        "completed_at": attempt.began_at + timedelta(seconds=attempt.duration),
        "duration_seconds": attempt.duration,
        "response_text": None if text is None else storable(text),
        "error_message": None if error is None else error_text(with_causes(error)),
        "error_type": None if error is None else _type(error),
    }


def _type(error: BaseException) -> str:
    return type(error).__name__


def _that_fit(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that are known, as far as they fit."""
    fitting = {}
    for name, value in columns.items():
        kept = storable(value) if isinstance(value, str) else value
        if kept is not None and not (isinstance(kept, str) and len(kept) > LENGTHS.get(name, len(kept))):
            fitting[name] = kept
    return fitting
