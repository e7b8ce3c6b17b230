"""Outputs below the working directory, however their path is written: they are refactored, and run."""

from __future__ import annotations

from dataclasses import replace
from textwrap import indent

import pytest

from tests.properties.foreign.projects import BASE, HELPERS, Project
from tests.properties.foreign.running import broken
from tests.shapes.test_output_forms import WRITE, Form

ANYWHERE = BASE.replace("return os.path.basename(self.run_dir)", "return 'plan'")
CONSTANTS = (
    "\n\njoin_path = os.path.join\nOUT = 'out'\nLINKS = join_path(OUT, 'links.txt')\nABSOLUTE = '/nowhere/x.txt'\n"
    "ABOVE = '../x.txt'\nFROM_OUTSIDE = os.environ.get('NOWHERE', '')\n"
)
BEFORE = "from helpers import ABOVE, ABSOLUTE, FROM_OUTSIDE, LINKS, OUT, join_path\n\nDIR = 'data/source/'\n"
MAKE = "self.output().makedirs()\nwith self.output().open('w') as f:\n    f.write('text')"

BELOW = (
    "DIR + 'a.txt'",
    "f'{DIR}/a.txt'",
    "f'{OUT}/{self.names[0]}'",
    "OUT + '/' + self.names[0]",
    "LINKS",
    "join_path('data', 'a.txt')",
    "os.path.join(OUT, 'deep', self.names[0])",
    "str(Path('data') / self.names[0])",
    "str(Path(DIR, 'a.txt'))",
    "str(Path(DIR).joinpath('a.txt'))",
    "'%s-%s' % (self.__class__.__name__, self.names[0])",
    "os.path.join('%s.txt' % type(self).__name__)",
    "'{}/a.txt'.format(OUT)",
    "f'{self.task_family}/{self.names[0]}'",
    "datetime.date(2026, 1, 2).strftime('data/%Y/a.txt')",
)
ELSEWHERE = (
    "ABSOLUTE",
    "os.path.join('data', ABSOLUTE)",
    "Path('data') / ABSOLUTE",
    "ABOVE",
    "f'{OUT}/../../a.txt'",
    "os.path.join(OUT, ABOVE)",
    "FROM_OUTSIDE + '/a.txt'",
    "os.path.join(FROM_OUTSIDE, 'a.txt')",
    "'%s/a.txt' % self.names[0]",
    "f'{self.names[0]}/a.txt'",
    "faraway.place(OUT)",
)
UP = (
    "f'{self.run_dir}/{ABOVE}'",
    "f'{self.run_dir}/deep/{ABOVE}'",
    "self.run_dir + '/' + ABOVE",
    "self.place(ABOVE)",
    "os.path.join(self.run_dir, ABOVE)",
)
REBOUND = {
    "by-a-function": "WHERE = 'data'\n\n\ndef use():\n    global WHERE\n    WHERE = '/nowhere'\n\n\nuse()\n",
    "in-one-case": "WHERE = '/nowhere'\nif os.environ.get('NOWHERE'):\n    WHERE = 'data'\n",
    "added-to": "WHERE = 'data'\nWHERE += '/../../nowhere'\n",
    "by-a-loop": "for WHERE in ('data', '/nowhere'):\n    pass\n",
}
SUB = "os.makedirs('sub/data', exist_ok=True)"
MOVED_BY_OTHERS = {
    "function": (f"def go():\n    {SUB}\n    os.chdir('sub')\n", "go()"),
    "deeper": (f"def go():\n    deep()\n\n\ndef deep():\n    {SUB}\n    os.chdir('sub')\n", "go()"),
    "method": (f"class Go:\n    def go(self):\n        {SUB}\n        os.chdir('sub')\n", "Go().go()"),
    "another-name": ("cd = os.chdir\n", f"{SUB}\ncd('sub')"),
    "imported": ("from os import chdir as cd\n", f"{SUB}\ncd('sub')"),
    "looked-up": ("", f"{SUB}\ngetattr(os, 'chdir')('sub')"),
    "descriptor": ("def go(d):\n    os.fchdir(d)\n", "if not self.names:\n    go(0)"),
    "handed-on": ("def go(f, d):\n    f(d)\n", f"{SUB}\ngo(os.chdir, 'sub')"),
    "default": ("def go(d, f=os.chdir):\n    f(d)\n", f"{SUB}\ngo('sub')"),
    "entered": (
        (
            f"class Go:\n    def __enter__(self):\n        {SUB}\n        os.chdir('sub')\n\n"
            "    def __exit__(self, *a):\n        pass\n"
        ),
        "with Go():\n    pass",
    ),
    "generator": (
        f"import contextlib\n\n\n@contextlib.contextmanager\ndef go():\n    {SUB}\n    os.chdir('sub')\n    yield\n",
        "with go():\n    pass",
    ),
}
MOVED = (
    f"os.makedirs('sub/data', exist_ok=True)\nhere = os.getcwd()\nos.chdir('sub')\n{WRITE}\nos.chdir(here)",
    f"os.makedirs('sub/data', exist_ok=True)\nwith contextlib.chdir('sub'):\n{indent(WRITE, '    ')}",
    f"os.makedirs('sub/data', exist_ok=True)\nhere = os.getcwd()\nmove = os.chdir\nmove('sub')\n{WRITE}\nmove(here)",
    f"os.makedirs('sub/data', exist_ok=True)\nhere = os.getcwd()\ngo('sub')\n{WRITE}\ngo(here)",
    f"os.makedirs('sub/data', exist_ok=True)\nhere = os.getcwd()\nmoved('sub')\n{WRITE}\nmoved(here)",
    f"os.makedirs('sub/data', exist_ok=True)\nwith inside('sub'):\n{indent(WRITE, '    ')}",
    f"os.makedirs('sub/data', exist_ok=True)\nhere = os.getcwd()\nself.move('sub')\n{WRITE}\nself.move(here)",
    f"os.makedirs('sub/data', exist_ok=True)\nhere = os.getcwd()\ngetattr(os, 'chdir')('sub')\n{WRITE}\ngo(here)",
)
MOVING = """\
import contextlib
from os import chdir as go


def moved(where):
    go(where)


@contextlib.contextmanager
def inside(where):
    here = os.getcwd()
    os.chdir(where)
    yield
    os.chdir(here)
"""


