"""`pipeline resume`: go on with a plan."""

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
    "--wait",
    is_flag=True,
    help="Wait while another process owns the plan, or until a dead one's lease runs out.",
)
@workers_option
@run_format_option
@lease_option
@grace_option
@root_option
@run_root_option
@click.pass_context
def resume(
    context: click.Context,
    plan_id: str,
    *,
    wait: bool,
    workers: int,
    output_format: str,
    lease: int,
    grace: int,
    root: str,
    run_root: Path,
) -> NoReturn:
    """Regenerate a plan's missing files from the database, then go on with it."""
    from pipeline.cli.actions import resume as action

    action.resume(
        quiet=context.obj,
        verbose=bool(context.find_root().params["verbose"]),
        plan_id=plan_id,
        wait=wait,
        workers=workers,
        output_format=output_format,
        lease=lease,
        grace=grace,
        root=root,
        run_root=run_root,
    )
