"""Runs a transaction, again if need be, until it commits or the database has been away for too long."""

import logging
import os
import random
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from pipeline.database.engine import READ_ONLY
from pipeline.database.shown_url import shown_url
from pipeline.errors import ConfigurationError, DatabaseError, DatabaseUnavailableError
from pipeline.redaction import redact

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
        return min(doubled, self.longest_wait_seconds) + random.uniform(0, self.first_wait_seconds)  # noqa: S311


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
                connection = connection.execution_options(**{READ_ONLY: True})  # noqa: PLW2901 - same connection
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
