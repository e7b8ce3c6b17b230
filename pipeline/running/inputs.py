"""The two files that are there before the first task: made of what `plans` stores, and of nothing else."""

import json
from datetime import UTC

from pipeline.database.records import PlanRecord

START_TIME = "001-1-start_time.json"
INITIAL_PLAN = "001-2-plan.txt"


def input_files(plan: PlanRecord) -> dict[str, bytes]:
    """Return the input files of a plan by name; none for a plan without prompt or start."""
    if plan.prompt is None or plan.started_at is None:
        return {}
    started_at = plan.started_at.astimezone(UTC)
    start_time = {"start_time": started_at.isoformat().replace("+00:00", "Z")}
    initial_plan = f"Plan:\n{plan.prompt}\n\nStart date:\n{started_at:%Y-%m-%d}\n"
    return {
        START_TIME: (json.dumps(start_time, indent=2) + "\n").encode("utf-8"),
        INITIAL_PLAN: initial_plan.encode("utf-8"),
    }
