# Written by `refactor init --service vendored` of luigi-database-first 0.1.0, checksum e9103d880653adb0.
# It needs SQLAlchemy, and nothing else that is not Python's. Do not edit it: `refactor init --update` writes it anew.
# fmt: off
# isort: skip_file
# ruff: noqa
# flake8: noqa
# pylint: skip-file
"""The database steps of this pipeline: what a model is asked and what a file holds is in the database first.

`DatabaseService` is what `get_database_service()` of a task opens; `DatabaseSteps` is the block that `database_steps()`
opens. The database is the one that PIPELINE_DATABASE_URL names (SQLite, or PostgreSQL by psycopg 3), else the file
pipeline.db of the working directory. The command `pipeline` (show, doctor, report, export) works on it, from an
environment of its own.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import html
import json
import logging
import math
import os
import random
import re
import sqlite3
import sys
import threading
import time
import uuid
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, lru_cache
from inspect import iscoroutinefunction
from itertools import product
from pathlib import Path, PurePath
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar
from urllib.parse import parse_qsl, quote, quote_plus, unquote
from weakref import WeakKeyDictionary, WeakSet

from sqlalchemy import (
    JSON,
    URL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    DateTime,
    Dialect,
    Double,
    Engine,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    TypeDecorator,
    bindparam,
    create_engine,
    delete,
    event,
    func,
    insert,
    inspect,
    make_url,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InvalidatePoolError,
    OperationalError,
    SQLAlchemyError,
    TimeoutError as PoolTimeoutError,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry

__all__ = ["DatabaseService", "DatabaseSteps", "stage_of"]


# ---- Errors (0ad3ece4)

class PipelineError(Exception):
    """Root of the errors that the pipeline raises on purpose."""


class ConfigurationError(PipelineError):
    """What the caller or the configuration asked for makes no sense; trying again will not help."""


class InvalidNameError(ConfigurationError):
    """A plan id or a file name that must not become a path."""


class DatabaseError(PipelineError):
    """The database refused a statement; trying again will not help."""


class DatabaseUnavailableError(DatabaseError):
    """The database stayed out of reach for as long as the retry policy allows."""


# ---- What an exception comes from (ccfe7b08)

def chain_of(error: BaseException | None) -> Iterator[tuple[BaseException, str]]:
    """Yield an exception and what it comes from, as Python would show them, latest first.

    Each is given with how the one before it hangs on it: `from` where it was raised from it, `while handling`
    where it was raised in its handler, empty for the first. A chain that comes back to itself ends there.
    """
    seen = set[int]()
    bond = ""
    while error is not None and id(error) not in seen:
        yield error, bond
        seen.add(id(error))
        if error.__cause__ is not None:
            error, bond = error.__cause__, "from"
        elif not error.__suppress_context__:
            error, bond = error.__context__, "while handling"
        else:
            return


def described(error: BaseException) -> str:
    """Return type and text of an exception, the type alone if it cannot say its text."""
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:
        return type(error).__name__


def named_in(message: object, handled: BaseException | None) -> BaseException | None:
    """Return the exception that a message describes, None if it is none of a handled exception's chain.

    Args:
        message: `type: text` or the repr of an exception; anything else describes none.
        handled: the exception being handled.
    """
    if not isinstance(message, str):
        return None
    return next((error for error, _ in chain_of(handled) if message in _descriptions(error)), None)


def with_causes(error: BaseException) -> str:
    """Return the description of an exception and of each that it comes from, down to the first cause.

    A cause that says what the one above it says already is left out: `raise RuntimeError(str(error)) from error`
    is said once for each type.
    """
    parts: list[str] = []
    for link, bond in chain_of(error):
        text = described(link)
        if parts and text in parts[-1]:
            continue
        parts.append(f"({bond} {text})" if bond else text)
    return " ".join(parts)


def _descriptions(error: BaseException) -> tuple[str, ...]:
    try:
        return described(error), repr(error)
    except Exception:
        return (described(error),)


# ---- Plan ids and names of files (4cdc15e7)

MAX_PLAN_ID_LENGTH = 128

MAX_FILENAME_BYTES = 255
"""Of a whole name, directories included: what the column holds, and any part that a file system takes."""
_PLAN_ID = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{MAX_PLAN_ID_LENGTH - 1}}}")

# Control characters (C0, DEL, C1), the two separators of lines that are none, and the other separator of paths.
_FORBIDDEN_IN_FILENAME = re.compile(r"[\\\x00-\x1f\x7f-\x9f\u2028\u2029]")


def check_plan_id(plan_id: str) -> str:
    """Return `plan_id` if it is usable as a directory name.

    Raises InvalidNameError unless it is ASCII letters, digits, `.`, `_`, `-`, starts with a letter
    or digit and has at most 128 characters.
    """
    if not isinstance(plan_id, str) or not _PLAN_ID.fullmatch(plan_id):
        raise InvalidNameError(
            f"invalid plan id {plan_id!r}: letters, digits, '.', '_' and '-' only, "
            f"a letter or digit first, at most {MAX_PLAN_ID_LENGTH} characters"
        )
    return plan_id


def check_filename(filename: str) -> str:
    """Return `filename` if it names a file below a directory, such as `a.md` or `charts/a.md`.

    Raises InvalidNameError for absolute names, empty parts, parts with a leading dot (which takes `.`
    and `..` with it), backslashes, control characters, and names that no file system takes.
    """
    if not isinstance(filename, str) or not filename:
        raise InvalidNameError(f"invalid file name {filename!r}: empty")
    if _FORBIDDEN_IN_FILENAME.search(filename):
        raise InvalidNameError(f"invalid file name {filename!r}: no backslashes and no control characters")
    for part in filename.split("/"):
        if not part or part.startswith("."):
            raise InvalidNameError(
                f"invalid file name {filename!r}: it is relative to the run directory, "
                "and none of its parts is empty or begins with a dot"
            )
    try:
        size = len(filename.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise InvalidNameError(f"invalid file name {filename!r}: not encodable as UTF-8") from error
    if size > MAX_FILENAME_BYTES:
        raise InvalidNameError(f"invalid file name {filename!r}: more than {MAX_FILENAME_BYTES} bytes")
    return filename


# ---- Secrets of the environment (7834a430)

SECRET_NAME = re.compile(
    r"""(?ix) (?:
        (?:PASSWORD | PASSWD | PASSPHRASE | SECRET | TOKEN | API_?KEY | CREDENTIALS?)
      | (?:^|[_-]) (?:KEY | PASS)
      | [_-] PWD  # PWD and OLDPWD are directories
    ) (?:_?\d+)? $"""
)
"""Names of variables and of parameters whose value is nobody's business."""
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_SHORTEST = 4

# A value of this length is taken out wherever it stands; a shorter one where no letter and no digit is next
# to it, so that ordinary words which contain it stay whole.
_ANYWHERE_FROM = 8

# Below this, a part of a base64 text could be a part of any.
_SHORTEST_BASE64 = 8
_BASE64 = "[A-Za-z0-9+/_-]"

# `http://localhost:8080/@somebody`
_PATHS_MAY_HOLD_AT = {"http", "https", "ws", "wss"}
_extra_variables: set[str] = set()


def secrets_pattern() -> re.Pattern[str] | None:
    """Return what matches each secret of the environment in each spelling, None where there is none."""
    secrets: set[str] = set()
    for name, value in os.environ.items():
        if name in _extra_variables or SECRET_NAME.search(name):
            secrets.add(value)
        if _URL.match(value):
            secrets.update(_passwords_in(value))
    return _pattern(frozenset(filter(_is_worth_hiding, secrets)))


def _passwords_in(url: str) -> Iterator[str]:
    scheme, _, rest = url.partition("://")
    before_query, _, query = rest.partition("?")
    if scheme.lower() in _PATHS_MAY_HOLD_AT:
        rest = before_query = before_query.partition("/")[0]
    # A password may hold an @ that was not escaped, and then nobody knows where it ends.
    for user_info in (rest.partition("@")[0], rest.rpartition("@")[0], before_query.rpartition("@")[0]):
        password = user_info.partition(":")[2]
        yield from (password, unquote(password))
    yield from before_query.rpartition("@")[0].partition(":")[2].split("@")
    for name, value in parse_qsl(query):
        if SECRET_NAME.search(name):
            yield value


def _is_worth_hiding(value: str) -> bool:
    """Whether a value is more likely a secret than a switch: `none`, `test` and `EMPTY` stand in many texts."""
    if len(value) >= _ANYWHERE_FROM:
        return True
    kinds = (str.isalpha, str.isdigit, lambda c: not c.isalnum())
    return len(value) >= _SHORTEST and sum(any(map(kind, value)) for kind in kinds) > 1


@lru_cache(maxsize=8)
def _pattern(secrets: frozenset[str]) -> re.Pattern[str] | None:
    alternatives: dict[str, str] = {}
    for secret in secrets:
        # One word may be a part of another: `postgres` of `postgresql`.
        alone = len(secret) < _ANYWHERE_FROM or (secret.isalpha() and (secret.islower() or secret.isupper()))
        for spelling in _spellings(secret):
            found = re.escape(spelling)
            alternatives[spelling] = rf"(?<![^\W_]){found}(?![^\W_])" if alone else found
        for part in _base64_parts(secret):
            # The whole of the text, which may hold a user's name before the secret.
            alternatives[part] = rf"(?<!{_BASE64}){_BASE64}*{re.escape(part)}{_BASE64}*={{0,2}}"
    if not alternatives:
        return None
    # Longest first, so that a secret that contains another one leaves no tail behind.
    ordered = sorted(alternatives, key=lambda spelling: (-len(spelling), spelling))
    return re.compile("|".join(alternatives[spelling] for spelling in ordered))


def _spellings(secret: str) -> set[str]:
    raw = secret.encode("utf-8", "surrogateescape")
    text = raw.decode("utf-8", "backslashreplace")
    json_text = json.dumps(text)[1:-1]
    found = {secret, text, json_text, json.dumps(text, ensure_ascii=False)[1:-1], json.dumps(json_text)[1:-1]}
    found |= {repr(text)[1:-1], repr(raw)[2:-1], html.escape(text), html.escape(text, quote=False)}
    found |= {text.replace("/", "\\/"), text.replace("'", "\\'"), raw.hex(), raw.hex().upper()}
    for safe in ("", "/", "/:", "~", "!*'()"):
        for quoted in (quote(raw, safe=safe), quote_plus(raw, safe=safe)):
            found |= {quoted, re.sub("%..", lambda escape: escape[0].lower(), quoted), quote(quoted, safe="")}
    return found


def _base64_parts(secret: str) -> Iterator[str]:
    """Yield what the base64 text of anything that contains the secret contains, of three possible alignments."""
    raw = secret.encode("utf-8", "surrogateescape")
    for offset, encode in product(range(3), (base64.b64encode, base64.urlsafe_b64encode)):
        encoded = encode(bytes(offset) + raw).decode("ascii").rstrip("=")
        # What shares a character with the bytes before or after the secret is not known.
        end = len(encoded) - ((offset + len(raw)) % 3 != 0)
        part = encoded[(0, 2, 3)[offset] : end]
        if len(part) >= _SHORTEST_BASE64:
            yield part


