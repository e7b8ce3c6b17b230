"""The last lines and the exit status of a run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

import click

from pipeline.cli.exits import EXIT_OK, EXIT_UNFINISHED
from pipeline.database.shown_url import shown_url
from pipeline.terminal import printable_line

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.running.runner import RunOutcome


def conclude(plan_id: str, run_root: Path, outcome: RunOutcome) -> NoReturn:
    """Say what became of a run and how to go on, and exit."""
    click.echo(f"plan {plan_id}: {outcome.done} of {outcome.tasks} tasks done", err=True)
    if outcome.succeeded:
        directory = run_root / plan_id
        # Who ran a pipeline that ends in a report wants to open that.
        report = next(iter(sorted(directory.glob("*report.html"))), directory)
        click.echo(f"files: {report}", err=True)
        click.echo(f"database: {shown_url()}", err=True)
    if outcome.failed:
        click.echo(
            f"failed: {printable_line(', '.join(outcome.failed))}; go on with: pipeline resume {plan_id}",
            err=True,
        )
    sys.exit(EXIT_OK if outcome.succeeded else EXIT_UNFINISHED)
