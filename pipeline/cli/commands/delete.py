"""`pipeline delete`: delete plans from the database."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.options import run_root_option


@click.command()
@click.argument("plan_id", required=False)
@click.option(
    "--older-than",
    type=click.IntRange(min=0),
    metavar="DAYS",
    help="All plans that have been unchanged for so long and that nobody is at work on.",
)
@click.option(
    "--status",
    "statuses",
    type=click.Choice(["created", "running", "completed", "failed", "stopped"]),
    multiple=True,
    help="With --older-than: only plans of this status; repeat for more. Those that have ended by default.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@run_root_option
def delete(
    *, plan_id: str | None, older_than: int | None, statuses: tuple[str, ...], yes: bool, run_root: Path
) -> None:
    """Delete a plan from the database, with everything that is stored for it. Files stay.

    Also what is left of a plan whose own row is gone. Nothing brings it back. With --older-than, old plans, whose ids
    go to standard output.
    """
    if (plan_id is None) == (older_than is None):
        raise click.UsageError("give either a plan or --older-than")
    if statuses and older_than is None:
        raise click.UsageError("--status goes with --older-than")
    from pipeline.cli.actions import delete as action

    if plan_id is not None:
        action.delete(plan_id=plan_id, yes=yes, run_root=run_root)
    if older_than is not None:
        action.delete_old(days=older_than, statuses=statuses, yes=yes, run_root=run_root)
