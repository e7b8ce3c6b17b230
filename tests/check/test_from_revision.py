"""`apply --from`: a task refactored by hand is replaced by its original with the steps inserted afresh."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from refactor.cli import main

BASE = """\
import json
import luigi


class PlanTask(luigi.Task):
    def get_plan_id(self):
        return self.run_id_dir.name

    def get_database_service(self):
        raise NotImplementedError


class Summarise:
    def __init__(self, data):
        self.data = data

    @classmethod
    def execute(cls, llm, query) -> "Summarise":
        return cls(llm.complete(query))


"""
ORIGINAL = """\
# The summary.
class SummariseTask(PlanTask):
    def output(self):
        return luigi.LocalTarget(self.run_id_dir / "summary.json")

    def run_with_llm(self, llm):
        # Read the plan.
        with self.input().open("r") as f:
            query = f.read()
        summary = Summarise.execute(llm, query)
        with self.output().open("w") as f:
            json.dump(summary.data, f, indent=2)
"""
BY_HAND = '''\
class SummariseTask(PlanTask):
    """Database first."""
    def output(self):
        return luigi.LocalTarget(self.run_id_dir / "summary.json")

    def run_with_llm(self, llm):
        db_service = self.get_database_service()
        with self.input().open("r") as f:
            query = f.read()
        summary = Summarise.execute(llm, query[:100])
'''
NEW = ORIGINAL.replace("SummariseTask", "NewTask").replace("# The summary.\n", "")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.py").write_text(BASE + ORIGINAL)
    (tmp_path / "tasks.py").write_text(BASE + BY_HAND)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


def test_the_result_is_what_apply_makes_of_the_original(project: Path) -> None:
    assert run("apply", "--all", "--from", "old.py", "tasks.py").exit_code == 0
    assert run("verify", "tasks.py", "--against", "old.py").exit_code == 0
    assert run("check", "tasks.py", "--no-cache").exit_code == 0
    assert run("apply", "--all", "old.py").exit_code == 0
    assert (project / "old.py").read_text() == (project / "tasks.py").read_text()


def test_a_revision_of_git_is_read_without_touching_the_tree(project: Path) -> None:
    def git(*arguments: str) -> str:
        command = [
            "git",
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@b",
            "-c",
            "commit.gpgsign=false",
            *arguments,
        ]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    git("init", "--quiet")
    (project / "tasks.py").write_text(BASE + ORIGINAL)
    git("add", "tasks.py")
    git("commit", "--quiet", "-m", "original")
    (project / "tasks.py").write_text(BASE + BY_HAND)
    git("commit", "--quiet", "-am", "by hand")
    assert run("apply", "--all", "--from", "HEAD~1", "tasks.py").exit_code == 0
    assert run("verify", "tasks.py", "--against", "HEAD~1").exit_code == 0
    assert run("check", "tasks.py", "--no-cache").exit_code == 0
    assert git("status", "--short", "--untracked-files=no") == " M tasks.py\n"
    assert run("apply", "--all", "--from", "nowhere", "tasks.py").exit_code == 2


def test_the_diff_is_against_what_is_there_and_nothing_is_written(project: Path) -> None:
    result = run("apply", "--task", "SummariseTask", "--from", "old.py", "--diff", "tasks.py")
    assert result.exit_code == 1
    assert "-        summary = Summarise.execute(llm, query[:100])" in result.stdout
    assert "# Read the plan." in result.stdout
    assert (project / "tasks.py").read_text() == BASE + BY_HAND


def test_a_task_that_the_revision_does_not_have_is_refused_and_stays(project: Path) -> None:
    (project / "tasks.py").write_text(BASE + BY_HAND + "\n\n" + NEW)
    result = run("apply", "--task", "NewTask", "--from", "old.py", "tasks.py")
    assert result.exit_code == 1
    assert "old.py has no such task" in result.stdout
    assert (project / "tasks.py").read_text() == BASE + BY_HAND + "\n\n" + NEW


def test_a_task_that_is_refused_keeps_what_it_has(project: Path) -> None:
    (project / "old.py").write_text(BASE + ORIGINAL.replace('open("w")', 'open("a")'))
    result = run("apply", "--all", "--from", "old.py", "tasks.py")
    assert result.exit_code == 1
    assert "DBR401" in result.stdout
    assert (project / "tasks.py").read_text() == BASE + BY_HAND


def test_line_ends_stay_those_of_the_file(project: Path) -> None:
    (project / "tasks.py").write_bytes((BASE + BY_HAND).replace("\n", "\r\n").encode())
    assert run("apply", "--all", "--from", "old.py", "tasks.py").exit_code == 0
    data = (project / "tasks.py").read_bytes()
    assert data.count(b"\n") == data.count(b"\r\n")


@pytest.mark.parametrize("flag", ["--commit", "--interactive"])
def test_from_goes_alone(flag: str) -> None:
    assert run("apply", "--all", "--from", "old.py", flag, "tasks.py").exit_code == 2
