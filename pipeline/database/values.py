"""From the dictionaries that tasks hand over to the values that are stored."""

import base64
import binascii
import hashlib
import io
import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import String

from pipeline.database.models import LLMAnswer, LLMInteraction, Plan, PlanContent, table_of
from pipeline.database.pieces import sha256_of_base64, size_and_sha256
from pipeline.errors import ConfigurationError, DatabaseError
from pipeline.names import check_filename, check_plan_id
from pipeline.redaction import redact

logger = logging.getLogger(__name__)

UTF8 = "utf-8"
BASE64 = "base64"

PLAN_STATUSES = frozenset({"created", "running", "completed", "failed", "stopped"})

# Of the columns that have one.
LENGTHS = {
    column.name: column.type.length
    for model in (LLMInteraction, PlanContent, Plan, LLMAnswer)
    for column in table_of(model).c
    if isinstance(column.type, String) and column.type.length is not None
}

_CONTENT = {
    "required": {"plan_id", "filename", "stage", "content"},
    "optional": {"content_type", "content_size_bytes"},
}


def content_row(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a `plan_content` row.

    `content` is str or bytes. What a text column cannot hold (bytes that are not UTF-8, the NUL
    character) goes into it as base64. Raises ConfigurationError for a
    missing or unknown key, or a value that makes no sense, and names the key.
    """
    function = "create_plan_content"
    check_keys(function, data, **_CONTENT)
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
        text, encoding, size, sha256 = encode_content(content)
    except UnicodeEncodeError as error:
        raise ConfigurationError(f"{function}: content of {filename} is not Unicode text") from error
    claimed = data.get("content_size_bytes")
    if claimed is not None and claimed != size:
        logger.warning("%s: %s bytes announced, %d stored", filename, claimed, size)
    now = datetime.now(UTC)
    return {
        "plan_id": check_plan_id(data["plan_id"]),
        "filename": filename,
        **values,
        "content": text,
        "encoding": encoding,
        "content_size_bytes": size,
        "content_sha256": sha256,
        "created_at": now,
        "updated_at": now,
    }


def encode_content(content: str | bytes) -> tuple[str, str, int, str]:
    """Return a content as text, the name of the encoding that says how, how many bytes it has, and their checksum.

    Raises UnicodeEncodeError.
    """
    if isinstance(content, str) and "\x00" not in content:
        # As it is: a content may be large, and somebody holds it already.
        return content, UTF8, *size_and_sha256(content)
    raw = content.encode("utf-8") if isinstance(content, str) else content
    size, sha256 = len(raw), hashlib.sha256(raw).hexdigest()
    if b"\x00" not in raw:
        try:
            return raw.decode("utf-8"), UTF8, size, sha256
        except UnicodeDecodeError:
            pass
    return base64.b64encode(raw).decode("ascii"), BASE64, size, sha256


def decode_content(text: str, encoding: str, sha256: str) -> bytes:
    """Undo encode_content; raises DatabaseError if the row does not hold what was stored."""
    check_content(text, encoding, sha256)
    return base64.b64decode(text) if encoding == BASE64 else text.encode("utf-8")


def joined_content(pieces: Iterable[str], encoding: str, sha256: str) -> bytes:
    """Do what decode_content does with a text in pieces, of base64 each whole groups of four."""
    raw = io.BytesIO()
    try:
        for piece in pieces:
            raw.write(base64.b64decode(piece, validate=True) if encoding == BASE64 else piece.encode("utf-8"))
    except (binascii.Error, ValueError) as error:
        raise DatabaseError("the row's content cannot be decoded") from error
    if hashlib.sha256(raw.getbuffer()).hexdigest() != sha256:
        raise DatabaseError("the row's content does not have the checksum stored with it")
    return raw.getvalue()


def check_content(text: str, encoding: str, sha256: str) -> None:
    """Raise DatabaseError if a row does not hold what was stored."""
    try:
        found = sha256_of_base64(text) if encoding == BASE64 else size_and_sha256(text)[1]
    except (binascii.Error, ValueError) as error:
        raise DatabaseError("the row's content cannot be decoded") from error
    if found != sha256:
        raise DatabaseError("the row's content does not have the checksum stored with it")


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
    limit = LENGTHS[key]
    if not isinstance(value, str):
        raise ConfigurationError(f"{function}: {key} is {type(value).__name__}, not str")
    if len(value) > limit:
        raise ConfigurationError(f"{function}: {key} has {len(value)} characters, at most {limit} are stored")
    if storable(value) != value:
        raise ConfigurationError(f"{function}: {key} holds NUL or a lone surrogate: {storable(value)!r}")
    return value


def long_text(function: str, values: Mapping[str, Any], key: str) -> str:
    """Return a value that goes into a column of any length; raises ConfigurationError for what is no text."""
    if not isinstance(values[key], str):
        raise ConfigurationError(f"{function}: {key} is {type(values[key]).__name__}, not str")
    return storable(values[key])


def check_plan_status(status: str) -> str:
    """Return `status`; raises ConfigurationError unless plans can have it."""
    if not isinstance(status, str) or status not in PLAN_STATUSES:
        raise ConfigurationError(f"unknown plan status {status!r}; known are {sorted(PLAN_STATUSES)}")
    return status


def check_keys(function: str, data: Mapping[str, Any], required: set[str], optional: set[str]) -> None:
    """Raise ConfigurationError unless these are columns of a row, with all that it needs."""
    if not isinstance(data, Mapping):
        raise ConfigurationError(f"{function}: takes a mapping of column to value, not {type(data).__name__}")
    if unknown := set(data) - required - optional:
        known = ", ".join(sorted(required | optional))
        raise ConfigurationError(f"{function}: unknown keys {sorted(unknown, key=str)}; known are {known}")
    if missing := required - set(data):
        raise ConfigurationError(f"{function}: missing keys {sorted(missing)}")
