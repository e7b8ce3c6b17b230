"""`status` and `explain` say which done tasks `check` has something against."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from codemods.checking import engine
from refactor.cli import main

from .test_with_the_core import PIPELINE

if TYPE_CHECKING:
    from pathlib import Path

CLOSING = (
    "            if db_service is not None:  # Step 9: close the database service\n"
    "                db_service.close()\n"
)


def refactor(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), prog_name="refactor")


@pytest.fixture
def defective(here: Path) -> Path:
    """A refactored task that was edited since: nothing closes its service."""
    file = here / "pipeline.py"
    file.write_text(PIPELINE)
    assert refactor("apply", "--all").exit_code == 0
    right = file.read_text()
    assert CLOSING in right
    file.write_text(right.replace(CLOSING, "            pass\n"))
    return file


def states() -> dict[str, tuple[str, str]]:
    document = json.loads(refactor("status", "--format", "json").stdout)
    return {one["task"]: (one["state"], one["reason"]) for one in document["tasks"]}


def test_what_apply_wrote_is_done(here: Path) -> None:
    (here / "pipeline.py").write_text(PIPELINE)
    refactor("apply", "--all")

    assert states()["SummaryTask"] == ("done", "")


def test_a_finding_makes_a_done_task_defective(defective: Path) -> None:
    state, reason = states()["SummaryTask"]
    text = refactor("status")

    assert state == "defective"
    assert reason.startswith("DBF9")
    assert " line " in reason
    assert f"SummaryTask: defective {reason}\n" in text.stdout
    assert text.stderr == "0 of 1 tasks refactored, 0 to do, 1 defective\n"
    assert text.exit_code == 0
    assert "is refactored, but not as it should be" in refactor("explain", "SummaryTask").stdout


def test_several_findings_are_counted(defective: Path) -> None:
    defective.write_text(defective.read_text().replace("plan_id = self.get_plan_id()", "plan_id = nobody"))

    assert states()["SummaryTask"][1].endswith(" (and 1 more)")


def test_a_suppressed_finding_is_none(defective: Path) -> None:
    row = refactor("check", "--no-cache").stdout.split(":")[1]
    lines = defective.read_text().splitlines(keepends=True)
    lines[int(row) - 1] = f"{lines[int(row) - 1].rstrip()}  # refactor: ignore[DBF] closed elsewhere\n"
    defective.write_text("".join(lines))

    assert states()["SummaryTask"][0] == "done"


def test_a_crash_of_the_rules_is_told_and_the_task_stands(
    defective: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("a defect")

    monkeypatch.setattr(engine.Checker, "check", broken)
    result = refactor("status")

    assert "pipeline.py: error: internal error" in result.stderr
    assert "1 of 1 tasks refactored" in result.stderr
    assert result.exit_code == 1
