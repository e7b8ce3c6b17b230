"""What several tasks are refused for is said once, with their number and the command that helps."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codemods.model import TaskReport, TaskState
from refactor.output.text import reason

if TYPE_CHECKING:
    from collections.abc import Iterable

MISSING_METHODS = "DBR003"
"""The refusal that `refactor init` is for."""


@dataclass(frozen=True)
class Cause:
    """One reason that several tasks are refused for.

    Attributes:
        code: of the refusal.
        reason: the code and what was found, the same in each of the tasks.
        tasks: the tasks, in the order given.
    """

    code: str
    reason: str
    tasks: tuple[TaskReport, ...]

    @property
    def is_of_the_base(self) -> bool:
        """Whether it is the base class that lacks something, so that no task says more than the others."""
        return self.code == MISSING_METHODS

    def line(self, arguments: str) -> str:
        """`61 tasks: DBR003 PlanTask has no get_database_service(): run refactor init PATHS`.

        Args:
            arguments: what a further command needs to mean the same files: ` PATHS`.
        """
        command = f": run {init_command(arguments)}" if self.is_of_the_base else ""
        return f"{len(self.tasks)} tasks: {self.reason}{command}"


def shared_causes(reports: Iterable[TaskReport]) -> tuple[Cause, ...]:
    """The reasons that two tasks or more are refused for, in the order of their first task."""
    found: dict[tuple[str, str], list[TaskReport]] = defaultdict(list)
    for report in reports:
        if report.state is TaskState.REFUSED and report.refusal is not None:
            found[report.refusal.code, reason(report)].append(report)
    return tuple(Cause(code, text, tuple(tasks)) for (code, text), tasks in found.items() if len(tasks) > 1)


def needs_init(reports: Iterable[TaskReport]) -> bool:
    """Whether a task is refused for methods that `refactor init` gives to its base class."""
    return any(report.refusal is not None and report.refusal.code == MISSING_METHODS for report in reports)


def init_command(arguments: str) -> str:
    """`refactor init PATHS`."""
    return f"refactor init{arguments}"
