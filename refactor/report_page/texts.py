"""The states of each file that the report compares: present, original, finished."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from codemods import api
from codemods.errors import SourceError
from codemods.model import TaskState
from codemods.rewriting.apply import entries
from codemods.rewriting.transform import method_span
from refactor.project.boundary import file_boundary
from refactor.project.files import read_source
from refactor.report_page.model import FileTexts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from codemods.model import FileInspection, TaskAnalysis, TaskReport
    from codemods.settings import Settings
    from codemods.source import SourceFile
    from refactor.changes.verifying import Older


@dataclass(frozen=True)
class Inspected:
    """One file with its states.

    Attributes:
        texts: the states.
        reports: its tasks as they are; refused where the rewrite failed its proof.
        reverted: the file with the steps taken out where that gives this text back.
        plans: for each task that the tool has rewritten or can rewrite, the plan of that.
        missing: whether the revision lacks the file.
    """

    texts: FileTexts
    reports: tuple[TaskReport, ...]
    reverted: SourceFile
    plans: Mapping[str, TaskAnalysis]
    missing: bool = False


def inspect_files(
    inspections: Sequence[FileInspection], settings: Settings, before: Older | None
) -> tuple[tuple[Inspected, ...], tuple[SourceError, ...]]:
    """Brings every file into the states that the report compares, in memory.

    Args:
        inspections: the files as they are.
        settings: the configuration.
        before: the revision to compare with, None for the files themselves with the steps taken out.

    Returns:
        The files, and what went wrong with those that are missing among them.
    """
    problems: list[SourceError] = []
    usable: list[tuple[FileInspection, SourceFile, SourceFile, tuple[TaskReport, ...]]] = []
    for inspection in inspections:
        try:
            with file_boundary(inspection.source.path):
                reverted = api.revert(inspection, _every, settings)
                finished = api.apply(inspection, _every, settings)
        except SourceError as error:
            problems.append(error)
            continue
        reports = tuple(
            after if after.state is TaskState.REFUSED else report
            for report, after in zip(inspection.reports, finished.reports, strict=True)
        )
        usable.append((inspection, reverted.after, finished.after, reports))
    again = api.inspect([reverted for _, reverted, _, _ in usable], settings) if usable else ()
    found = []
    for (inspection, original_text, finished_text, reports), original in zip(usable, again, strict=True):
        baseline, missing = original_text, False
        if before is not None:
            path = inspection.source.path
            try:
                older = _older(before, path)
            except SourceError as error:
                problems.append(error)
                older = None
            baseline, missing = (older, False) if older is not None else (original_text, True)
        plans = {r.task.name: r.analysis for r in original.reports if r.analysis is not None}
        texts = FileTexts(inspection.source, baseline, finished_text)
        found.append(Inspected(texts, reports, original_text, plans, missing))
    return tuple(found), tuple(problems)


def _every(report: TaskReport) -> bool:
    """Selects every task."""
    return True


def _older(before: Older, path: Path) -> SourceFile | None:
    data = before.read(path)
    return None if data is None else read_source(path, data)


@dataclass(frozen=True)
class Piece:
    """Some lines of a file.

    Attributes:
        first: 1-based number of the first line.
        lines: the lines without their ends.
        text: the same with their ends.
    """

    first: int
    lines: tuple[str, ...]
    text: str


def method_of(source: SourceFile, name: str, settings: Settings) -> Piece | None:
    """The entry method of a class, None where there is none."""
    for (owner, _), method in entries(source, settings).items():
        if owner == name:
            return _piece(source, *method_span(method))
    return None


def class_of(source: SourceFile, name: str) -> Piece | None:
    """A class with its decorators, None where there is none of the name at module level."""
    import ast

    for node in source.tree.body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)]) - 1
            return _piece(source, first, node.end_lineno or node.lineno)
    return None


def _piece(source: SourceFile, first: int, last: int) -> Piece:
    lines = source.lines[first:last]
    return Piece(first + 1, tuple(line.rstrip("\r\n") for line in lines), "".join(lines))
