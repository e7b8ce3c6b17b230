"""`pipeline list`: the plans in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from pipeline.cli.as_json import as_json
from pipeline.cli.services import open_for_reading
from pipeline.report import units
from pipeline.terminal import printable_line

if TYPE_CHECKING:
    from pipeline.database.listing import ListedPlan


@dataclass(frozen=True, slots=True)
class Plans:
    """The document. `more` says that the limit has left some out."""

    plans: tuple[ListedPlan, ...]
    more: bool


def list_plans(
    *, statuses: tuple[str, ...], unowned: bool, older_than: int | None, limit: int, output_format: str
) -> None:
    """Print the plans that were asked for. Raises ConfigurationError, DatabaseError."""
    before = None if older_than is None else datetime.now(UTC) - timedelta(days=older_than)
    with open_for_reading() as service:
        # One more than is shown tells whether there are more.
        found = service.list_plans(statuses=statuses, changed_before=before, unowned=unowned, limit=limit + 1)
    shown = Plans(found[:limit], more=len(found) > limit)
    if output_format == "json":
        click.echo(as_json(shown))
        return
    for plan in shown.plans:
        click.echo(printable_line(plan.plan_id if output_format == "id" else _line(plan)))
    if shown.more:
        click.echo(f"there are more than {limit}: --limit", err=True)


def _line(plan: ListedPlan) -> str:
    owner = f"  {plan.owner}" if plan.owner else ""
    files = units.plural(plan.files, "file")
    return f"{units.moment(plan.changed_at)}  {plan.status:<9}  {files:>9}  {plan.plan_id}{owner}"
