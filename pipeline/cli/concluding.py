"""The last lines and the exit status of a run."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from pipeline.cli.exits import EXIT_OK, EXIT_UNFINISHED
from pipeline.database.shown_url import shown_url
from pipeline.terminal import printable_line

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.running.runner import RunOutcome


def conclude(
    plan_id: str, run_root: Path, outcome: RunOutcome, output_format: str = "text", *, going_on: str
) -> NoReturn:
    """Say what became of a run and how to go on, and exit; as JSON to standard output too, where that is wanted."""
    if output_format == "json":
        document = {
            "plan_id": plan_id,
            "succeeded": outcome.succeeded,
            "tasks": outcome.tasks,
            "done": outcome.done,
            "failed": list(outcome.failed),
            "run_dir": str(run_root / plan_id),
            "database": shown_url(),
        }
        click.echo(json.dumps(document, indent=2))
    click.echo(f"plan {plan_id}: {outcome.done} of {outcome.tasks} tasks done", err=True)
    if outcome.succeeded:
        directory = run_root / plan_id
        # Who ran a pipeline that ends in a report wants to open that.
        report = next(iter(sorted(directory.glob("*report.html"))), directory)
        click.echo(f"files: {report}", err=True)
        click.echo(f"database: {shown_url()}", err=True)
    if outcome.failed:
        click.echo(
            f"failed: {printable_line(', '.join(outcome.failed))}; go on with: {going_on}",
            err=True,
        )
    sys.exit(EXIT_OK if outcome.succeeded else EXIT_UNFINISHED)
