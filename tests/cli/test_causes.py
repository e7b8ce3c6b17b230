"""What is the same for many tasks is said once, with the number and the command that helps."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from .test_defects import CLOSING, refactor
from .test_with_the_core import PIPELINE

if TYPE_CHECKING:
    from pathlib import Path

BASE = "import luigi\n\n\nclass PlanTask(luigi.Task):\n    run_id_dir = luigi.Parameter()\n"
TASK = """

class {name}(PlanTask):
    def output(self):
        return luigi.LocalTarget(f"{{self.run_id_dir}}/{name}.txt")

    def run(self):
        with self.output().open("w") as f:
            f.write("text")
"""
CAUSE = "2 tasks: DBR003 PlanTask has no get_database_service and no get_plan_id(): run refactor init"


@pytest.fixture
def refused(here: Path) -> Path:
    """Two tasks whose base class lacks both methods."""
    folder = here / "plan"
    folder.mkdir()
    (folder / "tasks.py").write_text(BASE + TASK.format(name="One") + TASK.format(name="Two"))
    return folder


def test_status_says_it_once_and_the_next_command(refused: Path) -> None:
    text = refactor("status", "plan").stdout

    assert f"refused {CAUSE} plan (-v lists them)\n" in text
    assert text.count("DBR003") == 1
    assert text.endswith("Next:\n  refactor init plan\n")


def test_v_lists_each_task(refused: Path) -> None:
    assert refactor("status", "-v", "plan").stdout.count(": refused DBR003") == 2


def test_one_task_keeps_its_place(refused: Path) -> None:
    (refused / "tasks.py").write_text(BASE + TASK.format(name="One"))
    text = refactor("status", "plan").stdout

    assert "plan/tasks.py:8: One: refused DBR003" in text
    assert text.endswith("Next:\n  refactor init plan\n")


def test_apply_names_the_command_below_its_summary(refused: Path) -> None:
    assert refactor("apply", "--all", "plan").stderr.endswith(f"{CAUSE} plan\n")


def test_the_command_mends_it(refused: Path) -> None:
    assert refactor("init", "plan").exit_code == 0

    assert "DBR003" not in refactor("status", "plan").stdout


def test_apply_and_status_agree_about_what_was_edited_since(here: Path) -> None:
    file = here / "pipeline.py"
    file.write_text(PIPELINE)
    refactor("apply", "--all")
    file.write_text(file.read_text().replace(CLOSING, "            pass\n"))

    (told,) = json.loads(refactor("status", "--format", "json").stdout)["tasks"]
    applied = refactor("apply", "--all", "--output-format", "json").stdout
    (again,) = json.loads(applied)["tasks"]

    assert told["state"] == "defective"
    assert again == told
    assert json.loads(applied)["summary"]["defective"] == 1
    assert "unchanged (defective) DBF9" in refactor("apply", "--all").stdout
