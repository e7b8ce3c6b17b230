"""Many plans at a glance, and how the work on them goes, by indexes alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, and_, func, or_, select

from pipeline.database.leases import WORKERS, clock, owner_of
from pipeline.database.models import LLMInteraction, Plan, PlanContent, PlanLease, TaskLease, table_of
from pipeline.database.plan_rows import exists
from pipeline.database.transactions import Transactions
from pipeline.database.values import check_plan_status

if TYPE_CHECKING:
    from collections.abc import Collection

    from pipeline.database.leases import Owner

_plans = table_of(Plan)
_leases = table_of(PlanLease)
_task_leases = table_of(TaskLease)
_content = table_of(PlanContent)
_interactions = table_of(LLMInteraction)


@dataclass(frozen=True, slots=True)
class ListedPlan:
    """A plan in a list. `owner` is who is at work on it; None for nobody, as far as the database knows."""

    plan_id: str
    status: str
    made_by_run: bool
    created_at: datetime
    changed_at: datetime
    files: int
    owner: str | None


@dataclass(frozen=True, slots=True)
class Pulse:
    """How the work on all plans goes, as of a moment of the database's clock.

    Attributes:
        owners: processes that have a plan, or a task of a submitted one, and have not given it back.
        pending: how many calls have no end.
        oldest_pending_seconds: how long ago the first of them began.
    """

    owners: tuple[Owner, ...]
    pending: int
    oldest_pending_seconds: float | None


class Listing(Transactions):
    """Lists plans. Raises what pipeline.database.service.DatabaseService raises."""

    def list_plans(
        self,
        *,
        statuses: Collection[str] = (),
        changed_before: datetime | None = None,
        unowned: bool = False,
        text: str | None = None,
        after: tuple[datetime, str] | None = None,
        limit: int | None = None,
    ) -> tuple[ListedPlan, ...]:
        """Return plans, the newest first: of these statuses, unchanged since a moment, that nobody is at work on.

        With `text` in their id or their prompt, in either case; behind the one that was made at that moment with
        that id, `after`.
        """
        columns = _plans.c
        statement = (
            select(
                columns.plan_id,
                columns.status,
                columns.created_at,
                columns.updated_at,
                # Not the prompt itself, which may be long.
                and_(columns.prompt.is_not(None), columns.started_at.is_not(None)).label("made_by_run"),
            )
            .order_by(columns.created_at.desc(), columns.plan_id.desc())
            .limit(limit)
        )
        if statuses:
            statement = statement.where(
                columns.status.in_([check_plan_status(status) for status in statuses])
            )
        if changed_before is not None:
            statement = statement.where(columns.updated_at < changed_before)
        if text is not None:
            holds = [column.icontains(text, autoescape=True) for column in (columns.plan_id, columns.prompt)]
            statement = statement.where(or_(*holds))
        if after is not None:
            moment, last = after
            same = and_(columns.created_at == moment, columns.plan_id < last)
            statement = statement.where(or_(columns.created_at < moment, same))

        def work(connection: Connection) -> tuple[ListedPlan, ...]:
            wanted = statement
            if unowned:
                owned = [owner.plan_id for owner in _held(connection) if owner.is_at_work]
                wanted = statement.where(columns.plan_id.not_in(owned)) if owned else statement
            rows = connection.execute(wanted).all()
            plan_ids = [row.plan_id for row in rows]
            owners = _owners(connection, plan_ids)
            files = _files(connection, plan_ids)
            return tuple(_listed(row, files.get(row.plan_id, 0), owners.get(row.plan_id)) for row in rows)

        return self._read("list", work)

    def pulse(self) -> Pulse:
        """Return how the work on all plans goes."""

        def work(connection: Connection) -> Pulse:
            plans = tuple(owner for owner in _held(connection) if owner.purpose != WORKERS)
            owners = (*plans, *_tasks_held(connection))
            now = clock(connection)
            columns = _interactions.c
            pending = select(func.count(), func.min(columns.created_at)).where(columns.status == "pending")
            count, first = connection.execute(pending).one()
            age = None if first is None else max(0.0, (now - first).total_seconds())
            return Pulse(owners, int(count), age)

        return self._read("health", work)


def _held(connection: Connection) -> tuple[Owner, ...]:
    if not exists(connection, _leases):
        return ()
    held = select(_leases).where(_leases.c.owner.is_not(None)).order_by(_leases.c.expires_at)
    now = clock(connection)
    return tuple(owner_of(row, now) for row in connection.execute(held))


def _tasks_held(connection: Connection) -> tuple[Owner, ...]:
    if not exists(connection, _task_leases):
        return ()
    held = select(_task_leases).where(_task_leases.c.owner.is_not(None)).order_by(_task_leases.c.expires_at)
    now = clock(connection)
    return tuple(owner_of(row, now, "worker") for row in connection.execute(held))


def _listed(row: Any, files: int, owner: Owner | None) -> ListedPlan:
    return ListedPlan(
        plan_id=row.plan_id,
        status=row.status,
        made_by_run=bool(row.made_by_run),
        created_at=row.created_at,
        changed_at=row.updated_at,
        files=files,
        owner=str(owner) if owner is not None and owner.is_at_work else None,
    )


# By parts: a statement takes a limited number of parameters.
_AT_ONCE = 500


def _parts(plan_ids: list[str]) -> list[list[str]]:
    return [plan_ids[begin : begin + _AT_ONCE] for begin in range(0, len(plan_ids), _AT_ONCE)]


def _owners(connection: Connection, plan_ids: list[str]) -> dict[str, Owner]:
    if not exists(connection, _leases):
        return {}
    now = clock(connection)
    return {
        row.plan_id: owner_of(row, now)
        for part in _parts(plan_ids)
        for row in connection.execute(select(_leases).where(_leases.c.plan_id.in_(part)))
    }


def _files(connection: Connection, plan_ids: list[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for part in _parts(plan_ids):
        statement = select(_content.c.plan_id, func.count()).where(_content.c.plan_id.in_(part))
        for plan_id, count in connection.execute(statement.group_by(_content.c.plan_id)):
            counts[plan_id] = int(count)
    return counts
