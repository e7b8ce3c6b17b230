"""`pipeline show`: what the database holds of a plan."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.options import format_option, root_option, run_root_option


@click.command()
@click.argument("plan_id")
@click.argument("filename", required=False)
@format_option
@click.option(
    "-f", "--follow", is_flag=True, help="Go on until the plan is no longer worked on; a line a task."
)
@root_option
@run_root_option
def show(
    plan_id: str, filename: str | None, output_format: str, follow: bool, root: str, run_root: Path
) -> None:
    """Show what the database holds of a plan, or the content of one of its files.

    Also while the plan is running, and where there are no files.
    """
    if filename is not None and output_format != "text":
        raise click.UsageError("--output-format is for what is known of a plan; a file is given as it is")
    if follow and (filename is not None or output_format != "text"):
        raise click.UsageError("--follow goes with neither FILENAME nor --output-format json")
    from pipeline.cli.actions import show as action

    if follow:
        action.follow(plan_id=plan_id, root=root, run_root=run_root)
        return
    action.show(plan_id=plan_id, filename=filename, output_format=output_format, root=root, run_root=run_root)
