# mypy: allow-untyped-calls
"""The scheduler that the workers share: luigid, which may be away for a while and forget everything.

Nothing that matters is known to it alone, so what it could not be told is not told again; what is left to do is
added anew by whoever finds nothing to do.
"""

from __future__ import annotations

import json
import logging
import urllib.parse
from typing import TYPE_CHECKING, Any

from luigi.configuration import get_config
from luigi.rpc import RemoteScheduler, RPCError
from luigi.task_status import DONE, FAILED, PENDING

from pipeline.distributed.plan_tasks import Standing
from pipeline.errors import ConfigurationError
from pipeline.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Iterable

    import luigi

    from pipeline.distributed.plan_tasks import PlanTasks

logger = logging.getLogger(__name__)

DEFAULT_PORT = 8082
_CONNECT_SECONDS = 10
_DONE_AT_ONCE = "Nothing_to_wait_for"
_NO_WORK: dict[str, Any] = {"task_id": None, "running_tasks": [], "n_pending_tasks": 0, "n_unique_pending": 0}


def check_url(url: str) -> str:
    """Return the URL of a scheduler; raises ConfigurationError for one that names no host."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigurationError(f"--scheduler {redact(url)}: expected http://HOST:{DEFAULT_PORT}")
    return url


class Luigid(RemoteScheduler):
    """luigid, as a worker talks to it. A call that does not get through is no error; `is_there` tells of it."""

    def __init__(self, url: str, worker_id: str, *, tells: bool = True) -> None:
        # It is asked again anyhow: not by waiting inside of a call.
        get_config().set("core", "rpc_retry_attempts", "1")
        get_config().set("core", "rpc_log_retries", "false")
        super().__init__(check_url(url), connect_timeout=_CONNECT_SECONDS)
        self.worker_id = worker_id
        self.is_there = True
        self._tells = tells

    def grant(self, host: str) -> str | None:
        """Return the shared id of a task to run, None if there is none."""
        answer = self._request(
            "/api/get_work", {"worker": self.worker_id, "host": host, "current_tasks": [], "assistant": False}
        )
        task_id = answer["task_id"]
        return None if task_id is None else str(task_id)

    def take_back(self, tasks: PlanTasks, task: luigi.Task) -> None:
        """Have a task that is ready granted again which was granted to a worker that is gone.

        luigid finds out by itself after minutes. It lets go of a task at once only where that waits for others, so it
        is told of some which are done.
        """
        dependencies = [tasks.shared_id(dependency) for dependency in task.deps()]
        if not dependencies:
            self._request(
                "/api/add_task", {"worker": self.worker_id, "task_id": _DONE_AT_ONCE, "status": DONE}
            )
        self._add(tasks, task, PENDING, new_deps=dependencies or [_DONE_AT_ONCE])

    def refuse(self, shared_id: str) -> None:
        """Give back a task that is not known, as of a plan that has ended: else it is granted again and again."""
        self._request(
            "/api/add_task",
            {"worker": self.worker_id, "task_id": shared_id, "status": FAILED, "runnable": None},
        )

    def tell_ended(self, tasks: PlanTasks, task: luigi.Task, *, done: bool, error: str = "") -> None:
        """Tell how a task that was granted has ended; one that is not done is granted again once it is added."""
        self._add(tasks, task, DONE if done else FAILED, expl=json.dumps(error))

    def add(self, tasks: PlanTasks, standings: dict[str, Standing], which: Iterable[luigi.Task]) -> None:
        """Tell of tasks: those that are done, and those that are to be run once what they depend on is done."""
        for task in which:
            standing = standings[task.task_id]
            if standing is Standing.DONE:
                self._add(tasks, task, DONE, runnable=False)
            elif standing in {Standing.READY, Standing.WAITING}:
                self._add(tasks, task, PENDING)

    def wait_for(self, tasks: PlanTasks, task: luigi.Task, others: Iterable[luigi.Task]) -> None:
        """Have a task that was granted run again once others, which it asks for in the middle of its work, are done."""
        self._add(tasks, task, PENDING, new_deps=[tasks.shared_id(other) for other in others])

    def _add(self, tasks: PlanTasks, task: luigi.Task, status: str, **more: Any) -> None:
        parameters = {**task.to_str_params(only_public=True), "plan": tasks.plan.plan_id}
        self._request(
            "/api/add_task",
            {
                "worker": self.worker_id,
                "task_id": tasks.shared_id(task),
                "status": status,
                "deps": [tasks.shared_id(dependency) for dependency in task.deps()],
                "runnable": True,
                "priority": task.priority,
                "resources": task.process_resources(),
                "params": parameters,
                "family": task.get_task_family(),
                "module": task.task_module,
                **more,
            },
        )

    def _request(self, url: str, data: Any, attempts: int = 3, allow_null: bool = True) -> Any:
        try:
            answer = super()._request(url, data, 1, allow_null)
        except (RPCError, ValueError, KeyError) as error:
            if self.is_there and self._tells:
                logger.warning(
                    "the scheduler %s does not answer, and is asked again: %s",
                    redact(self._url),
                    _cause(error),
                )
            self.is_there = False
            return _NO_WORK
        if not self.is_there and self._tells:
            logger.warning("the scheduler %s answers again", redact(self._url))
        self.is_there = True
        return answer


def _cause(error: Exception) -> str:
    below = getattr(error, "sub_exception", None) or error
    return redact(" ".join(str(below).split()))
