"""`pipeline run`: create a plan and run all of its tasks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from pipeline.cli.new_plan import new_plan_options, parse_start_time, prompt_text
from pipeline.cli.options import (
    grace_option,
    lease_option,
    root_option,
    run_format_option,
    run_root_option,
    workers_option,
)

if TYPE_CHECKING:
    from typing import BinaryIO


@click.command()
@new_plan_options
@workers_option
@run_format_option
@lease_option
@grace_option
@root_option
@run_root_option
@click.pass_obj
def run(
    quiet: bool,
    *,
    prompt: str | None,
    prompt_file: BinaryIO | None,
    plan_id: str | None,
    llm_models: tuple[str, ...],
    fast: bool,
    start_time: str | None,
    workers: int,
    output_format: str,
    lease: int,
    grace: int,
    root: str,
    run_root: Path,
) -> NoReturn:
    """Create a plan and run all of its tasks."""
    text = prompt_text(prompt, prompt_file)
    started_at = parse_start_time(start_time)
    from pipeline.cli.actions import run as action

    action.run(
        quiet=quiet,
        prompt=text,
        plan_id=plan_id,
        llm_models=llm_models,
        fast=fast,
        started_at=started_at,
        workers=workers,
        output_format=output_format,
        lease=lease,
        grace=grace,
        root=root,
        run_root=run_root,
    )
