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
def test_apply_leaves_no_finding_and_what_it_would_do_is_what_check_reports(path: Path) -> None:
    before = decode(path.read_bytes(), path)
    inspection = api.inspect([before], SETTINGS)[0]
    undone = {r.task.name for r in inspection.reports if r.state in {TaskState.TODO, TaskState.REFUSED}}
    assert {f.task for f in Checker(SETTINGS).check(before) if f.code == "DBF000"} == undone

    rewritten = api.apply(inspection, lambda report: True, SETTINGS)
    found = [
        f"{f.row}: {f.code} {f.task} {f.message}"
        for f in Checker(SETTINGS).check(rewritten.after)
        if f.task in rewritten.changed
    ]
    assert found == []
