"""`pipeline import`: make a plan of a file from another database."""

from __future__ import annotations

from typing import BinaryIO

import click


@click.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--as", "plan_id", metavar="NEW", help="Id of the plan here; the one that it had by default.")
def import_plan(file: BinaryIO, plan_id: str | None) -> None:
    """Make a plan of FILE, which `pipeline export --format plan` wrote; print its id.

    All of it or nothing: calls with their answers, files, kept answers. Between databases of either kind. FILE may be
    - for standard input. Then `pipeline resume` goes on with the plan.
    """
    from pipeline.cli.actions import import_plan as action

    action.import_plan(file=file, plan_id=plan_id)