def _project(path: str, body: str = MAKE, before: str = BEFORE, base: str = ANYWHERE) -> Project:
    form = Form("path", f"return luigi.LocalTarget({path})", body, before=before, base=base)
    files = {**form.project.files, "helpers.py": HELPERS + CONSTANTS}
    return replace(form.project, files=files)


@pytest.mark.parametrize("path", BELOW)
def test_a_file_below_the_working_directory_has_a_row_of_its_path(path: str) -> None:
    assert broken(_project(path)) == ([], "")


@pytest.mark.parametrize("path", ELSEWHERE)
def test_a_file_that_may_lie_elsewhere_is_refused(path: str) -> None:
    found, code = broken(_project(path))
    assert found == []
    assert code == "DBR423"


@pytest.mark.parametrize("path", UP)
def test_a_constant_that_goes_up_leaves_the_run_directory(path: str) -> None:
    found, code = broken(_project(path, base=BASE))
    assert found == []
    assert code == "DBR423"


@pytest.mark.parametrize("before", REBOUND.values(), ids=REBOUND)
@pytest.mark.parametrize("path", ["f'{WHERE}/a.txt'", "os.path.join(WHERE, 'a.txt')"])
def test_a_constant_that_is_bound_anew_is_none(before: str, path: str) -> None:
    found, code = broken(_project(path, before=before))
    assert found == []
    assert code == "DBR423"


@pytest.mark.parametrize("body", MOVED)
def test_a_task_that_moves_elsewhere_has_no_relative_paths(body: str) -> None:
    form = Form(
        "moved",
        "return luigi.LocalTarget('data/a.txt')",
        body,
        before=MOVING,
        members="def move(self, where):\n    os.chdir(where)\n",
        base=ANYWHERE,
    )
    found, code = broken(form.project)
    assert found == []
    assert code == "DBR423"


@pytest.mark.parametrize("case", MOVED_BY_OTHERS)
def test_what_the_task_calls_may_move_elsewhere(case: str) -> None:
    before, body = MOVED_BY_OTHERS[case]
    found, code = broken(_project("'data/a.txt'", f"{body}\n{WRITE}", before))
    assert found == []
    assert code == "DBR423"


def test_another_function_of_the_module_may_move() -> None:
    """What the task does not lead to moves nothing."""
    before, _ = MOVED_BY_OTHERS["function"]
    assert broken(_project("'data/a.txt'", MAKE, before)) == ([], "")
