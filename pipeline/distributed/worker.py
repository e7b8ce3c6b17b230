# mypy: allow-untyped-calls
"""A worker: runs tasks of any submitted plan, as the scheduler hands them out.

Which tasks are done, have failed or are being run is asked of the database. The scheduler's grant alone lets nobody
run a task: the task's lease does.
"""

from __future__ import annotations

import logging
import os
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from luigi.worker import KeepAliveThread

from pipeline.database.deferred import line_of_this_process
from pipeline.database.fencing import raise_if_lost
from pipeline.database.task_leases import TaskName
from pipeline.distributed.exchange import clear_outputs, fetch_files
from pipeline.distributed.execution import Execution, execute
from pipeline.distributed.holding import HeldTask, held_task
from pipeline.distributed.luigid import Luigid
from pipeline.distributed.plan_tasks import PlanTasks, Standing
from pipeline.errors import ConfigurationError, PipelineError, PlanBusyError
from pipeline.log_context import working_on
from pipeline.machine import host_name
from pipeline.names import plan_directory
from pipeline.plan_task import KEEP_ANSWERS_VARIABLE
from pipeline.running.cut_short import task_key
from pipeline.running.ending import impatient_policy
from pipeline.running.graph import load_root, walk
from pipeline.running.lifecycle import make_root
from pipeline.running.luigi_configuration import use_own_configuration
from pipeline.running.stopping import closing, graceful, raise_if_stopped

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import luigi

    from pipeline.database.service import DatabaseService
    from pipeline.database.submissions import Progress, SubmittedPlan

logger = logging.getLogger(__name__)

_PING_SECONDS = 1.0
_ASKS_EVERY_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """How a worker works.

    Attributes:
        poll_seconds: how often one that has nothing to do looks at the plans.
        until_done: whether it ends when no submitted plan is left.
        grace_seconds: how long SIGTERM leaves the task that is running, and what is to be put in order after it.
    """

    scheduler_url: str
    run_root: Path
    lease_seconds: float
    poll_seconds: float
    until_done: bool
    grace_seconds: float = 0.0


@dataclass(slots=True)
class WorkerOutcome:
    """What a worker has done: tasks that ended well here, tasks that failed here, plans that it saw fail."""

    done: int = 0
    failed_tasks: list[str] = field(default_factory=list)
    failed_plans: list[str] = field(default_factory=list)


def work(service: DatabaseService, settings: WorkerSettings, tell: Callable[[str], None]) -> WorkerOutcome:
    """Run tasks until no plan is left, or for ever.

    Raises KeyboardInterrupt, PlanLostError where another worker has taken over a task of this one, DatabaseError.
    """
    # Nothing that a task needs is lost with this process.
    os.environ[KEEP_ANSWERS_VARIABLE] = "1"
    use_own_configuration()
    worker_id = f"{host_name()}-{os.getpid()}-{secrets.token_hex(2)}"
    worker = _Worker(service, settings, tell, Luigid(settings.scheduler_url, worker_id))
    ping = KeepAliveThread(
        Luigid(settings.scheduler_url, worker_id, tells=False), worker_id, _PING_SECONDS, lambda _: None
    )
    ping.daemon = True
    ping.start()
    try:
        worker.run()
    finally:
        ping.stop()
    return worker.outcome


