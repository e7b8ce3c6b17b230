"""Plans: made, found, deleted with all of their rows."""

from __future__ import annotations

from datetime import UTC, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, select, update

from pipeline.database.fencing import lower_fence
from pipeline.database.models import Plan, table_of
from pipeline.database.plan_rows import CHILDREN, LEASES, begin_empty, exists, rows_of_plan
from pipeline.database.records import PlanRecord
from pipeline.database.statements import insert_plan
from pipeline.database.transactions import Transactions
from pipeline.database.values import check_plan_status, short_text, storable
from pipeline.errors import ConfigurationError, PlanNotFoundError
from pipeline.names import check_plan_id

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_plans = table_of(Plan)

_LOOKED_AT = 1000
_NAMED = 5


class Plans(Transactions):
    """Makes, finds and deletes plans. Raises what pipeline.database.service.DatabaseService raises."""

    def create_plan(
        self,
        plan_id: str,
        *,
        prompt: str,
        started_at: datetime,
        speed_vs_detail: str,
        llm_models: Collection[str],
        along: Callable[[Connection], None] | None = None,
    ) -> PlanRecord:
        """Insert a plan and return it; `along` writes what it begins with, in the same transaction.

        Raises ConfigurationError if a different one has its id, or if rows of one that was deleted do.
        """
        check_plan_id(plan_id)
        if not isinstance(prompt, str):
            raise ConfigurationError(f"create_plan: prompt is {type(prompt).__name__}, not str")
        if not isinstance(started_at, datetime):
            raise ConfigurationError(f"create_plan: started_at is {type(started_at).__name__}, not datetime")
        short_text("create_plan", {"speed_vs_detail": speed_vs_detail}, "speed_vs_detail")
        for name in llm_models:
            short_text("create_plan: llm_models", {"llm_model": name}, "llm_model")
        now = datetime.now(UTC)
        values = {
            "plan_id": plan_id,
            "prompt": storable(prompt),
            "started_at": started_at,
            "speed_vs_detail": speed_vs_detail,
            "llm_models": list(llm_models),
            "status": "created",
            "created_at": now,
            "updated_at": now,
        }

        def work(connection: Connection) -> None:
            if connection.execute(insert_plan(self._dialect), values).first() is not None:
                begin_empty(connection, plan_id)
                if along is not None:
                    along(connection)

        self._write(plan_id, work)
        plan = self.get_plan(plan_id)
        # After a lost answer the row that is in the way is this call's own.
        others = {
            "prompt": (plan.prompt, values["prompt"]),
            "start time": (plan.started_at, started_at),
            "speed": (plan.speed_vs_detail, speed_vs_detail),
            "models": (plan.llm_models, tuple(llm_models)),
        }
        if different := [name for name, (stored, given) in others.items() if stored != given]:
            raise ConfigurationError(f"{taken(plan)}; it differs in its {', '.join(different)}")
        return plan

    def find_plan(self, plan_id: str) -> PlanRecord | None:
        """Return a plan, None if there is none."""
        statement = select(_plans).where(_plans.c.plan_id == check_plan_id(plan_id))
        row = self._read(plan_id, lambda c: c.execute(statement).one_or_none())
        if row is None:
            return None
        self._know_plan(plan_id)
        return PlanRecord(
            plan_id=row.plan_id,
            status=row.status,
            prompt=row.prompt,
            started_at=row.started_at,
            speed_vs_detail=row.speed_vs_detail,
            llm_models=tuple(row.llm_models or ()),
            created_at=row.created_at,
            updated_at=row.updated_at,
        )

    def get_plan(self, plan_id: str) -> PlanRecord:
        """Return a plan; raises PlanNotFoundError, which names those that it may have been meant for."""
        plan = self.find_plan(plan_id)
        if plan is None:
            raise PlanNotFoundError(f"there is no plan {plan_id}{self._nearest(plan_id)}")
        return plan

    def _nearest(self, plan_id: str) -> str:
        statement = select(_plans.c.plan_id).order_by(_plans.c.created_at.desc()).limit(_LOOKED_AT)
        known = [str(name) for name in self._read(plan_id, lambda c: c.execute(statement).scalars().all())]
        if near := get_close_matches(plan_id, known, n=3, cutoff=0.5):
            return f"; did you mean {' or '.join(near)}?"
        if not known:
            return "; the database has none"
        rest = " and others" if len(known) > _NAMED else ""
        return f"; the newest are {', '.join(known[:_NAMED])}{rest}"

    def set_plan_status(self, plan_id: str, status: str) -> None:
        """Set a plan's status: created, running, completed, failed or stopped."""
        values = {"status": check_plan_status(status), "updated_at": datetime.now(UTC)}
        statement = update(_plans).where(_plans.c.plan_id == check_plan_id(plan_id)).values(**values)
        self._write(plan_id, lambda c: c.execute(statement))

    def delete_plan(self, plan_id: str) -> dict[str, int]:
        """Delete a plan and all of its rows, also those of one whose own row is gone; return how many of each.

        Raises PlanNotFoundError where there is nothing at all.
        """
        check_plan_id(plan_id)

        def work(connection: Connection) -> tuple[int, dict[str, int]]:
            # Counted first: on some databases deleting the plan takes them along.
            counts = rows_of_plan(connection, plan_id)
            for table in (*CHILDREN.values(), *LEASES):
                if exists(connection, table):
                    connection.execute(delete(table).where(table.c.plan_id == plan_id))
            found = connection.execute(delete(_plans).where(_plans.c.plan_id == plan_id)).rowcount
            # Before the commit, after which this process's own heartbeat finds no lease any more.
            lower_fence(self._engine.url, plan_id)
            return found, counts

        found, counts = self._write(plan_id, work)
        self._forget_plan(plan_id)
        if not found and not counts:
            raise PlanNotFoundError(f"there is no plan {plan_id}")
        return counts


def taken(plan: PlanRecord) -> str:
    """Say that a plan's id is in use, and what can be done with that plan."""
    way = f"`pipeline resume {plan.plan_id}` goes on with it, or take another plan id"
    if not plan.made_by_run:
        way = "it was not made by pipeline run; take another plan id"
    return f"there is already a plan {plan.plan_id}: {way}"
