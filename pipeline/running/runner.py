# mypy: allow-untyped-calls
"""Runs a plan's task graph with Luigi, in this process."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import luigi
from luigi.scheduler import Scheduler

from pipeline.files import take_away
from pipeline.log_context import at_task
from pipeline.plan_task import PlanTask
from pipeline.running.graph import failed_tasks, output_paths, overlooked_tasks, walk
from pipeline.running.luigi_configuration import use_own_configuration
from pipeline.running.progress import Progress
from pipeline.running.workers import StoppableWorker


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """What became of a run."""

    tasks: int
    done: int
    failed: tuple[str, ...]

    @property
    def succeeded(self) -> bool:
        """Whether every task is done."""
        return self.done == self.tasks


class _Factory:
    """Luigi's scheduler and worker as this pipeline needs them, whatever a luigi.cfg nearby says."""

    def create_local_scheduler(self) -> Scheduler:
        return Scheduler(prune_on_get_work=True, record_task_history=False)

    def create_worker(
        self, scheduler: Scheduler, worker_processes: int, assistant: bool = False
    ) -> StoppableWorker:
        return StoppableWorker(
            scheduler=scheduler,
            worker_processes=worker_processes,
            assistant=assistant,
            send_failure_email=False,
            wait_interval=0.2,
            wait_jitter=0.0,
        )


def run_tasks(
    root: luigi.Task, *, workers: int, progress: Progress, is_stored: Callable[[Path], bool]
) -> RunOutcome:
    """Run `root` and everything it depends on; `progress` is told of each task.

    `is_stored` says whether the database holds a file that a failed task has left.
    """
    tasks = walk(root)
    use_own_configuration()
    with _Teller(tasks, progress, is_stored), _Ends(at_once=workers > 1):
        # A file that is gone for good is made again, although what was made of it is there.
        goals = [root, *overlooked_tasks(tasks)]
        luigi.build(goals, worker_scheduler_factory=_Factory(), local_scheduler=True, workers=workers)
    done = sum(task.complete() for task in tasks)
    return RunOutcome(tasks=len(tasks), done=done, failed=failed_tasks(tasks))


class _Ends:
    """Has the database know of each task that ends well, in whichever process that is."""

    def __init__(self, *, at_once: bool) -> None:
        # A worker of several is gone after its task; a single one goes on, and can take the note along.
        self._at_once = at_once

    def __enter__(self) -> None:
        luigi.Task.event_handler(luigi.Event.SUCCESS)(self._ended)

    def __exit__(self, *_: object) -> None:
        luigi.Task.remove_event_handler(luigi.Event.SUCCESS, self._ended)

    def _ended(self, task: luigi.Task) -> None:
        if isinstance(task, PlanTask):
            task.note_end(at_once=self._at_once)


class _Teller:
    """Tells of tasks as they begin and end. With several workers that happens in theirs, so it counts files."""

    def __init__(
        self, tasks: tuple[luigi.Task, ...], progress: Progress, is_stored: Callable[[Path], bool]
    ) -> None:
        self._tasks = tasks
        self._is_stored = is_stored
        self._progress = progress
        self._handlers: dict[str, Callable[..., None]] = {
            luigi.Event.START: self._began,
            luigi.Event.PROCESSING_TIME: self._ended,
            luigi.Event.FAILURE: self._failed,
            luigi.Event.PROCESS_FAILURE: self._failed,
        }

    def __enter__(self) -> None:
        for event, handler in self._handlers.items():
            luigi.Task.event_handler(event)(handler)

    def __exit__(self, *_: object) -> None:
        for event, handler in self._handlers.items():
            luigi.Task.remove_event_handler(event, handler)
        self._progress.close()

    def _began(self, task: luigi.Task) -> None:
        at_task(task.get_task_family())
        self._progress.began(self._done(), len(self._tasks), task.get_task_family())

    def _ended(self, task: luigi.Task, seconds: float) -> None:
        self._progress.ended(self._done(), len(self._tasks), task.get_task_family(), seconds)
        at_task(None)

    def _failed(self, task: luigi.Task, error: BaseException | str) -> None:
        # With several workers it may have failed without a word, in another process.
        at_task(task.get_task_family())
        # What a failed task has written may be cut short, and would make Luigi take it for done. What is
        # in the database comes back from there; anything else is kept under another name.
        for path in output_paths(task):
            with suppress(OSError):
                take_away(path, self._is_stored)
        self._progress.failed(self._done(), len(self._tasks), task.get_task_family(), str(error))
        at_task(None)

    def _done(self) -> int:
        return sum(task.complete() for task in self._tasks)
