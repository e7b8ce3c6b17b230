"""Plans that are handed to workers on any machine: handed over, looked at, stopped, ended.

While the workers have a plan, its lease says so, and no `run`, `resume`, `doctor` or `delete` can take it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select, update

from pipeline.database.abandoned import fail_pending
from pipeline.database.fencing import check_fences, lower_fence
from pipeline.database.leases import WORKERS, Owner, clock, owner_of
from pipeline.database.models import (
    Plan,
    PlanContent,
    PlanLease,
    RunningTask,
    Submission,
    TaskLease,
    table_of,
)
from pipeline.database.plan_rows import exists
from pipeline.database.statements import upsert_submission
from pipeline.database.task_leases import ABANDONED, PURPOSE
from pipeline.database.transactions import Transactions
from pipeline.names import check_plan_id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_plans = table_of(Plan)
_content = table_of(PlanContent)
_running = table_of(RunningTask)
_plan_leases = table_of(PlanLease)
_task_leases = table_of(TaskLease)
_submissions = table_of(Submission)

# Of no process, so it does not run out.
_NEVER = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SubmittedPlan:
    """A plan that the workers have; `epoch` is another one each time that it is submitted."""

    plan_id: str
    root: str
    epoch: int
    stop_requested: bool


@dataclass(frozen=True, slots=True)
class TaskHolder:
    """What the lease of a task says: running, done or failed, with which error, and by whom."""

    status: str
    error: str | None
    owner: Owner


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a submitted plan is, as of one moment.

    Attributes:
        stored: the checksums of the files that have a row, by name.
        begun: the keys of the tasks that have begun and not ended.
        holders: what the leases of tasks say, by key.
        stop_requested: whether no further task is to be begun.
    """

    stored: Mapping[str, str]
    begun: frozenset[str]
    holders: Mapping[str, TaskHolder]
    stop_requested: bool

    @property
    def at_work(self) -> tuple[Owner, ...]:
        """Those who are at work on a task now."""
        return tuple(holder.owner for holder in self.holders.values() if holder.owner.is_at_work)