# ---- Secrets in texts (66f35b5d)

REDACTED = "[redacted]"
_NOT_YET = r"(?!\[redacted\])"

# A value as code, JSON, a query and a header write it; quotes stay where they are.
_QUOTED = r"(?:(?!(?P=quote))(?:\\.|[^\n\\]))+"

_BARE = r"""[^\s'",;&)}\]<>\\]+"""

_VALUE = rf"""(?P<quote>\\?["'])?{_NOT_YET}(?P<value>(?(quote){_QUOTED}|{_BARE}))"""

# How names end that are given to nothing but a secret.
_STRONG = (
    r"(?:api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key|passw(?:or)?d|passphrase|(?<=;)pwd|"
    r"(?<![a-z0-9])secret|(?:access|auth|refresh|session|id|api|bearer)[_-]?token)"
)

# `monkey=7bananas`
_WEAK = r"(?<![a-z0-9])(?:token|key)"


def _keep_name(match: re.Match[str]) -> str:
    return f"{match['name']}{match['quote'] or ''}{REDACTED}"


def _has_digit(match: re.Match[str]) -> str:
    """For names that also begin an ordinary sentence: only what no word of a language looks like."""
    value = match["value"]
    is_key = len(value) >= 6 and any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    return _keep_name(match) if is_key else match[0]


def _if_basic(match: re.Match[str]) -> str:
    """Basic credentials are base64 of a name, a colon and a password; `Basic information` is not."""
    try:
        decoded = base64.b64decode(match["value"] + "==")
    except (binascii.Error, ValueError):
        return match[0]
    return _keep_name(match) if b":" in decoded else match[0]


_SHAPES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"\bsk-[A-Za-z0-9_*.-]{6,}"), REDACTED),
    # Keys that say whose they are.
    (
        re.compile(
            r"\b(?:gh[pousr]_|github_pat_|glpat-|hf_|gsk_|xox[abeprs]-|AKIA|ASIA|AIza|eyJ[\w-]+\.eyJ)"
            r"[A-Za-z0-9_.-]{12,}"
        ),
        REDACTED,
    ),
    # User and password in a URL, whose password may hold an `@` that was not escaped.
    (re.compile(r"(?<=://)[^/\s:@'\"]*:[^/\s'\"]+(?=@)"), REDACTED),
    (
        re.compile(
            r"(?i)(?P<name>\bauthorization\\?['\"]?\s*[:=,]\s*(?P<quote>\\?['\"])?(?:(?:bearer|basic|token|apikey|key)\s+)?)"
            rf"{_NOT_YET}(?!(?:bearer|basic|token)\s)[^\s'\",;}}\]\\]+"
        ),
        lambda match: f"{match['name']}{REDACTED}",
    ),
    (re.compile(r"(?P<name>\b[Bb]asic )(?P<quote>)?(?P<value>[A-Za-z0-9+/_-]{8,}=*)"), _if_basic),
    # `the bearer of bad news`
    (
        re.compile(
            rf"(?P<name>\b(?:Bearer|bearer|BEARER) ){_NOT_YET}(?:(?=[^\s'\",;}}\]]*[0-9_.~+/=-][^\s'\",;}}\].])"
            r"[^\s'\",;}\]]{6,}|(?<=Bearer )[a-z]{6,}(?![\w]|\s+[a-z]))"
        ),
        lambda match: f"{match['name']}{REDACTED}",
    ),
    (re.compile(rf"(?i)(?P<name>{_STRONG}=\s*){_VALUE}"), _keep_name),
    (re.compile(rf"(?i)(?P<name>api[_-]?key:\s*){_VALUE}"), _keep_name),
    (re.compile(rf"(?i)(?P<name>{_STRONG}\\?['\"]\s*[:,=]\s*)(?=\\?['\"]){_VALUE}"), _keep_name),
    (re.compile(rf"(?i)(?P<name>(?:{_STRONG}|{_WEAK})\\?['\"]?\s*[:=]\s*){_VALUE}"), _has_digit),
)


def redact(text: str) -> str:
    """Return `text` without API keys and passwords.

    Replaced are the values of environment variables that hold secrets, in each spelling (see
    pipeline.secret_values), and whatever looks like a secret: `sk-...`, `Bearer ...`, `Basic ...`, `api_key=...`,
    `'password': '...'`, a user name and password in a URL.
    """
    known = secrets_pattern()
    if known is not None:
        text = known.sub(REDACTED, text)
    for shape, replacement in _SHAPES:
        text = shape.sub(replacement, text)
    return text


# ---- Tables (3ef4fe0f)

# Names by rule, because SQLite's batch migrations can only drop a constraint that has a name.
NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# SQLite counts up only a column of exactly the type INTEGER.
RowId = BigInteger().with_variant(Integer(), "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: naive values are taken as UTC on the way in, aware UTC values come out on any database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Put back the zone that SQLite does not keep."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Base(DeclarativeBase):
    """Registry of the tables."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)


class Plan(Base):
    """A plan, with what it takes to make its two input files again."""

    __tablename__ = "plans"
    __table_args__ = (
        CheckConstraint(
            "status IN ('created', 'running', 'completed', 'failed', 'stopped')", name="status_known"
        ),
        Index(None, "created_at", "plan_id"),
        Index(None, "status", "created_at"),
    )

    plan_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    prompt: Mapped[str | None] = mapped_column(Text)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    speed_vs_detail: Mapped[str | None] = mapped_column(String(64))
    llm_models: Mapped[list[str] | None] = mapped_column(JSON)
    status: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LLMInteraction(Base):
    """One attempt to get an answer from a model. The key makes a repeated insert harmless.

    Of an executor's attempts behind one call the last is the call's own row; those before it have rows that point
    to that one by `attempt_of`. `replayed_from` points to the row that paid for the answer.
    """

    __tablename__ = "llm_interactions"
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'completed', 'failed')", name="status_known"),
        Index(None, "plan_id", "status"),
        Index(None, "status", "created_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    interaction_key: Mapped[str] = mapped_column(String(64), unique=True)
    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.plan_id", ondelete="CASCADE"))
    stage: Mapped[str] = mapped_column(String(128))
    llm_model: Mapped[str] = mapped_column(String(255))
    status: Mapped[str] = mapped_column(String(16))
    prompt_text: Mapped[str] = mapped_column(Text)
    response_text: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    duration_seconds: Mapped[float | None] = mapped_column(Double)
    input_tokens: Mapped[int | None]
    output_tokens: Mapped[int | None]
    total_tokens: Mapped[int | None]
    error_message: Mapped[str | None] = mapped_column(Text)
    attempt: Mapped[int | None]
    attempt_of: Mapped[int | None] = mapped_column(BigInteger)
    requested_model: Mapped[str | None] = mapped_column(String(255))
    provider: Mapped[str | None] = mapped_column(String(64))
    parameters: Mapped[str | None] = mapped_column(Text)
    messages: Mapped[str | None] = mapped_column(Text)
    response_json: Mapped[str | None] = mapped_column(Text)
    response_id: Mapped[str | None] = mapped_column(String(255))
    finish_reason: Mapped[str | None] = mapped_column(String(64))
    cached_input_tokens: Mapped[int | None]
    reasoning_tokens: Mapped[int | None]
    first_chunk_seconds: Mapped[float | None] = mapped_column(Double)
    cost: Mapped[float | None] = mapped_column(Double)
    currency: Mapped[str | None] = mapped_column(String(3))
    error_type: Mapped[str | None] = mapped_column(String(255))
    replayed_from: Mapped[int | None] = mapped_column(BigInteger)
    task_family: Mapped[str | None] = mapped_column(String(255))
    task_id: Mapped[str | None] = mapped_column(String(255))
    trace_id: Mapped[str | None] = mapped_column(String(64))


class PlanContent(Base):
    """The content of one file of a plan."""

    __tablename__ = "plan_content"
    __table_args__ = (
        Index(None, "plan_id"),
        Index(None, "plan_id", "filename", unique=True),
        Index(None, "stage"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.plan_id", ondelete="CASCADE"))
    filename: Mapped[str] = mapped_column(String(255))
    stage: Mapped[str] = mapped_column(String(128))
    content_type: Mapped[str] = mapped_column(String(64))
    content: Mapped[str] = mapped_column(Text)
    encoding: Mapped[str] = mapped_column(String(16))
    content_size_bytes: Mapped[int] = mapped_column(BigInteger)
    content_sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LLMAnswer(Base):
    """A model's answer to one request of a task, kept so that a crash does not make it be paid for twice."""

    __tablename__ = "llm_answers"
    __table_args__ = (Index(None, "plan_id", "request_key", unique=True),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.plan_id", ondelete="CASCADE"))
    request_key: Mapped[str] = mapped_column(String(64))
    llm_model: Mapped[str] = mapped_column(String(255))
    answer_text: Mapped[str] = mapped_column(Text)
    input_tokens: Mapped[int | None]
    output_tokens: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    interaction_id: Mapped[int | None] = mapped_column(BigInteger)
    """The interaction that paid for it."""


class RunningTask(Base):
    """A task that has begun and not ended: being worked on, failed, or cut short by a kill."""

    __tablename__ = "running_tasks"

    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.plan_id", ondelete="CASCADE"), primary_key=True)
    task_key: Mapped[str] = mapped_column(String(255), primary_key=True)
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PlanFile(Base):
    """What was seen of a file on disk, and of its row at that moment; the row may have been replaced since.

    `restored` says that the file had been written from the row, so that it proves nothing of its task.
    """

    __tablename__ = "plan_files"

    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.plan_id", ondelete="CASCADE"), primary_key=True)
    filename: Mapped[str] = mapped_column(String(255), primary_key=True)
    content_sha256: Mapped[str] = mapped_column(String(64))
    file_sha256: Mapped[str] = mapped_column(String(64))
    restored: Mapped[bool] = mapped_column(Boolean)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PlanLease(Base):
    """Who is at work on a plan, and until when that is believed without another heartbeat.

    `epoch` counts the owners; each write of one checks, in its own transaction, that it is still the owner. `owner`
    is NULL once the plan has been given back. `machine` tells hosts of one name apart.
    """

    __tablename__ = "plan_leases"
    __table_args__ = (Index(None, "owner", "expires_at"),)

    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.plan_id", ondelete="CASCADE"), primary_key=True)
    epoch: Mapped[int] = mapped_column(BigInteger)
    owner: Mapped[str | None] = mapped_column(String(64))
    purpose: Mapped[str] = mapped_column(String(16))
    host: Mapped[str] = mapped_column(String(255))
    machine: Mapped[str] = mapped_column(String(64))
    process_id: Mapped[int]
    process_started: Mapped[int | None] = mapped_column(BigInteger)
    acquired_at: Mapped[datetime] = mapped_column(UtcDateTime)
    heartbeat_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Submission(Base):
    """A plan that was handed to workers on any machine. They have it while its row in `plan_leases` says so.

    `root` is the task that requires all others, as MODULE:CLASS.
    """

    __tablename__ = "submissions"

    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.plan_id", ondelete="CASCADE"), primary_key=True)
    root: Mapped[str] = mapped_column(String(255))
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    stop_requested: Mapped[bool] = mapped_column(Boolean)


class TaskLease(Base):
    """Which worker has or last had a task of a submitted plan; apart from that as PlanLease.

    `task_key` is the task's name in its plan, the same on every machine; `task_id` is what Luigi calls it on the
    worker's, as its interactions do.
    """

    __tablename__ = "task_leases"
    __table_args__ = (
        CheckConstraint("status IN ('running', 'done', 'failed')", name="status_known"),
        Index(None, "owner", "expires_at"),
    )

    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.plan_id", ondelete="CASCADE"), primary_key=True)
    task_key: Mapped[str] = mapped_column(String(255), primary_key=True)
    task_id: Mapped[str] = mapped_column(String(255))
    status: Mapped[str] = mapped_column(String(16))
    error_message: Mapped[str | None] = mapped_column(Text)
    epoch: Mapped[int] = mapped_column(BigInteger)
    owner: Mapped[str | None] = mapped_column(String(64))
    host: Mapped[str] = mapped_column(String(255))
    machine: Mapped[str] = mapped_column(String(64))
    process_id: Mapped[int]
    process_started: Mapped[int | None] = mapped_column(BigInteger)
    acquired_at: Mapped[datetime] = mapped_column(UtcDateTime)
    heartbeat_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SchemaCompatibility(Base):
    """The oldest revision whose code can work with these tables: one row."""

    __tablename__ = "schema_compatibility"

    readable_from: Mapped[str] = mapped_column(String(32), primary_key=True)


def table_of(model: type[Base]) -> Table:
    """The table behind a model, with its type: SQLAlchemy has `__table__` as a FromClause."""
    return Base.metadata.tables[model.__tablename__]


# ---- Engines: one per URL and process, safe across fork (7560b157)

URL_VARIABLE = "PIPELINE_DATABASE_URL"
POOL_SIZE_VARIABLE = "PIPELINE_DATABASE_POOL_SIZE"
DEFAULT_URL = "sqlite:///pipeline.db"

# Execution option of a transaction that only reads: it does not wait for SQLite's one writer.
READ_ONLY = "pipeline_read_only"

# A server can restart while a model answers, so a connection that has been idle is asked whether it is
# still there, as `pool_pre_ping` would ask each time. One that was used a moment ago is not: the
# question costs a tenth of a transaction, and if it is gone, the transaction is repeated anyhow.
_PING_AFTER_IDLE_SECONDS = 1.0
_CHECKED_IN = "pipeline_checked_in"
_SQLITE_BUSY_TIMEOUT_MS = 30_000

_DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
    "sqlite": "sqlite+pysqlite",
    "sqlite+pysqlite": "sqlite+pysqlite",
}

# psycopg's name for after how many executions it has the server keep a statement.
_PREPARE_THRESHOLD = "prepare_threshold"
_engines: dict[tuple[URL, str], Engine] = {}


def database_url(url: str | URL | None = None) -> URL:
    """Return `url`, or what `PIPELINE_DATABASE_URL` says, with the driver spelled out.

    `postgres://` and `postgresql://` both mean psycopg 3. Raises ConfigurationError for a URL that
    is none, or of a database that is not supported. The message never shows a password.
    """
    return _read_url(url or os.environ.get(URL_VARIABLE) or DEFAULT_URL)


@cache
def _read_url(url: str | URL) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # Not chained and not quoted: what could not be parsed may hold a password anywhere.
        raise ConfigurationError(f"{URL_VARIABLE} is not a database URL") from None
    if parsed.drivername not in _DRIVERS:
        raise ConfigurationError(
            f"{URL_VARIABLE}: unsupported database {parsed.drivername!r}; use sqlite or postgresql"
        )
    if parsed.get_backend_name() == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise ConfigurationError(f"{URL_VARIABLE}: SQLite in memory would lose what must not be lost")
    if "@" in (parsed.host or "")[1:]:
        # Without the host, which would be the rest of the password.
        raise ConfigurationError(f"{URL_VARIABLE}: an @ in the user or the password must be written %40")
    return parsed.set(drivername=_DRIVERS[parsed.drivername])


def get_engine(url: str | URL | None = None) -> Engine:
    """Return this process's engine for `url`, or for what the environment names."""
    parsed = database_url(url)
    # A race between threads makes two engines and keeps one; a lock could be held at a fork.
    key = parsed, ""
    return _engines.get(key) or _engines.setdefault(key, make_engine(parsed))


def make_engine(url: URL) -> Engine:
    """Make an engine that get_engine does not know of; the caller disposes of it.

    Raises ConfigurationError if the driver is not installed.
    """
    pool: dict[str, Any] = {"pool_size": _pool_size(), "max_overflow": 0, "pool_timeout": 30}
    if url.get_backend_name() == "sqlite":
        engine = create_engine(
            url, hide_parameters=True, connect_args={"timeout": _SQLITE_BUSY_TIMEOUT_MS / 1000}, **pool
        )
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        return _make_postgres_engine(url, pool)
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"{URL_VARIABLE} names a PostgreSQL database, and {error.name} is not installed: "
            "pip install 'psycopg[binary]', which the extra 'postgres' of luigi-database-first does"
        ) from error


