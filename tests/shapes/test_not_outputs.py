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
