"""Whether a plan can be one of a root task: a plan is never gone on with by another pipeline than its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError
from pipeline.report.matching import Rows, belongs
from pipeline.report.task_graph import expected_tasks
from pipeline.running.inputs import input_files

if TYPE_CHECKING:
    from pipeline.database.service import DatabaseService
    from pipeline.running.lifecycle import RunSettings


def require_own_root(service: DatabaseService, settings: RunSettings, plan_id: str) -> None:
    """Refuse a plan whose rows are those of other tasks than are below the root task.

    A plan that has left no row, and of which no task has begun, can be any pipeline's.
    Raises PlanNotFoundError, DatabaseError, ConfigurationError.
    """
    plan = service.get_plan(plan_id)
    if not plan.made_by_run:
        return
    expected = expected_tasks(settings.root, settings.run_root, plan)
    begun = service.list_running_tasks(plan_id)
    calls: dict[str, tuple[()]] = {row.stage: () for row in service.list_interactions(plan_id)}
    rows = Rows(calls, service.list_content(plan_id), begun, input_files(plan))
    begun_here = not begun or any(task.key in begun for task in expected)
    if belongs(expected, rows) and (begun_here or rows.stages):
        return
    root = f"{settings.root.__module__}:{settings.root.__name__}"
    raise ConfigurationError(
        f"plan {plan_id} is of another pipeline than {root}; name its own root task: "
        f"pipeline resume {plan_id} --root MODULE:CLASS"
    )
