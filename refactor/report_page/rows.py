"""The rows of a task's diff as they are shown: in runs, with what is unchanged for long folded."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from markupsafe import Markup

from refactor.report_page.highlighting import highlighted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codemods.checking.finding import Finding
    from refactor.report_page.model import Diff, Row, TaskPage

CONTEXT = 3
"""Unchanged lines that stay in view beside a change."""

LEAST_FOLDED = 5
"""Fewer lines are not worth a fold."""


@dataclass(frozen=True)
class ShownRow:
    """A row of a diff, ready to be shown.

    Attributes:
        row: the row.
        old: the original line as HTML.
        new: the refactored line as HTML.
        anchor: the id of the refactored line, empty where nothing points at it.
        findings: those to be told below it.
        refusal: why the task was refused, where this is the line.
    """

    row: Row
    old: Markup
    new: Markup
    anchor: str
    findings: tuple[Finding, ...]
    refusal: str


@dataclass(frozen=True)
class Block:
    """Neighbouring rows of one kind.

    Attributes:
        rows: the rows.
        is_folded: whether they are out of view until they are asked for.
    """

    rows: tuple[ShownRow, ...]
    is_folded: bool = False


def blocks(task: TaskPage) -> list[Block]:
    """The rows of a task's diff in runs: kept lines, removed lines, the lines of one insertion."""
    runs = _runs(task)
    has_changes = any(run[0].row.kind != "same" for run in runs)
    found: list[Block] = []
    for number, run in enumerate(runs):
        if run[0].row.kind != "same" or not has_changes:
            found.append(Block(tuple(run)))
            continue
        found += _folded(run, is_first=number == 0, is_last=number == len(runs) - 1)
    return found


def shown_lines(diff: Diff | None) -> frozenset[int]:
    """The refactored lines that a diff shows."""
    return frozenset(row.new for row in diff.rows if row.new is not None) if diff else frozenset()


def _folded(run: Sequence[ShownRow], *, is_first: bool, is_last: bool) -> Iterator[Block]:
    """A run of unchanged lines: what is far from every change and every remark is folded."""
    remarked = {at for at, shown in enumerate(run) if shown.findings or shown.refusal}
    near = {close for at in remarked for close in range(at - CONTEXT, at + CONTEXT + 1)}
    near |= set() if is_first else set(range(CONTEXT))
    near |= set() if is_last else set(range(len(run) - CONTEXT, len(run)))
    spans = [
        (is_near, len(list(group))) for is_near, group in groupby(range(len(run)), lambda at: at in near)
    ]
    at = 0
    for is_near, length in spans:
        yield Block(tuple(run[at : at + length]), is_folded=not is_near and length >= LEAST_FOLDED)
        at += length


def _runs(task: TaskPage) -> list[list[ShownRow]]:
    diff = task.diff
    if diff is None:
        return []
    pointed_at = {line for answer in task.answers for piece in answer.evidence for line in piece.lines}
    pointed_at |= {finding.row for finding in task.findings}
    refusal = task.report.refusal
    if refusal is not None:
        pointed_at.add(refusal.line)
    old, new = highlighted(diff.old_lines), highlighted(diff.new_lines)
    runs: list[list[ShownRow]] = []
    for row in diff.rows:
        here = row.new in pointed_at
        shown = ShownRow(
            row,
            old[row.old_index] if row.old_index is not None else Markup(),
            new[row.new_index] if row.new_index is not None else Markup(),
            f"{task.anchor}-L{row.new}" if here else "",
            tuple(f for f in task.findings if f.row == row.new) if here else (),
            f"{refusal.code}: {refusal.reason}" if refusal and here and refusal.line == row.new else "",
        )
        if runs and (runs[-1][-1].row.kind, runs[-1][-1].row.label) == (row.kind, row.label):
            runs[-1].append(shown)
        else:
            runs.append([shown])
    return runs
