"""All that a task is refused for is told at once, the first reason as before and the others beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from codemods import api
from codemods.model import TaskReport, TaskState
from codemods.refusals import Refused
from codemods.settings import Settings
from codemods.source import SourceFile
from codemods.tasks.undecided import Undecided
from refactor.cli import main

BASE = """\
import os
import random

import luigi


class PlanTask(luigi.Task):
    run_dir = luigi.Parameter()

    def path(self, name):
        return os.path.join(self.run_dir, name)

    def get_plan_id(self):
        return os.path.basename(self.run_dir)

    def get_database_service(self):
        return None


"""
THREE = """\
class ThreeTask(PlanTask):
    def output(self):
        return luigi.LocalTarget(os.path.join(self.run_dir, "three.txt"))

    def run_with_llm(self, llm):
        texts = [llm.complete(prompt) for prompt in ("a", "b")]
        if texts: os.utime(llm.complete("c").text)
        with self.output().open("a") as f:
            f.write("x")
        with open(os.path.join(self.run_dir, "three.txt"), "ab") as f:
            f.write(b"x")
"""


def _report(text: str, name: str) -> TaskReport:
    (inspection,) = api.inspect([SourceFile(Path("tasks.py"), BASE + text)], Settings())
    return next(r for r in inspection.reports if r.task.name == name)


def test_each_reason_is_told_where_it_stands() -> None:
    report = _report(THREE, "ThreeTask")
    assert report.state is TaskState.REFUSED
    assert report.refusal is not None
    told = [(one.code, one.line) for one in (report.refusal, *report.also)]
    first = len(BASE.splitlines())
    assert told[0] == ("DBR101", first + 6)
    assert {code for code, _ in told} >= {"DBR101", "DBR401"}
    assert len(set(told)) == len(told) >= 3
    assert [line for _, line in told if line > first + 7] != [], "the writes are told beside the calls"


def test_explain_and_status_tell_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tasks.py").write_text(BASE + THREE)
    monkeypatch.chdir(tmp_path)
    text = CliRunner().invoke(main, ["explain", "ThreeTask"]).output
    assert text.count("Why: ") == 1
    more = text.count("And: ")
    assert more >= 2
    document = json.loads(
        CliRunner().invoke(main, ["explain", "ThreeTask", "--output-format", "json"]).output
    )
    assert len(document["tasks"][0]["also"]) == more
    for command in (["status"], ["apply", "--all"]):
        assert f"(and {more} more)" in CliRunner().invoke(main, command).output


@pytest.mark.parametrize(
    "body",
    [
        "    pass\n",
        "    def run(self):\n        return None\n",
        "    def run(self):\n        print(self.run_dir)\n",
    ],
)
def test_a_task_with_nothing_to_record_needs_no_service(body: str) -> None:
    bare = BASE.replace("get_database_service", "something_else")
    (inspection,) = api.inspect(
        [SourceFile(Path("tasks.py"), f"{bare}class NothingTask(PlanTask):\n{body}")], Settings()
    )
    states = {r.task.name: r.state for r in inspection.reports}
    assert states.get("NothingTask", TaskState.EXEMPT) is TaskState.EXEMPT


def test_what_fails_behind_a_refusal_is_no_error_of_this_tool() -> None:
    undecided = Undecided()
    with undecided.collecting():
        raise Refused("DBR101", "first")
    with undecided.collecting():
        raise KeyError("met what it was not made for")
    with pytest.raises(Refused, match="first"):
        undecided.settle()


def test_what_fails_before_any_refusal_is_one() -> None:
    with pytest.raises(KeyError), Undecided().collecting():
        raise KeyError("a defect")
