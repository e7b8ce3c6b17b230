"""Files that are read back after they were written, by consent, and files that are moved into place."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from codemods import api
from codemods.checking.engine import Checker
from codemods.model import ContentOrigin, TaskReport, TaskState
from codemods.settings import Settings
from codemods.source import SourceFile
from tests.properties.foreign.projects import BASE, STORING_BYTES
from tests.properties.foreign.running import FARAWAY, SETTINGS, broken, imported, refactor
from tests.shapes.test_output_forms import A, B, Form

CONSENT = replace(SETTINGS, row_after_file=True)
OUT = f"return {A}"
TWO = f"return [{A}, {B}]"
KEYS = f"return {{'a': {A}, 'b': {B}}}"
BIN = "return luigi.LocalTarget(os.path.join(self.run_dir, 'a.bin'))"
PATH = "self.output().path"
DRAWN = "random.random()"
OWN_WRITER = (
    "def save(path, text):\n    with open(path, 'w') as f:\n        f.write(f'{text} {random.random()}')\n"
)

JSON_TARGET = """\
class Kept(luigi.LocalTarget):
    def dump(self, data, formatter="json"):
        self.makedirs()
        if formatter == "json":
            with open(self.path, "w") as f:
                json.dump(data, f)
        else:
            with open(self.path, "wb") as f:
                pickle.dump(data, f)

    def put(self, text):
        with self.open("w") as f:
            f.write(f"{text} {random.random()}")

    def save(self, frame):
        frame.to_parquet(self.path)

    def size(self):
        return os.path.getsize(self.path) if self.exists() else 0

    def put_beside(self, text):
        with self.open("w") as f:
            f.write(text)
        with open(self.path + ".log", "w") as f:
            f.write(text)

    def begin(self):
        self.file = open(self.path, "w")
        self.file.write("x")
