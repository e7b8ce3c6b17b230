"""Writers that a task calls: what their source says decides whether they may be run once more, or at all."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent, indent

_HEAD = """\
import csv
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from pipeline.plan_task import PlanTask

from fixtures.shapes.support.files import FileName
from fixtures.shapes.support.inputs import Idea
"""

_TASK = """


class CaseTask(PlanTask):
    def requires(self):
        return self.clone(Idea)

    def output(self):
        return self.local_target(FileName.TEXT)

    def run_inner(self):
"""


@dataclass(frozen=True)
class WriterCase:
    """One task and the code that it calls.

    Attributes:
        name: for the test's id.
        code: the refusal, empty for a task that is rewritten and does the same as before.
        body: the statements of the entry method.
        beside: what the module holds beside the task.
        behind: more methods of the task.
    """

    name: str
    code: str
    body: str
    beside: str = ""
    behind: str = ""

    @property
    def source(self) -> str:
        """The whole module."""
        entry = indent(dedent(self.body).strip("\n"), " " * 8)
        further = indent(dedent(self.behind), "    ")
        return f"{_HEAD}\n\n{dedent(self.beside).strip()}{_TASK}{entry}\n{further}"


def _given(name: str, code: str, writer: str) -> WriterCase:
    """A function that is given the path and a text."""
    return WriterCase(name, code, "write(self.output().path, 'one two')", writer)


WRITER_CASES = (
    # Right: one file, the one that is given, whatever the way to it.
    _given("plain", "", "def write(p, t):\n    with open(p, 'w') as f:\n        f.write(t)"),
    _given(
        "one-deeper",
        "",
        "def put(p, t):\n    Path(p).write_text(t)\n\ndef write(p, t):\n    for _ in range(1):\n"
        "        t = t.upper()\n    put(p, t)",
    ),
    _given(
        "directory-first",
        "",
        "def write(p, t):\n    d = os.path.dirname(p)\n    if not os.path.exists(d):\n"
        "        os.makedirs(d, exist_ok=True)\n    with open(p, 'w') as f:\n"
        "        for word in t.split():\n            f.write(word)",
    ),
    _given(
        "mode-by-default",
        "",
        "def put(p, t, mode='w'):\n    with open(p, mode) as f:\n        for c in t:\n            f.write(c)\n\n"
        "def write(p, t):\n    put(p, t)",
    ),
    _given(
        "both-branches",
        "",
        "def write(p, t):\n    if t:\n        with open(p, 'w') as f:\n            f.write(t)\n"
        "    else:\n        Path(p).write_text('none')",
    ),
    _given(
        "csv",
        "",
        "def write(p, t):\n    with open(p, 'w', newline='') as f:\n        w = csv.writer(f)\n"
        "        for word in t.split():\n            w.writerow([word, len(word)])",
    ),
    _given(
        "error-raised",
        "",
        "def write(p, t):\n    if not t:\n        raise ValueError(f'nothing for {p}')\n"
        "    try:\n        with open(p, 'w') as f:\n            f.write(t)\n    except OSError:\n        raise",
    ),
    _given(
        "path-logged",
        "",
        "def write(p, t):\n    print('to', p)\n    with open(p, 'w') as f:\n        f.write(t)",
    ),
    _given(
        "path-returned", "", "def write(p, t):\n    with open(p, 'w') as f:\n        f.write(t)\n    return p"
    ),
    WriterCase(
        "object-that-reads",
        "",
        """
        with self.output().open("w") as f:
            f.write("text")
        size = Sizes(self.file_path(FileName.TEXT)).size()
        print(size)
        """,
        """
        class Sizes:
            def __init__(self, path):
                self.path = path

            def size(self):
                return os.path.getsize(self.path)
        """,
    ),
    WriterCase(
        "given-an-open-file",
        "",
        "with self.output().open('w') as f:\n    fill(f, ['a', 'b'])",
        "def fill(to, words):\n    print(*words, file=to)\n    csv.writer(to).writerow(words)",
    ),
    WriterCase(
        "tree",
        "",
        "tree = ElementTree.ElementTree(ElementTree.Element('a'))\ntree.write(self.output().path, encoding='utf-8')",
    ),
    # A writer that writes more than the file.
    _given(
        "beside-by-text",
        "DBR410",
        "def put(p, t):\n    with open(p, 'w') as f:\n        f.write(t)\n\n"
        "def write(p, t):\n    put(p, t)\n    put(p.replace('.txt', '.log'), 'log')",
    ),
    _given(
        "beside-by-sum",
        "DBR410",
        "def write(p, t):\n    with open(p, 'w') as f:\n        f.write(t)\n"
        "    with open(p + '.log', 'w') as f:\n        f.write('log')",
    ),
    _given(
        "beside-by-pathlib",
        "DBR410",
        "def write(p, t):\n    p = Path(p)\n    p.write_text(t)\n    p.with_suffix('.log').write_text('log')",
    ),
    _given(
        "beside-in-a-loop",
        "DBR410",
        "def write(p, t):\n    for s in ('', '.log'):\n        with open(f'{p}{s}', 'w') as f:\n            f.write(t)",
    ),
    _given(
        "beside-in-the-directory",
        "DBR410",
        "def write(p, t):\n    Path(p).write_text(t)\n    (Path(p).parent / 'index.txt').write_text(t)",
    ),
    _given(
        "one-of-its-own",
        "DBR410",
        "def write(p, t):\n    Path(p).write_text(t)\n    with open('last.txt', 'w') as f:\n        f.write(t)",
    ),
    # Appends, bytes, encodings, modes, moves.
    _given("append", "DBR401", "def write(p, t):\n    with open(p, 'a') as f:\n        f.write(t)"),
    _given(
        "append-two-deep",
        "DBR401",
        "def put(p, t):\n    more(p, t)\n\ndef more(p, t):\n    with Path(p).open('a') as f:\n        f.write(t)\n\n"
        "def write(p, t):\n    for c in t:\n        put(p, c)",
    ),
    _given(
        "append-by-argument",
        "DBR401",
        "def put(p, t, mode='w'):\n    with open(p, mode) as f:\n        f.write(t)\n\n"
        "def write(p, t):\n    put(p, t)\n    put(p, t, mode='a')",
    ),
    WriterCase(
        "append-by-a-method",
        "DBR401",
        "for i in range(3):\n    self._line(self.output().path, i)",
        behind="""
        def _line(self, path, i):
            with open(path, "r+") as f:
                f.write(str(i))
        """,
    ),
    WriterCase(
        "append-of-the-log-method",
        "DBR401",
        "log = Log()\nlog.append(self.output().path)",
        "class Log:\n    def append(self, path):\n        with open(path, 'a') as f:\n            f.write('line')",
    ),
    _given("bytes", "DBR402", "def write(p, t):\n    with open(p, 'wb') as f:\n        f.write(t.encode())"),
    _given(
        "bytes-of-gzip",
        "DBR402",
        "import gzip\n\ndef write(p, t):\n    with gzip.open(p, 'wt') as f:\n        f.write(t)",
    ),
    _given("bytes-of-pathlib", "DBR402", "def write(p, t):\n    Path(p).write_bytes(t.encode())"),
    _given("latin", "DBR403", "def write(p, t):\n    Path(p).write_text(t, encoding='latin-1')"),
    _given(
        "mode-unknown",
        "DBR404",
        "MODES = ['w']\n\ndef write(p, t):\n    with open(p, MODES[0]) as f:\n        f.write(t)",
    ),
    _given("left-open", "DBR405", "def write(p, t):\n    f = open(p, 'w')\n    f.write(t)\n    return f"),
    _given(
        "moved",
        "DBR408",
        "def write(p, t):\n    Path('a.tmp').write_text(t)\n    os.replace('a.tmp', p)",
    ),
    WriterCase("copied", "DBR408", "shutil.copytree(self.input().path, self.output().path)"),
    # Writers of libraries.
    WriterCase(
        "parquet",
        "DBR402",
        "frame.to_parquet(self.output().path)",
        "import pandas as pd\n\nframe = pd.DataFrame()",
    ),
    WriterCase("numpy", "DBR402", "np.save(self.output().path, [1])", "import numpy as np"),
    WriterCase("joblib", "DBR402", "dump([1], self.output().path)", "from joblib import dump"),
    WriterCase("figure", "DBR402", "plt.savefig(self.output().path)", "import matplotlib.pyplot as plt"),
    WriterCase(
        "csv-appended",
        "DBR401",
        "frame.to_csv(self.output().path, mode='a')",
        "import pandas as pd\n\nframe = pd.DataFrame()",
    ),
    WriterCase(
        "csv-packed",
        "DBR402",
        "frame.to_csv(self.output().path, compression='gzip')",
        "import pandas as pd\n\nframe = pd.DataFrame()",
    ),
    WriterCase(
        "csv-packed-by-name",
        "DBR402",
        "put(frame, self.file_path('a.csv.gz'))",
        "import pandas as pd\n\nframe = pd.DataFrame()\n\ndef put(frame, path):\n    frame.to_csv(path)",
    ),
    WriterCase(
        "csv-perhaps-packed",
        "DBR402",
        "put(frame, self.run_id_dir / names[0])",
        "import pandas as pd\n\nframe = pd.DataFrame()\nnames = ['a']\n\ndef put(frame, path):\n    frame.to_csv(path)",
    ),
    WriterCase(
        "csv-in-latin",
        "DBR403",
        "frame.to_csv(self.output().path, encoding='latin-1')",
        "import pandas as pd\n\nframe = pd.DataFrame()",
    ),
    WriterCase("csv-of-nobody", "DBR421", "frame.to_csv(self.output().path)", "from elsewhere import frame"),
    WriterCase(
        "tree-in-utf-16",
        "DBR403",
        "tree = ElementTree.ElementTree(ElementTree.Element('a'))\ntree.write(self.output().path, encoding='utf-16')",
    ),
    # Out of sight.
    WriterCase("unknown-function", "DBR421", "save(self.output().path)", "from elsewhere import save"),
    WriterCase(
        "unknown-method", "DBR421", "thing.save(path=self.output().path)", "from elsewhere import thing"
    ),
    WriterCase("unknown-reader", "DBR421", "load_all(self.output().path)", "from elsewhere import load_all"),
    _given("unknown-below", "DBR421", "from elsewhere import save\n\ndef write(p, t):\n    save(p, t)"),
    _given(
        "unknown-beside",
        "DBR407",
        "from elsewhere import index\n\ndef write(p, t):\n    for _ in t:\n        pass\n"
        "    with open(p, 'w') as f:\n        f.write(t)\n    index(p)",
    ),
    _given(
        "unknown-decorator",
        "DBR421",
        "from elsewhere import retry\n\n@retry\ndef write(p, t):\n    with open(p, 'w') as f:\n        f.write(t)",
    ),
    # A path that is kept.
    WriterCase(
        "crawler",
        "DBR425",
        "crawler = Crawler(self.output().path)\ncrawler.go()",
        """
        class Crawler:
            def __init__(self, path):
                self.path = path

            def go(self):
                with open(self.path, "w") as f:
                    f.write("page")
        """,
    ),
    WriterCase(
        "record",
        "DBR425",
        "page = Page(path=self.output().path)\npage.write()",
        """
        @dataclass
        class Page:
            path: str

            def write(self):
                Path(self.path).write_text("page")
        """,
    ),
    WriterCase(
        "made-and-used-at-once",
        "DBR411",
        "Page(self.output().path).write()",
        """
        class Page:
            def __init__(self, path):
                self.path = path

            def write(self):
                Path(self.path).write_text("page")
        """,
    ),
    WriterCase(
        "kept-in-a-list",
        "DBR425",
        "remember(self.output().path)",
        "ALL = []\n\ndef remember(path):\n    ALL.append(path)",
    ),
    WriterCase(
        "kept-by-the-base",
        "DBR425",
        "sub = Sub(self.output().path)\nsub.go()",
        """
        class Base:
            def __init__(self, path):
                self.place = Path(path)

        class Sub(Base):
            def __init__(self, path):
                super().__init__(path)

            def go(self):
                self.place.write_text("x")
        """,
    ),
    # The content depends on the path.
    _given(
        "title-from-stem",
        "DBR426",
        "def write(p, t):\n    title = Path(p).stem\n    with open(p, 'w') as f:\n        f.write(title)\n"
        "        for w in t.split():\n            f.write(w)",
    ),
    _given(
        "path-in-json",
        "DBR426",
        "def write(p, t):\n    record = {'file': os.path.basename(p), 'text': t}\n"
        "    with open(p, 'w') as f:\n        json.dump(record, f)",
    ),
    _given(
        "form-by-suffix",
        "DBR426",
        "def write(p, t):\n    if p.endswith('.txt'):\n        t = t.upper()\n"
        "    with open(p, 'w') as f:\n        f.write(t)",
    ),
    # Perhaps no file.
    _given("in-a-branch", "DBR427", "def write(p, t):\n    if len(t) > 9:\n        Path(p).write_text(t)"),
    _given(
        "in-a-loop",
        "DBR427",
        "def write(p, t):\n    for w in t.split():\n        with open(p, 'w') as f:\n            f.write(w)",
    ),
    _given(
        "early-return", "DBR427", "def write(p, t):\n    if not t:\n        return\n    Path(p).write_text(t)"
    ),
    _given(
        "swallowed",
        "DBR427",
        "def write(p, t):\n    try:\n        Path(p).write_text(t)\n    except OSError:\n        print('no')",
    ),
    _given(
        "what-is-there-stays",
        "DBR407",
        "def write(p, t):\n    if Path(p).exists():\n        return\n    Path(p).write_text(t)",
    ),
    # Files that nobody is given, at any depth.
    WriterCase(
        "two-methods-deep",
        "DBR411",
        "n = self._outer()\nwith self.output().open('w') as f:\n    f.write(str(n))",
        behind="""
        def _outer(self):
            self._inner()
            return 1

        def _inner(self):
            Path(self.run_id_dir / "extra.md").write_text("x")
        """,
    ),
    WriterCase(
        "method-and-functions",
        "DBR411",
        "n = self._outer()\nwith self.output().open('w') as f:\n    f.write(str(n))",
        "def one(d):\n    two(d)\n\ndef two(d):\n    with open(d / 'extra.md', 'a') as f:\n        f.write('x')",
        """
        def _outer(self):
            one(self.run_id_dir)
            return 1
        """,
    ),
    WriterCase(
        "object-of-a-helper",
        "DBR411",
        "Notes().flush()\nwith self.output().open('w') as f:\n    f.write('x')",
        "class Notes:\n    def flush(self):\n        self._out()\n\n    def _out(self):\n"
        "        Path('notes.txt').write_text('x')",
    ),
    WriterCase(
        "handed-on",
        "DBR411",
        "list(map(self._one, 'ab'))\nwith self.output().open('w') as f:\n    f.write('x')",
        behind="""
        def _one(self, name):
            with open(self.run_id_dir / name, "w") as f:
                f.write(name)
        """,
    ),
    WriterCase(
        "content-that-writes",
        "DBR411",
        "self._save()\nwith self.output().open('w') as f:\n    f.write('x')",
        behind="""
        def _save(self):
            text = self._text()
            with open(self.run_id_dir / "a.md", "w") as f:
                f.write(text)

        def _text(self):
            Path(self.run_id_dir / "b.md").write_text("b")
            return "a"
        """,
    ),
    # Where the call stands, and which function it may be.
    WriterCase(
        "in-a-comprehension",
        "DBR428",
        "[save(self.run_id_dir / f'{n}.md', n) for n in 'ab']\nwith self.output().open('w') as f:\n    f.write('x')",
        "def save(p, t):\n    Path(p).write_text(t)",
    ),
    WriterCase(
        "in-a-short-circuit",
        "DBR428",
        "found = []\nfound or save(self.output().path)",
        "def save(p):\n    Path(p).write_text('t')",
    ),
    WriterCase(
        "in-a-conditional",
        "DBR428",
        "found = []\nself._save() if found else None\nwith self.output().open('w') as f:\n    f.write('x')",
        behind="""
        def _save(self):
            with open(self.run_id_dir / "a.md", "w") as f:
                f.write("x")
        """,
    ),
    WriterCase(
        "in-a-lambda",
        "DBR428",
        "later(lambda: Path(self.run_id_dir / 'a.md').write_text('a'))\n"
        "with self.output().open('w') as f:\n    f.write('x')",
        "def later(f):\n    f()",
    ),
    WriterCase(
        "context-manager",
        "DBR411",
        "with Log() as log:\n    print(log)\nwith self.output().open('w') as f:\n    f.write('x')",
        """
        class Log:
            def __enter__(self):
                return self

            def __exit__(self, *details):
                Path("log.txt").write_text("left")
        """,
    ),
    WriterCase(
        "one-of-two-classes",
        "DBR421",
        "found = []\nw = Plain() if found else Loud()\nw.save(self.output().path)",
        """
        class Plain:
            def save(self, p):
                Path(p).write_text("plain")

        class Loud:
            def save(self, p):
                Path(p).write_text("LOUD")
                Path(p + ".log").write_text("log")
        """,
    ),
    WriterCase(
        "bound-anew",
        "DBR421",
        "w = Plain()\nw = other(w)\nw.save(self.output().path)",
        "from elsewhere import other\n\nclass Plain:\n    def save(self, p):\n        Path(p).write_text('plain')",
    ),
    WriterCase(
        "protocol",
        "DBR421",
        "it().save(self.output().path)",
        "from typing import Protocol\n\nclass Saves(Protocol):\n    def save(self, p): ...\n\n"
        "def it() -> Saves:\n    from elsewhere import it as found\n    return found()",
    ),
    WriterCase(
        "property",
        "DBR411",
        "print(self.report)\nwith self.output().open('w') as f:\n    f.write('x')",
        behind="""
        @property
        def report(self):
            Path("report.txt").write_text("x")
            return 1
        """,
    ),
    WriterCase("marker", "", "self.output().open('w').close()"),
    WriterCase(
        "marker-of-a-helper",
        "",
        "self._mark()",
        behind="""
        def _mark(self):
            self.output().open("w").close()
        """,
    ),
)
