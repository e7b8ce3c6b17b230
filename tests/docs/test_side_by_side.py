"""The task that the README shows thrice: the original, and what `apply` makes of it in each style."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from refactor.cli import main

README = Path(__file__).parents[2] / "README.md"
BASE = """\
import os
import time

import luigi


class PlanTask(luigi.Task):
    run_dir = luigi.Parameter()

    def target(self, name):
        return luigi.LocalTarget(f"{self.run_dir}/{name}")

    def get_plan_id(self):
        return os.path.basename(os.path.normpath(str(self.run_dir)))

    def get_database_service(self):
        from pipeline.database.service import DatabaseService

        return DatabaseService()

    def database_steps(self):
        from pipeline.database.steps import DatabaseSteps

        return DatabaseSteps(self)


class Model:
    def ask(self, prompt):
        return prompt


llm = Model()
"""


@pytest.mark.parametrize(("style", "column"), [("inline", 1), ("steps", 2)])
def test_the_columns(style: str, column: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = README.read_text(encoding="utf-8").partition("<table>")[2].partition("</table>")[0]
    columns = re.findall(r"```python\n(.*?)```", table, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    head = BASE + "\n\n"
    Path("shop.py").write_text(head + columns[0])

    assert CliRunner().invoke(main, ["apply", "--all", "--style", style]).exit_code == 0

    written = Path("shop.py").read_text()
    shown = columns[column].partition("class ")[2]
    assert written.endswith("class " + shown)
    assert written.count("\nclass ") == 3
