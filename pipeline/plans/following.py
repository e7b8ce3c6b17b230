"""What has happened in a plan between two looks at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.plans.show import summary_lines, task_line
from pipeline.report.facts import TaskState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.report.facts import PlanFacts


def news(before: PlanFacts | None, now: PlanFacts) -> Iterator[str]:
    """Yield a line for each task whose state is another one, and what there is to say at the beginning and the end.

    Args:
        before: the look before this one, None for the first.
        now: this look.
    """
    if before is None:
        yield from summary_lines(now)
    then = {task.name: task.state for task in before.tasks} if before is not None else {}
    width = max((len(task.name) for task in now.tasks), default=0)
    for task in now.tasks:
        is_new = before is None or task.name not in then
        # At first what has not begun is no news.
        if then.get(task.name) is task.state or (is_new and task.state is TaskState.WAITING):
            continue
        yield task_line(task, width)
    if before is not None and not now.active:
        yield from summary_lines(now)
