"""`pipeline doctor`: compare a plan's files with the database."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import click
from click.core import ParameterSource

from pipeline.cli.options import format_option, run_root_option


@click.command()
@click.argument("plan_id")
@click.option("--check", is_flag=True, help="Repair nothing; exit 1 if there is something to repair.")
@click.option(
    "--replace",
    is_flag=True,
    help="Take the database's word also for files of which no record shows that they are wrong; "
    "they are kept beside the new ones.",
)
@format_option
@run_root_option
@click.option(
    "--run-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Directory that the files' names are below, where it is not the plan's below --run-root: . for tasks of "
    "plain Luigi whose targets are paths from the working directory.",
)
def doctor(
    plan_id: str, *, check: bool, replace: bool, output_format: str, run_root: Path, run_dir: Path | None
) -> NoReturn:
    """Compare a plan's files with the database, repair them, close stale LLM interactions.

    A file is replaced only where something shows that it is wrong and its row is right, and is kept
    beside the new one as .NAME.kept-1. What the database cannot give back is reported.
    """
    if check and replace:
        raise click.UsageError("--check repairs nothing, so there is nothing to --replace")
    from pipeline.cli.actions import doctor as action

    action.doctor(
        plan_id=plan_id,
        check=check,
        replace=replace,
        output_format=output_format,
        run_root=run_root,
        root_is_said=click.get_current_context().get_parameter_source("run_root")
        is not ParameterSource.DEFAULT,
        run_dir=run_dir,
    )
