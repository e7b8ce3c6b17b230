"""With `llm-only` a task that is known to call no model needs no steps, and any other one is treated as always."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from codemods.checking.engine import UNREFACTORED, Checker
from codemods.model import TaskReport
from codemods.settings import DeclaredWriter
from codemods.source import decode
from tests.properties.foreign.running import SETTINGS, refactor
from tests.shapes.test_output_forms import WRITE, A, Form

OUT = f"return {A}"
OPENAI = "import openai\n"
ASK = "openai.OpenAI().responses.create(model='m', input='q')"
ALONE = replace(SETTINGS, llm_only=True)
HIDDEN = """\
def saver():
    class Hidden:
        def save(self, data):
            pass

    return Hidden


Saver = saver()
"""
HEIR = f"""\
class Second(First):
    def answer(self):
        return {ASK}
"""


def _first(form: Form, directory: str, **settings: object) -> TaskReport:
    case = refactor(form.project, Path(directory), replace(ALONE, **settings))
    return next(r for r in case.reports if r.task.name == "First")


@pytest.mark.parametrize(
    "body",
    [
        WRITE,
        "with open(self.output().path, 'a') as f:\n    f.write('x')",
        "faraway.put(self.output().path, 'x')",
        "print('nothing is written')",
    ],
)
def test_a_task_without_a_model_needs_no_steps(body: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        report = _first(Form("none", OUT, body), directory)
        assert report.reason == "calls no LLM, and llm-only is set"
        path = Path(directory, "tasks.py")
        found = Checker(ALONE, strict=True).check(decode(path.read_bytes(), path))
        assert [f.message for f in found if f.task == "First"] == []


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (Form("handed-on", OUT, f"faraway.go([openai.OpenAI().chat])\n{WRITE}", before=OPENAI), "DBR106"),
        (
            Form(
                "in-an-heir",
                OUT,
                f"print(self.answer())\n{WRITE}",
                members="def answer(self):\n    return 1\n",
                before=OPENAI,
                behind=HEIR,
            ),
            "DBR106",
        ),
        (Form("made-text", OUT, f"exec('x = 1')\n{WRITE}"), "DBR004"),
        (Form("out-of-sight", OUT, "self.save('x')", before=HIDDEN), "DBR422"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_one_that_may_call_a_model_is_refused(form: Form, code: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        project = form.project
        if form.name == "out-of-sight":
            text = project.files["tasks.py"].replace("class First(", "class First(Saver, ")
            project = replace(project, files={**project.files, "tasks.py": text})
        case = refactor(project, Path(directory), ALONE)
        report = next(r for r in case.reports if r.task.name == "First")
        assert report.refusal is not None
        assert report.refusal.code == code
        path = Path(directory, "tasks.py")
        assert UNREFACTORED in {f.code for f in Checker(ALONE).check(decode(path.read_bytes(), path))}


def test_a_declared_writer_calls_no_model() -> None:
    form = Form("declared", OUT, "self.save('x')", before=HIDDEN)
    text = form.project.files["tasks.py"].replace("class First(", "class First(Saver, ")
    project = replace(form.project, files={**form.project.files, "tasks.py": text})
    settings = replace(ALONE, writers={"self.save": DeclaredWriter()})
    with tempfile.TemporaryDirectory() as directory:
        case = refactor(project, Path(directory), settings)
    assert [r.state.value for r in case.reports if r.task.name == "First"] == ["exempt"]


def test_a_task_that_calls_one_keeps_all_its_steps() -> None:
    form = Form("asks", OUT, f"answer = {ASK}\nprint(answer.output_text)\n{WRITE}", before=OPENAI)
    with tempfile.TemporaryDirectory() as directory:
        report = _first(form, directory)
    assert report.analysis is not None
    assert (len(report.analysis.calls), len(report.analysis.writes)) == (1, 1)
