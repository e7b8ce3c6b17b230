"""The tasks of plans, made once for all plans whose root task has the same parameters."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError

if TYPE_CHECKING:
    from pipeline.database.records import PlanRecord
    from pipeline.report.gather import ExpectTasks
    from pipeline.report.task_graph import ExpectedTask

    Key = tuple[str | None, tuple[str, ...]]

_KEPT = 64
# Classes of tasks may ask something that changes.
_SECONDS = 60.0


class KeptGraphs:
    """Gives what `expect` gives: nothing of it is of one plan, and making it takes longer than all else of a look."""

    def __init__(self, expect: ExpectTasks) -> None:
        self._expect = expect
        self._kept: dict[Key, tuple[float, tuple[ExpectedTask, ...] | ConfigurationError]] = {}
        self._lock = threading.Lock()

    def __call__(self, plan: PlanRecord) -> tuple[ExpectedTask, ...]:
        """Return the tasks that a plan should have; raises ConfigurationError where they cannot be told."""
        key = (plan.speed_vs_detail, plan.llm_models)
        with self._lock:
            made, found = self._kept.pop(key, (0.0, None))
            if found is None or time.monotonic() - made > _SECONDS:
                made = time.monotonic()
                try:
                    found = self._expect(plan)
                except ConfigurationError as error:
                    found = error
            self._kept[key] = made, found
            while len(self._kept) > _KEPT:
                del self._kept[next(iter(self._kept))]
        if isinstance(found, ConfigurationError):
            raise found
        return found
