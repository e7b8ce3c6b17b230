"""Deletes a plan, once nobody is at work on it."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from pipeline.errors import PlanBusyError, PlanNotFoundError
from pipeline.names import check_plan_id
from pipeline.running.ownership import held_here, owned
from pipeline.running.plan_lock import lock_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from pipeline.database.listing import ListedPlan
    from pipeline.database.service import DatabaseService


def delete_plans(
    service: DatabaseService, run_root: Path, plans: Iterable[ListedPlan], *, unchanged_since: datetime
) -> Iterator[str]:
    """Delete plans that nobody is at work on, and yield the ids of those that have been deleted.

    One that has changed since it was listed is left. Raises DatabaseError.
    """
    for listed in plans:
        try:
            with ExitStack() as stack:
                if lock_of(run_root, listed.plan_id).exists():
                    stack.enter_context(held_here(service, run_root, listed.plan_id))
                stack.enter_context(owned(service, listed.plan_id, "delete"))
                plan = service.find_plan(listed.plan_id)
                if plan is None or plan.updated_at is None or plan.updated_at >= unchanged_since:
                    continue
                service.delete_plan(listed.plan_id)
        except (PlanBusyError, PlanNotFoundError):
            continue
        yield listed.plan_id


def delete_plan(service: DatabaseService, run_root: Path, plan_id: str) -> dict[str, int]:
    """Delete a plan and everything that is stored for it; return how many rows of each kind there were.

    Raises PlanNotFoundError, InvalidNameError, PlanBusyError, DatabaseError.
    """
    check_plan_id(plan_id)
    with held_here(service, run_root, plan_id), ExitStack() as stack:
        # Of one whose own row is gone, nobody can be the owner.
        if service.find_plan(plan_id) is not None:
            stack.enter_context(owned(service, plan_id, "delete"))
        return service.delete_plan(plan_id)
