"""Rows that come after their files, on the command line: who has them, and that nothing is done without consent."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PIPELINE = """\
import luigi
import pandas as pd

from pipeline.plan_task import PlanTask


class TableTask(PlanTask):
    def output(self):
        return luigi.LocalTarget(self.run_id_dir / "table.parquet")

    def run_inner(self):
        frame = pd.DataFrame()
        frame.to_parquet(self.output().path)
"""


@pytest.fixture
def project(here: Path) -> Path:
    (here / "tasks.py").write_text(PIPELINE, encoding="utf-8")
    (here / "pyproject.toml").write_text("[tool.refactor]\nrow-after-file = true\n", encoding="utf-8")
    return here


def test_status_and_explain_name_the_tasks(project: Path) -> None:
    assert "Rows after their files, by row-after-file: TableTask" in _run("status", "tasks.py")
    assert "the file, read back after it is written" in _run("explain", "TableTask", "tasks.py")
    _run("apply", "--all", "tasks.py")
    document = json.loads(_run("status", "--output-format", "json", "tasks.py"))
    assert [(t["state"], t["row_after_file"]) for t in document["tasks"]] == [("done", True)]
    assert _run("check", "--strict", "tasks.py") == ""
    _run("revert", "--all", "tasks.py")
    assert (project / "tasks.py").read_text() == PIPELINE


def test_without_consent_nothing_is_done_and_what_was_done_is_a_finding(project: Path) -> None:
    _run("apply", "--all", "tasks.py")
    (project / "pyproject.toml").write_text("[tool.refactor]\n", encoding="utf-8")
    assert "DBF700" in _run("check", "tasks.py", status=1)
    _run("revert", "--all", "tasks.py")
    assert "`row-after-file = true`" in _run("explain", "TableTask", "tasks.py")
    _run("apply", "--all", "tasks.py", status=1)
    assert (project / "tasks.py").read_text() == PIPELINE


def test_a_declared_writer_is_followed_and_one_that_is_nowhere_is_an_error(project: Path) -> None:
    saving = PIPELINE.replace("frame.to_parquet(self.output().path)", "self.save(frame)")
    (project / "tasks.py").write_text(saving.replace("(PlanTask)", "(Saver, PlanTask)"), encoding="utf-8")
    declared = '[tool.refactor]\nrow-after-file = true\nwriters = {{ "self.{}" = {{ target = "output" }} }}\n'
    (project / "pyproject.toml").write_text(declared.format("save"), encoding="utf-8")
    assert "each file of self.output()" in _run("explain", "TableTask", "tasks.py")
    (project / "pyproject.toml").write_text(declared.format("sav"), encoding="utf-8")
    failed = subprocess.run(
        [sys.executable, "-c", "from refactor.cli import main; main()", "status"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert failed.returncode == 2
    assert "writers in [tool.refactor] names sav, and no method" in failed.stderr
    assert "did you mean save" in failed.stderr


def _run(*arguments: str, status: int = 0) -> str:
    command = [sys.executable, "-c", "from refactor.cli import main; main()", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    return done.stdout