"""
KEPT = "return Kept(os.path.join(self.run_dir, 'a.json'))"
AFTERWARDS = (
    Form("target-that-puts", KEPT, "self.output().put('x')", before=JSON_TARGET),
    Form("target-that-puts-by-name", KEPT, "kept = self.output()\nkept.put('x')", before=JSON_TARGET),
    Form("target-that-dumps", KEPT, "self.output().dump({'a': 1})", before=JSON_TARGET),
    Form("target-that-pickles", KEPT, "self.output().dump([1], formatter='pickle')", before=JSON_TARGET),
    Form("target-with-a-library", KEPT, "self.output().save(faraway.Frame('x'))", before=JSON_TARGET),
    Form(
        "target-that-is-asked-first",
        KEPT,
        "if not self.output().size():\n    self.output().put('x')\nprint(self.output().size())",
        before=JSON_TARGET,
    ),
    Form(
        "method-with-a-target",
        KEPT,
        "self.store('x')",
        before=JSON_TARGET,
        members="def store(self, text):\n    self.output().put(text)\n",
    ),
    Form(
        "method-with-a-key",
        KEYS,
        "self.store('x', 'b')\nself.store('y', 'a')",
        members="def store(self, text, key):\n    with self.output()[key].open('w') as f:\n"
        "        for t in text:\n            f.write(t)\n",
    ),
    Form("opened-by-name", OUT, f"with open({PATH}, 'w') as f:\n    f.write(str({DRAWN}))"),
    Form("opened-as-path", OUT, f"with Path({PATH}).open('w') as f:\n    f.write(str({DRAWN}))"),
    Form("opened-without-with", OUT, f"f = open({PATH}, 'w')\nf.write(str({DRAWN}))\nf.close()"),
    Form("bytes", BIN, f"with open({PATH}, 'wb') as f:\n    pickle.dump({DRAWN}, f)"),
    Form("appended", OUT, f"with open({PATH}, 'a') as f:\n    f.write(str({DRAWN}))"),
    Form(
        "appended-in-a-loop",
        OUT,
        f"for i in range(3):\n    with open({PATH}, 'a') as f:\n        f.write(str({DRAWN}))",
    ),
    Form("mode-in-a-variable", OUT, f"mode = 'w'\nwith open({PATH}, mode) as f:\n    f.write('x')"),
    Form("other-encoding", OUT, f"with open({PATH}, 'w', encoding='utf-16') as f:\n    f.write('\xe4')"),
    Form("write-bytes", BIN, f"Path({PATH}).write_bytes(bytes(str({DRAWN}), 'ascii'))"),
    Form("write-text-once", OUT, f"rows = iter('ab')\nPath({PATH}).write_text(next(rows))"),
    Form("handed-to-a-function-out-of-sight", OUT, f"faraway.put({PATH}, 'text')"),
    Form("path-in-a-name", OUT, f"path = {PATH}\nfaraway.put(path, 'text')"),
    Form(
        "name-bound-anew-by-the-statement",
        OUT,
        f"path = {PATH}\npath = subprocess.run(['touch', path]).returncode",
        before="import subprocess",
    ),
    Form("writer-in-sight-that-draws", OUT, f"save({PATH}, 'x')", before=OWN_WRITER),
    Form(
        "writer-in-sight-of-two",
        TWO,
        "both(self.output()[0].path, self.output()[1].path)",
        before="def both(a, b):\n    Path(a).write_text('a')\n    Path(b).write_text('b')\n",
    ),
    Form(
        "program",
        OUT,
        f"subprocess.run(['touch', {PATH}], check=True)",
        before="import subprocess",
    ),
    Form(
        "command-line",
        OUT,
        f"subprocess.check_call(f'echo a > {{{PATH}}}', shell=True)",
        before="import subprocess",
    ),
    Form(
        "command-line-in-a-name",
        OUT,
        f"out = {PATH}\ncommand = 'echo %s > %s' % ('b', out)\nprint(command)\n"
        f"subprocess.check_call(command, shell=True)",
        before="import subprocess",
    ),
    Form(
        "command-line-formatted",
        OUT,
        f"os.system('echo c > {{out}}'.format(out={PATH}))",
    ),
    Form(
        "keyed", KEYS, "faraway.put(self.output()['a'].path, 'a')\nfaraway.put(self.output()['b'].path, 'b')"
    ),
    Form("loop-over-targets", TWO, "for t in self.output():\n    faraway.put(t.path, 'x')"),
    Form("comprehension-around", OUT, f"path = {PATH}\n[faraway.put(path, x) for x in 'ab']"),
    Form("command-line-joined", OUT, f"command = ['touch', {PATH}]\nos.system(' '.join(command))"),
    Form(
        "process-waited-for",
        OUT,
        f"p = subprocess.Popen(['touch', {PATH}])\nprint('waiting')\np.wait()",
        before="import subprocess",
    ),
    Form(
        "process-talked-to",
        OUT,
        f"p = subprocess.Popen(f'cat > {{{PATH}}}', shell=True, stdin=subprocess.PIPE)\nout, err = p.communicate(b'x')",
        before="import subprocess",
    ),
    Form(
        "process-in-a-block",
        OUT,
        f"with subprocess.Popen(['touch', {PATH}]) as p:\n    print('waiting')",
        before="import subprocess",
    ),
    Form(
        "method-that-loops",
        OUT,
        "self.save('xy')",
        members="def save(self, text):\n    with self.output().open('w') as f:\n        for t in text:\n"
        "            f.write(f'{t} {random.random()}')\n",
    ),
    Form(
        "method-that-branches",
        OUT,
        "self.save('')\nself.save('x')",
        members="def save(self, text):\n    if text:\n        with self.output().open('w') as f:\n"
        "            f.write(text)\n",
    ),
    Form(
        "method-with-a-library",
        OUT,
        "done = self.save(faraway.Frame('x'))\nprint(done)",
        members=f"def save(self, frame):\n    faraway.put({PATH}, frame.text)\n    return 'done'\n",
    ),
    Form(
        "method-of-two-files",
        KEYS,
        "self.save('x')",
        members="def save(self, text):\n    for t in self.output().values():\n"
        "        with t.open('w') as f:\n            f.write(f'{text} {random.random()}')\n",
    ),
    Form(
        "method-that-calls-a-method",
        OUT,
        "self.save('x')",
        members=f"def save(self, text):\n    for t in text:\n        self.store(t)\n\n"
        f"def store(self, text):\n    with open({PATH}, 'a') as f:\n        f.write(text)\n",
    ),
    Form("closed-with-the-statement", OUT, f"json.dump({DRAWN}, open({PATH}, 'w'))"),
    Form("path-closed-with-the-statement", OUT, f"json.dump({DRAWN}, Path({PATH}).open('w'))"),
    Form("path-written-at-once", OUT, f"Path(self.run_dir).joinpath('a.txt').open('w').write(str({DRAWN}))"),
    Form("bytes-closed-with-the-statement", BIN, f"pickle.dump({DRAWN}, open({PATH}, 'wb'))"),
    Form("written-at-once", OUT, f"open({PATH}, 'w').write(str({DRAWN}))"),
    Form("printed-at-once", OUT, f"print({DRAWN}, file=open({PATH}, 'w'))"),
    Form(
        "in-a-try-that-raises-on",
        OUT,
        f"try:\n    faraway.put({PATH}, 'a')\nexcept OSError as e:\n    print(e)\n    raise",
    ),
    Form(
        "in-a-branch",
        OUT,
        f"if self.names:\n    faraway.put({PATH}, 'a')\nelse:\n    faraway.put({PATH}, 'b')",
    ),
    Form(
        "compressed",
        "return luigi.LocalTarget(f'{self.run_dir}/a.gz', format=luigi.format.Gzip)",
        "with self.output().open('w') as f:\n    f.write(b'a')",
    ),
    Form(
        "compressed-without-with",
        "return luigi.LocalTarget(f'{self.run_dir}/a.gz', format=luigi.format.Gzip)",
        "f = self.output().open('w')\nf.write(b'a')\nf.close()",
    ),
    Form(
        "given-back",
        OUT,
        f"with open({PATH}, 'w') as f:\n    end(f)",
        before="def end(f):\n    f.write('x')\n    f.close()\n",
    ),
)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("form", AFTERWARDS, ids=lambda form: form.name)
def test_what_is_there_afterwards_is_the_row(form: Form) -> None:
    """Executed before and after, with consent: the files are the same, and each has its row."""
    assert broken(replace(form, base=STORING_BYTES).project, CONSENT) == ([], "")


@pytest.mark.parametrize("form", AFTERWARDS, ids=lambda form: form.name)
def test_the_row_comes_after_the_file_by_this_way(form: Form) -> None:
    [report] = _reports(form)
    assert report.analysis is not None
    assert ContentOrigin.READ_BACK in {write.origin for write in report.analysis.writes}


TMP = f"tmp = {PATH} + '.tmp'\n"
DRAW = f"with open(tmp, 'w') as f:\n    f.write(str({DRAWN}))\n"
ELSEWHERE = "tmp = os.path.join(tempfile.mkdtemp(), 'x')\n"
TEMPFILE = "import tempfile\nimport luigi as lu\n"
MOVED = tuple(
    replace(form, before=TEMPFILE + form.before)
    for form in (
        Form("os-replace", OUT, f"{TMP}{DRAW}os.replace(tmp, {PATH})"),
        Form("os-rename", OUT, f"{TMP}{DRAW}os.rename(tmp, {PATH})"),
        Form("keywords", OUT, f"{TMP}{DRAW}os.rename(src=tmp, dst={PATH})"),
        Form("shutil-move", OUT, f"{ELSEWHERE}{DRAW}shutil.move(tmp, {PATH})"),
        Form(
            "shutil-move-returned",
            OUT,
            f"{ELSEWHERE}{DRAW}return shutil.move(tmp, os.path.join(self.run_dir, 'a.txt'))",
        ),
        Form("copied", OUT, f"{ELSEWHERE}{DRAW}shutil.copyfile(tmp, {PATH})\nos.remove(tmp)"),
        Form("copied-with-times", OUT, f"{ELSEWHERE}{DRAW}shutil.copy2(tmp, {PATH})\nos.remove(tmp)"),
        Form("target-moved", OUT, f"{ELSEWHERE}{DRAW}luigi.LocalTarget(tmp).move({PATH})"),
        Form("target-in-a-name", OUT, f"{ELSEWHERE}t = luigi.LocalTarget(tmp)\n{DRAW}t.move({PATH})"),
        Form(
            "temporary-target",
            OUT,
            f"t = luigi.LocalTarget(is_tmp=True)\nwith t.open('w') as f:\n    f.write(str({DRAWN}))\nt.move({PATH})",
        ),
        Form("target-copied", OUT, f"{ELSEWHERE}{DRAW}luigi.LocalTarget(tmp).copy({PATH})\nos.remove(tmp)"),
        Form("path-renamed", OUT, f"{ELSEWHERE}{DRAW}p = Path(tmp)\np.replace({PATH})"),
        Form("path-made-in-place", OUT, f"{ELSEWHERE}{DRAW}Path(tmp).rename({PATH})"),
        Form(
            "path-joined",
            OUT,
            f"p = Path(self.run_dir) / 'a.part'\np.write_text(str({DRAWN}))\nos.replace(p, {PATH})",
        ),
        Form(
            "bytes",
            BIN,
            f"{TMP}with open(tmp, 'wb') as f:\n    pickle.dump({DRAWN}, f)\nos.replace(tmp, {PATH})",
        ),
        Form(
            "written-out-of-sight",
            OUT,
            f"{TMP}faraway.put(tmp, 'x')\nos.replace(tmp, {PATH})",
        ),
        Form(
            "in-a-loop",
            TWO,
            f"for t in self.output():\n    tmp = t.path + '.part'\n    with open(tmp, 'w') as f:\n"
            f"        f.write(str({DRAWN}))\n    os.replace(tmp, t.path)",
        ),
        Form(
            "closed-by-name-before",
            OUT,
            f"{TMP}f = open(tmp, 'w')\nf.write(str({DRAWN}))\nf.close()\nos.replace(tmp, {PATH})",
        ),
        Form(
            "compressed",
            "return luigi.LocalTarget(f'{self.run_dir}/a.gz', format=luigi.format.Gzip)",
            f"{ELSEWHERE}{DRAW}lu.LocalTarget(tmp).move({PATH})",
        ),
        Form(
            "path-not-in-a-name",
            OUT,
            f"with open({PATH} + '.tmp', 'w') as f:\n    f.write(str({DRAWN}))\nos.replace({PATH} + '.tmp', {PATH})",
        ),
        Form("path-written-out", OUT, f"Path('x').write_text(str({DRAWN}))\nshutil.move('x', {PATH})"),
        Form(
            "path-of-an-attribute",
            OUT,
            f"with open(self.part, 'w') as f:\n    f.write(str({DRAWN}))\nos.replace(self.part, {PATH})",
            members="@property\ndef part(self):\n    return os.path.join(self.run_dir, 'a.part')\n",
        ),
        Form(
            "temporary-path",
            OUT,
            "with self.output().temporary_path() as path:\n    faraway.put(path, 'x')",
        ),
    )
)


@pytest.mark.parametrize("form", MOVED, ids=lambda form: form.name)
def test_what_is_moved_into_place_is_its_row(form: Form) -> None:
    """Executed before and after, without consent: the row comes before the file."""
    assert broken(replace(form, base=STORING_BYTES).project) == ([], "")


@pytest.mark.parametrize("form", MOVED, ids=lambda form: form.name)
def test_it_is_read_under_the_name_that_it_has_before(form: Form) -> None:
    [report] = _reports(form, SETTINGS)
    assert report.analysis is not None
    assert [write.origin for write in report.analysis.writes] == [ContentOrigin.MOVED_FILE]


NOT_MOVED = tuple(
    replace(form, before=TEMPFILE + form.before)
    for form in (
        Form(
            "still-open",
            OUT,
            f"{TMP}with open(tmp, 'w') as f:\n    f.write('x')\n    os.replace(tmp, {PATH})",
            code="DBR408",
        ),
        Form(
            "temporary-file-still-open",
            OUT,
            f"with tempfile.NamedTemporaryFile('w', delete=False) as f:\n    f.write('x')\n"
            f"    os.replace(f.name, {PATH})",
            code="DBR408",
        ),
        Form(
            "never-closed",
            OUT,
            f"{TMP}f = open(tmp, 'w')\nf.write('x')\nos.replace(tmp, {PATH})",
            code="DBR408",
        ),
        Form("made-anew", OUT, f"shutil.move(tempfile.mkstemp()[1], {PATH})", code="DBR408"),
        Form(
            "in-a-condition", OUT, f"{TMP}{DRAW}if os.replace(tmp, {PATH}) is None:\n    pass", code="DBR408"
        ),
        Form(
            "in-a-lambda",
            OUT,
            f"{TMP}{DRAW}later = lambda: os.replace(tmp, {PATH})\nlater()",
            code="DBR405",
        ),
        Form(
            "into-a-directory",
            "return luigi.LocalTarget(os.path.join(self.run_dir, 'de'))",
            f"{ELSEWHERE}{DRAW}shutil.copy(tmp, {PATH})",
            code="DBR408",
        ),
        Form("a-tree", OUT, f"{ELSEWHERE}shutil.copytree(tmp, {PATH})", code="DBR408"),
        Form("linked", OUT, f"{ELSEWHERE}{DRAW}os.symlink(tmp, {PATH})", code="DBR408"),
        Form(
            "renamed-in-between",
            OUT,
            f"{TMP}{DRAW}tmp = str(tmp)\nos.replace(tmp, {PATH})",
            code="DBR405",
        ),
        Form("out-of-the-plan", OUT, f"{ELSEWHERE}{DRAW}os.replace(tmp, '/tmp/elsewhere')", code="DBR409"),
        Form(
            "away-from-the-output",
            OUT,
            f"with self.output().open('w') as f:\n    f.write('x')\n"
            f"os.replace({PATH}, os.path.join(self.run_dir, 'b.txt'))",
            code="DBR408",
        ),
    )
)


@pytest.mark.parametrize("form", NOT_MOVED, ids=lambda form: form.name)
def test_what_cannot_be_read_before_it_is_moved_is_refused(form: Form) -> None:
    assert broken(replace(form, base=STORING_BYTES).project) == ([], form.code)


@pytest.mark.parametrize("form", MOVED[:4], ids=lambda form: form.name)
def test_a_move_is_refused_where_the_service_is_not_known_to_take_bytes(form: Form) -> None:
    assert broken(replace(form, base=BASE).project) == ([], "DBR408")


SAVING = f"def save(self, text):\n    for t in text:\n        with open({PATH}, 'w') as f:\n            f.write(t)\n"
REFUSED = (
    Form("target-that-puts-beside", KEPT, "self.output().put_beside('x')", "DBR421", before=JSON_TARGET),
    Form(
        "copied-into-a-directory",
        "return luigi.LocalTarget(os.path.join(self.run_dir, 'de'))",
        f"Path('x').write_text('x')\nshutil.copy('x', {PATH})",
        "DBR408",
    ),
    Form("target-that-stays-open", KEPT, "self.output().begin()", "DBR421", before=JSON_TARGET),
    Form(
        "method-with-a-file-of-its-own",
        OUT,
        "self.save('x')\n",
        "DBR411",
        members=f"def save(self, text):\n    for t in text:\n        faraway.put({PATH}, t)\n"
        "    with open(os.path.join(self.run_dir, 'b.txt'), 'a') as f:\n        f.write(text)\n",
    ),
    Form(
        "method-with-a-file-beside",
        OUT,
        "self.save('x')\n",
        "DBR411",
        members=f"{SAVING}    faraway.put({PATH} + '.log', text)\n",
    ),
    Form(
        "method-that-is-handed-on",
        OUT,
        "list(map(self.save, 'ab'))\n",
        "DBR411",
        members=SAVING,
    ),
    Form(
        "method-that-is-given-the-output",
        OUT,
        "self.save('x', self.output())\n",
        "DBR421",
        members=SAVING.replace("text)", "text, other)") + "    faraway.put(other, 'x')\n",
    ),
    Form("later", OUT, f"subprocess.Popen(['touch', {PATH}])", "DBR421", before="import subprocess"),
    Form(
        "in-the-background",
        OUT,
        f"os.system(f'(sleep 1; touch {{{PATH}}}) & echo')",
        "DBR421",
    ),
    Form("result-kept", OUT, f"f = faraway.put({PATH}, 'x')\nprint(f)", "DBR421"),
    Form("in-a-lambda", OUT, f"do = lambda: faraway.put({PATH}, 'x')\ndo()", "DBR421"),
    Form("in-a-generator", OUT, f"list(faraway.put({PATH}, x) for x in 'ab')", "DBR421"),
    Form("returned", OUT, f"return faraway.put({PATH}, 'x')", "DBR421"),
    Form("in-a-condition", OUT, f"if faraway.put({PATH}, 'x'):\n    pass", "DBR421"),
    Form(
        "error-ended-by-a-handler",
        OUT,
        f"try:\n    faraway.put({PATH}, 'x')\n    raise OSError\nexcept OSError:\n    print('no')",
        "DBR421",
    ),
    Form(
        "error-ended-by-a-return-in-a-handler",
        OUT,
        f"try:\n    faraway.put({PATH}, 'x')\nexcept OSError:\n    if self.names:\n        return\n    raise",
        "DBR421",
    ),
    Form(
        "error-ended-by-a-manager",
        OUT,
        f"with suppress(OSError):\n    faraway.put({PATH}, 'x')",
        "DBR421",
        before="from contextlib import suppress",
    ),
    Form("block-left", OUT, f"with open({PATH}, 'w') as f:\n    f.write(str({DRAWN}))\n    return", "DBR405"),
    Form(
        "loop-left-from-the-block",
        OUT,
        f"for _ in 'ab':\n    with open({PATH}, 'w') as f:\n        f.write(str({DRAWN}))\n        break",
        "DBR405",
    ),
    Form("never-closed", OUT, f"f = open({PATH}, 'w')\nf.write(str({DRAWN}))", "DBR405"),
    Form("closed-in-a-branch", OUT, f"f = open({PATH}, 'w')\nif self.names:\n    f.close()", "DBR405"),
    Form("kept-in-an-expression", OUT, f"w = csv.writer(open({PATH}, 'w'))\nw.writerow('ab')", "DBR405"),
    Form("target-in-an-expression", OUT, "print('x', file=self.output().open('w'))", "DBR405"),
    Form(
        "process-left",
        OUT,
        f"p = subprocess.Popen(['touch', {PATH}])\nif self.names:\n    return\np.wait()",
        "DBR421",
        before="import subprocess",
    ),
    Form(
        "process-of-a-loop",
        OUT,
        f"for _ in 'a':\n    p = subprocess.Popen(['touch', {PATH}])\np.wait()",
        "DBR421",
        before="import subprocess",
    ),
    Form("nested", OUT, f"def inner():\n    faraway.put({PATH}, 'x')\ninner()", "DBR421"),
    Form(
        "no-ending",
        "return luigi.LocalTarget(os.path.join(self.run_dir, 'a'))",
        f"faraway.put({PATH}, 'x')",
        "DBR421",
    ),
    Form("another-ending", OUT, f"numpy.save({PATH}, 'x')", "DBR402", before="import numpy"),
    Form(
        "a-directory",
        "return luigi.LocalTarget(os.path.join(self.run_dir, 'a.d'))",
        f"faraway.Frame('x').save_pretrained({PATH})",
        "DBR402",
    ),
    Form("part-of-a-word", OUT, f"os.system(f'touch {{{PATH}}} {{{PATH}}}.log')", "DBR421"),
    Form("beside-the-path", OUT, f"faraway.put({PATH} + '.part', 'x')", "DBR421"),
    Form(
        "writer-in-sight-of-more",
        OUT,
        f"save({PATH})",
        "DBR410",
        before="def save(path):\n    Path(path).write_text('a')\n    Path(path + '.log').write_text('b')\n",
    ),
    Form(
        "writer-in-sight-that-keeps-it",
        OUT,
        f"k = Keeping({PATH})\nk.go()",
        "DBR425",
        before="class Keeping:\n    def __init__(self, path):\n        self.path = path\n\n"
        "    def go(self):\n        Path(self.path).write_text('x')\n",
    ),
    Form(
        "writer-in-sight-that-leaves-it-open",
        OUT,
        f"f = begin({PATH})\nf.write('x')\nf.close()",
        "DBR405",
        before="def begin(path):\n    return open(path, 'w')\n",
    ),
    Form(
        "command-line-changed-later",
        OUT,
        f"args = ['touch']\nargs.append({PATH})\nsubprocess.run(args)",
        "DBR421",
        before="import subprocess",
    ),
    Form(
        "other-directory",
        "return luigi.LocalTarget('/tmp/faraway-a.txt')",
        f"with open({PATH}, 'w') as f:\n    f.write(str({DRAWN}))",
        "DBR423",
    ),
    Form("the-task-itself", OUT, "faraway.put(self, 'x')", "DBR421"),
    Form(
        "no-local-file",
        "return faraway.MemoryTarget('a.txt')",
        "faraway.put(self.output().path, 'x')",
        "DBR421",
    ),
)


@pytest.mark.parametrize("form", REFUSED, ids=lambda form: form.name)
def test_what_is_not_whole_or_not_known_behind_the_statement_is_refused(form: Form) -> None:
    found = replace(form, base=STORING_BYTES, code="")
    assert broken(found.project, CONSENT) == ([], form.code)


@pytest.mark.parametrize(
    "form", [f for f in AFTERWARDS if not f.name.startswith("method-")], ids=lambda form: form.name
)
def test_without_consent_it_is_refused_and_says_what_would_help(form: Form) -> None:
    found, code = broken(replace(form, base=STORING_BYTES).project)
    assert found == []
    assert code
    [report] = _reports(form, SETTINGS)
    assert report.refusal is not None
    assert "`row-after-file = true`" in report.refusal.reason


def test_a_comment_in_the_header_of_a_class_is_consent_for_that_class() -> None:
    form = next(f for f in AFTERWARDS if f.name == "opened-by-name")
    project = replace(form, base=STORING_BYTES).project
    text = project.files["tasks.py"].replace(
        "class First(BaseTask):", "class First(BaseTask):  # refactor: row-after-file written by a library"
    )
    assert broken(replace(project, files={**project.files, "tasks.py": text})) == ([], "")
    silent = text.replace(" written by a library", "")
    assert broken(replace(project, files={**project.files, "tasks.py": silent}))[1] == "DBR405"


@pytest.mark.parametrize("form", [*AFTERWARDS, *MOVED], ids=lambda form: form.name)
def test_it_checks_clean_and_comes_back(form: Form) -> None:
    project = replace(form, base=STORING_BYTES).project
    with tempfile.TemporaryDirectory() as directory:
        case = refactor(project, Path(directory), CONSENT)
        path = Path(directory, "tasks.py")
        path.write_text(case.after["tasks.py"], encoding="utf-8")
        done = SourceFile(path, case.after["tasks.py"])
        [inspection] = api.inspect([done], CONSENT)
        assert {r.state for r in inspection.reports} == {TaskState.DONE}
        assert [str(f.message) for f in Checker(CONSENT, strict=False).check(done)] == []
        reverted = api.revert(inspection, lambda _: True, CONSENT)
        assert reverted.after.text == project.files["tasks.py"]


@pytest.mark.parametrize("form", AFTERWARDS[:3], ids=lambda form: form.name)
def test_a_death_between_the_file_and_its_row_loses_nothing_that_the_task_does_not_make_again(
    form: Form, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = replace(form, base=STORING_BYTES).project
    code, work = tmp_path / "code", tmp_path / "work"
    code.mkdir()
    (work / "run" / "plan").mkdir(parents=True)
    (code / "faraway.py").write_text(FARAWAY, encoding="utf-8")
    for name, text in refactor(project, code, CONSENT).after.items():
        (code / name).write_text(text, encoding="utf-8")
    with imported(code, work) as (module, faraway):
        task = module.First(run_dir="run/plan")
        with monkeypatch.context() as patched:
            patched.setattr(faraway.Service, "create_plan_content", _die)
            with pytest.raises(KeyboardInterrupt):
                task.run()
        assert faraway.ROWS == []
        [left] = (path for path in Path("run/plan").iterdir() if path.is_file())
        # With the container the file is gone too, and Luigi runs the task again.
        left.unlink()
        task.run()
        assert {row["filename"]: row["content"] for row in faraway.ROWS} == {left.name: left.read_bytes()}


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def test_without_consent_a_row_behind_its_file_is_a_finding() -> None:
    form = next(f for f in AFTERWARDS if f.name == "opened-by-name")
    project = replace(form, base=STORING_BYTES).project
    with tempfile.TemporaryDirectory() as directory:
        case = refactor(project, Path(directory), CONSENT)
        path = Path(directory, "tasks.py")
        done = SourceFile(path, case.after["tasks.py"])
        path.write_text(done.text, encoding="utf-8")
        assert [f.code for f in Checker(SETTINGS, strict=False).check(done)] == ["DBF700"]


def _reports(form: Form, settings: Settings = CONSENT) -> tuple[TaskReport, ...]:
    project = replace(form, base=STORING_BYTES).project
    with tempfile.TemporaryDirectory() as directory:
        case = refactor(project, Path(directory), settings)
        return tuple(r for r in case.reports if r.task.name == "First")