class Submissions(Transactions):
    """Hands plans to the workers and takes them back. Raises what pipeline.database.service.DatabaseService raises."""

    def hand_to_workers(self, plan_id: str, root: str) -> None:
        """Make the workers the owner of a plan that this process owns, and forget what failed of it before."""

        def work(connection: Connection) -> None:
            now = clock(connection)
            values = {"plan_id": plan_id, "root": root, "submitted_at": now, "stop_requested": False}
            connection.execute(upsert_submission(self._dialect), values)
            columns = _task_leases.c
            again = {"status": "running", "error_message": None, "owner": None, "epoch": columns.epoch + 1}
            connection.execute(
                update(_task_leases)
                .where(columns.plan_id == plan_id, columns.status != "done")
                .values(**again)
            )
            connection.execute(
                update(_plan_leases)
                .where(_plan_leases.c.plan_id == plan_id)
                .values(
                    epoch=_plan_leases.c.epoch + 1,
                    owner=uuid.uuid4().hex,
                    purpose=WORKERS,
                    host="",
                    machine="",
                    process_id=0,
                    process_started=None,
                    acquired_at=now,
                    heartbeat_at=now,
                    expires_at=_NEVER,
                )
            )
            connection.execute(
                update(_plans).where(_plans.c.plan_id == plan_id).values(status="running", updated_at=now)
            )

        def once(connection: Connection) -> None:
            # After a lost answer it has been done already.
            if not _is_open(connection, plan_id):
                check_fences(connection, [plan_id])
                work(connection)

        self._write_unfenced(plan_id, once)
        lower_fence(self._engine.url, plan_id)

    def list_submitted(self) -> tuple[SubmittedPlan, ...]:
        """Return the plans that the workers have, those that were submitted first first."""
        statement = (
            select(
                _submissions.c.plan_id,
                _submissions.c.root,
                _plan_leases.c.epoch,
                _submissions.c.stop_requested,
            )
            .join(_plan_leases, _plan_leases.c.plan_id == _submissions.c.plan_id)
            # Not "is not null", for which SQLite uses no index.
            .where(_plan_leases.c.owner > "", _plan_leases.c.purpose == WORKERS)
            .order_by(_submissions.c.submitted_at, _submissions.c.plan_id)
        )
        return self._read("submitted", lambda c: tuple(SubmittedPlan(*row) for row in c.execute(statement)))

    def progress(self, plan_id: str) -> Progress:
        """Return how far a plan is."""
        return self._read(check_plan_id(plan_id), lambda c: _progress(c, plan_id))

    def root_of(self, plan_id: str) -> str | None:
        """Return the root task that a plan was submitted with, None if it never was."""
        statement = select(_submissions.c.root).where(_submissions.c.plan_id == check_plan_id(plan_id))

        def work(connection: Connection) -> str | None:
            if not exists(connection, _submissions):
                return None
            root: str | None = connection.execute(statement).scalar_one_or_none()
            return root

        return self._read(plan_id, work)

    def request_stop(self, plan_id: str) -> bool:
        """Have no further task of a plan begun; false where the workers do not have it."""
        statement = update(_submissions).where(_submissions.c.plan_id == check_plan_id(plan_id))

        def work(connection: Connection) -> bool:
            if not exists(connection, _submissions) or not _is_open(connection, plan_id, lock=True):
                return False
            connection.execute(statement.values(stop_requested=True))
            return True

        return self._write_unfenced(plan_id, work)

    def end_if(self, plan_id: str, decide: Callable[[Progress], str | None]) -> str | None:
        """Take a plan from the workers where `decide` gives its status at the end, and return that.

        Nobody can begin a task meanwhile, and whoever was at work on one writes nothing more.
        """

        def work(connection: Connection) -> str | None:
            if not _is_open(connection, plan_id, lock=True):
                return None
            status = decide(_progress(connection, plan_id))
            if status is None:
                return None
            now = clock(connection)
            of_plan = _task_leases.c.plan_id == plan_id
            connection.execute(update(_task_leases).where(of_plan).values(owner=None))
            fail_pending(connection, plan_id, ABANDONED)
            connection.execute(
                update(_plans).where(_plans.c.plan_id == plan_id).values(status=status, updated_at=now)
            )
            lease = update(_plan_leases).where(_plan_leases.c.plan_id == plan_id)
            connection.execute(lease.values(owner=None, heartbeat_at=now, expires_at=now))
            return status

        return self._write_unfenced(plan_id, work)


def _is_open(connection: Connection, plan_id: str, *, lock: bool = False) -> bool:
    statement = select(_plan_leases.c.epoch).where(
        _plan_leases.c.plan_id == plan_id,
        _plan_leases.c.owner.is_not(None),
        _plan_leases.c.purpose == WORKERS,
    )
    return connection.execute(statement.with_for_update() if lock else statement).first() is not None


def _progress(connection: Connection, plan_id: str) -> Progress:
    rows = select(_content.c.filename, _content.c.content_sha256).where(_content.c.plan_id == plan_id)
    begun = select(_running.c.task_key).where(_running.c.plan_id == plan_id)
    leases = select(_task_leases).where(_task_leases.c.plan_id == plan_id)
    stop = select(_submissions.c.stop_requested).where(_submissions.c.plan_id == plan_id)
    # The leases first: whoever ends a task meanwhile has ended it in the other tables before.
    now = clock(connection)
    holders = {
        str(row.task_key): TaskHolder(row.status, row.error_message, owner_of(row, now, PURPOSE))
        for row in connection.execute(leases)
    }
    stop_requested = bool(connection.execute(stop).scalar_one_or_none())
    return Progress(
        begun=frozenset(connection.execute(begun).scalars()),
        stored={str(name): str(sha256) for name, sha256 in connection.execute(rows)},
        holders=holders,
        stop_requested=stop_requested,
    )
