"""What an answer of a package says beside its text: who answered, why it ended, what it took.

The packages say it in forms of their own. An answer is read by the form that it has, whatever class it is of, as an
object or as a dictionary; of one that has none of these forms nothing is read.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.database.pieces import is_storable
from pipeline.llm.token_counts import usable_count

_fact_log = logging.getLogger(__name__)

AnswerPath = tuple[str | int, ...]

FACTS = frozenset(
    "response_id finish_reason input_tokens output_tokens total_tokens cached_input_tokens reasoning_tokens".split()
)
"""The columns that an answer can tell, beside its model."""


@dataclass(frozen=True)
class AnswerForm:
    """Where the answers of some packages say what.

    Attributes:
        marks: what an answer of this form has, and what stands there: a value, or the type of one.
        model: the model that answered.
        response_id: the endpoint's name for the answer.
        finish_reason: why it ends.
        input_tokens: the counts whose sum is what was sent, cached tokens included.
        output_tokens: the counts whose sum is what was answered, reasoning included.
        cached: of the input tokens, those from a cache.
        reasoning: of the output tokens, those of reasoning.
    """

    marks: tuple[tuple[AnswerPath, object], ...]
    model: AnswerPath = ()
    response_id: AnswerPath = ()
    finish_reason: AnswerPath = ()
    input_tokens: tuple[AnswerPath, ...] = ()
    output_tokens: tuple[AnswerPath, ...] = ()
    cached: AnswerPath = ()
    reasoning: AnswerPath = ()


ANSWER_FORMS = (
    # OpenAI's chat and all that follow it: Groq, Together, Mistral, LiteLLM.
    AnswerForm(
        ((("choices",), list),),
        ("model",),
        ("id",),
        ("choices", 0, "finish_reason"),
        (("usage", "prompt_tokens"),),
        (("usage", "completion_tokens"),),
        ("usage", "prompt_tokens_details", "cached_tokens"),
        ("usage", "completion_tokens_details", "reasoning_tokens"),
    ),
    # OpenAI's responses.
    AnswerForm(
        ((("object",), "response"),),
        ("model",),
        ("id",),
        ("status",),
        (("usage", "input_tokens"),),
        (("usage", "output_tokens"),),
        ("usage", "input_tokens_details", "cached_tokens"),
        ("usage", "output_tokens_details", "reasoning_tokens"),
    ),
    # Anthropic, whose count of the input leaves out what the cache was read and written.
    AnswerForm(
        ((("type",), "message"), (("role",), "assistant"), (("content",), list)),
        ("model",),
        ("id",),
        ("stop_reason",),
        (
            ("usage", "input_tokens"),
            ("usage", "cache_read_input_tokens"),
            ("usage", "cache_creation_input_tokens"),
        ),
        (("usage", "output_tokens"),),
        ("usage", "cache_read_input_tokens"),
    ),
    # Google, whose count of the output leaves out the reasoning.
    AnswerForm(
        ((("candidates",), list),),
        ("model_version",),
        ("response_id",),
        ("candidates", 0, "finish_reason"),
        (("usage_metadata", "prompt_token_count"),),
        (("usage_metadata", "candidates_token_count"), ("usage_metadata", "thoughts_token_count")),
        ("usage_metadata", "cached_content_token_count"),
        ("usage_metadata", "thoughts_token_count"),
    ),
    # Ollama.
    AnswerForm(
        ((("done",), bool), (("model",), str)),
        ("model",),
        (),
        ("done_reason",),
        (("prompt_eval_count",),),
        (("eval_count",),),
    ),
    # Cohere.
    AnswerForm(
        ((("finish_reason",), str), (("usage", "tokens", "input_tokens"), int | float)),
        (),
        ("id",),
        ("finish_reason",),
        (("usage", "tokens", "input_tokens"),),
        (("usage", "tokens", "output_tokens"),),
    ),
    # Amazon Bedrock, whose count of the input leaves out what the cache was read and written.
    AnswerForm(
        ((("stopReason",), str), (("usage", "inputTokens"), int)),
        (),
        (),
        ("stopReason",),
        (("usage", "inputTokens"), ("usage", "cacheReadInputTokens"), ("usage", "cacheWriteInputTokens")),
        (("usage", "outputTokens"),),
        ("usage", "cacheReadInputTokens"),
    ),
)


_LONGEST = 255
"""Characters of a short text column."""

_TOOK = ("usage", "usage_metadata", "prompt_eval_count")
"""Where whole answers say what they took."""


def facts_of(answer: object, wanted: Collection[str]) -> dict[str, Any]:
    """Return the columns that an answer tells, `llm_model` and those of `wanted`; what it does not tell is missing.

    An answer is never lost for what it says of itself: what cannot be read is not told.
    """
    try:
        told = _facts_told(answer)
    except Exception as error:  # an object of anybody's, with properties of its own
        _fact_log.warning("what the answer took is not recorded: %s", type(error).__name__)
        return {}
    fitting = {
        name: value for name, value in told.items() if not isinstance(value, str) or _fits_column(value)
    }
    return {name: value for name, value in fitting.items() if name in wanted or name == "llm_model"}


def facts_of_text(text: str) -> dict[str, Any]:
    """Return the columns that a recorded answer tells where it is the whole answer of a package, as JSON.

    What a model says may be JSON too, and look like anything: an answer has to name its kind, and what it took.
    """
    if not text.startswith("{") or not any(f'"{mark}"' in text for mark in _TOOK):
        return {}
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    form = _form_of(answer)
    whole = form is not None and any(answer.get(mark) is not None for mark in _TOOK)
    named = form is not ANSWER_FORMS[0] or str(answer.get("object", "")).startswith("chat.completion")
    return facts_of(answer, FACTS) if whole and named else {}


def _fits_column(text: str) -> bool:
    return len(text) <= _LONGEST and is_storable(text)


def _form_of(answer: object) -> AnswerForm | None:
    return next((f for f in ANSWER_FORMS if all(_is_marked(answer, *mark) for mark in f.marks)), None)


def _facts_told(answer: object) -> dict[str, Any]:
    form = _form_of(answer)
    if form is None:
        model = _found_at(answer, ("model",))
        return {"llm_model": model} if isinstance(model, str) else {}
    given = _summed(answer, form.input_tokens)
    said = _summed(answer, form.output_tokens)
    told = {
        "llm_model": _text_at(answer, form.model),
        "response_id": _text_at(answer, form.response_id),
        "finish_reason": _text_at(answer, form.finish_reason),
        "input_tokens": given,
        "output_tokens": said,
        "total_tokens": None if given is None or said is None else usable_count(given + said),
        "cached_input_tokens": usable_count(_found_at(answer, form.cached)),
        "reasoning_tokens": usable_count(_found_at(answer, form.reasoning)),
    }
    return {name: value for name, value in told.items() if value is not None}


def _is_marked(answer: object, path: AnswerPath, mark: object) -> bool:
    found = _found_at(answer, path)
    return found == mark if isinstance(mark, str) else isinstance(found, mark)  # type: ignore[arg-type]


def _found_at(answer: object, path: AnswerPath) -> object:
    """What stands at a path of names and places; None where there is nothing, or no path."""
    found = answer if path else None
    for step in path:
        if isinstance(step, int):
            found = found[step] if isinstance(found, list) and len(found) > step else None
        elif isinstance(found, Mapping):
            found = found.get(step)
        else:
            found = getattr(found, step, None)
    return found


def _text_at(answer: object, path: AnswerPath) -> str | None:
    found = _found_at(answer, path)
    # A member of an enumeration, which may be a text or not, stands as its value.
    said = getattr(found, "value", found)
    return said if isinstance(said, str) and said else None


def _summed(answer: object, paths: tuple[AnswerPath, ...]) -> int | None:
    """The sum of what is counted at some paths; None where the first has no count."""
    counts = [usable_count(_found_at(answer, path)) for path in paths]
    if not counts or counts[0] is None:
        return None
    return usable_count(sum(count or 0 for count in counts))
