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
SETTINGS = Settings()


@pytest.mark.parametrize("folder", ["shapes", "legacy"])
def test_apply_leaves_no_finding_and_what_it_would_do_is_what_check_reports(folder: str) -> None:
    """All files as one project: what is read of the runtime is read once."""
    paths = sorted(p for p in (ROOT / "fixtures" / folder).glob("*.py") if p.name != "__init__.py")
    before, after = Checker(SETTINGS), Checker(SETTINGS)
    undone, reported, left = {}, {}, []
    for inspection in api.inspect([decode(path.read_bytes(), path) for path in paths], SETTINGS):
        name = inspection.source.path.stem
        undone[name] = {
            report.task.name
            for report in inspection.reports
            if report.state in {TaskState.TODO, TaskState.REFUSED}
        }
        reported[name] = {f.task for f in before.check(inspection.source) if f.code == "DBF000"}
        rewritten = api.apply(inspection, lambda report: True, SETTINGS)
        left += [
            f"{name}:{f.row}: {f.code} {f.task} {f.message}"
            for f in after.check(rewritten.after)
            if f.task in rewritten.changed
        ]
    assert len(undone) > 10
    assert reported == undone
    assert left == []
