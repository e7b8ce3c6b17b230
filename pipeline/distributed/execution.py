# mypy: allow-untyped-calls
"""Runs one task of a submitted plan in this process, with Luigi's own way of running it."""

from __future__ import annotations

import queue
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import luigi
from luigi.task_register import load_task
from luigi.task_status import DONE
from luigi.worker import TaskStatusReporter

from pipeline.distributed.exchange import store_outputs, stored_by
from pipeline.files import take_away
from pipeline.llm.executor import PipelineStopRequested
from pipeline.plan_task import PlanTask
from pipeline.running.graph import output_paths
from pipeline.running.workers import StoppableProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.database.service import DatabaseService
    from pipeline.distributed.luigid import Luigid
    from pipeline.distributed.plan_tasks import PlanTasks


@dataclass(frozen=True, slots=True)
class Execution:
    """What became of a task.

    Attributes:
        error: why it failed, None if it did not.
        wanted: the tasks that it asked for in the middle of its work and that are not done.
        asked_to_stop: whether its executor's callback stopped it.
    """

    seconds: float
    error: str | None = None
    wanted: tuple[luigi.Task, ...] = ()
    asked_to_stop: bool = False


class _SharedProcess(StoppableProcess):
    """Runs a task here, and sees to it that what it has written is in the database before it counts as done."""

    def __init__(self, service: DatabaseService, tasks: PlanTasks, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._service = service
        self._tasks = tasks

    def _run_get_new_deps(self) -> Any:
        wanted = super()._run_get_new_deps()
        if not wanted:
            store_outputs(self._service, self._tasks, self.task)
        return wanted


def execute(service: DatabaseService, scheduler: Luigid, tasks: PlanTasks, task: luigi.Task) -> Execution:
    """Run a task. Raises KeyboardInterrupt; every other error of it is in what is returned."""
    results: queue.SimpleQueue[Any] = queue.SimpleQueue()
    process = _SharedProcess(
        service,
        tasks,
        task,
        scheduler.worker_id,
        results,
        TaskStatusReporter(scheduler, tasks.shared_id(task), scheduler.worker_id, None),
        use_multiprocessing=False,
        # By what the database says they are done, and their files are here.
        check_unfulfilled_deps=False,
        # A task that ends well without having written its files has not ended well.
        check_complete_on_run=True,
    )
    begun = time.monotonic()
    with _heard(service, tasks, task) as errors:
        process.run()
    _, status, explanation, _, new_dependencies = results.get()
    seconds = time.monotonic() - begun
    if new_dependencies:
        return Execution(seconds, wanted=tuple(load_task(*wanted) for wanted in new_dependencies))
    if status == DONE:
        return Execution(seconds)
    error = errors[-1] if errors else None
    return Execution(
        seconds,
        error=str(error or explanation or status),
        asked_to_stop=isinstance(error, PipelineStopRequested),
    )


@contextmanager
def _heard(service: DatabaseService, tasks: PlanTasks, task: luigi.Task) -> Iterator[list[BaseException]]:
    """Note the end of a task that ends well, and take away what one has written that does not."""
    errors: list[BaseException] = []

    def succeeded(ended: luigi.Task) -> None:
        if isinstance(ended, PlanTask):
            ended.note_end(at_once=True)

    def failed(_: luigi.Task, error: BaseException) -> None:
        errors.append(error)
        for path in output_paths(task):
            with suppress(OSError):
                take_away(path, stored_by(service, tasks))

    handlers = {luigi.Event.SUCCESS: succeeded, luigi.Event.FAILURE: failed}
    for event, handler in handlers.items():
        luigi.Task.event_handler(event)(handler)
    try:
        yield errors
    finally:
        for event, handler in handlers.items():
            luigi.Task.remove_event_handler(event, handler)
