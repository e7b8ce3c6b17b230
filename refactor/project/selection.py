"""Which tasks a command line means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from codemods.errors import UnknownNameError
from refactor.project.display import unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codemods.model import TaskClass, TaskReport


@dataclass(frozen=True)
class Selection:
    """The tasks that were asked for, as the options name them.

    Attributes:
        tasks: class names.
        stages: names of groups of tasks.
        everything: all of them.
    """

    tasks: frozenset[str] = frozenset()
    stages: frozenset[str] = frozenset()
    everything: bool = False

    def __call__(self, report: TaskReport) -> bool:
        """Whether a task was asked for."""
        return self.names(report.task)

    def names(self, task: TaskClass) -> bool:
        """Whether a task was asked for."""
        return self.everything or task.name in self.tasks or task.group in self.stages

    def check(self, reports: Sequence[TaskReport]) -> None:
        """Raises UnknownNameError, with the nearest names, where a task or stage does not exist."""
        for kind, wanted, known in (
            ("task", self.tasks, {report.task.name for report in reports}),
            ("stage", self.stages, {report.task.group for report in reports}),
        ):
            if missing := sorted(wanted - known):
                raise UnknownNameError("\n".join(unknown(kind, name, known) for name in missing))
