"""Content that is known only while its file is open: read back before the close, or refused with the reason."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from codemods import api
from codemods.checking.engine import Checker
from codemods.model import ContentOrigin, TaskReport, TaskState
from codemods.source import SourceFile
from tests.properties.foreign.running import SETTINGS, broken, refactor
from tests.shapes.test_output_forms import A, B, Form

OUT = f"return {A}"
TWO = f"return [{A}, {B}]"
OPEN = "with self.output().open('w') as f:\n"
DRAWN = "random.random()"

READ_BACK = (
    Form("random", OUT, f"{OPEN}    f.write(str({DRAWN}))"),
    Form("clock", OUT, f"{OPEN}    f.write(f'{{time.time()}}')"),
    Form("counter", OUT, f"numbers = itertools.count()\n{OPEN}    f.write(str(next(numbers)))"),
    Form("loop", OUT, f"{OPEN}    for i in range(3):\n        f.write(f'{{i}} {{{DRAWN}}}\\n')"),
    Form(
        "loop-left",
        OUT,
        f"{OPEN}    for i in range(9):\n        f.write(str({DRAWN}))\n        if i:\n            break",
    ),
    Form("iterator", OUT, f"rows = iter(['a', 'b'])\n{OPEN}    for row in rows:\n        f.write(row)"),
    Form("generator", OUT, f"rows = (str({DRAWN}) for _ in range(2))\n{OPEN}    f.writelines(rows)"),
    Form("csv", OUT, f"{OPEN}    rows = csv.writer(f)\n    rows.writerow([{DRAWN}, 'ä'])"),
    Form(
        "csv-keys",
        OUT,
        f"{OPEN}    rows = csv.DictWriter(f, ['a'])\n    rows.writeheader()\n    rows.writerow({{'a': {DRAWN}}})",
    ),
    Form("json", OUT, f"{OPEN}    json.dump({{'a': {DRAWN}}}, f)"),
    Form("printed", OUT, f"{OPEN}    print({DRAWN}, file=f)"),
    Form("copied", OUT, f"source = io.StringIO('a\\nb\\n')\n{OPEN}    shutil.copyfileobj(source, f)"),
    Form("alias-of-write", OUT, f"{OPEN}    put = f.write\n    put(str({DRAWN}))"),
    Form("went-back", OUT, f"{OPEN}    f.write('abc')\n    f.flush()\n    f.write(str({DRAWN}))"),
    Form(
        "function-in-sight",
        OUT,
        f"{OPEN}    fill(f)",
        before=f"def fill(out):\n    out.write(str({DRAWN}))\n",
    ),
    Form(
        "function-that-returns-it",
        OUT,
        f"{OPEN}    fill(f)",
        before=f"def fill(out):\n    out.write(str({DRAWN}))\n    return out\n",
    ),
    Form(
        "function-in-between",
        OUT,
        f"{OPEN}    fill(out=f)",
        before=f"def fill(*, out):\n    more(out)\n\n\ndef more(f):\n    print({DRAWN}, file=f)\n",
    ),
    Form(
        "method",
        OUT,
        f"{OPEN}    self.fill(f)",
        members=f"def fill(self, out):\n    out.write(str({DRAWN}))\n",
    ),
    Form("nested-function", OUT, f"def put(text):\n    f.write(text)\n{OPEN}    put(str({DRAWN}))"),
    Form("opened-by-name", OUT, f"with open(self.output().path, 'w') as f:\n    f.write(str({DRAWN}))"),
    Form(
        "opened-as-path",
        OUT,
        f"with Path(self.output().path).open('w', encoding='utf-8') as f:\n    f.write(str({DRAWN}))",
    ),
    Form("opened-by-io", OUT, f"with io.open(self.output().path, 'w') as f:\n    f.write(str({DRAWN}))"),
    Form("in-a-try", OUT, f"try:\n    {OPEN}        f.write(str({DRAWN}))\nexcept OSError:\n    raise"),
    Form(
        "in-a-branch",
        OUT,
        f"if self.names:\n    {OPEN}        f.write(str({DRAWN}))\nelse:\n    {OPEN}        f.write('b')",
    ),
    Form(
        "two-in-one",
        TWO,
        "with self.output()[0].open('w') as f, self.output()[1].open('w') as g:\n"
        f"    for i in range(2):\n        f.write(str({DRAWN}))\n        g.write(str({DRAWN}))",
    ),
    Form(
        "two-nested",
        TWO,
        "with self.output()[0].open('w') as f:\n    with self.output()[1].open('w') as g:\n"
        f"        g.write(str({DRAWN}))\n    f.write(str({DRAWN}))",
    ),
    Form(
        "in-a-loop",
        TWO,
        f"for target in self.output():\n    with target.open('w') as f:\n        f.write(str({DRAWN}))",
    ),
    Form(
        "name-bound-anew-inside",
        OUT,
        f"{OPEN}    f.write('x')\n"
        "for number in range(2):\n"
        "    with open(os.path.join(self.run_dir, f'{number}.txt'), 'w') as g:\n"
        f"        number = 9\n        g.write(str({DRAWN}))",
    ),
    Form("raises", OUT, f"{OPEN}    f.write(str({DRAWN}))\n    raise ValueError('no')"),
    Form(
        "line-ends",
        OUT,
        f"with open(self.output().path, 'w', newline='') as f:\n    f.write('a\\r\\n' + str({DRAWN}))",
    ),
    Form(
        "model-asked-inside",
        OUT,
        "llm = faraway.Model()\n"
        "with open(self.output().path, 'w') as f:\n    answer = llm.ask('a')\n    f.write(answer)",
    ),
    Form(
        "model-asked-in-a-loop",
        OUT,
        f"llm = faraway.Model()\n{OPEN}"
        "    for word in ('a', 'b'):\n        answer = llm.ask(word)\n        f.write(answer)",
    ),
    Form("nothing-written", OUT, f"rows = iter([])\n{OPEN}    for row in rows:\n        f.write(row)"),
)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("form", READ_BACK, ids=lambda form: form.name)
def test_what_a_file_holds_is_its_row(form: Form) -> None:
    """Executed before and after: the files are the same, and each has its row."""
    assert broken(form.project) == ([], "")


@pytest.mark.parametrize("form", READ_BACK, ids=lambda form: form.name)
def test_the_row_is_read_from_the_open_file(form: Form) -> None:
    """The table above is about this way, not about one that needs the content twice."""
    [report] = _reports(form)
    assert report.analysis is not None
    assert ContentOrigin.OPEN_FILE in {write.origin for write in report.analysis.writes}


REFUSED = (
    Form("return", OUT, f"{OPEN}    f.write(str({DRAWN}))\n    return", code="DBR405"),
    Form(
        "return-in-a-branch",
        OUT,
        f"{OPEN}    f.write(str({DRAWN}))\n    if self.names:\n        return\n    f.write('b')",
        code="DBR405",
    ),
    Form(
        "break",
        OUT,
        f"for _ in range(2):\n    {OPEN}        f.write(str({DRAWN}))\n        break",
        code="DBR405",
    ),
    Form("closed-inside", OUT, f"{OPEN}    print({DRAWN}, file=f)\n    f.close()", code="DBR405"),
    Form(
        "closed-by-an-alias",
        OUT,
        f"{OPEN}    g = f\n    print({DRAWN}, file=g)\n    g.close()",
        code="DBR405",
    ),
    Form(
        "closed-by-a-function",
        OUT,
        f"{OPEN}    end(f)",
        before=f"def end(out):\n    print({DRAWN}, file=out)\n    out.close()\n",
        code="DBR405",
    ),
    Form(
        "closed-by-a-nested-function",
        OUT,
        f"def end():\n    f.close()\n{OPEN}    print({DRAWN}, file=f)\n    end()",
        code="DBR405",
    ),
    Form("out-of-sight", OUT, f"{OPEN}    faraway.fill(f, {DRAWN})", code="DBR405"),
    Form("in-a-list", OUT, f"{OPEN}    files = [f]\n    print({DRAWN}, file=files[0])", code="DBR405"),
    Form("bound-anew", OUT, f"{OPEN}    print({DRAWN}, file=f)\n    f = None", code="DBR405"),
    Form(
        "bytes-below",
        OUT,
        f"with open(self.output().path, 'w') as f:\n    f.buffer.write(bytes(str({DRAWN}), 'utf-8'))",
        code="DBR405",
    ),
)


@pytest.mark.parametrize("form", REFUSED, ids=lambda form: form.name)
def test_a_file_that_cannot_be_read_back_is_refused(form: Form) -> None:
    found, code = broken(form.project)
    assert (found, code) == ([], form.code)
    [report] = _reports(form)
    assert report.refusal is not None
    assert "nor can it be read back: " in report.refusal.reason


def _reports(form: Form) -> tuple[TaskReport, ...]:
    with tempfile.TemporaryDirectory() as directory:
        return tuple(r for r in refactor(form.project, Path(directory)).reports if r.task.name == "First")


@pytest.mark.parametrize("form", READ_BACK, ids=lambda form: form.name)
def test_it_comes_back_and_checks_clean(form: Form) -> None:
    with tempfile.TemporaryDirectory() as directory:
        case = refactor(form.project, Path(directory))
        path = Path(directory, "tasks.py")
        path.write_text(case.after["tasks.py"], encoding="utf-8")
        done = SourceFile(path, case.after["tasks.py"])
        [inspection] = api.inspect([done], SETTINGS)
        assert {r.state for r in inspection.reports} == {TaskState.DONE}
        assert [str(f.message) for f in Checker(SETTINGS, strict=False).check(done)] == []
        reverted = api.revert(inspection, lambda _: True, SETTINGS)
        assert reverted.after.text == form.project.files["tasks.py"]
