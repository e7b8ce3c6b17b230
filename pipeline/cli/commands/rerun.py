"""`pipeline rerun`: a new plan of an old one, from a task on."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import click

from pipeline.cli.options import (
    grace_option,
    lease_option,
    root_option,
    run_format_option,
    run_root_option,
    workers_option,
)


@click.command()
@click.argument("plan_id")
@click.option(
    "--from",
    "task",
    required=True,
    metavar="TASK",
    help="The first task that is run, as `pipeline show` names it.",
)
@click.option("--as", "new_id", required=True, metavar="NEW", help="Id of the new plan.")
@click.option(
    "--llm-model",
    "llm_models",
    multiple=True,
    help="Model to use; repeat for fallbacks, best first. Those of the old plan by default.",
)
@workers_option
@run_format_option
@lease_option
@grace_option
@root_option
@run_root_option
@click.pass_obj
def rerun(
    quiet: bool,
    *,
    plan_id: str,
    task: str,
    new_id: str,
    llm_models: tuple[str, ...],
    workers: int,
    output_format: str,
    lease: int,
    grace: int,
    root: str,
    run_root: Path,
) -> NoReturn:
    """Make a new plan of an old one: what TASK depends on is taken over, TASK and the rest are run.

    Files and calls of the tasks before TASK are copied; a copied call takes no tokens and no money of the new plan. The
    old plan stays as it is.
    """
    from pipeline.cli.actions import rerun as action

    action.rerun(
        quiet=quiet,
        plan_id=plan_id,
        task=task,
        new_id=new_id,
        llm_models=llm_models,
        workers=workers,
        output_format=output_format,
        lease=lease,
        grace=grace,
        root=root,
        run_root=run_root,
    )