def _make_postgres_engine(url: URL, pool: dict[str, Any]) -> Engine:
    engine = create_engine(
        url.difference_update_query([_PREPARE_THRESHOLD]),
        # Parameters are prompts and answers; they have no place in an error message.
        hide_parameters=True,
        connect_args={
            "connect_timeout": _connect_timeout(url),
            "tcp_user_timeout": 30_000,
            "application_name": "pipeline",
            _PREPARE_THRESHOLD: _prepare_threshold(url),
        },
        **pool,
    )

    def ping_if_idle(connection: DBAPIConnection, record: ConnectionPoolEntry, _: object) -> None:
        checked_in = record.info.get(_CHECKED_IN)
        if checked_in is None or time.monotonic() - checked_in < _PING_AFTER_IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    event.listen(engine, "checkin", _note_checkin)
    event.listen(engine, "checkout", ping_if_idle)
    return engine


def _connect_timeout(url: URL) -> int:
    asked = url.query.get("connect_timeout", "10")
    if not isinstance(asked, str) or not asked.isdecimal():
        raise ConfigurationError(f"{URL_VARIABLE}: connect_timeout is a number of seconds")
    return int(asked)


def _prepare_threshold(url: URL) -> int | None:
    # A pooler in transaction mode gives each transaction another connection of the server, where a statement
    # that the driver has prepared is unknown, or is one of another client. Never, unless the URL asks for it.
    text = url.query.get(_PREPARE_THRESHOLD, "none")
    if isinstance(text, str) and text.lower() in {"", "none"}:
        return None
    if not isinstance(text, str) or not text.isdecimal():
        raise ConfigurationError(f"{URL_VARIABLE}: {_PREPARE_THRESHOLD} is a number or none")
    return int(text)


def _note_checkin(_: object, record: ConnectionPoolEntry) -> None:
    record.info[_CHECKED_IN] = time.monotonic()


def dispose_engines() -> None:
    """Close the idle connections of all engines; they open new ones when needed."""
    for engine in list(_engines.values()):
        engine.dispose()


