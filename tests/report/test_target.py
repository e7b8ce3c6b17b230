"""The report of the real pipeline, before the refactor and after the one by hand.

Needs REFACTOR_TARGET: a directory with checkouts `037b4d7` and `f3d82be` of the pipeline.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from codemods.model import TaskState
from refactor.changes.verifying import older
from refactor.project.opening import open_project
from refactor.report_page.gathering import Report, gather
from refactor.report_page.model import Question, Verdict

pytestmark = [
    pytest.mark.target,
    pytest.mark.skipif("REFACTOR_TARGET" not in os.environ, reason="REFACTOR_TARGET names no checkouts"),
]


def report_of(checkout: str, against: str = "") -> Report:
    top = Path(os.environ["REFACTOR_TARGET"])
    directory = top / checkout / "planexe" / "plan"
    before = older(str(top / against / "planexe" / "plan"), [directory]) if against else None
    return gather(open_project([directory], None), before, against)


def test_before_the_refactor() -> None:
    report = report_of("037b4d7")
    todo = [page for page in report.tasks if page.state is TaskState.TODO]
    assert len(todo) == 55
    for page in todo:
        assert page.diff is not None
        assert page.diff.steps, page.report.task.name
        assert page.diff.count("removed") == 0
        assert {answer.verdict for answer in page.answers} <= {Verdict.YES, Verdict.NOT_APPLICABLE}
        assert all(row.label is not None for row in page.diff.rows if row.kind == "added")


def test_the_refactor_by_hand() -> None:
    report = report_of("f3d82be", "037b4d7")
    unchanged = Counter(
        answer.verdict
        for page in report.tasks
        for answer in page.answers
        if answer.question is Question.UNCHANGED
    )
    assert unchanged[Verdict.NO] >= 50
    assert unchanged[Verdict.YES] <= 1
    assert report.counts[TaskState.DEFECTIVE] >= 40
