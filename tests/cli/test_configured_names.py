"""Names of tasks in the configuration that are names of nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from refactor.cli import main

TASKS = """\
import luigi


class PlanTask(luigi.Task):
    def get_plan_id(self): ...
    def get_database_service(self): ...


class NoteTask(PlanTask):
    def output(self):
        return luigi.LocalTarget("a.txt")

    def run(self):
        with self.output().open("w") as f:
            f.write("x")
"""
COMMANDS = (["status"], ["check"], ["apply", "--all", "--check"], ["explain", "NoteTask"])
WRONG = {
    "exempt": 'exempt = ["NotesTask"]',
    "stages": 'stages = { first = ["NotesTask"] }',
    "row-stage": 'row-stage = { NotesTask = "notes" }',
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "tasks.py").write_text(TASKS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def configure(project: Path, line: str) -> None:
    (project / "pyproject.toml").write_text(f"[tool.refactor]\n{line}\n", encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
@pytest.mark.parametrize("key", WRONG)
def test_a_name_of_nothing_is_an_error_with_the_nearest_name(
    project: Path, key: str, command: list[str]
) -> None:
    configure(project, WRONG[key])
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 2
    assert f"{key} in [tool.refactor] names NotesTask, and no task is called that" in result.stderr
    assert "did you mean NoteTask?" in result.stderr


@pytest.mark.parametrize("key", WRONG)
def test_a_name_of_a_task_is_none(project: Path, key: str) -> None:
    configure(project, WRONG[key].replace("NotesTask", "NoteTask"))
    assert CliRunner().invoke(main, ["status"]).exit_code == 0


def test_where_only_a_part_is_looked_at_the_name_may_be_elsewhere(project: Path) -> None:
    configure(project, WRONG["exempt"])
    assert CliRunner().invoke(main, ["status", "tasks.py"]).exit_code == 0
    assert CliRunner().invoke(main, ["check", "tasks.py"]).exit_code == 1


def test_a_file_that_cannot_be_read_may_hold_the_name(project: Path) -> None:
    configure(project, WRONG["exempt"])
    (project / "other.py").write_bytes(b"class NotesTask(PlanTask):\n    x = '\xff'\n")
    assert "no task is called" not in CliRunner().invoke(main, ["status"]).stderr


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_a_function_that_nobody_mentions_asks_no_model(project: Path, command: list[str]) -> None:
    configure(project, 'llm-calls = { "helpers.qestion" = { prompt = 0 } }')
    (project / "helpers.py").write_text("def question(): ...\n", encoding="utf-8")
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 2
    assert (
        "llm-calls in [tool.refactor] names helpers.qestion, and no file says qestion; did you mean question?"
        in result.stderr
    )


def test_a_function_of_another_module_is_one(project: Path) -> None:
    configure(project, 'llm-calls = { "helpers.ask" = { prompt = 0 } }')
    (project / "helpers.py").write_text("def ask(question): ...\n", encoding="utf-8")
    assert CliRunner().invoke(main, ["status"]).exit_code == 0
