"""`pipeline delete`: delete a plan from the database."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.options import run_root_option


@click.command()
@click.argument("plan_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@run_root_option
def delete(plan_id: str, *, yes: bool, run_root: Path) -> None:
    """Delete a plan from the database, with everything that is stored for it. Files stay.

    Also what is left of a plan whose own row is gone. Nothing brings it back.
    """
    from pipeline.cli.actions import delete as action

    action.delete(plan_id=plan_id, yes=yes, run_root=run_root)