def _pool_size() -> int:
    size = os.environ.get(POOL_SIZE_VARIABLE, "2")
    if not size.isdigit() or int(size) < 1:
        raise ConfigurationError(f"{POOL_SIZE_VARIABLE}={size!r}: expected a number of at least 1")
    return int(size)


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own transactions would leave DDL outside of them; see _begin_sqlite.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {_SQLITE_BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA journal_mode = WAL")
    # NORMAL, the usual companion of WAL, may lose the last commits when the power goes.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that begins as a reader and then writes fails at once if another one wrote in
    # between, whatever the busy timeout; one that begins as a writer waits its turn.
    read_only = connection.get_execution_options().get(READ_ONLY, False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _abandon_in_child() -> None:
    # A connection shared with the parent would mix up both processes' rows. It is let go, not
    # closed: closing says goodbye to the server in the parent's name.
    for engine in list(_engines.values()):
        engine.dispose(close=False)


# Idle connections are closed before a fork, so that the child inherits none: SQLite's must not
# even be closed in a child. Those that another thread is using are abandoned in the child.
os.register_at_fork(before=dispose_engines, after_in_child=_abandon_in_child)


# ---- A database's URL as it may be shown (e10c9fb7)

def shown_url(url: str | URL | None = None) -> str:
    """Return where a database is, by default the one that the environment names: backend, host, port, database.

    User, password and query are left out, whatever they are called: a driver takes a password in more places
    than one. Only a host in the query is shown, since there is no other way to name a Unix socket. Raises
    ConfigurationError as database_url does.
    """
    parsed = database_url(url)
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return f"sqlite:///{parsed.database}"
    # An `@` after the one that ends the password is most likely a part of it that was not escaped.
    host = _without_at(parsed.host or "")
    port = "" if parsed.port is None else f":{parsed.port}"
    database = parsed.database or ""
    if parsed.username is not None:
        database = _without_at(database)
    named = parsed.query.get("host", ())
    hosts = [_without_at(name) for name in ((named,) if isinstance(named, str) else named)]
    query = "&".join(f"host={name}" for name in hosts)
    return f"{backend}://{host}{port}/{database}{'?' if query else ''}{query}"


def _without_at(text: str) -> str:
    return REDACTED if "@" in text else text


# ---- Transactions, repeated while the database is away (abcd59b0)

logger = logging.getLogger(__name__)
T = TypeVar("T")
PATIENCE_VARIABLE = "PIPELINE_DATABASE_PATIENCE"
READING_PATIENCE_SECONDS = 4.0

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_TRANSIENT_SQLSTATE_CLASSES = {
    "08",  # connection exception
    "40",  # rolled back: serialization failure, deadlock
    "53",  # out of connections, memory or disk
    "57",  # shut down, crashed, starting up, cancelled
    "58",  # error of the system below
}

_TRANSIENT_SQLSTATES = {
    "25P03",  # idle in transaction for too long
    "25P04",  # transaction for too long
    "55P03",  # lock not available
}

# A refused login has no SQLSTATE of its own, and no amount of waiting mends it.
_REFUSED_LOGIN = ("authentication failed", "does not exist", "no pg_hba.conf entry", "no password supplied")

_TRANSIENT_SQLITE_CODES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long to go on trying, how long to wait in between, and whether to tell of each time that failed."""

    patience_seconds: float = 120.0
    first_wait_seconds: float = 0.1
    longest_wait_seconds: float = 5.0
    tells: bool = True

    @classmethod
    def for_reading(cls) -> "RetryPolicy":
        """Return the policy of a command that only looks: somebody waits for it, and nothing would be lost."""
        patience = min(cls.from_environment().patience_seconds, READING_PATIENCE_SECONDS)
        return cls(patience_seconds=patience, longest_wait_seconds=1.0, tells=False)

    @classmethod
    def from_environment(cls) -> "RetryPolicy":
        """Read the patience from `PIPELINE_DATABASE_PATIENCE` (seconds); raises ConfigurationError."""
        value = os.environ.get(PATIENCE_VARIABLE)
        if value is None:
            return cls()
        try:
            return cls(patience_seconds=float(value))
        except ValueError as error:
            raise ConfigurationError(f"{PATIENCE_VARIABLE}={value!r}: expected seconds") from error

    def wait_after(self, attempt: int) -> float:
        """Return how many seconds to wait after an attempt, the first being 1: twice as long each time, and a bit."""
        # Beyond this no policy waits longer, and the power of a large number is no number of seconds.
        doubled = self.first_wait_seconds * 2.0 ** min(attempt - 1, 64)
        # Those that failed together do not come back together. Not for secrets.
        return min(doubled, self.longest_wait_seconds) + random.uniform(0, self.first_wait_seconds)


def run_transaction(
    engine: Engine,
    work: Callable[[Connection], T],
    *,
    subject: str,
    policy: RetryPolicy,
    read_only: bool = False,
) -> T:
    """Run `work` in a transaction of its own and return what it returns, once that is committed.

    After an outage the whole of `work` is run again, and it may have been committed before: the
    answer to a COMMIT can get lost. So `work` must be idempotent. Messages begin with `subject`.

    Raises DatabaseUnavailableError when the policy's patience is at its end, DatabaseError for what
    waiting does not mend.
    """

    def transaction() -> T:
        with engine.connect() as connection:
            if read_only:
                connection = connection.execution_options(**{READ_ONLY: True})
            with connection.begin():
                return work(connection)

    start = time.monotonic()
    attempt = 0
    while True:
        attempt += 1
        try:
            return transaction()
        except SQLAlchemyError as error:
            tried = time.monotonic() - start
            if not is_transient(error) or tried >= policy.patience_seconds:
                raise as_database_error(error, engine, subject, tried) from (
                    # A trace of what lies below tells nobody more.
                    None if is_missing_table(error) else error
                )
            wait = policy.wait_after(attempt)
            if policy.tells:
                reason = redact(str(getattr(error, "orig", None) or error).strip())
                logger.warning(
                    "%s: database unavailable, attempt %d, next in %.1f s: %s", subject, attempt, wait, reason
                )
        time.sleep(wait)


def as_database_error(error: SQLAlchemyError, engine: Engine, subject: str, seconds: float) -> DatabaseError:
    """Return the error to raise for one of the driver, after so many seconds of trying."""
    # On one line, whatever the driver makes of it: this is what the command prints.
    reason = redact(" ".join(str(error.orig if isinstance(error, DBAPIError) else error).split()))
    if is_transient(error):
        return DatabaseUnavailableError(
            f"{subject}: the database has been unavailable for {seconds:.0f} s "
            f"({shown_url(engine.url)}): {reason}"
        )
    if is_missing_table(error):
        return DatabaseError(
            f"{subject}: the database has no such table or column, it is older than this version or "
            f"empty; make its tables with: pipeline db upgrade ({reason})"
        )
    return DatabaseError(f"{subject}: {type(error).__name__}: {reason}")


def is_transient(error: BaseException) -> bool:
    """Whether the same transaction may succeed later."""
    if isinstance(error, PoolTimeoutError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    original = error.orig
    if isinstance(original, sqlite3.Error):
        # The low byte is the primary code, the rest says more precisely what happened.
        return getattr(original, "sqlite_errorcode", 0) & 0xFF in _TRANSIENT_SQLITE_CODES
    sqlstate = getattr(original, "sqlstate", None)
    if sqlstate:
        return sqlstate in _TRANSIENT_SQLSTATES or sqlstate[:2] in _TRANSIENT_SQLSTATE_CLASSES
    # No SQLSTATE: the server was never reached, or went away. Missing socket, unknown host, refused
    # connection, closed by the other side all look like this.
    return isinstance(error, OperationalError) and not any(text in str(original) for text in _REFUSED_LOGIN)


def is_missing_table(error: BaseException) -> bool:
    """Whether a statement failed because a table or a column of it is not there."""
    original = getattr(error, "orig", None)
    if isinstance(original, sqlite3.Error):
        return str(original).startswith(("no such table", "no such column")) or "has no column" in str(
            original
        )
    return getattr(original, "sqlstate", None) in {"42P01", "42703"}


# ---- Large texts (8e27ab88)

# A multiple of four, so that each piece of base64 is base64.
AT_A_TIME = 1 << 20
"""Characters of a piece."""


def pieces(text: str) -> Iterator[str]:
    """Yield a text in pieces, at least one."""
    for start in range(0, len(text) or 1, AT_A_TIME):
        yield text[start : start + AT_A_TIME]


def size_and_sha256(text: str) -> tuple[int, str]:
    """Return how many bytes a text has as UTF-8, and their checksum; raises UnicodeEncodeError."""
    size, digest = 0, hashlib.sha256()
    for piece in pieces(text):
        raw = piece.encode("utf-8")
        size += len(raw)
        digest.update(raw)
    return size, digest.hexdigest()


def is_storable(text: str) -> bool:
    """Whether a text column of each database takes a text as it is: no NUL, no lone surrogate."""
    if "\x00" in text:
        return False
    try:
        for piece in pieces(text):
            piece.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


# ---- Values of rows (395b663a)

UTF8 = "utf-8"
BASE64 = "base64"

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


def check_keys(function: str, data: Mapping[str, Any], required: set[str], optional: set[str]) -> None:
    """Raise ConfigurationError unless these are columns of a row, with all that it needs."""
    if not isinstance(data, Mapping):
        raise ConfigurationError(f"{function}: takes a mapping of column to value, not {type(data).__name__}")
    if unknown := set(data) - required - optional:
        known = ", ".join(sorted(required | optional))
        raise ConfigurationError(f"{function}: unknown keys {sorted(unknown, key=str)}; known are {known}")
    if missing := required - set(data):
        raise ConfigurationError(f"{function}: missing keys {sorted(missing)}")


# ---- Counts of tokens (ab4cec03)

MAX_COUNT = 2**31 - 1
"""What an INTEGER column of both databases takes."""


def usable_count(value: object) -> int | None:
    """Return a count that can be booked; None, which is not given, for what is no count of tokens.

    An answer is never lost for what its endpoint says that it cost.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not 0 <= value <= MAX_COUNT or value != int(value):
        return None
    return int(value)


# ---- What an answer says beside its text (b3560467)

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


# ---- Values of interactions (aeed59fc)

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


# ---- What is handed out (285aacc3)

@dataclass(frozen=True, slots=True)
class InteractionRecord:
    """An LLM interaction that has been created."""

    id: int


# ---- Statements (468752ce)

# Typed as Any: the dialects' inserts share no class that has ON CONFLICT.
# Both dialects have ON CONFLICT, each on an insert of its own.
_INSERTS = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


@cache
def insert_plan(dialect: str) -> Any:
    """Insert a plan unless there is one with its id; return the id only if the plan is new."""
    # Not the count of rows: some drivers do not count what they insert, and give -1.
    return _insert(dialect, table_of(Plan)).on_conflict_do_nothing().returning(table_of(Plan).c.plan_id)


@cache
def insert_interaction(dialect: str) -> Any:
    """Insert an interaction, or find it by its key, and return its id."""
    key = table_of(LLMInteraction).c.interaction_key
    insert = _insert(dialect, table_of(LLMInteraction))
    # Sets what is there already: DO NOTHING would return no row after a lost answer.
    upsert = insert.on_conflict_do_update(
        index_elements=[key.name], set_={key.name: insert.excluded[key.name]}
    )
    return upsert.returning(table_of(LLMInteraction).c.id)


@cache
def update_interaction(columns: frozenset[str]) -> Any:
    """Set these columns of the interaction with the id `interaction_id`."""
    table = table_of(LLMInteraction)
    statement = update(table).where(table.c.id == bindparam("interaction_id"))
    return statement.values({name: bindparam(name) for name in columns})


@cache
def upsert_content(dialect: str) -> Any:
    """Insert the content of a file, or replace it."""
    return _replacing(dialect, table_of(PlanContent), ["plan_id", "filename"])


def _replacing(dialect: str, table: Table, key: list[str]) -> Any:
    insert = _insert(dialect, table)
    kept = {"id", "created_at", *key}
    replaced = {column.name: insert.excluded[column.name] for column in table.c if column.name not in kept}
    return insert.on_conflict_do_update(index_elements=key, set_=replaced)


def _insert(dialect: str, table: Table) -> Any:
    # Inline: nobody needs the id, which SQLAlchemy would have the server return otherwise.
    return _INSERTS[dialect](table).inline()


# ---- Rows of a plan (9836fda5)

CHILDREN: Mapping[str, Table] = {
    "LLM interactions": table_of(LLMInteraction),
    "files": table_of(PlanContent),
    "kept answers": table_of(LLMAnswer),
    "running tasks": table_of(RunningTask),
    "notes of files": table_of(PlanFile),
}
"""What people call the rows, and their tables."""

LEASES = tuple(table_of(model) for model in (PlanLease, TaskLease, Submission))
"""Who is or was at work on a plan."""
_seen: WeakKeyDictionary[Engine, set[str]] = WeakKeyDictionary()


def rows_of_plan(connection: Connection, plan_id: str) -> dict[str, int]:
    """Return how many rows a plan has in the other tables than its own, without those that have none."""
    counts = {}
    for name, table in CHILDREN.items():
        if not exists(connection, table):
            continue
        count = connection.execute(
            select(func.count()).select_from(table).where(table.c.plan_id == plan_id)
        ).scalar_one()
        if count:
            counts[name] = int(count)
    return counts


def refuse_rows_of_deleted_plan(connection: Connection, plan_id: str) -> None:
    """Raise ConfigurationError where a plan that has just been made already has rows: they are another's."""
    if counts := rows_of_plan(connection, plan_id):
        found = ", ".join(f"{count} {name}" for name, count in counts.items())
        raise ConfigurationError(
            f"the database still has rows of a plan {plan_id} that was deleted ({found}): "
            f"delete them with `pipeline delete {plan_id}`, or take another plan id"
        )


def begin_empty(connection: Connection, plan_id: str) -> None:
    """See to it that a plan that has just been made has no rows of one that was deleted without its rows.

    Who was at work on that one, and what of it workers had done, is removed. Raises ConfigurationError for the rest.
    """
    refuse_rows_of_deleted_plan(connection, plan_id)
    for table in LEASES:
        if exists(connection, table):
            connection.execute(delete(table).where(table.c.plan_id == plan_id))


def exists(connection: Connection, table: Table) -> bool:
    """Whether the database has the table: one of an older revision is written to and read as well."""
    seen = _seen.setdefault(connection.engine, set())
    if table.name not in seen:
        if not inspect(connection).has_table(table.name):
            return False
        seen.add(table.name)
    return True


# ---- Tables that are made where there are none (ee994c1f)

# Held by a migrator on PostgreSQL. Any number will do, as long as nothing else in the database
# uses it for a lock of its own.
ADVISORY_LOCK = 4_920_311_730

SCHEMA_REVISION = "009"
"""The revision of the migrations that these tables are those of."""

READABLE_FROM = "005"
"""The oldest revision whose code can work with them."""
WRITTEN_BY_TASKS = frozenset({"plans", "llm_interactions", "plan_content"})

# Where Alembic keeps the revision; as Alembic makes it.
_version = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)

# On SQLite foreign keys hold for a connection that asks for them, and a plan may be deleted by another one.
_CHILDREN_BY_TRIGGER = {
    "delete_rows_of_plan": ("plan_files", "running_tasks", "llm_answers", "plan_content", "llm_interactions"),
    "delete_lease_of_plan": ("plan_leases",),
    "delete_task_leases_of_plan": ("task_leases",),
    "delete_submissions_of_plan": ("submissions",),
}
_with_tables: WeakSet[Engine] = WeakSet()


def ensure_tables(engine: Engine, policy: RetryPolicy) -> None:
    """Make the tables, with the note of their revision, in a database that has none of them; once in a process.

    Tables that are there, of whichever revision, are left as they are: `pipeline db upgrade` brings them to the newest.
    Raises ConfigurationError for a database with other tables of such a name, or with the revisions of another
    program; DatabaseError.
    """
    if engine in _with_tables:
        return
    run_transaction(engine, make_missing_tables, subject="tables", policy=policy)
    _with_tables.add(engine)


def make_missing_tables(connection: Connection) -> None:
    """Do in a transaction what ensure_tables does. Raises ConfigurationError."""
    if _has_tables(connection):
        return
    is_sqlite = connection.dialect.name == "sqlite"
    if not is_sqlite:
        # Whoever waits here looks again, and finds the work done. SQLite's transaction begins as a writer.
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        if _has_tables(connection):
            return
    Base.metadata.create_all(connection)
    _version.create(connection, checkfirst=True)
    connection.execute(insert(_version).values(version_num=SCHEMA_REVISION))
    connection.execute(insert(table_of(SchemaCompatibility)).values(readable_from=READABLE_FROM))
    for trigger, tables in _CHILDREN_BY_TRIGGER.items() if is_sqlite else ():
        deleted = "".join(f"    DELETE FROM {table} WHERE plan_id = OLD.plan_id;\n" for table in tables)
        connection.exec_driver_sql(f"CREATE TRIGGER {trigger} AFTER DELETE ON plans BEGIN\n{deleted}END")


def _has_tables(connection: Connection) -> bool:
    """Whether the tables are there. Raises ConfigurationError where others are in their place."""
    there = set(inspect(connection).get_table_names())
    if there >= WRITTEN_BY_TASKS:
        return True
    taken = sorted(there & set(Base.metadata.tables))
    revisions = (
        connection.execute(select(_version.c.version_num)).scalars().all() if _version.name in there else []
    )
    if "plans" in there and any(revision < SCHEMA_REVISION for revision in revisions):
        raise ConfigurationError(
            f"the database is at revision {revisions[0]}, too old for tasks: pipeline db upgrade"
        )
    if taken or revisions:
        what = f"tables called {', '.join(taken)}" if taken else f"tables at revision {revisions[0]}"
        raise ConfigurationError(
            f"the database has {what} of another program: give the plans a database of their own, "
            "PIPELINE_DATABASE_URL names it"
        )
    return False


# ---- Interactions that change (ff9a62d5)

# Of both databases.
_TOO_LARGE_AN_ID = 2**63


@dataclass(frozen=True, eq=False)
class InteractionChange:
    """What to set in the row of an interaction.

    Attributes:
        values: the columns.
        failure: the exception being handled that it failed of, where `error_message` describes that one.
    """

    values: dict[str, Any]
    failure: BaseException | None


def change_to_store(interaction_id: int, data: Mapping[str, Any]) -> InteractionChange:
    """Return what to store of a change that a task hands over.

    Raises ConfigurationError for a key or a value that makes no sense, DatabaseError for an id that no row can have.
    """
    values = interaction_change(data)
    failure = None
    if values.get("status") == "failed":
        failure = named_in(data.get("error_message"), sys.exception())
    if failure is not None:
        values["error_message"] = error_text(with_causes(failure))
        values.setdefault("error_type", type(failure).__name__)
    if isinstance(interaction_id, bool) or not isinstance(interaction_id, int):
        raise ConfigurationError(
            f"update_llm_interaction: the id is {type(interaction_id).__name__}, not int"
        )
    if not 0 < interaction_id < _TOO_LARGE_AN_ID:
        raise DatabaseError(f"there is no LLM interaction {interaction_id}")
    if values.get("status") == "completed":
        # Somebody may have taken the call for abandoned meanwhile.
        values = {"error_message": None, "error_type": None, **values}
    return InteractionChange(values, failure)


@dataclass(frozen=True, eq=False)
class _Unmarked:
    """An interaction that could not be marked as failed.

    Attributes:
        plan_id: the plan it belongs to.
        work: what marks it.
        failure: why it failed.
    """

    plan_id: str
    work: Callable[[Connection], None]
    failure: BaseException


class UnmarkedInteractions:
    """Interactions that could not be marked as failed: their own errors come before those of the database."""

    def __init__(self) -> None:
        self._unmarked: list[_Unmarked] = []

    def mark(
        self,
        interaction_id: int,
        plan_id: str,
        work: Callable[[Connection], None],
        failure: BaseException | None,
        write: Callable[[str, Callable[[Connection], None]], None],
    ) -> None:
        """Have `write` do the work that marks an interaction.

        An error of the database is logged, and kept for `try_again`, where the interaction failed of one that is
        being handled; it is raised where none is.
        """
        try:
            write(plan_id, work)
        except DatabaseError as error:
            if failure is None:
                raise
            logger.error("interaction %d could not be marked as failed: %s", interaction_id, error)
            self._unmarked.append(_Unmarked(plan_id, work, failure))

    def try_again(
        self,
        write: Callable[[str, Callable[[Connection], None]], None],
        before: Callable[[], None] = lambda: None,
    ) -> None:
        """Mark what could not be marked, after `before`.

        An error of the database does not replace an exception that such an interaction failed of and that is on its
        way out.
        """
        on_its_way = [error for error, _ in chain_of(sys.exception())]
        unmarked, self._unmarked = self._unmarked, []
        try:
            before()
            for mark in unmarked:
                write(mark.plan_id, mark.work)
        except DatabaseError as error:
            if not any(mark.failure is link for mark in unmarked for link in on_its_way):
                raise
            logger.error("plan %s: interactions stay pending: %s", unmarked[0].plan_id, error)


# ---- The service (b4bea966)

_MOMENT_SECONDS = 2.0


class DatabaseService:
    """Writes the model calls and the files of tasks into the database that `PIPELINE_DATABASE_URL` names.

    Without that variable it is the file `pipeline.db` of the working directory. The tables are made where there are
    none. Between two calls no connection and no transaction is held, so a model may take as long as it likes. Each
    write is a transaction of its own, is repeated while the database is away, and may be repeated without changing the
    outcome. Threads may share a service, and forked processes may go on with it. All methods raise
    DatabaseUnavailableError after an outage that outlasts the policy, DatabaseError if the database refuses,
    ConfigurationError for arguments that make no sense.
    """

    def __init__(self, engine: Engine | None = None, policy: RetryPolicy | None = None) -> None:
        self._engine = get_engine() if engine is None else engine
        self._policy = RetryPolicy.from_environment() if policy is None else policy
        self._dialect = self._engine.dialect.name
        self._plans: set[str] = set()
        self._plan_of_interaction: dict[int, str] = {}
        self._unmarked = UnmarkedInteractions()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the use of this service. It holds no connection; the engine's pool is shared and stays.

        What could not be marked as failed is tried once more. An error of the database does not replace an
        exception that such an interaction failed of and that is on its way out.
        """
        self._unmarked.try_again(self._write_or_give_up)

    def create_llm_interaction(self, data: Mapping[str, Any]) -> InteractionRecord:
        """Insert an interaction and return it with its `id`.

        Takes plan_id, llm_model, stage, prompt_text; optionally status (default `pending`), created_at,
        interaction_key (default: a fresh one), and what is in BESIDE.
        """
        values = new_interaction(data)
        statement = insert_interaction(self._dialect)
        plan_id = values["plan_id"]
        created: int = self._write_for_plan(plan_id, lambda c: c.execute(statement, values).scalar_one())
        self._plan_of_interaction[created] = plan_id
        return InteractionRecord(id=created)

    def update_llm_interaction(self, interaction_id: int, data: Mapping[str, Any]) -> None:
        """Set columns of an interaction.

        Takes any of status, llm_model, response_text, completed_at (naive means UTC; by default the time at which a
        status ends the interaction), duration_seconds, error_message (API keys are taken out), input_tokens,
        output_tokens, total_tokens, which are NULL unless they are counts, and what is in
        BESIDE. One that completes has no error any more unless one is given.

        Where one is marked as failed while the exception that `error_message` describes is being handled, the
        causes of that exception are stored with it. It is then also not replaced by an error of the database, which
        is logged; `close` tries again, and if that is in vain the interaction stays pending, as after a kill.
        """
        change = change_to_store(interaction_id, data)
        statement = update_interaction(frozenset(change.values))
        parameters = {**change.values, "interaction_id": interaction_id}
        plan_id = self._plan_of_interaction.get(interaction_id) or f"of interaction {interaction_id}"

        def work(connection: Connection) -> None:
            if connection.execute(statement, parameters).rowcount != 1:
                raise DatabaseError(f"there is no LLM interaction {interaction_id}")

        self._unmarked.mark(interaction_id, plan_id, work, change.failure, self._write)

    def create_plan_content(self, data: Mapping[str, Any]) -> None:
        """Insert the content of a file, or replace it: there is one row per plan and file name.

        Takes plan_id, filename, stage, content (str or bytes); optionally content_type and content_size_bytes,
        which is computed again anyhow.
        """
        values = content_row(data)
        statement = upsert_content(self._dialect)
        self._write_for_plan(values["plan_id"], lambda c: c.execute(statement, values))

    def _write_for_plan(self, plan_id: str, work: Callable[[Connection], T]) -> T:
        """Write, in one transaction with the plan's own row if nobody has made that yet."""
        if plan_id in self._plans:
            return self._write(plan_id, work)
        now = datetime.now(UTC)

        def with_plan(connection: Connection) -> T:
            plan = {"plan_id": plan_id, "status": "running", "created_at": now, "updated_at": now}
            if connection.execute(insert_plan(self._dialect), plan).first() is not None:
                begin_empty(connection, plan_id)
            return work(connection)

        result = self._write(plan_id, with_plan)
        self._plans.add(plan_id)
        return result

    def _write(self, plan_id: str, work: Callable[[Connection], T]) -> T:
        ensure_tables(self._engine, self._policy)
        return run_transaction(self._engine, work, subject=f"plan {plan_id}", policy=self._policy)

    def _write_or_give_up(self, plan_id: str, work: Callable[[Connection], None]) -> None:
        moment = RetryPolicy(patience_seconds=_MOMENT_SECONDS)
        run_transaction(self._engine, work, subject=f"plan {plan_id}", policy=moment)


# ---- Answers that come in parts (5399331e)

_part_log = logging.getLogger(__name__)
_DEEPEST = 12

_NOT_JOINED = frozenset({"role", "id", "type", "name", "index"})
"""What a part says anew, and does not go on with; parts that hold themselves are followed as far as is sensible."""


def kept_part(part: object) -> Any:
    """Return a part as data, whatever becomes of it later; its class where it cannot be told."""
    try:
        return part_as_data(part)
    except Exception as error:  # parts of anybody's: what they do must not end the loop that reads them
        _part_log.warning("a part of an answer is recorded as its class: %s", type(error).__name__)
        return type(part).__name__


def answer_of_parts(data: Sequence[Any]) -> Any:
    """Return the answer of some parts, each as data: a text for texts, else data in the form of a whole answer.

    Nothing is lost where that fails: then it is the list of the parts.
    """
    if all(isinstance(part, str) for part in data):
        return "".join(data)
    told = [one for one in data if isinstance(one, dict)]
    try:
        for form in _PARTED_FORMS:
            if (answer := form(told)) is not None:
                return answer
    except Exception as error:  # parts of anybody's; what they are is still recorded
        _part_log.warning("an answer in parts is recorded part by part: %s", type(error).__name__)
    return list(data)


def part_as_data(part: object, depth: int = 0) -> Any:
    """Return a part as data: what it says of itself, else what it holds."""
    if isinstance(part, str | int | float | bool | None):
        return part
    if depth > _DEEPEST:
        return type(part).__name__
    if isinstance(part, Mapping):
        return {str(name): part_as_data(value, depth + 1) for name, value in part.items()}
    if isinstance(part, list | tuple):
        return [part_as_data(value, depth + 1) for value in part]
    dump = getattr(part, "model_dump", None)
    if callable(dump):
        try:
            return dump(mode="json", warnings=False)
        except Exception:  # one that takes no such arguments, or cannot say itself as JSON
            return part_as_data(dump(), depth + 1)
    held = getattr(part, "_value_", getattr(part, "__dict__", None))
    return str(part) if held is None else part_as_data(held, depth + 1)


def _chat_answer(data: list[dict[str, Any]]) -> dict[str, Any] | None:
    """OpenAI's chat, and its older completions."""
    chunks = [chunk for one in data if isinstance((chunk := _unwrapped_part(one)).get("choices"), list)]
    if not chunks:
        return None
    answer: dict[str, Any] = {}
    choices: dict[int, dict[str, Any]] = {}
    for chunk in chunks:
        answer |= {k: v for k, v in chunk.items() if k != "choices" and v is not None}
        for choice in chunk["choices"]:
            index = choice.get("index") or 0
            known = choices.setdefault(index, {"index": index})
            for name, value in choice.items():
                if name == "delta":
                    _join_parts(known.setdefault("message", {"content": None}), value or {})
                elif name == "text":
                    known["text"] = known.get("text", "") + (value or "")
                elif isinstance(value, dict):
                    _join_parts(known.setdefault(name, {}), value)
                elif value is not None:
                    known[name] = value
    for choice in choices.values():
        for call in choice.get("message", {}).get("tool_calls") or ():
            call.pop("index", None)
    if answer.get("object") == "chat.completion.chunk":
        answer["object"] = "chat.completion"
    return {**answer, "choices": [choices[index] for index in sorted(choices)]}


def _unwrapped_part(one: dict[str, Any]) -> dict[str, Any]:
    """The chunk in an event: Mistral's has it in `data`, that of OpenAI's `.stream()` in `chunk`."""
    inner = one.get("chunk") if one.get("type") == "chunk" else one.get("data")
    return inner if isinstance(inner, dict) else one


def _join_parts(known: dict[str, Any], given: Mapping[str, Any]) -> None:
    """Goes on with what is known: texts are joined, lists are too, and what has an index goes on with its own."""
    for name, value in given.items():
        before = known.get(name)
        if value is None:
            continue
        if isinstance(value, str) and isinstance(before, str) and name not in _NOT_JOINED:
            known[name] = before + value
        elif isinstance(value, dict) and isinstance(before, dict):
            _join_parts(before, value)
        elif isinstance(value, list):
            kept = before if isinstance(before, list) else [] if before is None else [before]
            for one in value:
                index = one.get("index") if isinstance(one, dict) else None
                same = next((k for k in kept if index is not None and k.get("index") == index), None)
                if same is None:
                    kept.append(one)
                else:
                    _join_parts(same, one)
            known[name] = kept
        elif isinstance(before, list):
            before.append(value)
        else:
            known[name] = value


def _responses_answer(data: list[dict[str, Any]]) -> dict[str, Any] | None:
    """OpenAI's responses, whose last event has the whole answer."""
    events = [one for one in data if str(one.get("type", "")).startswith("response.")]
    if not events:
        return None
    whole = [e["response"] for e in events if isinstance(e.get("response"), dict)]
    if whole and events[-1]["type"] in {"response.completed", "response.incomplete", "response.failed"}:
        return dict(whole[-1])
    text = "".join(e.get("delta") or "" for e in events if e["type"] == "response.output_text.delta")
    said = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}
    return {**(whole[-1] if whole else {"object": "response"}), "output": [said]}


