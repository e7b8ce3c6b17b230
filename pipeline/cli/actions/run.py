"""`pipeline run`: create a plan and run all of its tasks."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import NoReturn

import click

from pipeline.cli.concluding import conclude
from pipeline.cli.services import open_ready_service
from pipeline.cli.settings import run_settings
from pipeline.llm.prices import load_prices
from pipeline.llm.registry import get_llm
from pipeline.names import check_plan_id
from pipeline.running.lifecycle import new_plan_id, start_plan
from pipeline.speed_vs_detail import SpeedVsDetailEnum


def run(
    *,
    quiet: bool,
    prompt: str,
    plan_id: str | None,
    llm_models: tuple[str, ...],
    fast: bool,
    started_at: datetime,
    workers: int,
    output_format: str,
    lease: int,
    grace: int,
    root: str,
    run_root: Path,
) -> NoReturn:
    """Create a plan and run it; exits. Raises ConfigurationError, or what start_plan raises."""
    plan_id = new_plan_id(started_at) if plan_id is None else check_plan_id(plan_id)
    # What is wrong with the models, or their prices, should not be found out by the first task.
    load_prices()
    for name in llm_models:
        get_llm(name)
    settings = run_settings(root, run_root, workers, lease=lease, grace=grace, quiet=quiet)
    with open_ready_service() as service:
        outcome = start_plan(
            service,
            settings,
            plan_id,
            prompt=prompt,
            started_at=started_at,
            speed_vs_detail=(
                SpeedVsDetailEnum.FAST_BUT_SKIP_DETAILS if fast else SpeedVsDetailEnum.ALL_DETAILS_BUT_SLOW
            ),
            llm_models=llm_models,
            created=click.echo if output_format == "id" else lambda name: None,
        )
    conclude(plan_id, run_root, outcome, output_format, going_on=settings.going_on(plan_id))
