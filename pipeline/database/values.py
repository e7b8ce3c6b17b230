"""From the dictionaries that tasks hand over to the values that are stored."""

import base64
import binascii
import hashlib
import logging
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pipeline.errors import ConfigurationError, DatabaseError
from pipeline.names import check_filename, check_plan_id
from pipeline.redaction import redact

logger = logging.getLogger(__name__)

UTF8 = "utf-8"
BASE64 = "base64"

PLAN_STATUSES = frozenset({"created", "running", "completed", "failed", "stopped"})
TOKEN_COLUMNS = frozenset({"input_tokens", "output_tokens", "total_tokens"})
INTERACTION_STATUSES = frozenset({"pending", "completed", "failed"})

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

    Raises ConfigurationError for a missing or unknown key, or a value that makes no sense.
    """
    _check_keys("create_llm_interaction", data, **_NEW_INTERACTION)
    values = {
        "interaction_key": uuid.uuid4().hex,
        "status": "pending",
        "created_at": datetime.now(UTC),
        **data,
        "plan_id": check_plan_id(data["plan_id"]),
        "prompt_text": storable(data["prompt_text"]),
    }
    _check_interaction_status(values["status"])
    return values


def interaction_change(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values to set in an `llm_interactions` row; raises as new_interaction does."""
    _check_keys("update_llm_interaction", data, **_INTERACTION_CHANGE)
    if not data:
        raise ConfigurationError("update_llm_interaction: nothing to update")
    values = dict(data)
    if "status" in values:
        _check_interaction_status(values["status"])
    if values.get("response_text") is not None:
        values["response_text"] = storable(values["response_text"])
    if values.get("error_message") is not None:
        values["error_message"] = storable(redact(str(values["error_message"])))
    return values


def content_row(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a `plan_content` row.

    `content` is str or bytes. What a text column cannot hold (bytes that are not UTF-8, the NUL
    character) goes into it as base64. Raises as new_interaction does.
    """
    _check_keys("create_plan_content", data, **_CONTENT)
    filename = check_filename(data["filename"])
    content = data["content"]
    if not isinstance(content, str | bytes):
        raise ConfigurationError(
            f"create_plan_content: content of {filename} is {type(content).__name__}, not str or bytes"
        )
    try:
        raw = content.encode("utf-8") if isinstance(content, str) else content
    except UnicodeEncodeError as error:
        raise ConfigurationError(f"create_plan_content: content of {filename} is not Unicode text") from error
    claimed = data.get("content_size_bytes")
    if claimed is not None and claimed != len(raw):
        logger.warning("%s: %s bytes announced, %d stored", filename, claimed, len(raw))
    text, encoding = encode_content(raw)
    now = datetime.now(UTC)
    return {
        "plan_id": check_plan_id(data["plan_id"]),
        "filename": filename,
        "stage": data["stage"],
        "content_type": data.get("content_type") or "text/plain",
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


def check_plan_status(status: str) -> str:
    """Return `status`; raises ConfigurationError unless plans can have it."""
    if status not in PLAN_STATUSES:
        raise ConfigurationError(f"unknown plan status {status!r}; known are {sorted(PLAN_STATUSES)}")
    return status


def _check_interaction_status(status: object) -> None:
    if status not in INTERACTION_STATUSES:
        raise ConfigurationError(
            f"unknown interaction status {status!r}; known are {sorted(INTERACTION_STATUSES)}"
        )


def _check_keys(function: str, data: Mapping[str, Any], required: set[str], optional: set[str]) -> None:
    if unknown := set(data) - required - optional:
        known = ", ".join(sorted(required | optional))
        raise ConfigurationError(f"{function}: unknown keys {sorted(unknown)}; known are {known}")
    if missing := required - set(data):
        raise ConfigurationError(f"{function}: missing keys {sorted(missing)}")