def _message_answer(data: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Anthropic's messages."""
    begun = next((one.get("message") for one in data if one.get("type") == "message_start"), None)
    if not isinstance(begun, dict):
        return None
    answer, usage = dict(begun), dict(begun.get("usage") or {})
    blocks: dict[int, dict[str, Any]] = {}
    inputs: dict[int, str] = {}
    for one in data:
        kind, index = one.get("type"), one.get("index") or 0
        if kind == "content_block_start":
            blocks[index] = dict(one["content_block"])
        elif kind == "content_block_delta":
            block = blocks.setdefault(index, {})
            for name, value in one["delta"].items():
                if name == "partial_json":
                    inputs[index] = inputs.get(index, "") + (value or "")
                elif name == "citation":
                    block["citations"] = [*(block.get("citations") or ()), value]
                elif name != "type" and value is not None:
                    block[name] = (block.get(name) or "") + value
        elif kind == "message_delta":
            answer |= {k: v for k, v in one["delta"].items() if v is not None}
            usage |= {k: v for k, v in (one.get("usage") or {}).items() if v is not None}
    for index, text in inputs.items():
        blocks[index]["input"] = _as_far_as_it_is_json(text)
    return {**answer, "content": [blocks[index] for index in sorted(blocks)], "usage": usage}


def _as_far_as_it_is_json(text: str) -> Any:
    try:
        return json.loads(text or "{}")
    except ValueError:
        return text


def _candidates_answer(data: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Google's."""
    chunks = [one for one in data if "candidates" in one]
    if not chunks:
        return None
    answer: dict[str, Any] = {}
    candidates: dict[int, dict[str, Any]] = {}
    for chunk in chunks:
        answer |= {k: v for k, v in chunk.items() if k != "candidates" and v is not None}
        for candidate in chunk["candidates"] or ():
            index = candidate.get("index") or 0
            known = candidates.setdefault(index, {"content": {"parts": []}})
            known |= {k: v for k, v in candidate.items() if k != "content" and v is not None}
            content = candidate.get("content") or {}
            known["content"] |= {k: v for k, v in content.items() if k != "parts" and v is not None}
            for part in content.get("parts") or ():
                _add_to_parts(known["content"]["parts"], part)
    return {**answer, "candidates": [candidates[index] for index in sorted(candidates)]}


def _add_to_parts(parts: list[dict[str, Any]], part: dict[str, Any]) -> None:
    given = {k: v for k, v in part.items() if v is not None}
    last = parts[-1] if parts else {}
    if "text" in given and "text" in last and given.get("thought") == last.get("thought"):
        last |= {**given, "text": last["text"] + given["text"]}
    elif given:
        parts.append(given)


def _ollama_answer(data: list[dict[str, Any]]) -> dict[str, Any] | None:
    chunks = [one for one in data if isinstance(one.get("done"), bool)]
    if not chunks:
        return None
    answer: dict[str, Any] = {}
    for chunk in chunks:
        message, text = chunk.get("message"), chunk.get("response")
        answer |= {k: v for k, v in chunk.items() if k not in {"message", "response"} and v is not None}
        if isinstance(message, dict):
            _join_parts(answer.setdefault("message", {}), message)
        if isinstance(text, str):
            answer["response"] = answer.get("response", "") + text
    return answer


def _cohere_answer(data: list[dict[str, Any]]) -> dict[str, Any] | None:
    begun = next((one for one in data if one.get("type") == "message-start"), None)
    if begun is None:
        return None
    message: dict[str, Any] = {"role": "assistant"}
    answer: dict[str, Any] = {"id": begun.get("id")}
    lists: dict[str, dict[int, dict[str, Any]]] = {"content": {}, "tool_calls": {}}
    for one in data:
        delta = one.get("delta") or {}
        if one.get("type") == "message-end":
            answer |= {k: v for k, v in delta.items() if v is not None}
            continue
        for name, value in (delta.get("message") or {}).items():
            if name in lists and isinstance(value, dict):
                _join_parts(lists[name].setdefault(one.get("index") or 0, {}), value)
            elif isinstance(value, str) and name != "role":
                message[name] = message.get(name, "") + value
    for name, found in lists.items():
        if found:
            message[name] = [found[index] for index in sorted(found)]
    return {**answer, "message": message}


_PARTED_FORMS = (
    _chat_answer,
    _responses_answer,
    _message_answer,
    _candidates_answer,
    _ollama_answer,
    _cohere_answer,
)


# ---- Streams that are recorded while they are read (336aedbe)

_TEXTS = frozenset({"text_stream"})
"""Members of streams that give their texts, and are read in place of the stream."""

_READ_TO_THE_END = frozenset(
    "get_final_message get_final_text get_final_completion get_final_response until_done".split()
)
"""Methods of streams that read them to their end."""

HELD_ANSWERS = ("current_message_snapshot", "current_completion_snapshot")
"""Members of streams that have what has come so far, as a whole answer."""


def answer_held_by(stream: object) -> object:
    """Return the answer that a stream itself has put together so far, None where it does not."""
    for name in HELD_ANSWERS:
        if hasattr(type(stream), name):
            try:
                return getattr(stream, name)
            except Exception:
                # Nothing has come yet.
                return None
    return None


class StreamedCall(Protocol):
    """What a stream tells the call that it answers."""

    def part(self, part: object) -> None:
        """A part has come."""

    def end_of_stream(self, answer: object = None) -> None:
        """The last part has come, or nobody reads on."""

    def fail(self, error: BaseException | str | None = None) -> None:
        """The stream has broken off."""


class RecordedStream:
    """What every recorded stream has in common: all that it does not do itself, the stream in it does."""

    def __init__(self, stream: Any, call: StreamedCall) -> None:
        object.__setattr__(self, "_recorded_stream", stream)
        object.__setattr__(self, "_recorded_iterator", None)
        object.__setattr__(self, "_recorded_call", call)

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return type(self._recorded_stream)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._recorded_stream, name)
        if name in _TEXTS:
            is_async = hasattr(type(found), "__aiter__")
            return self._texts_later(found) if is_async else self._texts(found)
        if (name in _READ_TO_THE_END or name in {"close", "aclose"}) and callable(found):
            return self._to_the_end(name, found)
        return found

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._recorded_stream, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._recorded_stream, name)

    def __dir__(self) -> Any:
        return dir(self._recorded_stream)

    def __repr__(self) -> str:
        return repr(self._recorded_stream)

    def _ended(self, result: object = None) -> None:
        """The end, by a method with a result: an answer that has more than its text, or nothing."""
        said = answer_held_by(self._recorded_stream)
        if said is None and not isinstance(result, str) and result is not self._recorded_stream:
            said = result
        self._recorded_call.end_of_stream(said)

    def _left(self, error: BaseException | None) -> None:
        if error is None:
            self._ended()
        else:
            self._recorded_call.fail(error)

    def _texts(self, texts: Any) -> Iterator[Any]:
        try:
            for text in texts:
                self._recorded_call.part(text)
                yield text
        except GeneratorExit:
            self._ended()
            raise
        except BaseException as error:
            self._recorded_call.fail(error)
            raise
        self._ended()

    async def _texts_later(self, texts: Any) -> AsyncIterator[Any]:
        try:
            async for text in texts:
                self._recorded_call.part(text)
                yield text
        except GeneratorExit:
            self._ended()
            raise
        except BaseException as error:
            self._recorded_call.fail(error)
            raise
        self._ended()

    def _to_the_end(self, name: str, method: Any) -> Any:
        if iscoroutinefunction(method):

            async def later(*given: Any, **named: Any) -> Any:
                try:
                    result = await method(*given, **named)
                except BaseException as error:
                    self._recorded_call.fail(error)
                    raise
                self._ended(result if name in _READ_TO_THE_END else None)
                return self if result is self._recorded_stream else result

            return later

        def now(*given: Any, **named: Any) -> Any:
            try:
                result = method(*given, **named)
            except BaseException as error:
                self._recorded_call.fail(error)
                raise
            self._ended(result if name in _READ_TO_THE_END else None)
            return self if result is self._recorded_stream else result

        return now


