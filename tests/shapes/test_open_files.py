"""Content that is known only while its file is open: read back before the close, or refused with the reason."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from codemods import api
from codemods.checking.engine import Checker
from codemods.model import ContentOrigin, TaskReport, TaskState
from codemods.source import SourceFile
from tests.properties.foreign.projects import BASE, STORING_BYTES
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
    Form("raises", OUT, f"{OPEN}    f.write(str({DRAWN}))\n    raise ValueError('no')"),
    Form(
        "model-asked-in-a-loop",
        OUT,
        f"llm = faraway.Model()\n{OPEN}"
        "    for word in ('a', 'b'):\n        answer = llm.ask(word)\n        f.write(answer)",
    ),
    Form("closed-by-name", OUT, f"f = self.output().open('w')\nf.write(str({DRAWN}))\nf.close()"),
    Form(
        "model-asked-inside",
        OUT,
        f"llm = faraway.Model()\n{OPEN}    answer = llm.ask('a')\n    f.write(answer)\n    f.write(answer)",
    ),
    Form(
        "name-bound-anew-inside",
        OUT,
        f"{OPEN}    f.write('x')\n"
        "for number in range(2):\n"
        "    with self.target(f'{number}.txt').open('w') as g:\n"
        f"        number = 9\n        g.write(str({DRAWN}))",
    ),
    Form(
        "closed-by-name-behind-a-loop",
        OUT,
        f"f = self.output().open('w')\nfor i in range(2):\n    f.write(str({DRAWN}))\nf.close()",
    ),
    Form(
        "temporary-path",
        OUT,
        f"with self.output().temporary_path() as path:\n    with open(path, 'w') as f:\n        f.write(str({DRAWN}))",
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


BYTES = "with open(self.output().path, 'wb') as f:\n"
NOP = "return luigi.LocalTarget(os.path.join(self.run_dir, 'a.bin'), format=luigi.format.Nop)"
UTF16 = "return luigi.LocalTarget(f'{self.run_dir}/a.txt', format=luigi.format.TextFormat(encoding='utf-16'))"
CRLF = "return luigi.LocalTarget(f'{self.run_dir}/a.txt', format=luigi.format.TextFormat(newline='\\r\\n'))"
AS_BYTES = tuple(
    replace(form, base=STORING_BYTES)
    for form in (
        Form("written", NOP, f"{OPEN}    f.write(b'\\xff' + bytes(str({DRAWN}), 'ascii'))"),
        Form("translated-line-ends", CRLF, f"{OPEN}    f.write(f'a\\n{{{DRAWN}}}\\n')"),
        Form(
            "a-program",
            NOP,
            f"{OPEN}    subprocess.run(['printf', 'a'], stdout=f, check=True)",
            before="import subprocess",
        ),
        Form("by-a-target", NOP, f"{OPEN}    pickle.dump({DRAWN}, f)"),
        Form(
            "by-a-target-without-with",
            NOP,
            f"f = self.output().open('w')\npickle.dump({DRAWN}, f)\nf.close()",
        ),
        Form("another-encoding-of-a-target", UTF16, f"{OPEN}    f.write('\xe4')"),
    )
)


@pytest.mark.parametrize("form", AS_BYTES, ids=lambda form: form.name)
def test_bytes_are_stored_where_the_service_takes_them(form: Form) -> None:
    assert broken(form.project) == ([], "")


@pytest.mark.parametrize("form", AS_BYTES, ids=lambda form: form.name)
def test_bytes_are_refused_where_the_service_is_out_of_sight(form: Form) -> None:
    found, code = broken(replace(form, base=BASE).project)
    assert found == []
    assert code in {"DBR402", "DBR403", "DBR405"}


COMPRESSED = (
    "return luigi.LocalTarget(f'{self.run_dir}/a.gz', format=luigi.format.Gzip)",
    "return luigi.LocalTarget(f'{self.run_dir}/a.gz', format=luigi.format.TextFormat() >> luigi.format.Gzip)",
    "kind = luigi.format.Bzip2\nreturn luigi.LocalTarget(f'{self.run_dir}/a.bz2', format=kind)",
)


@pytest.mark.parametrize("output", COMPRESSED)
def test_what_a_program_holds_back_until_the_close_is_refused(output: str) -> None:
    """The file of a compressing target is empty for as long as it is open."""
    form = Form("compressed", output, f"{OPEN}    f.write(b'a')", base=STORING_BYTES)
    found, code = broken(form.project)
    assert found == []
    assert code in {"DBR402", "DBR403"}


REFUSED = (
    Form(
        "error-ended-by-a-later-item",
        OUT,
        f"with self.output().open('w') as f, suppress(ValueError):\n    f.write(str({DRAWN}))\n    raise ValueError",
        before="from contextlib import suppress",
        code="DBR405",
    ),
    Form(
        "error-ended-by-a-class-of-ones-own",
        OUT,
        f"with self.output().open('w') as f, Calm():\n    f.write(str({DRAWN}))\n    raise ValueError",
        before="class Calm:\n    def __enter__(self):\n        pass\n\n"
        "    def __exit__(self, *error):\n        return True",
        code="DBR405",
    ),
    Form(
        "error-ended-by-a-generator",
        OUT,
        f"with self.output().open('w') as f, calm():\n    f.write(str({DRAWN}))\n    raise ValueError",
        before="import contextlib\n\n\n@contextlib.contextmanager\ndef calm():\n    try:\n        yield\n"
        "    except ValueError:\n        pass",
        code="DBR405",
    ),
    Form(
        "closed-by-a-method-called-like-a-writer",
        OUT,
        f"{OPEN}    print({DRAWN}, file=f)\n    self.to_json(f)",
        members="def to_json(self, out):\n    out.close()\n",
        code="DBR405",
    ),
    Form("global", OUT, f"global f\n{OPEN}    print({DRAWN}, file=f)", code="DBR405"),
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


OWN_NAME = (
    Form("opened-by-name", OUT, f"with open(self.output().path, 'w') as f:\n    f.write(str({DRAWN}))"),
    Form(
        "opened-as-path",
        OUT,
        f"with Path(self.output().path).open('w', encoding='utf-8') as f:\n    f.write(str({DRAWN}))",
    ),
    Form("opened-by-io", OUT, f"with io.open(self.output().path, 'w') as f:\n    f.write(str({DRAWN}))"),
    Form("opened-and-closed", OUT, f"f = open(self.output().path, 'w')\nf.write(str({DRAWN}))\nf.close()"),
    Form("bytes-by-name", OUT, f"with open(self.output().path, 'wb') as f:\n    pickle.dump({DRAWN}, f)"),
)


@pytest.mark.parametrize("form", OWN_NAME, ids=lambda form: form.name)
def test_a_file_that_is_there_before_it_is_closed_is_refused(form: Form) -> None:
    """It would be there, and Luigi take the task for done, before its row."""
    found, code = broken(replace(form, base=STORING_BYTES).project)
    assert found == []
    assert code in {"DBR402", "DBR405"}
    [report] = _reports(form)
    assert report.refusal is not None
    assert "makes the file before its row is there" in report.refusal.reason


def _reports(form: Form) -> tuple[TaskReport, ...]:
    with tempfile.TemporaryDirectory() as directory:
        return tuple(r for r in refactor(form.project, Path(directory)).reports if r.task.name == "First")


@pytest.mark.parametrize("form", [*READ_BACK, *AS_BYTES], ids=lambda form: form.name)
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
