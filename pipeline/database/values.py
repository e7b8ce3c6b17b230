"""From the dictionaries that tasks hand over to the values that are stored."""

import base64
import binascii
import hashlib
import logging
import math
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import String

from pipeline.database.models import LLMAnswer, LLMInteraction, Plan, PlanContent, table_of
from pipeline.errors import ConfigurationError, DatabaseError
from pipeline.llm.token_counts import usable_count
from pipeline.names import check_filename, check_plan_id
from pipeline.redaction import redact

logger = logging.getLogger(__name__)

UTF8 = "utf-8"
BASE64 = "base64"

PLAN_STATUSES = frozenset({"created", "running", "completed", "failed", "stopped"})
TOKEN_COLUMNS = frozenset({"input_tokens", "output_tokens", "total_tokens"})
INTERACTION_STATUSES = frozenset({"pending", "completed", "failed"})

# Of the columns that have one.
_LENGTHS = {
    column.name: column.type.length
    for model in (LLMInteraction, PlanContent, Plan, LLMAnswer)
    for column in table_of(model).c
    if isinstance(column.type, String) and column.type.length is not None
}

_NEW_INTERACTION = {
    "required": {"plan_id", "llm_model", "stage", "prompt_text"},
    "optional": {"status", "interaction_key", "created_at"},
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
    },
}
_CONTENT = {
    "required": {"plan_id", "filename", "stage", "content"},
    "optional": {"content_type", "content_size_bytes"},
}


