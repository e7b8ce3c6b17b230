"""Has a task of a submitted plan while it runs: a lease in the database that is kept alive."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipeline.database.fencing import lower_fence, raise_fence, raise_if_lost
from pipeline.database.task_leases import TaskLeases
from pipeline.errors import DatabaseError, PlanLostError
from pipeline.running.heartbeat import Heartbeat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.database.fencing import Fence
    from pipeline.database.service import DatabaseService
    from pipeline.database.task_leases import TaskName

logger = logging.getLogger(__name__)


class HeldTask:
    """A task that this process has; what becomes of it is said once, before the body ends."""

    def __init__(self, service: DatabaseService, fence: Fence) -> None:
        self._leases = service.task_leases()
        self._fence = fence
        self.has_ended = False

    def end(self, error: str | None = None) -> None:
        """Say that the task is done, or why it has failed. Raises PlanLostError, DatabaseError."""
        self._leases.end(self._fence, error)
        self.has_ended = True


@contextmanager
def held_task(service: DatabaseService, task: TaskName, seconds: float) -> Iterator[HeldTask]:
    """Have a task in the body, in which each write of its plan is refused once somebody else has the task.

    One that has not ended by then is given back, so that any worker can have it.
    Raises PlanBusyError where it is not to be had, PlanLostError, DatabaseError.
    """
    fence = service.task_leases().take(task, seconds)
    raise_fence(service.url, fence)
    held = HeldTask(service, fence)
    try:
        with Heartbeat(service.url, fence, TaskLeases):
            yield held
            raise_if_lost()
    except KeyboardInterrupt:
        raise_if_lost()
        raise
    finally:
        lower_fence(service.url, task.plan_id)
        if not held.has_ended:
            _give_back(service, fence)


def _give_back(service: DatabaseService, fence: Fence) -> None:
    try:
        service.impatient().task_leases().give_back(fence)
    except PlanLostError:
        logger.debug("the task %s has another owner", fence.task_key)
    except DatabaseError as error:
        logger.warning("the lease of %s could not be given back, and runs out: %s", fence.task_key, error)
