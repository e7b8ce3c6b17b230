"""Engines: one per URL and process, safe across `fork`, with small pools.

Luigi forks a process for each task when it has more than one worker, so the number of connections
is workers times pool size.
"""

from __future__ import annotations

import os
import sqlite3
import time
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, InvalidatePoolError

from pipeline.database.sqlite_reading import open_for_reading
from pipeline.errors import ConfigurationError

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

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

# A server that does not answer at all; each of its addresses is given so long.
_READING_CONNECT_SECONDS = 2

_FOR_READING = "reading"

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


def check_database_exists() -> None:
    """Raise ConfigurationError if the environment names an SQLite file that is not there.

    SQLite would make an empty one, beside whatever else the caller is in the wrong directory of.
    """
    url = database_url()
    if url.get_backend_name() != "sqlite" or url.database is None or url.database.startswith("file:"):
        return
    if not Path(url.database).exists():
        raise ConfigurationError(
            f"there is no database {url.database}: pipeline run makes one, {URL_VARIABLE} names another"
        )


def get_engine(url: str | URL | None = None) -> Engine:
    """Return this process's engine for `url`, or for what the environment names."""
    parsed = database_url(url)
    # A race between threads makes two engines and keeps one; a lock could be held at a fork.
    key = parsed, ""
    return _engines.get(key) or _engines.setdefault(key, make_engine(parsed))


def get_reading_engine(url: str | URL | None = None) -> Engine:
    """Return this process's engine for commands that only look.

    It needs no write access, and gives a server less time to be reached.
    """
    parsed = database_url(url)
    key = parsed, _FOR_READING
    return _engines.get(key) or _engines.setdefault(key, _make_reading_engine(parsed))


def _make_reading_engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        path = url.database or ""
        if path.startswith("file:") or url.query:
            # Whoever writes it so says how it is to be opened.
            return make_engine(url)
        engine = create_engine(
            url, hide_parameters=True, creator=partial(open_for_reading, path), poolclass=NullPool
        )
        engine = engine.execution_options(**{READ_ONLY: True})
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if "connect_timeout" not in url.query:
        url = url.update_query_dict({"connect_timeout": str(_READING_CONNECT_SECONDS)})
    return make_engine(url)


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
