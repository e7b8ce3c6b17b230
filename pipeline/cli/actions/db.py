"""`pipeline db`: migrate the database, or say how it stands."""

from __future__ import annotations

import sys
from typing import NoReturn

import click

from pipeline.cli.exits import EXIT_OK, EXIT_UNFINISHED
from pipeline.database import migrate
from pipeline.database.engine import get_reading_engine
from pipeline.database.retry import RetryPolicy


def upgrade() -> None:
    """Migrate to the newest revision. Raises DatabaseError, ConfigurationError."""
    migrate.upgrade()
    click.echo(f"the database is at revision {migrate.current_revision()}", err=True)


def check() -> NoReturn:
    """Print what keeps this version from working; exits. Raises DatabaseError, ConfigurationError."""
    engine, policy = get_reading_engine(), RetryPolicy.for_reading()
    problems = migrate.check(engine, policy)
    state = migrate.schema_state(engine, policy)
    for problem in problems:
        click.echo(problem)
    if not problems:
        fits = f"newer than {migrate.head_revision()}, which works with it" if state.is_newer else ""
        click.echo(
            f"the database is at revision {state.current}, {fits or 'as this version needs it'}", err=True
        )
    sys.exit(EXIT_UNFINISHED if problems else EXIT_OK)
