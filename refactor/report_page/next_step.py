"""The command that goes on from where a report stands."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from codemods.model import TaskState
from refactor.output.causes import init_command, needs_init
from refactor.report_page.model import Question, Verdict

if TYPE_CHECKING:
    from refactor.report_page.gathering import Report
    from refactor.report_page.model import TaskPage


def next_step(report: Report, arguments: str) -> str:
    """The command, empty where there is nothing to do.

    What blocks comes first: a missing base class, then tasks that have to be repaired; then what is to do, and last
    what was refused.

    Args:
        report: the report.
        arguments: what a further command needs to mean the same files: ` PATHS`.
    """
    if needs_init(task.report for task in report.tasks):
        return init_command(arguments)
    if broken := [task for task in report.tasks if _is_broken(task)]:
        if report.against and broken[0].report.state is TaskState.DONE:
            # Puts in the place of a task what the tool makes of its original.
            name = shlex.quote(broken[0].report.task.name)
            return f"refactor apply --task {name} --from {shlex.quote(report.against)}{arguments}"
        return f"refactor check{arguments}"
    if report.batch is not None:
        return f"refactor apply --stage {shlex.quote(report.batch.stage)}{arguments}"
    if refused := [task for task in report.tasks if task.state is TaskState.REFUSED]:
        return f"refactor explain {shlex.quote(refused[0].report.task.name)}{arguments}"
    return ""


def _is_broken(task: TaskPage) -> bool:
    """Whether what is there already has to be repaired."""
    if task.state is TaskState.DEFECTIVE:
        return True
    damaged = any(a.question is Question.UNCHANGED and a.verdict is Verdict.NO for a in task.answers)
    return task.report.state is TaskState.DONE and damaged
