"""What of a diff is folded: what is far from every change, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods.checking.finding import Finding
from codemods.model import TaskClass, TaskReport, TaskState
from refactor.report_page.model import Diff, Row, TaskPage
from refactor.report_page.rows import CONTEXT, LEAST_FOLDED, blocks


def page(kinds: str, finding_at: int | None = None) -> TaskPage:
    """A task whose diff has one row a character: `=` kept, `+` added."""
    old, new, rows = [], [], []
    for number, kind in enumerate(kinds):
        at = len(old) if kind == "=" else None
        rows.append(Row(at + 1 if at is not None else None, number + 1, at, number))
        old += [f"x = {number}"] if kind == "=" else []
        new.append(f"x = {number}")
    path = Path("t.py")
    findings = (Finding(path, finding_at, 1, finding_at, 2, "DBF700", "m", "T"),) if finding_at else ()
    task = TaskClass("T", path, 1, 1, "run", "t", "g", ())
    diff = Diff("Original", "Refactored", tuple(old), tuple(new), tuple(rows))
    return TaskPage(
        TaskReport(task, TaskState.DONE), TaskState.DONE, "T", "", findings, (), diff, None, (), ()
    )


def shape(task: TaskPage) -> list[tuple[int, bool]]:
    return [(len(block.rows), block.is_folded) for block in blocks(task)]


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ("+" + "=" * 20 + "+", [(1, False), (3, False), (14, True), (3, False), (1, False)]),
        ("=" * 20 + "+", [(17, True), (3, False), (1, False)]),
        ("+" + "=" * 20, [(1, False), (3, False), (17, True)]),
        (
            "+" + "=" * (2 * CONTEXT + LEAST_FOLDED - 1) + "+",
            [(1, False), (3, False), (4, False), (3, False), (1, False)],
        ),
        ("+==+", [(1, False), (2, False), (1, False)]),
        ("=" * 30, [(30, False)]),
    ],
)
def test_what_is_far_from_a_change_is_folded(kinds: str, expected: list[tuple[int, bool]]) -> None:
    assert shape(page(kinds)) == expected


def test_a_finding_is_never_folded() -> None:
    task = page("+" + "=" * 40 + "+", finding_at=21)
    assert shape(task) == [(1, False), (3, False), (13, True), (7, False), (14, True), (3, False), (1, False)]
    (block,) = [b for b in blocks(task) if any(row.findings for row in b.rows)]
    assert not block.is_folded


@pytest.mark.parametrize("kinds", ["+====+==========+=", "===============", "=" * 11 + "+", "+", "=+" * 9])
def test_no_row_is_lost_and_none_is_moved(kinds: str) -> None:
    task = page(kinds)
    assert task.diff is not None
    assert [row.row for block in blocks(task) for row in block.rows] == list(task.diff.rows)
