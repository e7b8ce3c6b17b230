"""What was sent to models and what they said, one request at a time, and the attempts that the requests belong to."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from threading import get_ident
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """What an endpoint tells beside its answer. What it does not tell is None, never guessed.

    Attributes:
        provider: who answered, as the conventions of OpenTelemetry name it: `openai`.
        parameters: the request without its messages, as JSON.
        system_prompt: the system prompt as it was sent, where the client adds to the one that it was given.
        response_id: the endpoint's name for the answer.
        finish_reason: why the answer ended, in the endpoint's words.
        cached_input_tokens: of the input tokens, those that came from a cache.
        reasoning_tokens: of the output tokens, those that were thought and not said.
        first_chunk_seconds: the time to the first part of an answer that came in parts.
    """

    provider: str | None = None
    parameters: str | None = None
    system_prompt: str | None = None
    response_id: str | None = None
    finish_reason: str | None = None
    cached_input_tokens: int | None = None
    reasoning_tokens: int | None = None
    first_chunk_seconds: float | None = None


NOTHING_TOLD = AnswerFacts()


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request to a model and what came of it.

    Attributes:
        llm_model: the model that was asked, or the one whose kept answer was found.
        system_prompt: what was sent.
        user_prompt: likewise.
        answered: whether there was a response at all, usable or not.
        text: what the model said, None where it said nothing.
        input_tokens: what the endpoint told of the cost, None where it told nothing.
        output_tokens: likewise.
        facts: what it told beside the answer.
        is_usable: whether the answer was one that the task could take.
        replayed_from: the interaction that paid for a kept answer that was found again.
        thread: the thread that asked.
    """

    llm_model: str | None = None
    system_prompt: str = ""
    user_prompt: str = ""
    answered: bool = True
    text: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    facts: AnswerFacts = NOTHING_TOLD
    is_usable: bool = True
    replayed_from: int | None = None
    thread: int = field(default_factory=get_ident)


@dataclass(frozen=True, slots=True)
class NotedAttempt:
    """What one model did with one piece of work that an executor ran.

    Attributes:
        number: which of the models in order it was, from 1.
        llm_model: the model, or the one whose kept answer was found.
        began_at: when it began.
        duration: how many seconds it took.
        error: what it failed of, None where it succeeded.
        first: the number of exchanges before it.
        end: the number of exchanges after it.
        thread: the thread that it ran in.
    """

    number: int
    llm_model: str
    began_at: datetime
    duration: float
    error: Exception | None
    first: int
    end: int
    thread: int = field(default_factory=get_ident)


def transcript(exchanges: list[Exchange]) -> str | None:
    """Return what was sent and said as the JSON of a list of messages, None where nothing is known of it.

    Each request begins with its system message. The last answer is not part of it: that is the response.
    """
    messages: list[dict[str, str]] = []
    for number, exchange in enumerate(exchanges):
        if system := exchange.facts.system_prompt or exchange.system_prompt:
            messages.append({"role": "system", "content": system})
        if exchange.user_prompt:
            messages.append({"role": "user", "content": exchange.user_prompt})
        if number < len(exchanges) - 1 and exchange.text:
            messages.append({"role": "assistant", "content": exchange.text})
    return json.dumps(messages, ensure_ascii=False) if messages else None
