"""`pipeline doctor`: compare a plan's files with the database."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import click

from pipeline.cli.as_json import as_json
from pipeline.cli.exits import EXIT_OK, EXIT_UNFINISHED
from pipeline.cli.services import open_for_reading, open_service
from pipeline.names import plan_directory
from pipeline.plans.doctor import examine, summary
from pipeline.running.plan_lock import hold_plan
from pipeline.terminal import printable_line


def doctor(*, plan_id: str, check: bool, replace: bool, output_format: str, run_root: Path) -> NoReturn:
    """Print what is wrong with a plan, repaired where wanted; exits. Raises PlanNotFoundError, PlanBusyError."""
    with open_for_reading() if check else open_service() as service:
        plan = service.get_plan(plan_id)
        with hold_plan(run_root, plan_id):
            diagnosis = examine(
                service, plan, plan_directory(run_root, plan_id), repair=not check, replace=replace
            )
    if output_format == "json":
        click.echo(as_json(diagnosis))
    else:
        for finding in diagnosis.findings:
            repaired = " (repaired)" if finding.repaired else ""
            click.echo(printable_line(f"{finding.subject}: {finding.problem}{repaired}"))
        click.echo(printable_line(summary(diagnosis)), err=True)
    sys.exit(EXIT_OK if diagnosis.healthy else EXIT_UNFINISHED)
