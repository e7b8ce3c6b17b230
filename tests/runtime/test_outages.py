"""The database goes away and comes back; nothing that was paid for is lost."""

import sqlite3
import threading
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from pipeline.database import engine as engine_module
from pipeline.database import migrate
from pipeline.database.engine import database_url, get_engine, make_engine
from pipeline.database.retry import RetryPolicy, is_transient
from pipeline.database.service import DatabaseService
from pipeline.errors import ConfigurationError, DatabaseError, DatabaseUnavailableError
from tests.postgres import PostgresServer

INTERACTION = {"plan_id": "p", "llm_model": "m", "stage": "s", "prompt_text": "t"}
SHORT = RetryPolicy(patience_seconds=0.3, first_wait_seconds=0.05, longest_wait_seconds=0.1)
PATIENT = RetryPolicy(patience_seconds=30, first_wait_seconds=0.05, longest_wait_seconds=0.5)


@pytest.fixture
def postgres(postgres_tables_url: str) -> DatabaseService:
    engine = get_engine(postgres_tables_url)
    return DatabaseService(engine, PATIENT)


def crash_for(server: PostgresServer, seconds: float) -> threading.Thread:
    """Crash the server now and have it come back later."""
    server.crash()

    def come_back() -> None:
        time.sleep(seconds)
        server.start()

    thread = threading.Thread(target=come_back)
    thread.start()
    return thread


