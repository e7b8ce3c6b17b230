"""Task by task: the diff of just that task, and a question."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from codemods.errors import SourceError
from codemods.model import FileInspection, TaskReport, TaskState
from refactor.changes.diff import show
from refactor.changes.run import APPLY, Selector, rewrite_file
from refactor.changes.writing import InterruptedRunError
from refactor.output.explaining import explain
from refactor.output.terminal import styled
from refactor.project.order import tasks_in_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from refactor.project.opening import Project

QUESTION = "({number} of {total}) Refactor {name}? [y]es, [n]o, [e]xplain, [q]uit: "


class _QuitError(Exception):
    """The user has seen enough; what was accepted is kept."""


def accepted(project: Project, selected: Selector) -> Selector:
    """Asks about each selected task that is to do; gives what is left of the selection.

    Nothing is written before the last question is answered, so an interrupt leaves everything as it was.

    Raises:
        InterruptedRunError: Ctrl-C, or the end of the input.
    """
    wanted: set[int] = set()
    try:
        to_do = tuple(_to_do(project, selected))
        for number, (inspection, report) in enumerate(to_do, 1):
            question = QUESTION.format(number=number, total=len(to_do), name=report.task.name)
            if _ask(project, inspection, report, question):
                wanted.add(id(report))
    except _QuitError:
        pass
    except (KeyboardInterrupt, click.Abort):
        raise InterruptedRunError("interrupted; nothing was written") from None
    return lambda report: selected(report) and (report.state is not TaskState.TODO or id(report) in wanted)


def _to_do(project: Project, selected: Selector) -> Iterator[tuple[FileInspection, TaskReport]]:
    """The tasks to ask about, each after those that it requires."""
    inspection_of = {id(report): one for one in project.inspections for report in one.reports}
    for report in tasks_in_order(project.reports):
        if selected(report) and report.state is TaskState.TODO:
            yield inspection_of[id(report)], report


def _ask(project: Project, inspection: FileInspection, report: TaskReport, question: str) -> bool:
    try:
        rewritten = rewrite_file(inspection, lambda one: one is report, APPLY, project.configuration.settings)
    except SourceError:
        return True  # there is nothing to ask; the run will meet the same error and report it
    if not rewritten.changed:
        return True  # likewise, refused by its proof
    show([rewritten])
    while True:
        click.echo(f"\n{styled(question, sys.stderr, bold=True)}", nl=False, err=True)
        answer = sys.stdin.readline()
        if not answer:
            raise click.Abort
        match answer.strip().lower():
            case "y" | "yes":
                return True
            case "n" | "no":
                return False
            case "e" | "explain":
                click.echo(explain(report))
            case "q" | "quit":
                raise _QuitError
