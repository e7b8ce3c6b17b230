"""Real servers: processes of their own, on ports that are free."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.browser import browser  # noqa: F401
from tests.postgres import postgres_server, postgres_tables_url, postgres_url  # noqa: F401
from tests.runtime.command import Command, assert_ended
from tests.runtime.conftest import (  # noqa: F401
    clean_environment,
    postgres_command,
    sqlite_command,
)
from tests.server.served import Served, served
from tests.sqlite import migrated_sqlite, sqlite_tables_url, sqlite_url  # noqa: F401

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """The tiny pipeline, run to its end."""
    directory = tmp_path_factory.mktemp("done")
    command = Command(directory, f"sqlite:///{directory / 'pipeline.db'}")
    assert_ended(command.run(), 0)
    return command


@pytest.fixture(scope="module")
def server(done: Command) -> Iterator[Served]:
    """A server of a plan that is done."""
    with served(done) as running:
        yield running


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """Starts servers that end with the test."""
    with ExitStack() as stack:
        yield lambda command, *options, **environment: stack.enter_context(
            served(command, *options, **environment)
        )


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def command(request: pytest.FixtureRequest, tmp_path: Path) -> Command:
    """A database of each kind with all tables, and a directory."""
    found: Command = request.getfixturevalue(f"{request.param}_command")
    return found