@pytest.mark.postgres
def test_a_write_outlives_a_crash_of_the_server(
    postgres: DatabaseService, postgres_server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    interaction = postgres.create_llm_interaction(INTERACTION)
    comeback = crash_for(postgres_server, 1.0)
    try:
        postgres.update_llm_interaction(interaction.id, {"status": "completed", "response_text": "paid for"})
    finally:
        comeback.join()
    assert postgres.count_interactions("p") == {"completed": 1}
    assert "plan p: database unavailable, attempt 1" in caplog.text


@pytest.mark.postgres
@pytest.mark.parametrize(("idle_seconds", "repeated"), [(1.1, False), (0.0, True)])
def test_a_restart_in_between_costs_no_write_and_goes_unnoticed_after_a_while(
    idle_seconds: float,
    repeated: bool,
    postgres: DatabaseService,
    postgres_server: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A connection that was idle is tried before it is used; one that was not fails, and its work is repeated."""
    interaction = postgres.create_llm_interaction(INTERACTION)
    # However long the server takes to be back, the connection's last use is this long ago.
    now = time.monotonic()
    postgres_server.crash()
    postgres_server.start()
    monkeypatch.setattr(engine_module.time, "monotonic", lambda: now + idle_seconds)
    postgres.update_llm_interaction(interaction.id, {"status": "completed"})
    assert postgres.count_interactions("p") == {"completed": 1}
    assert ("database unavailable" in caplog.text) is repeated


@pytest.mark.postgres
def test_a_crash_in_the_middle_of_a_transaction_repeats_the_whole(
    postgres: DatabaseService, postgres_server: PostgresServer
) -> None:
    passes: list[threading.Thread] = []

    def crash_after_first_statement(connection):  # type: ignore[no-untyped-def]
        connection.execute(
            text(
                "INSERT INTO plans (plan_id, status, created_at, updated_at) "
                "VALUES ('half', 'running', now(), now()) ON CONFLICT DO NOTHING"
            )
        )
        if not passes:
            passes.append(crash_for(postgres_server, 0.5))
        return connection.execute(
            text("UPDATE plans SET status = 'completed' WHERE plan_id = 'half'")
        ).rowcount

    assert postgres._write("half", crash_after_first_statement) == 1
    passes[0].join()
    assert postgres.get_plan("half").status == "completed"


@pytest.mark.postgres
def test_a_database_that_stays_away_is_one_clear_error(
    postgres: DatabaseService, postgres_server: PostgresServer
) -> None:
    impatient = DatabaseService(postgres._engine, SHORT)
    postgres_server.crash()
    try:
        with pytest.raises(DatabaseUnavailableError, match=r"plan p: the database has been unavailable"):
            impatient.create_llm_interaction(INTERACTION)
    finally:
        postgres_server.start()
    assert impatient.create_llm_interaction(INTERACTION).id == 1


@pytest.mark.postgres
def test_a_transaction_that_the_server_ends_as_idle_is_repeated(postgres: DatabaseService) -> None:
    """The server's time-out arrives as InternalError, not as OperationalError."""
    passes: list[int] = []

    def linger_once(connection):  # type: ignore[no-untyped-def]
        passes.append(1)
        if len(passes) == 1:
            connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 50"))
            time.sleep(0.3)
        return connection.execute(text("SELECT 7")).scalar_one()

    assert postgres._write("p", linger_once) == 7
    assert len(passes) == 2


@pytest.mark.postgres
def test_no_transaction_is_open_between_calls(
    postgres: DatabaseService, postgres_server: PostgresServer
) -> None:
    """What another client sees while the model thinks."""
    interaction = postgres.create_llm_interaction(INTERACTION)
    postgres.find_answer("p", "k")
    database = postgres._engine.url.database
    states = postgres_server.execute(f"SELECT state FROM pg_stat_activity WHERE datname = '{database}'")
    assert states == [("idle",)]
    postgres.update_llm_interaction(interaction.id, {"status": "completed"})


@pytest.mark.postgres
@pytest.mark.parametrize("problem", ["socket", "host", "port"])
def test_a_server_that_cannot_be_reached_is_an_outage(problem: str, tmp_path: Path) -> None:
    url = {
        "socket": f"postgresql:///x?host={tmp_path}",
        "host": "postgresql://nowhere.invalid/x",
        "port": "postgresql://127.0.0.1:1/x",
    }[problem]
    engine = make_engine(database_url(url))
    start = time.monotonic()
    with pytest.raises(DatabaseUnavailableError):
        DatabaseService(engine, SHORT).get_plan("p")
    assert time.monotonic() - start >= 0.3


@pytest.mark.postgres
def test_a_database_that_does_not_exist_is_told_at_once(postgres_server: PostgresServer) -> None:
    engine = make_engine(database_url(postgres_server.url("no_such_database")))
    with pytest.raises(DatabaseError, match="does not exist") as caught:
        DatabaseService(engine, PATIENT).get_plan("p")
    assert not isinstance(caught.value, DatabaseUnavailableError)


def test_a_locked_sqlite_file_is_waited_for(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.database.engine._SQLITE_BUSY_TIMEOUT_MS", 10)
    engine = make_engine(database_url(sqlite_url))
    migrate.upgrade(engine)
    service = DatabaseService(engine, PATIENT)
    with sqlite3.connect(engine.url.database or "", check_same_thread=False, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        release = threading.Timer(0.4, lambda: other.execute("ROLLBACK"))
        release.start()
        assert service.create_llm_interaction(INTERACTION).id == 1
        release.join()
    other.close()
    engine.dispose()


def test_sqlite_is_set_up_to_keep_what_it_commits(sqlite_url: str) -> None:
    engine = make_engine(database_url(sqlite_url))
    with engine.connect() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
        }
    engine.dispose()
    assert settings == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 30_000, "foreign_keys": 1}


def with_state(sqlstate: str) -> psycopg.Error:
    return psycopg.errors.lookup(sqlstate)("message")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OperationalError("q", {}, with_state("57P01")), True),  # shut down by an administrator
        (OperationalError("q", {}, with_state("57P03")), True),  # starting up
        (OperationalError("q", {}, with_state("53300")), True),  # too many connections
        (OperationalError("q", {}, with_state("40P01")), True),  # deadlock
        (InternalError("q", {}, with_state("25P03")), True),  # idle in transaction
        (OperationalError("q", {}, psycopg.OperationalError("server closed the connection")), True),
        (OperationalError("q", {}, psycopg.OperationalError('FATAL: database "x" does not exist')), False),
        (OperationalError("q", {}, psycopg.OperationalError("FATAL: password authentication failed")), False),
        (DBAPIError("q", {}, Exception("gone"), connection_invalidated=True), True),
        (IntegrityError("q", {}, with_state("23505")), False),
        (DBAPIError("q", {}, with_state("42P01")), False),  # no such table
        (PoolTimeoutError("full"), True),
        (ValueError("a bug"), False),
    ],
)
def test_outages_are_told_from_mistakes(error: Exception, expected: bool) -> None:
    assert is_transient(error) is expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql://h/d", "postgresql+psycopg://h/d"),
        ("postgresql+psycopg://h/d?sslmode=require", "postgresql+psycopg://h/d?sslmode=require"),
        ("sqlite:///x.db", "sqlite+pysqlite:///x.db"),
    ],
)
def test_urls_get_the_driver_spelled_out(given: str, expected: str) -> None:
    assert database_url(given).render_as_string(hide_password=False) == expected


@pytest.mark.parametrize(
    "url", ["mysql://u:hunter22@h/d", "u:hunter22@h", "sqlite://", "postgres://h:hunter22:x/d"]
)
def test_unusable_urls_are_refused_without_being_quoted(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        database_url(url)
    assert "hunter22" not in str(caught.value)
