"""Counts a task's tokens and keeps what was asked, so that its interactions can be booked with what they took.

Refactored tasks bracket a call of a class that may ask a model many times, through an executor or
not, and know nothing of tokens and attempts. Whatever the way, each response passes here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import get_ident
from typing import TYPE_CHECKING

from pipeline.errors import UnusableAnswerError
from pipeline.llm.exchanges import Exchange, NotedAttempt
from pipeline.llm.token_counts import usable_count
from pipeline.redaction import redact

if TYPE_CHECKING:
    from pipeline.llm.base import LLMResponse, ResponseT


@dataclass(slots=True)
class BegunInteraction:
    """An interaction that has begun: how much there had been by then.

    Attributes:
        interaction_id: its row.
        exchanges: the number of requests before it.
        attempts: the number of finished attempts before it.
        attempt: the attempt that it stands in, None where it stands in none.
        thread: the thread that began it.
        is_alone: whether no other interaction of the task was open meanwhile.
        is_open: whether it has not ended.
    """

    interaction_id: int
    exchanges: int
    attempts: int
    attempt: int | None
    thread: int
    is_alone: bool
    is_open: bool = True


class TokenMeter:
    """All that one task asked of models, in order, with what it took."""

    def __init__(self) -> None:
        self._exchanges: list[Exchange] = []
        self._attempts: list[NotedAttempt] = []
        self._begun: dict[int, BegunInteraction] = {}
        self._running: dict[int, int] = {}

    @property
    def responses(self) -> int:
        """How many requests there have been: what `since` takes."""
        return len(self._exchanges)

    # -- told by the executor

    def record(self, response: LLMResponse[ResponseT], asked: Exchange | None = None) -> None:
        """Count a response; `asked` is the request, where it is known."""
        self._exchanges.append(
            replace(
                asked or Exchange(),
                answered=True,
                text=response.text,
                input_tokens=usable_count(response.input_tokens),
                output_tokens=usable_count(response.output_tokens),
                facts=response.facts,
            )
        )

    def record_unusable(self, answer: UnusableAnswerError, asked: Exchange | None = None) -> None:
        """Count a response that is no good, and keep what it said."""
        self._exchanges.append(
            replace(
                asked or Exchange(),
                answered=True,
                text=redact(answer.text) or None,
                input_tokens=usable_count(answer.input_tokens),
                output_tokens=usable_count(answer.output_tokens),
                facts=answer.facts,
                is_usable=False,
            )
        )

    def record_silence(self, asked: Exchange) -> None:
        """Note a request that got no response."""
        self._exchanges.append(replace(asked, answered=False))

    def attempt_begins(self, number: int) -> None:
        """Note which of its models an executor tries in this thread from now on."""
        self._running[get_ident()] = number

    def attempt_ended(self, attempt: NotedAttempt) -> None:
        """Note what came of it."""
        self._running.pop(get_ident(), None)
        self._attempts.append(attempt)

    # -- asked by the service

    def begin(self, interaction_id: int) -> None:
        """Note that an interaction begins."""
        thread = get_ident()
        others = [begun for begun in self._begun.values() if begun.is_open]
        for other in others:
            other.is_alone = False
        self._begun[interaction_id] = BegunInteraction(
            interaction_id,
            len(self._exchanges),
            len(self._attempts),
            self._running.get(thread),
            thread,
            is_alone=not others,
        )

    def end(self, interaction_id: int) -> BegunInteraction | None:
        """Note that an interaction has ended and return where it began, None where nothing is known of it."""
        begun = self._begun.get(interaction_id)
        if begun is not None:
            begun.is_open = False
        return begun

    def payer(self) -> int | None:
        """Return the open interaction that a request made now belongs to, None where there is none."""
        thread = get_ident()
        still_open = [begun for begun in self._begun.values() if begun.is_open]
        own = [begun for begun in still_open if begun.thread == thread] or still_open
        return own[-1].interaction_id if own else None

    def exchanges_since(self, begun: BegunInteraction) -> list[tuple[int, Exchange]]:
        """Return the requests of an interaction, each with its number.

        Where interactions of several threads were open at a time, those of its own thread.
        """
        numbered = list(enumerate(self._exchanges))[begun.exchanges :]
        return [(n, e) for n, e in numbered if begun.is_alone or e.thread == begun.thread]

    def attempts_since(self, begun: BegunInteraction) -> list[NotedAttempt]:
        """Return the attempts that ended within an interaction; likewise."""
        return [a for a in self._attempts[begun.attempts :] if begun.is_alone or a.thread == begun.thread]

    def since(self, responses: int) -> dict[str, int | None]:
        """Return the token counts of all requests after so many: see `tokens_of`."""
        return tokens_of(self._exchanges[responses:])


def tokens_of(exchanges: Sequence[Exchange]) -> dict[str, int | None]:
    """Return the columns of an interaction with these requests.

    A sum of which one part is unknown is unknown, and so is one of no parts. An answer that another interaction
    has paid for takes nothing.
    """
    answered = [e for e in exchanges if e.answered]
    inputs = _sum_if_known([0 if e.replayed_from is not None else e.input_tokens for e in answered])
    outputs = _sum_if_known([0 if e.replayed_from is not None else e.output_tokens for e in answered])
    total = None if inputs is None or outputs is None else inputs + outputs
    counts_by_column = {"input_tokens": inputs, "output_tokens": outputs, "total_tokens": total}
    return {column: usable_count(count) for column, count in counts_by_column.items()}


def parts_of(exchanges: Sequence[Exchange]) -> dict[str, int | None]:
    """Return what is known of the tokens' parts: those from a cache, those of reasoning. A part unknown is none."""
    paid = [e.facts for e in exchanges if e.answered and e.replayed_from is None]
    cached = [f.cached_input_tokens for f in paid if f.cached_input_tokens is not None]
    reasoning = [f.reasoning_tokens for f in paid if f.reasoning_tokens is not None]
    return {
        "cached_input_tokens": usable_count(sum(cached)) if cached else None,
        "reasoning_tokens": usable_count(sum(reasoning)) if reasoning else None,
    }


def unusable_text_of(exchanges: Sequence[Exchange]) -> str | None:
    """Return what the last answer that was no good said, None if there was none."""
    texts = [e.text for e in exchanges if not e.is_usable and e.text]
    return texts[-1] if texts else None


def _sum_if_known(counts: list[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known and len(known) == len(counts) else None
