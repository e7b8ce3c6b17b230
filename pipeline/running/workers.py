# mypy: allow-untyped-calls
"""Luigi's worker, with processes that end quietly and leave none behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any

from luigi.worker import TaskProcess, TaskStatusReporter, Worker

from pipeline.database.fencing import raise_if_lost
from pipeline.files import take_away
from pipeline.running.graph import output_paths
from pipeline.running.stopping import (
    closing,
    exit_status,
    grace_of_run,
    heed_no_more,
    held,
    in_worker,
    raise_if_stopped,
    was_told_to_wait,
)

if TYPE_CHECKING:
    import luigi

ENDING_SECONDS = 5.0
"""How long a worker that is to end at once may take before it is killed."""


class StoppableProcess(TaskProcess):
    """Runs a task in a process of its own, if there are several, or in this one."""

    def start(self) -> None:
        """Fork; a signal that comes meanwhile is heeded once the process is known."""
        with held():
            super().start()

    def run(self) -> None:
        """Run the task; a process of its own that a signal ends does so without a word."""
        if not self.use_multiprocessing:
            super().run()
            return
        try:
            in_worker()
            super().run()
        except KeyboardInterrupt as interrupt:
            heed_no_more()
            # What it has written may be cut short, and Luigi would take it for done.
            for path in output_paths(self.task):
                with suppress(OSError):
                    take_away(path)
            raise SystemExit(exit_status(interrupt)) from None


class StoppableWorker(Worker):
    """Starts no task once a signal has come, and ends the processes of those that run."""

    def _get_work(self) -> Any:
        # A task may have caught the signal, or what said that the plan has another owner.
        raise_if_stopped()
        raise_if_lost()
        return super()._get_work()

    def _handle_next_task(self) -> None:
        # Those that run are told at once, so that they ask no model any more, and not when one of them has ended.
        raise_if_stopped()
        super()._handle_next_task()

    def _create_task_process(self, task: luigi.Task) -> TaskProcess:
        messages: multiprocessing.Queue[object] | None = (
            multiprocessing.Queue() if task.accepts_messages else None
        )
        return StoppableProcess(
            task,
            self._id,
            self._task_result_queue,
            TaskStatusReporter(self._scheduler, task.task_id, self._id, messages),
            use_multiprocessing=self.worker_processes > 1,
            # A task that ends well without having written its files has not ended well.
            check_complete_on_run=True,
        )

    def __exit__(self, *exception: object) -> bool:
        # A signal that comes again must not keep from ending the processes.
        with closing() if exception[0] else nullcontext():
            self._end_processes()
            return bool(super().__exit__(*exception))

    def _end_processes(self) -> None:
        processes = [process for process in self._running_tasks.values() if process.is_alive()]
        descendants = _descendants(processes)
        patience = _patience()
        for process in processes:
            # Not terminate(): Luigi's waits for each to end before it tells the next.
            _tell(process, signal.SIGTERM)
        deadline = time.monotonic() + patience
        for process in processes:
            process.join(max(0.0, deadline - time.monotonic()))
            if process.is_alive():
                _tell(process, signal.SIGKILL)
                process.join()
        for descendant in descendants:
            with suppress(Exception):
                descendant.terminate()


def _patience() -> float:
    """Return how long to wait for processes that are told to end, and have them know whether that is at once."""
    grace = grace_of_run()
    if grace is None:
        return ENDING_SECONDS
    if was_told_to_wait():
        return max(grace.left_for_work(), 0.0) + grace.for_workers
    grace.cut_short()
    return ENDING_SECONDS


def _tell(process: TaskProcess, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        if process.pid is not None:
            os.kill(process.pid, number)


def _descendants(processes: list[TaskProcess]) -> list[Any]:
    """What the processes have started themselves, as far as psutil is there to tell."""
    try:
        import psutil  # type: ignore[import-untyped]
    except ImportError:
        return []
    found: list[Any] = []
    for process in processes:
        with suppress(psutil.Error):
            found += psutil.Process(process.pid).children(recursive=True)
    return found
