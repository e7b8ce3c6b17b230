"""`pipeline submit`: hand a plan to the workers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from pipeline.cli.new_plan import new_plan_options, parse_start_time, prompt_text
from pipeline.cli.options import root_option, run_root_option, scheduler_option

if TYPE_CHECKING:
    from typing import BinaryIO


@click.command()
@new_plan_options
@click.option(
    "--resume",
    "existing",
    metavar="PLAN_ID",
    help="Hand over this plan, which exists: what failed is tried again.",
)
@click.option("--wait", is_flag=True, help="Wait for its end, and exit as `pipeline run` does.")
@scheduler_option
@root_option
@run_root_option
def submit(
    prompt: str | None,
    prompt_file: BinaryIO | None,
    plan_id: str | None,
    llm_models: tuple[str, ...],
    *,
    fast: bool,
    start_time: str | None,
    existing: str | None,
    wait: bool,
    scheduler: str | None,
    root: str,
    run_root: Path,
) -> NoReturn:
    """Create a plan and hand it to the workers; print its id.

    Workers find it in the database; with --scheduler, luigid shows it at once.
    """
    from pipeline.cli.actions import submit as action

    if existing is not None:
        if prompt is not None or prompt_file is not None or plan_id is not None:
            raise click.UsageError("--resume takes a plan as it is: no prompt and no --plan-id")
        action.submit_again(existing, wait=wait, scheduler=scheduler, root=root, run_root=run_root)
    action.submit(
        prompt=prompt_text(prompt, prompt_file),
        plan_id=plan_id,
        llm_models=llm_models,
        fast=fast,
        started_at=parse_start_time(start_time),
        wait=wait,
        scheduler=scheduler,
        root=root,
        run_root=run_root,
    )
