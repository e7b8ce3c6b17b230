"""`pipeline submit`: hand a plan to the workers."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from pipeline.cli.exits import EXIT_OK, EXIT_UNFINISHED
from pipeline.cli.services import open_ready_service
from pipeline.distributed.luigid import check_url
from pipeline.distributed.submitting import submit_again as again
from pipeline.distributed.submitting import submit_new, wait_for_end
from pipeline.llm.registry import get_llm
from pipeline.names import check_plan_id
from pipeline.running.lifecycle import new_plan_id
from pipeline.speed_vs_detail import SpeedVsDetailEnum

if TYPE_CHECKING:
    from pipeline.database.service import DatabaseService


def submit(
    *,
    prompt: str,
    plan_id: str | None,
    llm_models: tuple[str, ...],
    fast: bool,
    started_at: datetime,
    wait: bool,
    scheduler: str | None,
    root: str,
    run_root: Path,
) -> NoReturn:
    """Create a plan and hand it over; exits. Raises what submit_new raises."""
    plan_id = new_plan_id(started_at) if plan_id is None else check_plan_id(plan_id)
    for name in llm_models:
        # A model that does not exist should not be found out by the first task.
        get_llm(name)
    with open_ready_service() as service:
        submit_new(
            service,
            plan_id,
            root=root,
            run_root=run_root.resolve(),
            scheduler_url=None if scheduler is None else check_url(scheduler),
            prompt=prompt,
            started_at=started_at,
            speed_vs_detail=(
                SpeedVsDetailEnum.FAST_BUT_SKIP_DETAILS if fast else SpeedVsDetailEnum.ALL_DETAILS_BUT_SLOW
            ),
            llm_models=llm_models,
        )
        _conclude(service, plan_id, wait=wait)


def submit_again(plan_id: str, *, wait: bool, scheduler: str | None, root: str, run_root: Path) -> NoReturn:
    """Hand a plan that exists over; exits. Raises what pipeline.distributed.submitting.submit_again raises."""
    url = None if scheduler is None else check_url(scheduler)
    with open_ready_service() as service:
        again(service, plan_id, root=root, run_root=run_root.resolve(), scheduler_url=url)
        _conclude(service, plan_id, wait=wait)


def _conclude(service: DatabaseService, plan_id: str, *, wait: bool) -> NoReturn:
    click.echo(plan_id)
    if not wait:
        click.echo(f"submitted; see: pipeline show --follow {plan_id}", err=True)
        sys.exit(EXIT_OK)
    status = wait_for_end(service, plan_id)
    click.echo(f"plan {plan_id}: {status}", err=True)
    if status != "completed":
        click.echo(f"see: pipeline show {plan_id}; go on with: pipeline submit --resume {plan_id}", err=True)
    sys.exit(EXIT_OK if status == "completed" else EXIT_UNFINISHED)
