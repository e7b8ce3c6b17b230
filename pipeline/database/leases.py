"""Leases: who owns a plan, since when, and until when that is believed without another heartbeat.

Moments are those of the database's clock, so that the clocks of several machines need not agree.
"""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, select, update

from pipeline.database.fencing import Fence, ends_when_idle, lost_text
from pipeline.database.models import PlanLease, table_of
from pipeline.database.plan_rows import exists
from pipeline.database.retry import RetryPolicy, run_transaction
from pipeline.database.statements import insert_lease
from pipeline.errors import PlanBusyError, PlanLostError
from pipeline.machine import host_name, is_alive, machine_id, process_started
from pipeline.names import check_plan_id

if TYPE_CHECKING:
    from sqlalchemy import Engine

_leases = table_of(PlanLease)

LEASE_SECONDS = 60.0
"""How long an owner is believed to be at work after its last heartbeat, unless it says otherwise."""


WORKERS = "workers"
"""The purpose of a lease that no process holds: of a plan that workers on any machine have, each some task of it."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Who has, or last had, a plan, as of a moment of the database's clock.

    Attributes:
        purpose: the command: run, resume, doctor, delete.
        machine: what tells hosts of one name apart.
        epoch: the fencing number, one more for each owner.
        given_back: whether the owner has ended in order.
        gone: whether that process is known to be dead: it ran here, and does so no more.
    """

    plan_id: str
    purpose: str
    host: str
    machine: str
    process_id: int
    epoch: int
    acquired_at: datetime
    heartbeat_at: datetime
    expires_at: datetime
    as_of: datetime
    given_back: bool
    gone: bool

    @property
    def is_at_work(self) -> bool:
        """Whether nobody else can have the plan."""
        return not self.given_back and not self.gone and self.expires_at > self.as_of

    @property
    def silent_seconds(self) -> float:
        """How long ago the last heartbeat was."""
        return max(0.0, (self.as_of - self.heartbeat_at).total_seconds())

    @property
    def left_seconds(self) -> float:
        """For how long the lease still runs."""
        return max(0.0, (self.expires_at - self.as_of).total_seconds())

    def __str__(self) -> str:
        if self.purpose == WORKERS:
            return "the workers that it was submitted to"
        return f"process {self.process_id} on {self.host} (pipeline {self.purpose})"


class Leases:
    """Takes, renews and gives back the leases of plans. Raises what DatabaseService raises."""

    def __init__(self, engine: Engine, policy: RetryPolicy) -> None:
        self._engine = engine
        self._policy = policy

    def take(self, plan_id: str, purpose: str, seconds: float) -> Fence | None:
        """Make this process the owner of a plan, if nobody is who may still be at work.

        None where the tables are of a revision without leases. Raises PlanBusyError, which says who is at work,
        since when, and what to do.
        """
        check_plan_id(plan_id)
        owner = uuid.uuid4().hex
        holder = {"owner": owner, "purpose": purpose, **this_process()}

        def work(connection: Connection) -> Fence | None:
            if not exists(connection, _leases):
                return None
            values = {**holder, "acquired_at": (now := clock(connection, seconds)), **until(now, seconds)}
            first = {"plan_id": plan_id, "epoch": 1, **values}
            if connection.execute(insert_lease(self._engine.dialect.name), first).first() is not None:
                return Fence(plan_id, owner, 1, seconds)
            # Waits for a write of the owner that is on its way.
            row = connection.execute(_of(plan_id).with_for_update()).one()
            if row.owner == owner:
                # The answer to an earlier commit got lost.
                return Fence(plan_id, owner, row.epoch, seconds)
            if (other := owner_of(row, clock(connection, seconds))).is_at_work:
                raise PlanBusyError(busy_text(other))
            statement = update(_leases).where(_leases.c.plan_id == plan_id)
            connection.execute(statement.values(**values, epoch=row.epoch + 1))
            return Fence(plan_id, owner, row.epoch + 1, seconds)

        return run_transaction(self._engine, work, subject=f"plan {plan_id}", policy=self._policy)

    def renew(self, fence: Fence) -> None:
        """Say that the owner lives; raises PlanLostError if it is the owner no more."""

        def work(connection: Connection) -> None:
            statement = _held_by(fence).values(**until(clock(connection, fence.seconds), fence.seconds))
            if connection.execute(statement).rowcount != 1:
                raise PlanLostError(lost_text(connection, fence))

        run_transaction(self._engine, work, subject=f"plan {fence.plan_id}", policy=self._policy)

    def give_back(self, fence: Fence) -> None:
        """End the lease; nothing of somebody else's is changed."""

        def work(connection: Connection) -> None:
            connection.execute(
                _held_by(fence).values(owner=None, **until(clock(connection, fence.seconds), 0.0))
            )

        run_transaction(self._engine, work, subject=f"plan {fence.plan_id}", policy=self._policy)

    def find_owner(self, plan_id: str) -> Owner | None:
        """Return who has or last had a plan, None if nobody ever took a lease of it."""
        check_plan_id(plan_id)

        def work(connection: Connection) -> Owner | None:
            if not exists(connection, _leases):
                return None
            row = connection.execute(_of(plan_id)).one_or_none()
            return None if row is None else owner_of(row, clock(connection))

        return run_transaction(
            self._engine, work, subject=f"plan {plan_id}", policy=self._policy, read_only=True
        )