def new_interaction(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a new `llm_interactions` row.

    Raises ConfigurationError for a missing or unknown key, or a value that makes no sense, and names the key.
    """
    function = "create_llm_interaction"
    _check_keys(function, data, **_NEW_INTERACTION)
    values = {
        "interaction_key": uuid.uuid4().hex,
        "status": "pending",
        "created_at": datetime.now(UTC),
        **data,
        "plan_id": check_plan_id(data["plan_id"]),
        "prompt_text": _long_text(function, data, "prompt_text"),
    }
    for key in ("llm_model", "stage", "interaction_key"):
        short_text(function, values, key)
    _moment(function, values, "created_at")
    _check_interaction_status(values["status"])
    return values


def interaction_change(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values to set in an `llm_interactions` row; raises as new_interaction does.

    What is no count of tokens, or no duration, is taken as not given: an answer is not lost for it.
    """
    function = "update_llm_interaction"
    _check_keys(function, data, **_INTERACTION_CHANGE)
    if not data:
        raise ConfigurationError(f"{function}: nothing to update")
    values = dict(data)
    if "status" in values:
        _check_interaction_status(values["status"])
    if "llm_model" in values:
        short_text(function, values, "llm_model")
    if values.get("response_text") is not None:
        values["response_text"] = _long_text(function, values, "response_text")
    if values.get("error_message") is not None:
        values["error_message"] = error_text(str(values["error_message"]))
    if values.get("completed_at") is not None:
        _moment(function, values, "completed_at")
    if values.get("duration_seconds") is not None:
        values["duration_seconds"] = _duration(function, values["duration_seconds"])
    for key in TOKEN_COLUMNS & values.keys():
        values[key] = usable_count(values[key])
    return values


def content_row(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a `plan_content` row.

    `content` is str or bytes. What a text column cannot hold (bytes that are not UTF-8, the NUL
    character) goes into it as base64. Raises as new_interaction does.
    """
    function = "create_plan_content"
    _check_keys(function, data, **_CONTENT)
    filename = check_filename(data["filename"])
    content = data["content"]
    if not isinstance(content, str | bytes):
        raise ConfigurationError(
            f"{function}: content of {filename} is {type(content).__name__}, not str or bytes"
        )
    values = {"stage": data["stage"], "content_type": data.get("content_type") or "text/plain"}
    for key in values:
        short_text(function, values, key)
    try:
        raw = content.encode("utf-8") if isinstance(content, str) else content
    except UnicodeEncodeError as error:
        raise ConfigurationError(f"{function}: content of {filename} is not Unicode text") from error
    claimed = data.get("content_size_bytes")
    if claimed is not None and claimed != len(raw):
        logger.warning("%s: %s bytes announced, %d stored", filename, claimed, len(raw))
    text, encoding = encode_content(raw)
    now = datetime.now(UTC)
    return {
        "plan_id": check_plan_id(data["plan_id"]),
        "filename": filename,
        **values,
        "content": text,
        "encoding": encoding,
        "content_size_bytes": len(raw),
        "content_sha256": hashlib.sha256(raw).hexdigest(),
        "created_at": now,
        "updated_at": now,
    }


def encode_content(raw: bytes) -> tuple[str, str]:
    """Return `raw` as text and the name of the encoding that says how."""
    if b"\x00" not in raw:
        try:
            return raw.decode("utf-8"), UTF8
        except UnicodeDecodeError:
            pass
    return base64.b64encode(raw).decode("ascii"), BASE64


def decode_content(text: str, encoding: str, sha256: str) -> bytes:
    """Undo encode_content; raises DatabaseError if the row does not hold what was stored."""
    try:
        raw = base64.b64decode(text, validate=True) if encoding == BASE64 else text.encode("utf-8")
    except (binascii.Error, UnicodeEncodeError) as error:
        raise DatabaseError("the row's content cannot be decoded") from error
    if hashlib.sha256(raw).hexdigest() != sha256:
        raise DatabaseError("the row's content does not have the checksum stored with it")
    return raw


def storable(text: str) -> str:
    r"""Return `text` with what no text column takes (NUL, lone surrogates) as `\x00`, `\ud800`."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\x00", "\\x00")


def error_text(message: str) -> str:
    """Return what is stored of an error: `message` without API keys, as a text column takes it."""
    return storable(redact(message))


def short_text(function: str, values: Mapping[str, Any], key: str) -> str:
    """Return a value that goes into a column of limited length.

    Raises ConfigurationError, on every database alike, for what PostgreSQL would refuse: no text, too long, NUL,
    a lone surrogate.
    """
    value = values[key]
    limit = _LENGTHS[key]
    if not isinstance(value, str):
        raise ConfigurationError(f"{function}: {key} is {type(value).__name__}, not str")
    if len(value) > limit:
        raise ConfigurationError(f"{function}: {key} has {len(value)} characters, at most {limit} are stored")
    if storable(value) != value:
        raise ConfigurationError(f"{function}: {key} holds NUL or a lone surrogate: {storable(value)!r}")
    return value


def _long_text(function: str, values: Mapping[str, Any], key: str) -> str:
    if not isinstance(values[key], str):
        raise ConfigurationError(f"{function}: {key} is {type(values[key]).__name__}, not str")
    return storable(values[key])


def _moment(function: str, values: Mapping[str, Any], key: str) -> None:
    if not isinstance(values[key], datetime):
        raise ConfigurationError(f"{function}: {key} is {type(values[key]).__name__}, not datetime")


def _duration(function: str, value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigurationError(f"{function}: duration_seconds is {type(value).__name__}, not a number")
    return float(value) if math.isfinite(value) else None


def check_plan_status(status: str) -> str:
    """Return `status`; raises ConfigurationError unless plans can have it."""
    if not isinstance(status, str) or status not in PLAN_STATUSES:
        raise ConfigurationError(f"unknown plan status {status!r}; known are {sorted(PLAN_STATUSES)}")
    return status


def _check_interaction_status(status: object) -> None:
    if not isinstance(status, str) or status not in INTERACTION_STATUSES:
        raise ConfigurationError(
            f"unknown interaction status {status!r}; known are {sorted(INTERACTION_STATUSES)}"
        )


def _check_keys(function: str, data: Mapping[str, Any], required: set[str], optional: set[str]) -> None:
    if not isinstance(data, Mapping):
        raise ConfigurationError(f"{function}: takes a mapping of column to value, not {type(data).__name__}")
    if unknown := set(data) - required - optional:
        known = ", ".join(sorted(required | optional))
        raise ConfigurationError(f"{function}: unknown keys {sorted(unknown, key=str)}; known are {known}")
    if missing := required - set(data):
        raise ConfigurationError(f"{function}: missing keys {sorted(missing)}")