class RecordedSyncStream(RecordedStream):
    """A stream that is read by `for`."""

    def __iter__(self) -> Any:
        object.__setattr__(self, "_recorded_iterator", iter(self._recorded_stream))
        return self

    def __next__(self) -> Any:
        iterator = self._recorded_iterator
        try:
            part = next(self._recorded_stream if iterator is None else iterator)
        except StopIteration:
            self._ended()
            raise
        except BaseException as error:
            self._recorded_call.fail(error)
            raise
        self._recorded_call.part(part)
        return part

    def __enter__(self) -> Any:
        entered = type(self._recorded_stream).__enter__(self._recorded_stream)
        return self if entered is self._recorded_stream else recorded_stream(entered, self._recorded_call)

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> Any:
        is_swallowed = type(self._recorded_stream).__exit__(self._recorded_stream, kind, error, trace)
        self._left(error)
        return is_swallowed


class RecordedAsyncStream(RecordedStream):
    """A stream that is read by `async for`."""

    def __aiter__(self) -> Any:
        object.__setattr__(self, "_recorded_iterator", aiter(self._recorded_stream))
        return self

    async def __anext__(self) -> Any:
        iterator = self._recorded_iterator
        try:
            part = await anext(self._recorded_stream if iterator is None else iterator)
        except StopAsyncIteration:
            self._ended()
            raise
        except BaseException as error:
            self._recorded_call.fail(error)
            raise
        self._recorded_call.part(part)
        return part

    async def __aenter__(self) -> Any:
        entered = await type(self._recorded_stream).__aenter__(self._recorded_stream)
        return self if entered is self._recorded_stream else recorded_stream(entered, self._recorded_call)

    async def __aexit__(self, kind: Any, error: BaseException | None, trace: Any) -> Any:
        is_swallowed = await type(self._recorded_stream).__aexit__(self._recorded_stream, kind, error, trace)
        self._left(error)
        return is_swallowed


