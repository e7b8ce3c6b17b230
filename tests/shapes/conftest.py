"""A database for each test, and a bench that runs shapes on it."""

from __future__ import annotations

import os
import shutil
import warnings
from typing import TYPE_CHECKING

import pytest

with warnings.catch_warnings():
    # Luigi warns at its first import of a default that this project does not use.
    warnings.simplefilter("ignore", DeprecationWarning)
    import luigi  # noqa: F401

from pipeline.database import engine as engines
from pipeline.database import migrate
from tests.postgres import postgres_server, postgres_url  # noqa: F401
from tests.shapes.bench import Bench

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables and no rows, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "pipeline.db"
    engine = engines.make_engine(engines.database_url(f"sqlite:///{path}"))
    migrate.upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start each test without settings of the machine it runs on."""
    for name in list(os.environ):
        if name.startswith("PIPELINE_"):
            monkeypatch.delenv(name)


def _use(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv(engines.URL_VARIABLE, url)
    yield url
    engine = engines._engines.pop(engines.database_url(url), None)
    if engine is not None:
        engine.dispose()


@pytest.fixture
def sqlite_database(
    tmp_path: Path, migrated_sqlite: Path, clean_environment: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    path = tmp_path / "pipeline.db"
    shutil.copyfile(migrated_sqlite, path)
    yield from _use(f"sqlite:///{path}", monkeypatch)


@pytest.fixture
def postgres_database(
    request: pytest.FixtureRequest, clean_environment: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    url = request.getfixturevalue("postgres_url")
    engine = engines.make_engine(engines.database_url(url))
    migrate.upgrade(engine)
    engine.dispose()
    yield from _use(url, monkeypatch)


@pytest.fixture
def bench(sqlite_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Runs shapes on SQLite."""
    return Bench(tmp_path, monkeypatch)


@pytest.fixture
def postgres_bench(postgres_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Runs shapes on PostgreSQL."""
    return Bench(tmp_path, monkeypatch)
