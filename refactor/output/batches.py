"""How far a project has come, by stage, and what to do next."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codemods.model import TaskReport, TaskState
from refactor.project.order import groups_in_order, tasks_in_order

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Stage:
    """One group of tasks.

    Attributes:
        name: of the group.
        reports: its tasks in dependency order.
    """

    name: str
    reports: tuple[TaskReport, ...]

    @property
    def counts(self) -> Counter[TaskState]:
        """How many of its tasks are in each state."""
        return Counter(report.state for report in self.reports)


@dataclass(frozen=True)
class Batch:
    """The tasks to refactor next: those of one stage that are still to do.

    Attributes:
        stage: name of the group.
        tasks: class names in dependency order.
    """

    stage: str
    tasks: tuple[str, ...]


def stages(reports: Sequence[TaskReport]) -> tuple[Stage, ...]:
    """The groups in dependency order, the tasks of each likewise."""
    ordered = tasks_in_order(reports)
    return tuple(
        Stage(name, tuple(report for report in ordered if report.task.group == name))
        for name in groups_in_order(ordered)
    )


def next_batch(groups: Sequence[Stage]) -> Batch | None:
    """The first group that has something to do; None where nothing is left that can be done."""
    for group in groups:
        if tasks := tuple(report.task.name for report in group.reports if report.state is TaskState.TODO):
            return Batch(group.name, tasks)
    return None
