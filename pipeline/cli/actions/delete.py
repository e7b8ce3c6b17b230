"""`pipeline delete`: delete a plan from the database."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.services import open_service
from pipeline.names import check_plan_id
from pipeline.running.deleting import delete_plan


def delete(*, plan_id: str, yes: bool, run_root: Path) -> None:
    """Delete a plan, asking first unless `yes`. Raises PlanBusyError, click.Abort."""
    check_plan_id(plan_id)
    with open_service() as service:
        if not yes:
            click.confirm(f"delete plan {plan_id} and all that is stored for it?", abort=True, err=True)
        counts = delete_plan(service, run_root, plan_id)
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    click.echo(f"deleted plan {plan_id}{f': {told}' if told else ''}", err=True)
