"""What `apply` writes has no finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods import api
from codemods.checking.engine import Checker
from codemods.model import TaskState
from codemods.settings import Settings
from codemods.source import decode

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = sorted(
    path
    for folder in ("shapes", "legacy")
    for path in (ROOT / "fixtures" / folder).glob("*.py")
    if path.name != "__init__.py"
)
SETTINGS = Settings()


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_task_that_apply_wrote_has_no_finding(path: Path) -> None:
    before = decode(path.read_bytes(), path)
    rewritten = api.apply(api.inspect([before], SETTINGS)[0], lambda report: True, SETTINGS)
    untouched = {r.task.name for r in rewritten.reports if r.task.name not in rewritten.changed}
    found = [
        f"{f.row}: {f.code} {f.task} {f.message}"
        for f in Checker(SETTINGS, strict=True).check(rewritten.after)
        if f.task not in untouched and not f.strict
    ]
    assert found == []


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_exactly_the_tasks_that_status_calls_to_do_or_refused_are_reported(path: Path) -> None:
    before = decode(path.read_bytes(), path)
    reports = api.inspect([before], SETTINGS)[0].reports
    undone = {r.task.name for r in reports if r.state in {TaskState.TODO, TaskState.REFUSED}}
    found = {f.task for f in Checker(SETTINGS).check(before) if f.code == "DBF000"}
    assert found == undone
