"""Tasks whose members are replaced at run time, and files of other tasks: refused, as the class is not what runs."""

from __future__ import annotations

import tempfile
from pathlib import Path
from textwrap import indent

import pytest

from tests.properties.foreign.running import broken, refactor
from tests.shapes.test_output_forms import WRITE, A, B, Form

OUT = f"return {A}"
OTHER = (
    f"class Other(BaseTask):\n    def output(self):\n        return {B}\n\n"
    "    def run(self):\n        with self.output().open('w') as f:\n            f.write('b')\n"
)
NEEDS = "def requires(self):\n    return Other(run_dir=self.run_dir)\n"
ELSEWHERE = "luigi.LocalTarget('run/plan/c.txt')"
FORMS = (
    Form("output", OUT, f"self.output = lambda: {ELSEWHERE}\n{WRITE}", "DBR004"),
    Form("output-of-the-class", OUT, f"First.output = lambda self: {ELSEWHERE}\n{WRITE}", "DBR004"),
    Form("output-by-setattr", OUT, f"setattr(First, 'output', lambda self: {ELSEWHERE})\n{WRITE}", "DBR004"),
    Form("output-below", OUT, WRITE, "DBR004", behind=f"First.output = lambda self: {B}"),
    Form("of-the-base-below", OUT, WRITE, "DBR004", behind="BaseTask.complete = lambda self: True"),
    Form(
        "run-below",
        OUT,
        WRITE,
        "DBR004",
        behind="plain = First.run\n\n\ndef run(self):\n    plain(self)\n"
        "    Path(self.run_dir, 'extra').write_text('x')\n\n\nFirst.run = run",
    ),
    Form(
        "by-a-decorator",
        OUT,
        WRITE,
        "DBR004",
        behind=f"def other(c):\n    c.output = lambda self: {ELSEWHERE}\n    return c\n\n\nFirst = other(First)",
    ),
    Form("path-of-a-target", OUT, f"t = self.output()\nt.path = 'run/plan/c.txt'\n{WRITE}", "DBR421"),
    Form(
        "parameter",
        OUT,
        f"self.run_dir = 'run/plan/sub'\nos.makedirs('run/plan/sub')\n{WRITE}",
        "",
    ),
    Form(
        "decorated-output",
        "",
        WRITE,
        "DBR409",
        before=f"def other(function):\n    return lambda self: {ELSEWHERE}\n",
        members=f"@other\ndef output(self):\n    return {A}\n",
    ),
)
INPUTS = (
    "with self.input().open('w') as f:\n    f.write('x')",
    "Path(self.input().path).write_text('x')",
    "with open(self.input().path, 'w') as f:\n    f.write('x')",
)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_it_is_refused(form: Form) -> None:
    found, code = broken(form.project)
    assert found == []
    assert code == form.code or (not form.code and code)


def test_a_member_of_a_class_above_is_replaced_in_another_module() -> None:
    """The class itself was looked at before, in its own module, where nothing replaces it."""
    run = indent(WRITE, " " * 8)
    heir = f"class Second(Middle):\n    def output(self):\n        {OUT}\n\n    def run(self):\n{run}\n"
    form = Form(
        "above",
        "",
        "pass",
        before="from base import Middle\n",
        behind=f"{heir}\n\nMiddle.complete = lambda self: True",
        tasks=("Second",),
    )
    with tempfile.TemporaryDirectory() as directory:
        reports = {r.task.name: r.refusal for r in refactor(form.project, Path(directory)).reports}
    assert reports.get("Middle") is None
    assert reports["Second"] is not None
    assert reports["Second"].code == "DBR004"


@pytest.mark.parametrize("body", INPUTS)
def test_a_write_to_an_input_is_refused(body: str) -> None:
    """The file is another task's, whose row would no longer be its file's."""
    form = Form("input", OUT, f"{body}\n{WRITE}", members=NEEDS, behind=OTHER)
    with tempfile.TemporaryDirectory() as directory:
        reports = refactor(form.project, Path(directory)).reports
    [refusal] = [report.refusal for report in reports if report.task.name == "First"]
    assert refusal is not None
    assert refusal.code == "DBR408"


@pytest.mark.parametrize(
    "form",
    [
        Form("attribute-of-its-own", OUT, f"self.text = 'x'\n{WRITE}"),
        Form("attribute-with-a-setter", OUT, f"self.made = 'x'\n{WRITE}", members="@property\ndef made(self):\n"
             "    return 1\n\n@made.setter\ndef made(self, value):\n    pass\n"),
        Form("cached-output", "", WRITE, members=f"@functools.lru_cache\ndef output(self):\n    return {A}\n"),
        Form("input-read", OUT, f"print(self.input().exists())\n{WRITE}", members=NEEDS, behind=OTHER),
    ],
    ids=lambda form: form.name,
)  # fmt: skip
def test_what_replaces_nothing_is_no_matter(form: Form) -> None:
    assert broken(form.project) == ([], "")
