"""The values of an interaction: from the dictionaries that tasks hand over to what is stored."""

from __future__ import annotations

import json
import logging
import math
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pipeline.database.answer_facts import facts_of_text
from pipeline.database.values import LENGTHS, check_keys, error_text, long_text, short_text, storable
from pipeline.errors import ConfigurationError
from pipeline.llm.token_counts import usable_count
from pipeline.names import check_plan_id

logger = logging.getLogger(__name__)

TOKEN_COLUMNS = frozenset({"input_tokens", "output_tokens", "total_tokens"})
INTERACTION_STATUSES = frozenset({"pending", "completed", "failed"})

_COUNTS = frozenset({"attempt", "cached_input_tokens", "reasoning_tokens"})
_ROWS = frozenset({"attempt_of", "replayed_from"})
_SHORT = frozenset(
    "requested_model provider response_id finish_reason currency error_type task_family task_id trace_id".split()
)
_DOCUMENTS = frozenset({"parameters", "messages", "response_json"})
_AMOUNTS = frozenset({"first_chunk_seconds", "cost"})

BESIDE = _COUNTS | _ROWS | _SHORT | _DOCUMENTS | _AMOUNTS
"""The columns beside prompt, response and tokens. What does not fit one of them is not stored: no answer is lost
for it."""

_TOO_LARGE_A_ROW = 2**63
_TOO_LARGE_AN_AMOUNT = 10**10

_NEW_INTERACTION = {
    "required": {"plan_id", "llm_model", "stage", "prompt_text"},
    "optional": {"status", "interaction_key", "created_at", *BESIDE},
}
_INTERACTION_CHANGE = {
    "required": set[str](),
    "optional": {
        "status",
        "llm_model",
        "response_text",
        "completed_at",
        "duration_seconds",
        "error_message",
        *TOKEN_COLUMNS,
        *BESIDE,
    },
}


def new_interaction(data: Mapping[str, Any], task: Mapping[str, str | None] | None = None) -> dict[str, Any]:
    """Return the values of a new `llm_interactions` row; `task` has the columns that name its task and its trace.

    Raises ConfigurationError for a missing or unknown key, or a value that makes no sense, and names the key.
    """
    function = "create_llm_interaction"
    check_keys(function, data, **_NEW_INTERACTION)
    values = {
        "interaction_key": uuid.uuid4().hex,
        "status": "pending",
        "created_at": datetime.now(UTC),
        "requested_model": data["llm_model"],
        **(task or {}),
        **data,
        "plan_id": check_plan_id(data["plan_id"]),
        "prompt_text": long_text(function, data, "prompt_text"),
    }
    for key in ("llm_model", "stage", "interaction_key"):
        short_text(function, values, key)
    _moment(function, values, "created_at")
    _check_status(values["status"])
    return _with_beside(function, values)


def interaction_change(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values to set in an `llm_interactions` row; raises as new_interaction does.

    What is no count of tokens, or no duration, is taken as not given: an answer is not lost for it. What a completed
    answer says of itself (its model, why it ended, what it took) is taken from it where the task does not say it.
    """
    function = "update_llm_interaction"
    check_keys(function, data, **_INTERACTION_CHANGE)
    if not data:
        raise ConfigurationError(f"{function}: nothing to update")
    values = dict(data)
    if "status" in values:
        _check_status(values["status"])
        if values["status"] == "completed" and isinstance(values.get("response_text"), str):
            # A row completed with the whole answer of a package need not be told what stands in it.
            values = {**facts_of_text(values["response_text"]), **values}
        if values["status"] in {"completed", "failed"}:
            values.setdefault("completed_at", datetime.now(UTC))
    if "llm_model" in values:
        short_text(function, values, "llm_model")
    if values.get("response_text") is not None:
        values["response_text"] = long_text(function, values, "response_text")
    if values.get("error_message") is not None:
        values["error_message"] = error_text(str(values["error_message"]))
    if values.get("completed_at") is not None:
        _moment(function, values, "completed_at")
    if values.get("duration_seconds") is not None:
        values["duration_seconds"] = _duration(function, values["duration_seconds"])
    for key in TOKEN_COLUMNS & values.keys():
        values[key] = usable_count(values[key])
    return _with_beside(function, values)


def _with_beside(function: str, values: dict[str, Any]) -> dict[str, Any]:
    for key in BESIDE & values.keys():
        given = values[key]
        values[key] = None if given is None else _beside(key, given)
        if given is not None and values[key] is None:
            logger.warning("%s: %s is not stored: %s does not fit it", function, key, type(given).__name__)
    return values


def _beside(key: str, given: object) -> object:
    """The value as its column takes it, None where it does not fit."""
    if key in _COUNTS:
        return usable_count(given)
    if key in _ROWS:
        fits = isinstance(given, int) and not isinstance(given, bool) and 0 < given < _TOO_LARGE_A_ROW
        return given if fits else None
    if key in _SHORT:
        fits = isinstance(given, str) and len(given) <= LENGTHS[key] and storable(given) == given
        return given if fits else None
    if key in _DOCUMENTS:
        return _document(given)
    if isinstance(given, bool) or not isinstance(given, int | float | Decimal):
        return None
    return float(given) if math.isfinite(given) and 0 <= given < _TOO_LARGE_AN_AMOUNT else None


def _document(given: object) -> str | None:
    if isinstance(given, str):
        return storable(given)
    try:
        return storable(json.dumps(given, ensure_ascii=False))
    except (TypeError, ValueError, RecursionError):
        return None


def _moment(function: str, values: Mapping[str, Any], key: str) -> None:
    if not isinstance(values[key], datetime):
        raise ConfigurationError(f"{function}: {key} is {type(values[key]).__name__}, not datetime")


def _duration(function: str, value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigurationError(f"{function}: duration_seconds is {type(value).__name__}, not a number")
    return float(value) if math.isfinite(value) else None


def _check_status(status: object) -> None:
    if not isinstance(status, str) or status not in INTERACTION_STATUSES:
        raise ConfigurationError(
            f"unknown interaction status {status!r}; known are {sorted(INTERACTION_STATUSES)}"
        )
