"""Leases of single tasks: which worker has which task of a plan that was submitted to workers.

The scheduler hands out each task once, as far as it remembers; that no two workers ever work on one is seen to here.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, select, update

from pipeline.database.abandoned import fail_pending
from pipeline.database.fencing import Fence, lost_text
from pipeline.database.leases import WORKERS, clock, owner_of, this_process, until
from pipeline.database.models import PlanLease, Submission, TaskLease, table_of
from pipeline.database.retry import RetryPolicy, run_transaction
from pipeline.database.statements import insert_task_lease
from pipeline.errors import PlanBusyError, PlanLostError
from pipeline.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

T = TypeVar("T")

_plan_leases = table_of(PlanLease)
_leases = table_of(TaskLease)
_submissions = table_of(Submission)

PURPOSE = "worker"
ABANDONED = "abandoned: the worker that made this call is gone"


@dataclass(frozen=True, slots=True)
class TaskName:
    """A task: its plan, its key, which is the same on every machine, and what Luigi calls it on this one."""

    plan_id: str
    task_key: str
    task_id: str


class TaskLeases:
    """Takes, renews and ends the leases of tasks. Raises what DatabaseService raises."""

    def __init__(self, engine: Engine, policy: RetryPolicy) -> None:
        self._engine = engine
        self._policy = policy

    def take(self, task: TaskName, seconds: float) -> Fence:
        """Make this process the owner of a task, and close the calls that a dead owner has left.

        Raises PlanBusyError where another worker has the task, or nobody is to work on it any more: the plan was
        not submitted, or is being stopped, or the task has failed since the plan was submitted.
        """
        owner = uuid.uuid4().hex

        def work(connection: Connection) -> Fence:
            _check_open(connection, task.plan_id)
            now = clock(connection, seconds)
            values = {
                "owner": owner,
                "task_id": task.task_id,
                "status": "running",
                "error_message": None,
                "acquired_at": now,
                **this_process(),
                **until(now, seconds),
            }
            first = {"plan_id": task.plan_id, "task_key": task.task_key, "epoch": 1, **values}
            if connection.execute(insert_task_lease(self._engine.dialect.name), first).first() is not None:
                return Fence(task.plan_id, owner, 1, seconds, task.task_key)
            row = connection.execute(
                select(_leases).where(*_is(task.plan_id, task.task_key)).with_for_update()
            ).one()
            if row.owner == owner:
                # The answer to an earlier commit got lost.
                return Fence(task.plan_id, owner, row.epoch, seconds, task.task_key)
            if row.status == "failed":
                raise PlanBusyError(f"the task {task.task_key} of plan {task.plan_id} has failed")
            if (other := owner_of(row, clock(connection), PURPOSE)).is_at_work:
                raise PlanBusyError(
                    f"the task {task.task_key} of plan {task.plan_id} is being run by {other}"
                )
            epoch = row.epoch + 1
            connection.execute(
                update(_leases).where(*_is(task.plan_id, task.task_key)).values(**values, epoch=epoch)
            )
            fail_pending(connection, task.plan_id, ABANDONED, row.task_id)
            return Fence(task.plan_id, owner, epoch, seconds, task.task_key)

        return self._run(task.plan_id, work)

    def renew(self, fence: Fence) -> None:
        """Say that the owner lives; raises PlanLostError if it is the owner no more."""

        def work(connection: Connection) -> None:
            statement = _held_by(update(_leases), fence)
            values = until(clock(connection, fence.seconds), fence.seconds)
            if connection.execute(statement.values(**values)).rowcount != 1:
                raise PlanLostError(lost_text(connection, fence))

        self._run(fence.plan_id, work)

    def end(self, fence: Fence, error: str | None = None) -> None:
        """End the lease of a task that is done, or has failed; raises PlanLostError if it is somebody else's."""
        values = {
            "owner": None,
            "status": "done" if error is None else "failed",
            "error_message": None if error is None else redact(error),
        }

        def work(connection: Connection) -> None:
            if connection.execute(_held_by(update(_leases), fence).values(**values)).rowcount == 1:
                return
            row = connection.execute(select(_leases).where(*_is(fence.plan_id, fence.task_key or ""))).first()
            # After a lost answer it has been done already.
            if row is None or (row.epoch, row.status) != (fence.epoch, values["status"]):
                raise PlanLostError(lost_text(connection, fence))

        self._run(fence.plan_id, work)

    def give_back(self, fence: Fence) -> None:
        """End the lease of a task that has neither ended well nor failed, so that any worker can have it at once."""

        def work(connection: Connection) -> None:
            now = clock(connection)
            connection.execute(_held_by(update(_leases), fence).values(owner=None, **until(now, 0.0)))

        self._run(fence.plan_id, work)

    def _run(self, plan_id: str, work: Callable[[Connection], T]) -> T:
        return run_transaction(self._engine, work, subject=f"plan {plan_id}", policy=self._policy)


def _check_open(connection: Connection, plan_id: str) -> None:
    # FOR SHARE: whoever takes the plan from the workers waits for this, or this for that.
    lease = select(_plan_leases.c.owner, _plan_leases.c.purpose).where(_plan_leases.c.plan_id == plan_id)
    row = connection.execute(lease.with_for_update(read=True)).one_or_none()
    if row is None or row.owner is None or row.purpose != WORKERS:
        raise PlanBusyError(f"plan {plan_id} is not the workers' any more")
    asked = select(_submissions.c.stop_requested).where(_submissions.c.plan_id == plan_id)
    if connection.execute(asked).scalar_one_or_none():
        raise PlanBusyError(f"plan {plan_id} is being stopped")


def _is(plan_id: str, task_key: str) -> tuple[Any, Any]:
    return _leases.c.plan_id == plan_id, _leases.c.task_key == task_key


def _held_by(statement: Any, fence: Fence) -> Any:
    return statement.where(
        *_is(fence.plan_id, fence.task_key or ""),
        _leases.c.owner == fence.owner,
        _leases.c.epoch == fence.epoch,
    )
