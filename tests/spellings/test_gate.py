"""`check` is not green over a write that was added to a refactored task and that no row can be told to be of."""

from __future__ import annotations

import tempfile
from pathlib import Path
from textwrap import indent

import pytest

from codemods.checking.engine import Checker
from codemods.source import SourceFile
from tests.properties.foreign.running import SETTINGS, refactor
from tests.shapes.test_output_forms import A, Form

PATH = "self.run_dir + '/extra'"
ADDED = {
    "written": f"Path({PATH}).write_text('x')",
    "opened": f"with open({PATH}, 'w') as f:\n    f.write('x')",
    "walrus": f"with (g := open({PATH}, 'w')):\n    g.write('x')",
    "in-a-tuple": f"pair = (open({PATH}, 'w'), 1)\npair[0].write('x')\npair[0].close()",
    "in-a-dictionary": f"d = {{'f': open({PATH}, 'w')}}\nd['f'].write('x')\nd['f'].close()",
    "in-an-attribute": f"self.f = open({PATH}, 'w')\nself.f.write('x')\nself.f.close()",
    "in-a-stack": f"with contextlib.ExitStack() as s:\n    s.enter_context(open({PATH}, 'w')).write('x')",
    "closing": f"with contextlib.closing(open({PATH}, 'w')) as f:\n    f.write('x')",
    "appended": f"with open({PATH}, 'a') as f:\n    f.write('x')",
    "updated": f"with open({PATH}, 'r+') as f:\n    f.write('x')",
    "mode-of-the-class": f"with open({PATH}, self.mode) as f:\n    f.write('x')",
    "unpacked": f"kw = {{'mode': 'w'}}\nwith open({PATH}, **kw) as f:\n    f.write('x')",
    "starred": f"with open(*[{PATH}, 'w']) as f:\n    f.write('x')",
    "bytes": f"Path({PATH}).write_bytes(b'x')",
    "pickled": f"with open({PATH}, 'wb') as f:\n    pickle.dump([1], f)",
    "other-encoding": f"with open({PATH}, 'w', encoding='latin-1') as f:\n    f.write('x')",
    "moved": f"shutil.move('elsewhere/x', {PATH})",
    "replaced": f"os.replace('elsewhere/x', {PATH})",
    "copied": f"shutil.copyfile('elsewhere/x', {PATH})",
    "in-a-lambda": f"put = lambda t: Path({PATH}).write_text(t)\nput('x')",
    "in-a-comprehension": f"[Path({PATH} + n).write_text(n) for n in self.names]",
    "looked-up": f"getattr(Path({PATH}), 'write_text')('x')",
    "handed-on": f"put = Path({PATH}).write_text\nput('x')",
    "matched": "match self.target('extra'):\n    case luigi.LocalTarget(path=p):\n        Path(p).write_text('x')",
    "class-body": f"class W:\n    Path({PATH}).write_text('x')",
    "method-of-a-local-class": f"class W:\n    def go(self, d):\n        Path(d).write_text('x')\nW().go({PATH})",
    "by-a-method": "self.write_note('x')",
    "by-a-method-looked-up": "getattr(self, 'write_note')('x')",
    "by-a-table": "{'a': self.write_note}['a']('x')",
    "out-of-sight": f"faraway.export({PATH}, 'x')",
    "by-a-thread": "import threading\nthreading.Thread(target=self.write_note, args=('x',)).start()",
}


def with_added(body: str) -> list[str]:
    """The findings of a task that was refactored, and to which this was added then."""
    form = Form("added", f"return {A}", before="import contextlib", members="mode = 'w'\n")
    with tempfile.TemporaryDirectory() as directory:
        case = refactor(form.project, Path(directory))
        text = case.after["tasks.py"]
        [line] = [line for line in text.splitlines() if "os.makedirs(" in line]
        added = indent(body, line[: len(line) - len(line.lstrip())])
        path = Path(directory, "tasks.py")
        source = SourceFile(path, text.replace(line, f"{line}\n{added}"))
        path.write_text(source.text, encoding="utf-8")
        return [finding.code for finding in Checker(SETTINGS).check(source)]


@pytest.mark.parametrize("name", ADDED)
def test_it_is_not_green(name: str) -> None:
    assert with_added(ADDED[name])


@pytest.mark.parametrize(
    "body",
    [
        "pass",
        f"with open({PATH}) as f:\n    print(f.read())",
        "print(Path(self.output().path).read_text())",
        "with open(os.devnull, 'w') as f:\n    f.write('x')",
        "Path('/tmp/scratch').write_text('x')",
        "os.makedirs(self.run_dir, exist_ok=True)",
        "shutil.copyfile(self.run_dir + '/in', '/tmp/scratch')",
        "names = getattr(self, 'names')",
        "match self.names:\n    case [first, *_]:\n        print(first)",
    ],
)
def test_it_is_green_over_what_writes_no_file_of_the_task(body: str) -> None:
    assert with_added(body) == []


OVERRIDDEN = "def words(self):\n    return 'base'\n"
PLAIN = "def words(self):\n    return 'heir'\n"
WITH_OUTPUT = f"""\
def output(self):
    return {A}

def save(self, text):
    Path(self.output().path).write_text(text)
"""
HEIRS = {
    "overrides-what-it-uses": ("print(self.words())", OVERRIDDEN, PLAIN),
    "overrides-a-command": (
        "import subprocess\nsubprocess.run(self.command())",
        "def command(self):\n    return ['true']\n",
        "def command(self):\n    return ['touch', self.run_dir + '/extra']\n",
    ),
    "writes-by-what-it-overrides": (
        "self.note()",
        "def note(self):\n    pass\n",
        "def note(self):\n    Path(self.run_dir, 'extra').write_text('x')\n",
    ),
    "has-an-output": ("self.save('x')", "def save(self, text):\n    print(text)\n", WITH_OUTPUT),
}  # fmt: skip


def _heir_findings(body: str, members: str, own: str, exempt: str = "") -> list[str]:
    """The findings of two tasks of which one inherits the other's work, without any steps."""
    behind = f"class Second(First):{exempt}\n{indent(own, '    ')}"
    form = Form("heir", "", body, members=members, behind=behind, tasks=("First", "Second"))
    with tempfile.TemporaryDirectory() as directory:
        for name, text in form.project.files.items():
            Path(directory, name).write_text(text, encoding="utf-8")
        path = Path(directory, "tasks.py")
        source = SourceFile(path, path.read_text(encoding="utf-8"))
        return [f"{finding.task} {finding.code}" for finding in Checker(SETTINGS).check(source)]


@pytest.mark.parametrize("name", HEIRS)
def test_a_task_that_is_refused_for_an_heir_alone_is_not_green(name: str) -> None:
    assert _heir_findings(*HEIRS[name]) == ["Second DBF000"]


@pytest.mark.parametrize("name", HEIRS)
def test_an_heir_that_is_exempt_says_nothing(name: str) -> None:
    assert _heir_findings(*HEIRS[name], exempt="  # refactor: exempt it is run by nobody") == []


def test_an_heir_that_changes_nothing_says_nothing() -> None:
    assert _heir_findings("print('x')", OVERRIDDEN, PLAIN) == []
