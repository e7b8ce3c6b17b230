"""A plan in one line of a list: how far it is, what has failed, what it took."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.errors import PlanNotFoundError
from pipeline.llm.prices import booking_prices
from pipeline.report.facts import Money, TaskState
from pipeline.report.gather import gather
from pipeline.report.spending import spend

if TYPE_CHECKING:
    from pipeline.database.listing import ListedPlan
    from pipeline.server.serving import Serving

_HEAD = 160
_KEPT = 2000


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A plan in a list.

    `prompt` is its head. `tasks` is how many there are to do as far as they are known, `failed` names those that
    failed. `owner` is who is at work on it; null for nobody, as far as the database knows.
    """

    plan_id: str
    status: str
    made_by_run: bool
    created_at: datetime
    changed_at: datetime
    files: int
    owner: str | None
    prompt: str | None
    done: int
    tasks: int
    failed: tuple[str, ...]
    input_tokens: int | None
    output_tokens: int | None
    costs: tuple[Money, ...]
    last_write: datetime | None


class PlanLines:
    """Makes lines of plans; of those that nobody is at work on, once for each change of theirs."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._kept: dict[tuple[str, datetime, int], PlanLine] = {}
        self._lock = threading.Lock()

    def line(self, plan: ListedPlan) -> PlanLine | None:
        """Return the line of a plan, None for one that was deleted meanwhile. Raises DatabaseError."""
        key = (plan.plan_id, plan.changed_at, plan.files)
        is_done = plan.owner is None and plan.status == "completed"
        with self._lock:
            if is_done and (kept := self._kept.get(key)) is not None:
                return kept
        try:
            facts = gather(
                self._serving.service, plan.plan_id, self._serving.expect_tasks, prices=booking_prices()
            )
        except PlanNotFoundError:
            return None
        spending = spend(facts.calls)
        control = self._serving.control
        runs_here = control is not None and control.children.is_running(plan.plan_id)
        line = PlanLine(
            plan_id=plan.plan_id,
            status=plan.status,
            made_by_run=plan.made_by_run,
            created_at=plan.created_at,
            changed_at=plan.changed_at,
            files=plan.files,
            owner=plan.owner or ("this server" if runs_here else None),
            prompt=None if facts.prompt is None else facts.prompt[:_HEAD],
            done=facts.count(TaskState.DONE),
            tasks=len(facts.tasks),
            failed=tuple(task.name for task in facts.tasks if task.state is TaskState.FAILED),
            input_tokens=spending.input_tokens,
            output_tokens=spending.output_tokens,
            costs=spending.costs,
            last_write=facts.last_write,
        )
        if is_done:
            with self._lock:
                self._kept[key] = line
                while len(self._kept) > _KEPT:
                    del self._kept[next(iter(self._kept))]
        return line
