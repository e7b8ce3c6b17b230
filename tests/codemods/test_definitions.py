"""A name that is defined more than once is any of its definitions: what one of them asks is not missed."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods import api
from codemods.model import TaskState
from codemods.settings import Settings
from codemods.source import SourceFile

HEAD = """\
import os
import sys
from typing import overload

import luigi
from openai import OpenAI

from pipeline.plan_task import PlanTask

client = OpenAI()


"""
TASK = """\
class NoteTask(PlanTask):
    def output(self):
        return self.local_target("note.txt")

    def run(self):
        text = {call}
        with self.output().open("w") as f:
            f.write(str(text))
{members}
"""
ASKS = 'def ask({self}topic):\n    return client.responses.create(model="m", input=topic).output_text\n'
QUIET = "def ask({self}topic):\n    return topic\n"
BOTH = {
    "asks-first": "{asks}\n{quiet}",
    "asks-last": "{quiet}\n{asks}",
    "by-a-condition": "if sys.platform == 'win32':\n{quiet_in}\nelse:\n{asks_in}",
    "by-the-other-branch": "if sys.platform == 'win32':\n{asks_in}\nelse:\n{quiet_in}",
    "by-a-try": "try:\n{asks_in}\nexcept NameError:\n{quiet_in}",
    "overloads": "@overload\ndef ask({self}topic: int) -> int: ...\n@overload\ndef ask({self}topic: str): ...\n{asks}",
}


def _indented(text: str) -> str:
    return "".join(f"    {line}" for line in text.splitlines(keepends=True))


def _definitions(form: str, given: str) -> str:
    asks, quiet = ASKS.format(self=given), QUIET.format(self=given)
    return BOTH[form].format(
        self=given, asks=asks, quiet=quiet, asks_in=_indented(asks), quiet_in=_indented(quiet)
    )


def _state(text: str) -> tuple[TaskState, str]:
    (inspection,) = api.inspect([SourceFile(Path("tasks.py"), HEAD + text)], Settings())
    (report,) = inspection.reports
    return report.state, report.refusal.code if report.refusal else ""


@pytest.mark.parametrize("form", BOTH)
def test_methods(form: str) -> None:
    members = _indented(_definitions(form, "self, "))
    state, code = _state(TASK.format(call="self.ask('x')", members=members))
    assert state is TaskState.REFUSED
    assert code == "DBR106"


MODEL = 'client.responses.create(model="m", input=topic).output_text'
NAMES = {
    "import": "try:\n    from elsewhere import ask\nexcept ImportError:\n" + _indented(ASKS.format(self="")),
    "lambda": f"fast = str\nif sys.flags.dev_mode:\n    fast = lambda topic: {MODEL}\nask = fast\n",
    "value": f"if os.name == 'nt':\n    def ask(topic):\n        return {MODEL}\nelse:\n    ask = str\n",
}


@pytest.mark.parametrize(
    "functions",
    [*(_definitions(form, "") for form in BOTH if form != "asks-first"), *NAMES.values()],
    ids=[*(form for form in BOTH if form != "asks-first"), *NAMES],
)
def test_functions_and_other_names_of_a_module(functions: str) -> None:
    text = f"{HEAD}{functions}\n\n" + TASK.format(call="ask('x')", members="")
    (inspection,) = api.inspect([SourceFile(Path("tasks.py"), text)], Settings())
    (report,) = inspection.reports
    calls = [call.callee for call in report.analysis.calls] if report.analysis is not None else []
    assert report.state is TaskState.REFUSED or calls == ["ask"], report.state


WRITES = "def save(path):\n    open(path, 'w').write('x')\n"


@pytest.mark.parametrize(
    "other", ["def save(path):\n    pass\n", "save = print\n", "from elsewhere import save\n"]
)
def test_a_writer_that_may_be_another_function_is_refused(other: str) -> None:
    functions = f"if os.name == 'nt':\n{_indented(other)}else:\n{_indented(WRITES)}"
    task = TASK.replace("self.local_target", "luigi.LocalTarget").format(
        call="save(self.output().path)", members=""
    )
    (inspection,) = api.inspect([SourceFile(Path("tasks.py"), f"{HEAD}{functions}\n\n{task}")], Settings())
    assert inspection.reports[0].state is TaskState.REFUSED
