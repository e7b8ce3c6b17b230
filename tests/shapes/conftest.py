"""A database for each test, and a bench that runs shapes on it."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING

import pytest

with warnings.catch_warnings():
    # Luigi warns at its first import of a default that this project does not use.
    warnings.simplefilter("ignore", DeprecationWarning)
    import luigi  # noqa: F401

from pipeline.database import engine as engines
from tests.postgres import postgres_server, postgres_tables_url  # noqa: F401
from tests.shapes.bench import Bench
from tests.sqlite import migrated_sqlite, sqlite_tables_url, sqlite_url  # noqa: F401

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start each test without settings of the machine it runs on."""
    for name in list(os.environ):
        if name.startswith("PIPELINE_"):
            monkeypatch.delenv(name)


def _use(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv(engines.URL_VARIABLE, url)
    yield url
    engine = engines._engines.pop((engines.database_url(url), ""), None)
    if engine is not None:
        engine.dispose()


@pytest.fixture
def sqlite_database(
    request: pytest.FixtureRequest, clean_environment: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    yield from _use(request.getfixturevalue("sqlite_tables_url"), monkeypatch)


@pytest.fixture
def postgres_database(
    request: pytest.FixtureRequest, clean_environment: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    yield from _use(request.getfixturevalue("postgres_tables_url"), monkeypatch)


@pytest.fixture
def bench(sqlite_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Runs shapes on SQLite."""
    return Bench(tmp_path, monkeypatch)


@pytest.fixture
def postgres_bench(postgres_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Runs shapes on PostgreSQL."""
    return Bench(tmp_path, monkeypatch)
