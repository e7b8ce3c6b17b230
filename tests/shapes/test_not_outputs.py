"""Files that are written and are no output, by a pattern or a comment: they need no row, and everything else does."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from codemods.checking.engine import Checker
from codemods.source import SourceFile
from tests.properties.foreign.projects import STORING_BYTES
from tests.properties.foreign.running import SETTINGS, broken, refactor
from tests.shapes.test_output_forms import WRITE, A, Form

OUT = f"return {A}"
LOG = "os.path.join(self.run_dir, 'progress.log')"
SAID = "  # refactor: not-output the log of a run"
PATTERN = replace(SETTINGS, not_outputs=("*.log", "shared_log"))

LOGS = (
    Form("appended", OUT, f"with open({LOG}, 'a') as f:{SAID}\n    f.write('x')\n{WRITE}"),
    Form("appended-without-with", OUT, f"f = open({LOG}, 'a'){SAID}\nf.write('x')\nf.close()\n{WRITE}"),
    Form("out-of-sight", OUT, f"faraway.put({LOG}, 'x'){SAID}\n{WRITE}"),
    Form("beside-the-output", OUT, f"faraway.put(self.output().path + '.log', 'x'){SAID}\n{WRITE}"),
    Form(
        "path-not-known",
        OUT,
        f"shared_log = faraway.fetch('a')\nwith open(shared_log, 'a') as f:{SAID}\n    f.write('x')\n{WRITE}",
    ),
)


@pytest.mark.parametrize("form", LOGS, ids=lambda form: form.name)
def test_a_comment_with_a_reason_leaves_a_write_out(form: Form) -> None:
    assert _without_logs(form) == ([], "")
    silent = replace(form, base=STORING_BYTES, body=form.body.replace(" the log of a run", ""))
    found, code = broken(silent.project)
    assert found == []
    assert code


@pytest.mark.parametrize("form", [LOGS[0], LOGS[1], LOGS[2], LOGS[4]], ids=lambda form: form.name)
def test_a_pattern_leaves_a_write_out(form: Form) -> None:
    plain = replace(form, base=STORING_BYTES, body=form.body.replace(SAID, ""))
    with tempfile.TemporaryDirectory() as directory:
        case = refactor(plain.project, Path(directory), PATTERN)
        assert [r.refusal for r in case.reports if r.task.name == "First"] == [None]
        path = Path(directory, "tasks.py")
        done = SourceFile(path, case.after["tasks.py"])
        path.write_text(done.text, encoding="utf-8")
        assert [f.message for f in Checker(PATTERN, strict=False).check(done)] == []
    assert broken(plain.project)[1]


def test_an_output_is_one_whatever_a_pattern_says() -> None:
    form = Form("output", "return luigi.LocalTarget(os.path.join(self.run_dir, 'a.log'))", WRITE)
    assert broken(form.project, PATTERN) == ([], "")


def test_a_comment_without_a_reason_is_a_finding() -> None:
    form = replace(LOGS[0], base=STORING_BYTES, body=LOGS[0].body.replace(" the log of a run", ""))
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "tasks.py")
        for name, text in form.project.files.items():
            Path(directory, name).write_text(text, encoding="utf-8")
        found = Checker(SETTINGS, strict=False).check(SourceFile(path, form.project.files["tasks.py"]))
        assert "DBF002" in {f.code for f in found}


def _without_logs(form: Form) -> tuple[list[str], str]:
    """What is wrong apart from the files that were left out, which have no row."""
    found, code = broken(replace(form, base=STORING_BYTES).project)
    return [line for line in found if not line.startswith("rows {'a.txt': b'text'} for files")], code


NOTE = f"def note(self, text):\n    with open({LOG}, 'a') as f:{SAID}\n        f.write(text)\n"
HELPED = (
    Form("method", OUT, f"self.note('x')\n{WRITE}", members=NOTE),
    Form(
        "method-of-a-method",
        OUT,
        f"self.tell()\n{WRITE}",
        members=f"{NOTE}\ndef tell(self):\n    self.note('x')\n",
    ),
    Form(
        "function",
        OUT,
        f"note(self.run_dir)\n{WRITE}",
        before=f"def note(folder):\n    target = folder + '/progress.log'\n    f = open(target, 'a'){SAID}\n"
        "    f.write('x')\n    f.close()\n",
    ),
    Form(
        "path-method",
        OUT,
        f"note(self.run_dir)\n{WRITE}",
        before=f"def note(folder):\n    (Path(folder) / 'progress.log').write_text('x'){SAID}\n",
    ),
    Form(
        "constructor",
        OUT,
        f"Log(self.run_dir).add('x')\n{WRITE}",
        before="class Log:\n    def __init__(self, folder):\n        self.name = os.path.join(folder, 'progress.log')\n"
        f"        self.add('begin')\n\n    def add(self, text):\n        with open(self.name, 'a') as f:{SAID}\n"
        "            f.write(text)\n",
    ),
)
BESIDE = f"""\
def save(path, text):
    with open(path, 'w') as f:
        f.write(text)
    with open(os.path.join(os.path.dirname(path), 'progress.log'), 'a') as f:{SAID}
        f.write(text)
"""
MADE = f"{NOTE}\ndef made(self):\n    self.note('x')\n    return 'text'\n"


@pytest.mark.parametrize("form", HELPED, ids=lambda form: form.name)
def test_a_comment_holds_in_what_the_task_calls(form: Form) -> None:
    """The log is written as before, once, and only the output has a row."""
    assert _without_logs(form) == ([], "")
    unsaid = replace(form, before=form.before.replace(SAID, ""), members=form.members.replace(SAID, ""))
    assert _without_logs(unsaid)[1]


@pytest.mark.parametrize(
    "form", [*HELPED[:-1], replace(HELPED[-1], name="by-name")], ids=lambda form: form.name
)
def test_a_pattern_holds_in_what_the_task_calls(form: Form) -> None:
    settings = replace(SETTINGS, not_outputs=("*progress.log", "self.name"))
    plain = replace(form, before=form.before.replace(SAID, ""), members=form.members.replace(SAID, ""))
    found, code = broken(replace(plain, base=STORING_BYTES).project, settings)
    assert ([line for line in found if not line.startswith("rows {'a.txt': b'text'} for files")], code) == (
        [],
        "",
    )


def test_an_output_that_is_given_to_a_function_is_one_whatever_a_pattern_says() -> None:
    before = "def save(path):\n    with open(path, 'w') as f:\n        f.write('text')\n"
    form = Form("given", OUT, "save(self.output().path)", before=before)
    assert broken(form.project, replace(SETTINGS, not_outputs=("path", "*"))) == ([], "")


@pytest.mark.parametrize(
    "form",
    [
        Form("beside-a-draw", OUT, "save(self.output().path, str(random.random()))", before=BESIDE),
        Form(
            "beside-the-output",
            OUT,
            "text = str(len(self.names))\nsave(self.output().path, text)",
            before=BESIDE,
        ),
        Form(
            "in-the-content",
            OUT,
            "with self.output().open('w') as f:\n    f.write(self.made())",
            members=MADE,
        ),
    ],
    ids=lambda form: form.name,
)
def test_a_file_that_needs_no_row_is_still_written_once(form: Form) -> None:
    """Whatever has such a file among its effects is not run a second time for the content of the row."""
    found, _ = _without_logs(form)
    assert [line for line in found if not line.startswith("rows")] == []
