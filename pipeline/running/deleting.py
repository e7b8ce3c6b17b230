"""Deletes a plan, once nobody is at work on it."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from pipeline.names import check_plan_id
from pipeline.running.ownership import held_here, owned

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.database.service import DatabaseService


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