class RecordedStreamOfBoth(RecordedSyncStream, RecordedAsyncStream):
    """A stream that can be read in both ways, as LiteLLM's."""


def recorded_stream(stream: Any, call: StreamedCall) -> Any:
    """Return a stream that is read as the given one is, and tells the call what comes."""
    kind = type(stream)
    is_async = hasattr(kind, "__aiter__") or hasattr(kind, "__aenter__")
    is_sync = hasattr(kind, "__iter__") or hasattr(kind, "__enter__")
    if is_async and is_sync:
        return RecordedStreamOfBoth(stream, call)
    return (RecordedAsyncStream if is_async else RecordedSyncStream)(stream, call)


# ---- Prompts, answers and files as they are stored (201a7375)

_TYPES = {".json": "json", ".md": "markdown", ".html": "html", ".csv": "csv"}

TOKENS = frozenset({"input_tokens", "output_tokens", "total_tokens"})
"""What the attempt of an executor counts."""
_STRUCTURES = ("to_dict", "raw_response_dict", "model_dump")


def stage_of(name: str) -> str:
    """Return the `stage` of a class of tasks: its name in snake_case, without `Task`."""
    stem = name.removesuffix("Task") or name
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", stem).lower()


def prompt_as_text(prompt: object) -> str:
    """Return a text as it is, anything else as JSON; an object in it stands as what it holds."""
    return prompt if isinstance(prompt, str) else json.dumps(prompt, ensure_ascii=False, default=_held)


def response_as_text(raw: object, answer: object) -> str:
    """Return a response as text: `raw`, else what the answer says of itself, never its address.

    Raises:
        ConfigurationError: there is neither.
    """
    if raw is not None:
        return raw if isinstance(raw, str) else json.dumps(raw, ensure_ascii=False, default=_held)
    if isinstance(answer, str):
        return answer
    if isinstance(answer, dict | list):
        return json.dumps(answer, ensure_ascii=False, default=_held)
    for name in _STRUCTURES:
        structure = getattr(answer, name, None)
        if callable(structure):
            return json.dumps(structure(), indent=2, default=str)
    text = getattr(answer, "text", None)
    if isinstance(text, str):
        return text
    raise ConfigurationError(f"complete: give raw=, since {type(answer).__name__} does not say what it holds")


def asked_model(model: object, otherwise: str) -> str:
    """Return the name of the model that is asked; never an object's own text, which can hold a key."""
    if model is None:
        return otherwise
    if isinstance(model, str):
        return model
    for name in ("model", "model_name", "name"):
        # A property of somebody else's class may raise anything, and must not end the call that is to be recorded.
        with contextlib.suppress(Exception):
            found = getattr(model, name, None)
            if isinstance(found, str):
                return found
    return type(model).__name__


def answered_by(executor: object, answer: object, asked: str, wanted: Collection[str]) -> dict[str, Any]:
    """Return the columns that say which model answered, why its answer ends, and what it counted.

    Args:
        executor: what made the attempts, None where the model was asked directly.
        answer: what it gave.
        asked: the model that was booked before.
        wanted: what the service has a column for.
    """
    attempt = _last_attempt(executor)
    if attempt is None:
        return facts_of(answer, wanted)
    counts = {name: getattr(attempt, name, None) for name in sorted(TOKENS & set(wanted))}
    model = asked_model(getattr(attempt, "llm_model", None), asked)
    return {"llm_model": model, **{name: count for name, count in counts.items() if count is not None}}


def row_values(name: str, content: str | bytes, content_type: str | None) -> dict[str, Any]:
    """Return the columns of a row of `plan_content` that a file gives."""
    known = _TYPES.get(PurePath(name).suffix.lower(), "binary" if isinstance(content, bytes) else "txt")
    return {"filename": name, "content_type": content_type or known, "content": content}


def content_of_file(path: object) -> str | bytes | None:
    """Return what a file holds, as text where it is UTF-8; None where there is no file."""
    file = Path(str(path))
    if not file.is_file():
        return None
    data = file.read_bytes()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data


def digest_of(content: str | bytes) -> bytes:
    """Return what tells one content of a file from another."""
    return hashlib.sha256(
        content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    ).digest()


def name_of(path: object, directory: object) -> str:
    """Return a path as a row's name: below the run directory.

    Raises:
        ConfigurationError: it is not below it.
    """
    name = os.path.relpath(str(path), str(directory) if directory is not None else None)
    if PurePath(name).parts[:1] in {(), (os.pardir,)}:
        raise ConfigurationError(f"{path} is not below the run directory; give the row's name")
    return name.replace(os.sep, "/")


def _last_attempt(executor: object) -> object:
    """The attempt that gave the answer, None where the executor does not say."""
    last = getattr(executor, "get_last_attempt", None)
    if callable(last):
        return last()
    attempts = getattr(executor, "attempts", None)
    good = [a for a in attempts if getattr(a, "success", False)] if isinstance(attempts, list) else []
    return good[-1] if good else None


def _held(value: object) -> object:
    """What an object holds; a member of an enumeration is its value."""
    return getattr(value, "_value_", getattr(value, "__dict__", str(value)))


# ---- A model call of the steps (78991511)

_NEVER_COMPLETED = "the block was left before the call was completed"
_NEVER_READ = "nothing of the stream was read"
_NOT_GIVEN = object()


class Service(Protocol):
    """What the steps ask of a database service, whosever it is."""

    def create_llm_interaction(self, data: Mapping[str, Any], /) -> Any:
        """Insert an interaction and return something with its `id`."""

    def update_llm_interaction(self, interaction_id: Any, data: Mapping[str, Any], /) -> object:
        """Set columns of an interaction."""

    def create_plan_content(self, data: Mapping[str, Any], /) -> object:
        """Insert or replace the content of a file."""

    def close(self) -> object:
        """End the use of the service."""


class Block(Protocol):
    """What a call asks of the `with` block that it is made in: `DatabaseSteps`."""

    @property
    def columns(self) -> frozenset[str]:
        """What the service takes beside the columns of the steps."""

    def service(self) -> Service:
        """The service of this thread."""

    def end(self, service: Service, interaction_id: Any, values: Mapping[str, Any]) -> None:
        """Set the last values of an interaction."""

    def note(self, work: Callable[[Service], Any]) -> Any:
        """Do something with the service, and keep its error for the end of the block."""


