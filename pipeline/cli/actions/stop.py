"""`pipeline stop`: take a plan back from the workers."""

from __future__ import annotations

import click

from pipeline.cli.services import open_service
from pipeline.distributed import submitting
from pipeline.names import check_plan_id


def stop(plan_id: str, *, wait: bool) -> None:
    """Stop a plan. Raises PlanNotFoundError, PlanBusyError, ConfigurationError, DatabaseError."""
    with open_service() as service:
        left = submitting.stop(service, check_plan_id(plan_id), wait=wait)
    if left:
        click.echo(f"plan {plan_id}: no task is begun any more; {left} are still being run", err=True)
    else:
        click.echo(f"plan {plan_id}: stopped; go on with: pipeline resume {plan_id}", err=True)
