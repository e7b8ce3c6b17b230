"""`pipeline export`: a plan's calls, or its files, for other programs."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("plan_id")
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "messages", "csv", "zip", "plan"]),
    default="jsonl",
    show_default=True,
    help="jsonl and csv: every call with all that is recorded of it; messages: what was sent and said, for evaluation "
    "and fine-tuning of chat models; zip: all files; plan: everything, for `pipeline import` into another database.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    default="-",
    show_default=True,
    metavar="FILE",
    help="File to write, - for standard output.",
)
@click.pass_obj
def export(quiet: bool, *, plan_id: str, form: str, output: Path) -> None:
    """Write a plan's calls of models, all of its files, or the whole plan, from the database.

    Also while the plan is running. A file is written whole or not at all.
    """
    from pipeline.cli.actions import export as action

    action.export(quiet=quiet, plan_id=plan_id, form=form, output=output)
