"""Transactions of one plan: each of them short and repeatable, with whatever waits to be written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

from pipeline.database.deferred import DeferredWrite
from pipeline.database.engine import get_engine
from pipeline.database.fencing import check_fences
from pipeline.database.plan_rows import begin_empty
from pipeline.database.retry import RetryPolicy, run_transaction
from pipeline.database.statements import insert_plan
from pipeline.faults import fault_point

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

    from pipeline.database.deferred import DeferredWrites
    from pipeline.faults import FaultPoint

T = TypeVar("T")

# The plans that this process has seen in a database: each task has a service of its own, and asking
# anew for each would cost a statement a task.
_known_plans: WeakKeyDictionary[Engine, set[str]] = WeakKeyDictionary()


class Transactions:
    """Runs pieces of work on an engine, each in a transaction of its own.

    With `deferred`, a line that the tasks of one process share, a write takes along what waits there.
    """

    def __init__(
        self, engine: Engine | None, policy: RetryPolicy | None, deferred: DeferredWrites | None
    ) -> None:
        self._engine = get_engine() if engine is None else engine
        self._policy = RetryPolicy.from_environment() if policy is None else policy
        self._deferred = deferred
        self._dialect = self._engine.dialect.name

    def flush(self) -> None:
        """Write what has been deferred, if anything has."""
        if self._deferred is not None and self._deferred.writes:
            self._write(self._deferred.writes[0].plan_id, lambda _: None)

    def _knows_plan(self, plan_id: str) -> bool:
        return plan_id in _known_plans.get(self._engine, ())

    def _know_plan(self, plan_id: str) -> None:
        _known_plans.setdefault(self._engine, set()).add(plan_id)

    def _forget_plan(self, plan_id: str) -> None:
        _known_plans.get(self._engine, set()).discard(plan_id)

    def _insert_plan(self, connection: Connection, plan_id: str, now: datetime) -> None:
        # A task can be run without `pipeline run`; what it paid for is stored all the same.
        plan = {"plan_id": plan_id, "status": "running", "created_at": now, "updated_at": now}
        if connection.execute(insert_plan(self._dialect), plan).first() is not None:
            begin_empty(connection, plan_id)

    def _write_for_plan(self, plan_id: str, work: Callable[[Connection], T]) -> T:
        """Write, in one transaction with the plan's own row if nobody has made that yet."""
        if self._knows_plan(plan_id):
            return self._write(plan_id, work)
        now = datetime.now(UTC)

        def with_plan(connection: Connection) -> T:
            self._insert_plan(connection, plan_id, now)
            return work(connection)

        result = self._write(plan_id, with_plan)
        self._know_plan(plan_id)
        return result

    def _write_soon(
        self, plan_id: str, work: Callable[[Connection], Any], then: FaultPoint | None = None
    ) -> None:
        """Write with whatever is written next through the same line, or now if there is no line."""
        if self._deferred is not None:
            self._deferred.writes.append(DeferredWrite(plan_id, work, then))
            return
        self._write_for_plan(plan_id, work)
        if then is not None:
            fault_point(then)

    def _write(self, plan_id: str, work: Callable[[Connection], T]) -> T:
        deferred = self._deferred
        waiting = [] if deferred is None else list(deferred.writes)
        plan_ids = dict.fromkeys([*(write.plan_id for write in waiting), plan_id])

        def all_work(connection: Connection) -> T:
            check_fences(connection, plan_ids)
            for write in waiting:
                write.work(connection)
            return work(connection)

        if deferred is None or not waiting:
            return run_transaction(self._engine, all_work, subject=f"plan {plan_id}", policy=self._policy)
        try:
            result = run_transaction(self._engine, all_work, subject=f"plan {plan_id}", policy=self._policy)
        except KeyboardInterrupt:
            # Written with what says that the run was stopped, perhaps for the second time.
            raise
        except BaseException:
            # Given up after all the patience there is: not once more when the task closes.
            del deferred.writes[: len(waiting)]
            raise
        del deferred.writes[: len(waiting)]
        for write in waiting:
            if write.then is not None:
                fault_point(write.then)
        return result

    def _write_unfenced(self, plan_id: str, work: Callable[[Connection], T]) -> T:
        """Write what is not for the plan's owner alone; `work` sees for itself whether it may."""
        return run_transaction(self._engine, work, subject=f"plan {plan_id}", policy=self._policy)

    def _read(self, plan_id: str, work: Callable[[Connection], T]) -> T:
        return run_transaction(
            self._engine, work, subject=f"plan {plan_id}", policy=self._policy, read_only=True
        )