class LlmCall:
    """One call of a model, recorded from before it is made. `DatabaseSteps.llm_call` gives one."""

    def __init__(self, steps: Block, interaction_id: Any, asked: str, executor: object) -> None:
        self._steps = steps
        self._id = interaction_id
        self._asked = asked
        self._executor = executor
        self._error: str | BaseException = _NEVER_COMPLETED
        self._began = time.perf_counter()
        self._is_open = True
        self._is_streamed = False
        self._parts: list[object] = []
        self._first_part: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether the call is neither completed nor marked as failed."""
        return self._is_open

    def complete(self, raw: object = _NOT_GIVEN, *, answer: object = None) -> None:
        """Record the answer; the time since `llm_call` is the call's.

        Args:
            raw: the response as text, or data that is stored as JSON; None where there is none. Without it the answer
                says itself.
            answer: what the model gave: its model and its text, where it has them, are recorded.

        Raises:
            ConfigurationError: the call has ended already, or nothing says what the answer is as text.
        """
        duration = time.perf_counter() - self._began
        if not self._is_open:
            raise ConfigurationError("complete: this call has ended already")
        is_nothing = raw is None and answer is None
        said = None if raw is _NOT_GIVEN else raw
        values: dict[str, Any] = {
            "status": "completed",
            "response_text": None if is_nothing else response_as_text(said, answer),
            "duration_seconds": duration,
            **answered_by(self._executor, answer, self._asked, self._steps.columns & FACTS),
        }
        self._steps.note(lambda service: self._steps.end(service, self._id, values))
        self._is_open = False

    def stream(self, stream: Any) -> Any:
        """Return a stream that is read as the given one is, and is recorded while that is done.

        The call is completed when the stream has been read to its end, or is closed, or with what has been read of it
        when the block is left; it has failed where the stream breaks off. The answer is put together in the form that
        it has when it comes whole; `first_chunk_seconds` is when the first part came.
        """
        self._is_streamed = True
        return recorded_stream(stream, self)

    def part(self, part: object) -> None:
        """Note a part of an answer that is read here, not by way of `stream`; `end_of_stream` completes the call."""
        if self._is_open:
            self._is_streamed = True
            if self._first_part is None:
                self._first_part = time.perf_counter()
            # As it is now: whoever reads it may change it, or the package may fill it again.
            self._parts.append(kept_part(part))

    def end_of_stream(self, answer: object = None) -> None:
        """Complete the call with the parts that came; once is enough. Without a part it has failed.

        Args:
            answer: what is made of the parts, or a stream that holds what has come of its answer.
        """
        if not self._is_open:
            return
        if any(hasattr(type(answer), name) for name in HELD_ANSWERS):
            answer = answer_held_by(answer)
        if answer is None and not self._parts:
            self.fail(_NEVER_READ)
            return
        said = answer_of_parts(self._parts) if answer is None else kept_part(answer)
        duration = time.perf_counter() - self._began
        values: dict[str, Any] = {
            "status": "completed",
            "response_text": _whole(said),
            "duration_seconds": duration,
            **answered_by(self._executor, said, self._asked, self._steps.columns & FACTS),
        }
        if self._first_part is not None and "first_chunk_seconds" in self._steps.columns:
            values["first_chunk_seconds"] = self._first_part - self._began
        self._steps.note(lambda service: self._steps.end(service, self._id, values))
        self._is_open = False
        self._parts.clear()

    def fail(self, error: BaseException | str | None = None) -> None:
        """Mark the call as failed with an error and its causes; nothing happens where it has ended already.

        An error of the database is logged, and marking is tried once more at the end of the block.

        Args:
            error: an exception or a text; by default the exception that is being handled.
        """
        if not self._is_open:
            return
        self._error = error or sys.exc_info()[1] or _NEVER_COMPLETED
        try:
            self.mark_failed()
        except Exception as problem:
            logger.error("an LLM call could not be marked as failed yet: %s", redact(described(problem)))

    def mark_failed(self) -> None:
        """Mark the call as failed. Raises what the service raises; the call is open then as before."""
        error = self._error
        message = error if isinstance(error, str) else with_causes(error)
        values: dict[str, Any] = {"status": "failed", "error_message": redact(message)}
        if isinstance(error, BaseException) and "error_type" in self._steps.columns:
            values["error_type"] = type(error).__name__
        # What goes wrong here is no reason for the block to fail: it fails of the error that is being recorded.
        self._steps.end(self._steps.service(), self._id, values)
        self._is_open = False

    def leave(self, error: BaseException | None) -> None:
        """End the call when the block is left.

        It fails of the error that the block is left by, unless it has one of its own. A stream of which something was
        read is complete where there is no error: nobody reads on. Raises what the service raises.
        """
        if error is None and self._error is _NEVER_COMPLETED and self._is_streamed:
            if self._parts:
                self.end_of_stream()
                return
            self._error = _NEVER_READ
        if error is not None and self._error is _NEVER_COMPLETED:
            self._error = error
        self.mark_failed()


def _whole(answer: object) -> str:
    """An answer that came in parts, as text."""
    if isinstance(answer, str):
        return answer
    return json.dumps(answer, ensure_ascii=False, default=str)


# ---- The steps as a block (2be55ef4)

class DatabaseSteps:
    """Records the model calls of a task and the files that it writes. Use it by `with`.

    When the block is left, calls that are still open are marked as failed with the exception that leaves it, and the
    services are closed; an error of the database while doing so is logged where an exception is on its way, and
    raised where none is. An error of the database inside of the block comes out of it as it is, even where an `except`
    in between has ended it or made another one of it, and until then no further call and no further file is recorded.
    Threads may share one: each of them has a service of its own.

    Args:
        open_service: opens a database service; called when the block is entered, and once in each further thread.
        plan_id: the plan that the task belongs to.
        stage: the `stage` of the task's rows.
        model: booked where nothing better is known.
        run_directory: the directory that files are named below.
        columns: what the service takes beside the columns of the steps: of `error_type`, `input_tokens`,
            `output_tokens`, `total_tokens`, `cached_input_tokens`, `reasoning_tokens`, `finish_reason`, `response_id`,
            `first_chunk_seconds`, `parameters`.
        is_complete: whether the service computes sizes and times of completion itself.
    """

    def __init__(
        self,
        open_service: Callable[[], Service],
        plan_id: str,
        stage: str,
        *,
        model: str = "unknown",
        run_directory: object = None,
        columns: Collection[str] = (),
        is_complete: bool = False,
    ) -> None:
        self._columns = frozenset(columns)
        self._open_service = open_service
        self._plan_id = plan_id
        self._stage = stage
        self._model = model
        self._run_directory = run_directory
        self._is_complete = is_complete
        self._lock = threading.Lock()
        self._services: dict[int, Service] = {}
        self._calls: list[LlmCall] = []
        self._stored: dict[str, bytes] = {}
        self._problem: Exception | None = None
        self._is_entered = False

    @property
    def columns(self) -> frozenset[str]:
        """What the service takes beside the columns of the steps."""
        return self._columns

    def __enter__(self) -> Self:
        if self._is_entered:
            raise ConfigurationError("database_steps: this block has been entered already")
        self._is_entered = True
        self.service()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        problems = [problem for call in self._calls if (problem := _marked(call, error)) is not None]
        problems += [
            problem for service in self._services.values() if (problem := _closed(service)) is not None
        ]
        self._services.clear()
        self._is_entered = False
        ended = self._problem
        if ended is not None and error is not ended and isinstance(error, Exception | None):
            # What handlers made of it says nothing of what the database said.
            raise ended from ended.__cause__
        if problems and error is None:
            raise problems[0]
        for problem in problems:
            logger.error("leaving the database steps: %s", redact(described(problem)))

    def llm_call(
        self,
        *,
        prompt: object,
        executor: object = None,
        model: object = None,
        stage: str | None = None,
        parameters: object = None,
    ) -> LlmCall:
        """Record that a model is about to be asked, and return the call, whose time begins now.

        Args:
            prompt: the whole prompt: text as it is, anything else as JSON.
            executor: says after the call which model answered, by `get_last_attempt()` or `attempts`.
            model: the model that is asked: its name, or an object with a `model` or `model_name`.
            stage: instead of the task's.
            parameters: how the model is to answer, as data; stored where the service has a column for it.
        """
        asked = asked_model(model, self._model)
        values = {
            "plan_id": self._plan_id,
            "llm_model": asked,
            "stage": stage or self._stage,
            "status": "pending",
            "prompt_text": prompt_as_text(prompt),
        }
        if parameters is not None and "parameters" in self._columns:
            values["parameters"] = prompt_as_text(parameters)
        created = self._go_on(lambda service: service.create_llm_interaction(values))
        call = LlmCall(self, created.id, asked, executor)
        with self._lock:
            self._calls.append(call)
        return call

    def persist(self, name: object, content: str | bytes, *, content_type: str | None = None) -> None:
        """Store the content of a file that is written next.

        Args:
            name: the file's name below the run directory, or a member of an enumeration of such names.
            content: what the file is going to hold.
            content_type: by default that of the name's ending.
        """
        filename = str(getattr(name, "value", name))
        row = row_values(filename, content, content_type)
        if not self._is_complete:
            row["content_size_bytes"] = len(content.encode() if isinstance(content, str) else content)
        values = {"plan_id": self._plan_id, "stage": self._stage, **row}
        self._go_on(lambda service: service.create_plan_content(values))
        self._stored[filename] = digest_of(content)

    def written(self, file: Any, name: object = None) -> None:
        """Store what has been written to a file that is still open, at the end of its block.

        Args:
            file: the handle of `open(path, "w")` or of a Luigi target's `open("w")`.
            name: of the row; by default the path that the file is going to have, below the run directory.
        """
        file.flush()
        temporary = getattr(file, "tmp_path", None)
        held = content_of_file(temporary or file.name)
        if held is None:
            raise ConfigurationError(f"written: there is no file {temporary or file.name}")
        self.persist(name or name_of(file.path if temporary else file.name, self._run_directory), held)

    def read_back(self, target: Any, name: object = None) -> None:
        """Store what a file holds that was written by something that is given its path.

        Nothing is stored where there is no file, or where the row holds that already.

        Args:
            target: a path, or a target with one.
            name: of the row; by default the path below the run directory.
        """
        path = getattr(target, "path", target)
        held = content_of_file(path)
        if held is None:
            return
        filename = str(getattr(name, "value", name)) if name else name_of(path, self._run_directory)
        if self._stored.get(filename) != digest_of(held):
            self.persist(filename, held)

    def end(self, service: Service, interaction_id: Any, values: Mapping[str, Any]) -> None:
        """Set columns of an interaction that ends now."""
        moment = {} if self._is_complete else {"completed_at": datetime.now(UTC).replace(tzinfo=None)}
        service.update_llm_interaction(interaction_id, {**values, **moment})

    def note(self, work: Callable[[Service], Any]) -> Any:
        """Do something with this thread's service; what goes wrong comes out of the block."""
        if not self._is_entered:
            raise ConfigurationError("database_steps: use it by `with`, and inside of its block alone")
        try:
            return work(self.service())
        except Exception as error:
            with self._lock:
                self._problem = self._problem or error
            raise

    def _go_on(self, work: Callable[[Service], Any]) -> Any:
        """Likewise, unless something has gone wrong before: no file is written that has no row."""
        if self._problem is not None:
            raise self._problem
        return self.note(work)

    def service(self) -> Service:
        """The service of this thread."""
        thread = threading.get_ident()
        with self._lock:
            service = self._services.get(thread)
        if service is None:
            service = self._open_service()
            with self._lock:
                self._services[thread] = service
        return service


def _marked(call: LlmCall, error: BaseException | None) -> Exception | None:
    """Ends a call that is still open; gives what went wrong."""
    if call.is_open:
        try:
            call.leave(error)
        except Exception as problem:
            return problem
    return None


def _closed(service: Service) -> Exception | None:
    try:
        service.close()
    except Exception as problem:
        return problem
    return None
