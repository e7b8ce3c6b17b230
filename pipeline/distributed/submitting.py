"""Hands plans to the workers, stops them there, and waits for their end."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.database.records import PlanRecord
from pipeline.distributed.luigid import Luigid
from pipeline.distributed.plan_tasks import PlanTasks, check_shareable
from pipeline.errors import ConfigurationError
from pipeline.machine import host_name
from pipeline.names import plan_directory
from pipeline.plans.doctor import STALE_REASON
from pipeline.running.graph import load_root
from pipeline.running.lifecycle import make_root, not_made_by_run
from pipeline.running.ownership import check_not_owned, owned

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from pipeline.database.service import DatabaseService
    from pipeline.speed_vs_detail import SpeedVsDetailEnum

_LOOKS_EVERY_SECONDS = 0.5


def submit_new(
    service: DatabaseService,
    plan_id: str,
    *,
    root: str,
    run_root: Path,
    scheduler_url: str | None,
    prompt: str,
    started_at: datetime,
    speed_vs_detail: SpeedVsDetailEnum,
    llm_models: tuple[str, ...],
) -> None:
    """Create a plan and hand it to the workers.

    Raises ConfigurationError if the plan exists or has tasks that workers cannot share, PlanBusyError, DatabaseError.
    """
    record = PlanRecord(plan_id, "created", prompt, started_at, speed_vs_detail.value, llm_models)
    # Found out before anything is made.
    _tasks(record, root, run_root)
    record = service.create_plan(
        plan_id,
        prompt=prompt,
        started_at=started_at,
        speed_vs_detail=speed_vs_detail.value,
        llm_models=llm_models,
    )
    _hand_over(service, record, root, run_root, scheduler_url)


def submit_again(
    service: DatabaseService, plan_id: str, *, root: str, run_root: Path, scheduler_url: str | None
) -> None:
    """Hand a plan that exists to the workers: what failed is tried again, what is done stays.

    Raises PlanNotFoundError, ConfigurationError, PlanBusyError, DatabaseError.
    """
    record = service.get_plan(plan_id)
    if not record.made_by_run:
        raise not_made_by_run(plan_id)
    _tasks(record, root, run_root)
    _hand_over(service, record, root, run_root, scheduler_url)


def stop(service: DatabaseService, plan_id: str, *, wait: bool) -> int:
    """Have no further task of a submitted plan begun, and return how many are still being run.

    With `wait`, once none is any more. Raises PlanNotFoundError, PlanBusyError where a process has the plan,
    ConfigurationError where nobody has it.
    """
    service.get_plan(plan_id)
    if not service.request_stop(plan_id):
        check_not_owned(service, plan_id)
        raise ConfigurationError(f"plan {plan_id} is not being worked on")
    while service.end_if(plan_id, lambda progress: None if progress.at_work else "stopped") is None:
        at_work = service.progress(plan_id).at_work
        if not wait:
            return len(at_work)
        if plan_id not in {plan.plan_id for plan in service.list_submitted()}:
            break
        time.sleep(_LOOKS_EVERY_SECONDS)
    return 0


def wait_for_end(service: DatabaseService, plan_id: str) -> str:
    """Wait until the workers have a plan no more, and return its status then."""
    while plan_id in {plan.plan_id for plan in service.list_submitted()}:
        time.sleep(_LOOKS_EVERY_SECONDS)
    return service.get_plan(plan_id).status


def _tasks(record: PlanRecord, root: str, run_root: Path) -> PlanTasks:
    run_dir = plan_directory(run_root, record.plan_id)
    tasks = PlanTasks(record, make_root(load_root(root), record, run_dir), run_dir)
    check_shareable(tasks)
    return tasks


def _hand_over(
    service: DatabaseService, record: PlanRecord, root: str, run_root: Path, scheduler_url: str | None
) -> None:
    with owned(service, record.plan_id, "submit"):
        service.fail_pending_interactions(record.plan_id, STALE_REASON)
        service.hand_to_workers(record.plan_id, root)
    if scheduler_url is not None:
        # The workers add it as well, when they find it in the database; so it can be seen there before that.
        epochs = {plan.plan_id: plan.epoch for plan in service.list_submitted()}
        tasks = replace(_tasks(record, root, run_root), epoch=epochs.get(record.plan_id, 0))
        luigid = Luigid(scheduler_url, f"submit-{host_name()}-{os.getpid()}")
        luigid.add(tasks, tasks.standings(service.progress(record.plan_id)), tasks.tasks)
