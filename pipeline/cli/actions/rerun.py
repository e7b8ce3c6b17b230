"""`pipeline rerun`: a new plan of an old one, from a task on."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import click

from pipeline.cli.concluding import conclude
from pipeline.cli.services import open_ready_service
from pipeline.cli.settings import run_settings
from pipeline.llm.prices import load_prices
from pipeline.llm.registry import get_llm
from pipeline.names import check_plan_id
from pipeline.running.rerun import rerun_plan


def rerun(
    *,
    quiet: bool,
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
    """Create the new plan and run it; exits. Raises what rerun_plan raises."""
    check_plan_id(new_id)
    load_prices()
    for name in llm_models:
        get_llm(name)
    settings = run_settings(root, run_root, workers, lease=lease, grace=grace, quiet=quiet)
    with open_ready_service() as service:
        outcome = rerun_plan(
            service,
            settings,
            plan_id,
            task,
            new_id,
            llm_models=llm_models,
            created=click.echo if output_format == "id" else lambda name: None,
        )
    conclude(new_id, run_root, outcome, output_format, going_on=settings.going_on(new_id))
