"""`pipeline health`: whether runs live and the database is ready."""

from __future__ import annotations

import sys
from typing import NoReturn

import click

from pipeline.cli.as_json import as_json
from pipeline.cli.exits import EXIT_OK, EXIT_UNFINISHED
from pipeline.database.engine import get_reading_engine
from pipeline.database.retry import RetryPolicy
from pipeline.database.service import DatabaseService
from pipeline.plans.health import examine_soon
from pipeline.terminal import printable_line

_SECONDS = 4.0
"""A probe has five, the start of the process included, unless its container is told otherwise."""


def health(*, question: str | None, output_format: str) -> NoReturn:
    """Print how it stands, and exit by what was asked. Raises ConfigurationError."""
    engine, policy = get_reading_engine(), RetryPolicy.for_reading()
    found = examine_soon(DatabaseService(engine, policy), engine, policy, _SECONDS)
    if output_format == "json":
        click.echo(as_json(found))
    else:
        for problem in found.problems:
            click.echo(printable_line(problem))
        click.echo(
            f"{'alive' if found.alive else 'NOT ALIVE'}, {'ready' if found.ready else 'NOT READY'}; "
            f"plans at work: {found.at_work}, calls without an end: {found.pending}",
            err=True,
        )
    answers = {"live": found.alive, "ready": found.ready}
    good = answers[question] if question else found.alive and found.ready
    sys.exit(EXIT_OK if good else EXIT_UNFINISHED)