def this_process() -> dict[str, Any]:
    """Return the columns of a lease that say who this process is."""
    process_id = os.getpid()
    return {
        "host": host_name(),
        "machine": machine_id(),
        "process_id": process_id,
        "process_started": process_started(process_id),
    }


def busy_text(owner: Owner) -> str:
    """Say who is at work on a plan, and what somebody else can do."""
    if owner.purpose == WORKERS:
        return (
            f"plan {owner.plan_id} was submitted to workers at {owner.acquired_at:%Y-%m-%d %H:%M:%S} UTC: let them end "
            f"it, or take it back with `pipeline stop --wait {owner.plan_id}`"
        )
    return (
        f"plan {owner.plan_id} is being worked on by {owner} since {owner.acquired_at:%Y-%m-%d %H:%M:%S} UTC, "
        f"last heard of {owner.silent_seconds:.0f} s ago: let it end, or stop it there; if it is dead, its lease "
        f"runs out in {owner.left_seconds:.0f} s, and `pipeline resume --wait {owner.plan_id}` waits for that"
    )


def owner_of(row: Any, now: datetime, purpose: str | None = None) -> Owner:
    """Return what a row of the table says at a moment of the database's clock; `purpose` where it has none."""
    here = row.machine == machine_id()
    return Owner(
        plan_id=row.plan_id,
        purpose=row.purpose if purpose is None else purpose,
        host=row.host,
        machine=row.machine,
        process_id=row.process_id,
        epoch=row.epoch,
        acquired_at=row.acquired_at,
        heartbeat_at=row.heartbeat_at,
        expires_at=row.expires_at,
        as_of=now,
        given_back=row.owner is None,
        gone=here and not is_alive(row.process_id, row.process_started),
    )


# Typed as Any, as in pipeline.database.statements.
def _of(plan_id: str) -> Any:
    return select(_leases).where(_leases.c.plan_id == plan_id)


def _held_by(fence: Fence) -> Any:
    return update(_leases).where(
        _leases.c.plan_id == fence.plan_id, _leases.c.owner == fence.owner, _leases.c.epoch == fence.epoch
    )


def until(now: datetime, seconds: float) -> dict[str, datetime]:
    """Return the columns of a lease that say how long it runs."""
    return {"heartbeat_at": now, "expires_at": now + timedelta(seconds=seconds)}


def clock(connection: Connection, seconds: float | None = None) -> datetime:
    """Return what the time is for the database, which ends this transaction if its client is silent for `seconds`."""
    # An SQLite file is one machine's.
    if connection.dialect.name != "postgresql":
        return datetime.now(UTC)
    columns = [] if seconds is None else [ends_when_idle(seconds)]
    moment: datetime = connection.execute(select(func.clock_timestamp(), *columns)).one()[0]
    return moment.astimezone(UTC)