class _Worker:
    def __init__(
        self,
        service: DatabaseService,
        settings: WorkerSettings,
        tell: Callable[[str], None],
        scheduler: Luigid,
    ) -> None:
        self._service = service
        self._settings = settings
        self._tell = tell
        self._scheduler = scheduler
        self._plans: dict[str, PlanTasks] = {}
        self._unusable: dict[str, int] = {}
        self._ready: dict[str, set[str]] = {}
        self.outcome = WorkerOutcome()

    def run(self) -> None:
        """Work until there is no plan, if that is wanted."""
        next_look = 0.0
        while True:
            raise_if_stopped()
            granted = self._scheduler.grant(host_name())
            if granted is not None:
                if (found := self._find(granted)) is None:
                    self._scheduler.refuse(granted)
                else:
                    self._run_granted(*found)
                continue
            if time.monotonic() >= next_look:
                if not self._look() and self._settings.until_done:
                    return
                next_look = time.monotonic() + self._settings.poll_seconds
            else:
                time.sleep(min(_ASKS_EVERY_SECONDS, self._settings.poll_seconds))

    def _find(self, shared_id: str) -> tuple[PlanTasks, luigi.Task] | None:
        for tasks in self._plans.values():
            if (task := tasks.by_shared_id.get(shared_id)) is not None:
                return tasks, task
        return None

    # -- one task

    def _run_granted(self, tasks: PlanTasks, task: luigi.Task) -> None:
        name = TaskName(tasks.plan.plan_id, task_key(task), task.task_id)
        with working_on(tasks.plan.plan_id, task.get_task_family()):
            self._have_and_run(name, tasks, task)

    def _have_and_run(self, name: TaskName, tasks: PlanTasks, task: luigi.Task) -> None:
        try:
            with held_task(self._service, name, self._settings.lease_seconds) as held:
                is_done = self._run_held(tasks, task, held)
        except PlanBusyError as error:
            # Not to be granted again before somebody has looked at the plan.
            logger.info("%s", error)
            self._scheduler.tell_ended(tasks, task, done=False)
            return
        except KeyboardInterrupt:
            with closing():
                self._scheduler.tell_ended(tasks, task, done=False)
            raise
        if is_done is not None:
            self._scheduler.tell_ended(tasks, task, done=is_done)

    def _run_held(self, tasks: PlanTasks, task: luigi.Task, held: HeldTask) -> bool | None:
        """Run a task that this process has; return whether it is done, None if it waits for others."""
        progress = self._service.progress(tasks.plan.plan_id)
        standing = tasks.standings_without(progress, task)[task.task_id]
        if standing is Standing.DONE:
            held.end()
            return True
        if standing is not Standing.READY:
            return False
        execution = self._execute(tasks, task, progress)
        raise_if_lost()
        plan_id, family = tasks.plan.plan_id, task.get_task_family()
        if execution.asked_to_stop:
            self._service.request_stop(plan_id)
            return False
        if execution.wanted:
            return self._add_wanted(tasks, task, execution.wanted)
        held.end(execution.error)
        if execution.error is None:
            self.outcome.done += 1
            self._tell(f"plan {plan_id}: {family} done in {execution.seconds:.1f} s")
            return True
        self.outcome.failed_tasks.append(f"{plan_id} {family}")
        self._tell(f"plan {plan_id}: {family} FAILED: {execution.error}")
        return False

    def _execute(self, tasks: PlanTasks, task: luigi.Task, progress: Progress) -> Execution:
        standings = tasks.standings(progress)
        unfinished = [other for other in tasks.tasks if standings[other.task_id] is not Standing.DONE]
        try:
            fetch_files(self._service, tasks, progress, without=[*unfinished, task])
            clear_outputs(self._service, tasks, task)
        except (PipelineError, OSError) as error:
            raise_if_lost()
            return Execution(0.0, error=str(error))
        with graceful(self._settings.grace_seconds):
            try:
                return execute(self._service, self._scheduler, tasks, task)
            except KeyboardInterrupt as interrupt:
                raise_if_lost()
                with closing():
                    self._close_interrupted(tasks, task, interrupt)
                raise

    def _close_interrupted(self, tasks: PlanTasks, task: luigi.Task, interrupt: KeyboardInterrupt) -> None:
        try:
            ending = self._service.sharing(line_of_this_process(), impatient_policy())
            ending.flush()
            reason = f"interrupted: {interrupt or 'SIGINT'} ended the worker"
            ending.fail_pending_interactions(tasks.plan.plan_id, reason, task.task_id)
            clear_outputs(self._service, tasks, task)
        except (PipelineError, OSError):
            # Whoever takes the task closes what is open.
            logger.exception("plan %s: the calls of %s could not be closed", tasks.plan.plan_id, task.task_id)

    def _add_wanted(self, tasks: PlanTasks, task: luigi.Task, wanted: tuple[luigi.Task, ...]) -> bool | None:
        """Add the tasks that a task has asked for, with what they depend on; they are the plan's from now on."""
        grown = tasks.with_wanted(task, wanted)
        self._plans[tasks.plan.plan_id] = grown
        standings = grown.standings(self._service.progress(tasks.plan.plan_id))
        for each in wanted:
            self._scheduler.add(grown, standings, walk(each))
        self._scheduler.wait_for(grown, task, wanted)
        return None

    # -- the plans

    def _look(self) -> bool:
        """Look at the plans: add what is to be done, end those of which nothing is; return whether any is left."""
        submitted = self._service.list_submitted()
        for plan_id in self._plans.keys() - {plan.plan_id for plan in submitted}:
            self._forget(plan_id)
        left = False
        was_away = not self._scheduler.is_there
        for plan in submitted:
            tasks, is_new = self._tasks_of(plan)
            if tasks is None:
                continue
            left = True
            progress = self._service.progress(plan.plan_id)
            if tasks.status_at_end(progress) is not None:
                if self._service.end_if(plan.plan_id, tasks.status_at_end) is not None:
                    self._forget(plan.plan_id, tasks.in_the_way(progress))
                continue
            if progress.stop_requested:
                continue
            standings = tasks.standings(progress)
            self._scheduler.add(
                tasks, standings, tasks.tasks if is_new or was_away else tasks.ready(standings)
            )
            self._take_back_left(tasks, standings)
        return left

    def _take_back_left(self, tasks: PlanTasks, standings: dict[str, Standing]) -> None:
        """Have tasks granted again that could be run at the last look too: who was granted one of these is gone.

        Somebody who is just about to take the lease of one keeps it: the lease is given once, whatever is granted.
        """
        plan_id = tasks.plan.plan_id
        ready = {task_id for task_id, standing in standings.items() if standing is Standing.READY}
        left, self._ready[plan_id] = ready & self._ready.get(plan_id, set()), ready
        for task in tasks.tasks:
            if task.task_id in left:
                self._scheduler.take_back(tasks, task)

    def _tasks_of(self, plan: SubmittedPlan) -> tuple[PlanTasks | None, bool]:
        known = self._plans.get(plan.plan_id)
        if known is not None and known.epoch == plan.epoch:
            return known, False
        try:
            record = self._service.get_plan(plan.plan_id)
            run_dir = plan_directory(self._settings.run_root, plan.plan_id)
            tasks = PlanTasks(record, make_root(load_root(plan.root), record, run_dir), run_dir, plan.epoch)
        except ConfigurationError as error:
            # Another worker may have what this one lacks.
            if self._unusable.get(plan.plan_id) != plan.epoch:
                logger.warning("plan %s is left to other workers: %s", plan.plan_id, error)
            self._unusable[plan.plan_id] = plan.epoch
            return None, False
        self._plans[plan.plan_id] = tasks
        return tasks, True

    def _forget(self, plan_id: str, in_the_way: str = "") -> None:
        self._plans.pop(plan_id, None)
        self._ready.pop(plan_id, None)
        plan = self._service.find_plan(plan_id)
        if plan is not None:
            self._tell(f"plan {plan_id}: {plan.status}{f': {in_the_way}' if in_the_way else ''}")
            if plan.status == "failed":
                self.outcome.failed_plans.append(plan_id)
