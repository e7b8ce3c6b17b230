"""Calls of models that no name leads to at the first glance: refused by `apply`, found by `check`."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from codemods.checking.engine import Checker
from codemods.source import SourceFile
from tests.properties.foreign.running import SETTINGS, broken, refactor
from tests.shapes.test_output_forms import WRITE, A, Form

OUT = f"return {A}"
ASKING = "openai.OpenAI().responses.create(model='m', input='q')"
OPENAI = "import openai"
WRAPPER = f"{OPENAI}\n\n\nclass Wrapper:\n    def __rshift__(self, other):\n        return {ASKING}\n"
FORMS = (
    Form("member-by-a-variable", OUT, "n = 'create'\ngetattr(openai.OpenAI().responses, n)(input='q')", before=OPENAI),
    Form("member-kept", OUT, "ask = getattr(openai.OpenAI(), self.names[0])\nask('q')", before=OPENAI),
    Form("everything-imported", OUT, "completion(model='m', messages=[])", before="from litellm import *"),
    Form("operator", OUT, "Wrapper() >> 'q'", before=WRAPPER),
    Form("on-success", OUT, "pass", before=OPENAI, members=f"def on_success(self):\n    {ASKING}\n"),
    Form("requires", OUT, "pass", before=OPENAI, members=f"def requires(self):\n    {ASKING}\n    return []\n"),
    Form("method-by-name", OUT, "getattr(self, 'ask')()", before=OPENAI, members=f"def ask(self):\n    {ASKING}\n"),
    Form("thread", OUT, "Asking().start()", before=f"import threading\n\n{OPENAI}\n\n\n"
         f"class Asking(threading.Thread):\n    def run(self):\n        {ASKING}\n"),
)  # fmt: skip


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_it_is_refused(form: Form) -> None:
    form = Form(form.name, OUT, f"{form.body}\n{WRITE}", members=form.members, before=form.before)
    with tempfile.TemporaryDirectory() as directory:
        [report] = [r for r in refactor(form.project, Path(directory)).reports if r.task.name == "First"]
    assert report.refusal is not None
    assert report.refusal.code in {"DBR103", "DBR105", "DBR106"}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_it_is_found_in_a_refactored_task(form: Form) -> None:
    plain = Form(form.name, OUT, WRITE, before=form.before)
    with tempfile.TemporaryDirectory() as directory:
        text = refactor(plain.project, Path(directory)).after["tasks.py"]
        [line] = [line for line in text.splitlines() if "os.makedirs(" in line]
        before = line[: len(line) - len(line.lstrip())]
        added = "".join(f"\n{before}{one}" for one in form.body.splitlines())
        members = "".join(f"    {one}\n" for one in form.members.splitlines())
        text = text.replace(line, line + added).replace(
            "    def run(self):\n", f"{members}\n    def run(self):\n"
        )
        path = Path(directory, "tasks.py")
        path.write_text(text, encoding="utf-8")
        found = {f.code for f in Checker(SETTINGS).check(SourceFile(path, text))}
    assert found & {"DBF300", "DBF304"}


def test_a_getattr_of_anything_else_is_no_matter() -> None:
    form = Form(
        "data",
        OUT,
        f"for n in ('run_dir',):\n    print(getattr(self.names, n, None))\n{WRITE}",
        before=OPENAI,
    )
    with tempfile.TemporaryDirectory() as directory:
        [report] = [r for r in refactor(form.project, Path(directory)).reports if r.task.name == "First"]
    assert report.refusal is None


OWN = (
    "class Mine:\n    def __init__(self):\n        self.m = faraway.Model()\n\n"
    "    def ask(self, p):\n        return self.m.ask(p)\n\n\n"
)
GIVEN = (
    ("def go(f, q):\n    return f(q)\n", "go(llm.ask, 'x')"),
    ("def go(f, q):\n    return f(q) + f(q)\n", "go(q='x', f=llm.ask)"),
    ("def go(fs, q):\n    return fs[0](q)\n", "go([llm.ask], 'x')"),
    (
        "def go(f, q):\n    return f(q)\n\n\ndef wrapped(q):\n    llm = Mine()\n    return llm.ask(q)\n",
        "go(wrapped, 'x')",
    ),
)


@pytest.mark.parametrize("made", ["Mine()", "faraway.Model()"])
@pytest.mark.parametrize("case", GIVEN)
def test_a_method_of_a_model_that_a_function_is_given(made: str, case: tuple[str, str]) -> None:
    """How often it is called there is not known, and it is no part of a prompt."""
    before, call = case
    body = f"llm = {made}\ntext = {call}\nPath(self.output().path).write_text(text)"
    found, code = broken(Form("given", OUT, body, before=OWN + before).project)
    assert found == []
    assert code in {"DBR105", "DBR106"}
