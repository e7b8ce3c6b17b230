"""`pipeline resume`: go on with a plan."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import click

from pipeline.cli.concluding import conclude
from pipeline.cli.options import DEFAULT_ROOT
from pipeline.cli.services import open_ready_service
from pipeline.cli.settings import run_settings
from pipeline.llm.prices import load_prices
from pipeline.running.lifecycle import resume_plan
from pipeline.running.own_root import require_own_root


def resume(
    *,
    quiet: bool,
    verbose: bool,
    plan_id: str,
    wait: bool,
    workers: int,
    output_format: str,
    lease: int,
    grace: int,
    root: str,
    run_root: Path,
) -> NoReturn:
    """Go on with a plan; exits. Raises what resume_plan raises."""
    settings = run_settings(root, run_root, workers, lease=lease, grace=grace, quiet=quiet)
    load_prices()
    with open_ready_service() as service:
        if output_format == "id":
            service.get_plan(plan_id)
            click.echo(plan_id)
        if root == DEFAULT_ROOT:
            # Nobody has named it: it may be another pipeline than the plan's, and would ask models for all of it.
            require_own_root(service, settings, plan_id)
        outcome = resume_plan(service, settings, plan_id, verbose=verbose, wait=wait)
    conclude(plan_id, run_root, outcome, output_format, going_on=settings.going_on(plan_id))
