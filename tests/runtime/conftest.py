"""Databases and plans for the tests of the runtime."""

import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

with warnings.catch_warnings():
    # Luigi warns at its first import of a default that this project does not use.
    warnings.simplefilter("ignore", DeprecationWarning)
    import luigi  # noqa: F401

from pipeline.database import engine as engines
from pipeline.database.retry import RetryPolicy
from pipeline.database.service import DatabaseService
from tests.browser import browser  # noqa: F401
from tests.postgres import postgres_server, postgres_tables_url, postgres_url  # noqa: F401
from tests.runtime.command import Command, assert_ended
from tests.shared import made_once
from tests.sqlite import migrated_sqlite, sqlite_tables_url, sqlite_url  # noqa: F401

IMPATIENT = RetryPolicy(patience_seconds=0.5, first_wait_seconds=0.01, longest_wait_seconds=0.1)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Start each test without settings of the machine it runs on, end it without connections."""
    for name in list(os.environ):
        if name.startswith("PIPELINE_"):
            monkeypatch.delenv(name)
    yield
    engines.dispose_engines()
    engines._engines.clear()


BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=BOTH)
def empty_database_url(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty database of each kind, made the one that the environment names."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    monkeypatch.setenv(engines.URL_VARIABLE, url)
    return url


@pytest.fixture
def empty_engine(empty_database_url: str) -> Engine:
    return engines.get_engine(empty_database_url)


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database of each kind with all tables, made the one that the environment names."""
    url: str = request.getfixturevalue(f"{request.param}_tables_url")
    monkeypatch.setenv(engines.URL_VARIABLE, url)
    return url


@pytest.fixture
def engine(database_url: str) -> Engine:
    return engines.get_engine(database_url)


@pytest.fixture
def service(engine: Engine) -> DatabaseService:
    return DatabaseService(engine, IMPATIENT)


@pytest.fixture
def sqlite_command(request: pytest.FixtureRequest, tmp_path: Path) -> Command:
    return Command(tmp_path / "work", request.getfixturevalue("sqlite_tables_url"))


@pytest.fixture
def postgres_command(request: pytest.FixtureRequest, tmp_path: Path) -> Command:
    return Command(tmp_path / "work", request.getfixturevalue("postgres_tables_url"))


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """The tiny pipeline, run from beginning to end with nothing in its way."""

    def command_in(directory: Path) -> Command:
        return Command(directory, f"sqlite:///{directory / 'pipeline.db'}")

    return command_in(
        made_once(tmp_path_factory, "tiny", lambda here: assert_ended(command_in(here).run(), 0))
    )
