"""A tree that nobody has configured: what is there is said, and the next command works."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from .test_defects import refactor

DAILY = """\
import luigi


class {name}(luigi.Task):
    {parameter}

    def output(self):
        return luigi.LocalTarget("out/a.txt")

    def run(self):
        with self.output().open("w") as f:
            f.write("text")
"""
OWN = """\
import luigi


class ShopTask(luigi.Task):
    run_dir = luigi.Parameter()


class Price(ShopTask):
    def output(self):
        return luigi.LocalTarget(f"{self.run_dir}/a.txt")

    def run(self):
        with self.output().open("w") as f:
            f.write("text")
"""


def _task(name: str, parameter: str) -> str:
    return DAILY.format(name=name, parameter=parameter)


IN_A_DIRECTORY = """\
import os
from pathlib import Path

import luigi


class Price(luigi.Task):
    day = luigi.DateParameter()
    {parameter}

    def output(self):
        return luigi.LocalTarget({path})

    def run(self):
        with self.output().open("w") as f:
            f.write("text")
"""
NAMED = "os.path.basename(os.path.normpath(str(self.{})))"


def _placed(parameter: str, path: str) -> dict[str, str]:
    return {"a.py": IN_A_DIRECTORY.format(parameter=parameter, path=path)}


TREES = {
    "a date": (
        {
            "a.py": _task("A", "day = luigi.DateParameter()"),
            "b.py": _task("B", "day = luigi.DateParameter()"),
        },
        "2 classes here derive straight from luigi.Task: A, B",
        'refactor init --rebase --plan-id "self.day.isoformat()" shop',
    ),
    "a name": (
        {"a.py": _task("A", "shop = luigi.Parameter()\n    fast = luigi.BoolParameter()")},
        "shop would do, where each shop is a run",
        'refactor init --rebase --plan-id "self.shop" shop',
    ),
    "nothing in common": (
        {"a.py": _task("A", "day = luigi.DateParameter()"), "b.py": _task("B", "pass")},
        "'daily' would be one plan for all runs",
        "refactor init --rebase --plan-id \"'daily'\" shop",
    ),
    "only below": (
        {
            "a.py": "import luigi\n\n\nclass Base(luigi.Task):\n    pass\n\n\n"
            + _task("A", "day = luigi.DateParameter()").partition("\n\n\n")[2].replace("luigi.Task)", "Base)")
        },
        "luigi.Task: Base, and 1 more through it",
        "refactor init --rebase --plan-id \"getattr(self, 'day', 'plan')\" shop",
    ),
    "a directory that paths are joined to": (
        _placed("place = luigi.Parameter()", 'os.path.join(self.place, "a.txt")'),
        "the files are in self.place, its name would do",
        f'refactor init --rebase --plan-id "{NAMED.format("place")}" shop',
    ),
    "a directory with a default": (
        _placed('out_dir = luigi.Parameter(default="out")', 'Path(self.out_dir) / "a.txt"'),
        "runs that leave it at its default are one plan",
        f'refactor init --rebase --plan-id "{NAMED.format("out_dir")}" shop',
    ),
    "a directory in a formatted text": (
        _placed("place = luigi.Parameter()", 'f"{self.place}/a.txt"'),
        "the files are in self.place, its name would do",
        f'refactor init --rebase --plan-id "{NAMED.format("place")}" shop',
    ),
    "a directory by its name": (
        _placed("report_dir = luigi.Parameter()", 'os.path.join(self.report_dir, "a.txt")'),
        "1 class here derives straight from luigi.Task: Price",
        "refactor init --rebase shop",
    ),
    "a package called pipeline": (
        {"pipeline.py": OWN},
        "luigi.Task: ShopTask, and 1 more through it",
        "refactor init --rebase shop",
    ),
    "a base of its own": (
        {"a.py": OWN},
        "luigi.Task: ShopTask, and 1 more through it",
        "refactor init --rebase shop",
    ),
}


def _write(files: dict[str, str]) -> None:
    Path("shop").mkdir()
    for name, text in files.items():
        (Path("shop") / name).write_text(text)


@pytest.mark.parametrize("tree", TREES)
def test_the_next_command_is_said_and_works(here: Path, tree: str) -> None:
    files, said, command = TREES[tree]
    _write(files)

    told = refactor("status", "shop")
    assert told.exit_code == 0
    assert said in told.stderr
    assert told.stderr.endswith(f"next: {command}\n")

    done = refactor(*shlex.split(command)[1:])
    assert done.exit_code == 0, done.output
    assert done.stdout.endswith("next: refactor status shop\n")
    assert "refactor apply --stage" in refactor("status", "shop").stdout


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (("apply", "--all", "--diff", "shop"), 0),
        (("check", "shop"), 2),
        (("init", "shop"), 2),
        (("report", "shop", "--html", "out.html"), 0),
    ],
)
def test_every_command_says_it(here: Path, command: tuple[str, ...], status: int) -> None:
    files, _, wanted = TREES["a date"]
    _write(files)

    told = refactor(*command)

    assert told.exit_code == status
    assert told.stderr.lower().startswith("no tasks found: no class in 2 python files inherits from plantask")
    assert "No findings" not in told.stderr
    assert f"next: {wanted}\n" in told.stderr


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "there is no Python file in shop\n"),
        (
            {"a.ipynb": "{}", "b.ipynb": "{}"},
            "there is no Python file in shop; 2 notebooks are not read (.ipynb)\n",
        ),
        ({"a.py": "x = 1\n"}, "no class here derives from one of Luigi's\n"),
        ({"a.py": 'print "a"\n\nclass A: pass\n'}, "none of what is in shop could be read as Python\n"),
        ({"a.py": "import x\n\n\nclass A(x.ShopTask):\n    pass\n"}, 'set base-classes = ["x.ShopTask"]'),
        (
            {
                "a.py": "import luigi\n\n\nclass PlanTask(luigi.Task):\n    pass\n\n\nclass A(PlanTask):\n    pass\n"
            },
            "entry-methods",
        ),
    ],
)
def test_where_no_command_goes_on_what_is_there_is_said(here: Path, files: dict[str, str], said: str) -> None:
    _write(files)

    told = refactor("status", "shop").stderr

    assert "no tasks found: " in told
    assert said in told
    assert "next:" not in told


def test_python_2_is_called_so(here: Path) -> None:
    _write({"a.py": 'class A(PlanTask):\n    def run(self):\n        print "a"\n'})

    assert "(read as Python 3." in refactor("status", "shop").stderr
    assert "; this is Python 2)" in refactor("status", "shop").stderr


def test_what_is_refused_is_explained_next(here: Path) -> None:
    _write({"a.py": OWN.replace('"w"', '"a"')})
    refactor("init", "--rebase", "shop")

    assert refactor("status", "shop").stdout.endswith("Next:\n  refactor explain Price shop\n")


def test_equal_refusals_of_the_base_are_one_line_of_apply(here: Path) -> None:
    text = OWN.replace("ShopTask", "PlanTask")
    _write({"a.py": text + text.partition("()\n")[2].replace("Price", "Other")})

    told = refactor("apply", "--all", "--diff", "shop").stderr

    assert told.count("DBR003") == 1
    assert told.endswith(": run refactor init shop\n")
    assert refactor("apply", "-v", "--all", "--diff", "shop").stderr.count("DBR003") == 3
