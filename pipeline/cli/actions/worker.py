"""`pipeline worker`: run tasks of the plans that are submitted."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import click

from pipeline.cli.exits import EXIT_OK, EXIT_UNFINISHED
from pipeline.cli.services import open_ready_service
from pipeline.cli.settings import progress_of
from pipeline.distributed.luigid import check_url
from pipeline.distributed.worker import WorkerSettings, work


def worker(
    *, quiet: bool, scheduler: str, until_done: bool, poll: float, lease: int, grace: int, run_root: Path
) -> NoReturn:
    """Work; exits. Raises ConfigurationError, PlanLostError, DatabaseError, KeyboardInterrupt."""
    settings = WorkerSettings(
        scheduler_url=check_url(scheduler),
        run_root=run_root.resolve(),
        lease_seconds=lease,
        grace_seconds=grace,
        poll_seconds=poll,
        until_done=until_done,
    )
    progress = progress_of(quiet=quiet)
    with open_ready_service() as service:
        progress.line(f"working for {scheduler}")
        outcome = work(service, settings, progress.line)
    click.echo(f"{outcome.done} tasks done, {len(outcome.failed_tasks)} failed", err=True)
    sys.exit(EXIT_UNFINISHED if outcome.failed_tasks or outcome.failed_plans else EXIT_OK)
