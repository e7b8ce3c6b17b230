"""What the tool says of one file as it stands in an editor, saved or not. Knows no protocol."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codemods import api
from codemods.checking.engine import Checker
from codemods.errors import SourceError
from codemods.model import TaskState
from codemods.source import SourceFile
from refactor.output import explaining
from refactor.output.text import reason
from refactor.project import config
from refactor.project.boundary import file_boundary

if TYPE_CHECKING:
    from pathlib import Path

    from codemods.checking.finding import Finding
    from codemods.model import FileInspection, TaskReport


@dataclass(frozen=True)
class LineEdit:
    """Lines to replace: from `row` up to and without `end_row`, 1-based, by `content`."""

    row: int
    end_row: int
    content: str


@dataclass(frozen=True)
class TaskOffer:
    """What can be done with the task at a line.

    Attributes:
        task: its class name.
        edits: the lines to replace, none where it is refused.
        refused: why not; empty where it can be done.
    """

    task: str
    edits: tuple[LineEdit, ...]
    refused: str


def findings(path: Path, text: str) -> tuple[Finding, ...]:
    """What `refactor check` finds in a text. None where it does not parse: an editor says that itself.

    Args:
        path: the file that the text is of.
        text: as it stands in the editor.

    Raises:
        RefactorError: the configuration cannot be used.
    """
    settings = config.load(None, [path]).settings
    if not _can_hold_tasks(path, text):
        return ()
    try:
        with file_boundary(path):
            return Checker(settings).check(_source(path, text))
    except SourceError:
        return ()


def offer(path: Path, text: str, row: int) -> TaskOffer | None:
    """The refactoring of the task that a line belongs to, None where there is none that is still to do.

    Raises:
        RefactorError: the configuration cannot be used, or the text does not parse.
    """
    found = _at(path, text, row)
    if found is None:
        return None
    inspection, report = found
    name = report.task.name
    if report.state is TaskState.REFUSED:
        return TaskOffer(name, (), reason(report))
    if report.state is not TaskState.TODO:
        return None
    with file_boundary(path):
        rewrite = api.apply(inspection, lambda one: one.task.name == name, config.load(None, [path]).settings)
    after = next(one for one in rewrite.reports if one.task.name == name)
    if after.state is TaskState.REFUSED:
        return TaskOffer(name, (), reason(after))
    return TaskOffer(name, _edits(rewrite.before, rewrite.after), "")


def explanation(path: Path, text: str, row: int) -> str:
    """What `refactor explain` says of the task whose `class` or entry method a line is; empty for any other line.

    Raises:
        RefactorError: the configuration cannot be used, or the text does not parse.
    """
    found = _at(path, text, row)
    if found is None:
        return ""
    inspection, report = found
    line = inspection.source.lines[row - 1].strip() if row <= len(inspection.source.lines) else ""
    is_head = row == report.task.line or line.startswith(
        (f"def {report.task.entry}(", f"async def {report.task.entry}(")
    )
    return explaining.explain(report) if is_head else ""


def _at(path: Path, text: str, row: int) -> tuple[FileInspection, TaskReport] | None:
    """The task whose class a line belongs to."""
    if not _can_hold_tasks(path, text):
        return None
    settings = config.load(None, [path]).settings
    with file_boundary(path):
        source = _source(path, text)
        # A task that is not asked for is not planned: a file may hold sixty.
        ends = {
            node.name: node.end_lineno or node.lineno
            for node in source.tree.body
            if isinstance(node, ast.ClassDef)
        }
        (inspection,) = api.inspect(
            [source], settings, lambda task: task.line <= row <= ends.get(task.name, 0)
        )
    for report in inspection.reports:
        if report.task.line <= row <= ends.get(report.task.name, 0):
            return inspection, report
    return None


def _can_hold_tasks(path: Path, text: str) -> bool:
    return path.suffix == ".py" and "class " in text


def _source(path: Path, text: str) -> SourceFile:
    # An editor has decoded the file already, whatever its coding cookie says.
    return SourceFile(path, text)


def _edits(before: SourceFile, after: SourceFile) -> tuple[LineEdit, ...]:
    from patiencediff import PatienceSequenceMatcher

    return tuple(
        LineEdit(start + 1, end + 1, "".join(after.lines[new_start:new_end]))
        for tag, start, end, new_start, new_end in PatienceSequenceMatcher(
            None, before.lines, after.lines
        ).get_opcodes()
        if tag != "equal"
    )
