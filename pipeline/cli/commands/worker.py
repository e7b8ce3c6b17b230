"""`pipeline worker`: run tasks of the plans that are submitted."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import click

from pipeline.cli.options import grace_option, lease_option, run_root_option, scheduler_option


@click.command()
@scheduler_option
@click.option("--until-done", is_flag=True, help="End when no submitted plan is left.")
@click.option(
    "--poll",
    type=click.FloatRange(min=0.05, max=60),
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="How often to look for plans when there is nothing to do.",
)
@lease_option
@grace_option
@run_root_option
@click.pass_obj
def worker(
    quiet: bool,
    *,
    scheduler: str | None,
    until_done: bool,
    poll: float,
    lease: int,
    grace: int,
    run_root: Path,
) -> NoReturn:
    """Run tasks of any plan that `pipeline submit` hands over, one at a time, until told to end.

    Start one on each machine, or several. They share luigid and a database, and nothing else.
    """
    if scheduler is None:
        raise click.UsageError("where is luigid? give --scheduler or set PIPELINE_SCHEDULER")
    from pipeline.cli.actions import worker as action

    action.worker(
        quiet=quiet,
        scheduler=scheduler,
        until_done=until_done,
        poll=poll,
        lease=lease,
        grace=grace,
        run_root=run_root,
    )
