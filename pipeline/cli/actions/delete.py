"""`pipeline delete`: delete plans from the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from pipeline.cli.services import open_service
from pipeline.names import check_plan_id
from pipeline.running.deleting import delete_plan, delete_plans


def delete(*, plan_id: str, yes: bool, run_root: Path) -> None:
    """Delete a plan, asking first unless `yes`. Raises PlanBusyError, click.Abort."""
    check_plan_id(plan_id)
    with open_service() as service:
        if not yes:
            click.confirm(f"delete plan {plan_id} and all that is stored for it?", abort=True, err=True)
        counts = delete_plan(service, run_root, plan_id)
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    click.echo(f"deleted plan {plan_id}{f': {told}' if told else ''}", err=True)


_ENDED = ("completed", "failed", "stopped")


def delete_old(*, days: int, statuses: tuple[str, ...], yes: bool, run_root: Path) -> None:
    """Delete plans that have been unchanged for so long, asking first unless `yes`.

    Raises click.Abort, DatabaseError.
    """
    before = datetime.now(UTC) - timedelta(days=days)
    with open_service() as service:
        found = service.list_plans(statuses=statuses or _ENDED, changed_before=before, unowned=True)
        if not found:
            click.echo(f"no plan has been unchanged for {days} days", err=True)
            return
        if not yes:
            question = f"delete {len(found)} plans and all that is stored for them?"
            click.confirm(question, abort=True, err=True)
        count = 0
        for plan_id in delete_plans(service, run_root, found, unchanged_since=before):
            count += 1
            click.echo(plan_id)
    click.echo(f"deleted {count} plans", err=True)
