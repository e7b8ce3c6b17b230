"""SQLite files with all tables, copied: the migrations take a hundred times as long.

Import the fixtures into a conftest.py: `from tests.sqlite import migrated_sqlite, sqlite_tables_url, sqlite_url`.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from pipeline.database import engine as engines
from pipeline.database import migrate
from tests.shared import made_once

if TYPE_CHECKING:
    from pathlib import Path

NAME = "pipeline.db"


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with all tables and no rows, to be copied."""

    def make(directory: Path) -> None:
        engine = engines.make_engine(engines.database_url(f"sqlite:///{directory / NAME}"))
        migrate.upgrade(engine)
        # The last connection that is closed leaves everything in the one file that is copied.
        engine.dispose()
        assert [path.name for path in directory.iterdir()] == [NAME]

    return made_once(tmp_path_factory, "migrated-sqlite", make) / NAME


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """URL of a file that is not there yet."""
    return f"sqlite:///{tmp_path / NAME}"


@pytest.fixture
def sqlite_tables_url(sqlite_url: str, tmp_path: Path, migrated_sqlite: Path) -> str:
    """URL of a file with all tables."""
    shutil.copyfile(migrated_sqlite, tmp_path / NAME)
    return sqlite_url
