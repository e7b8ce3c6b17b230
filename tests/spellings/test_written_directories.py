"""A run directory that is written out, in `get_plan_id()` and in the paths: rows are relative to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from codemods.checking.engine import Checker
from codemods.source import SourceFile
from tests.properties.foreign.projects import BASE, STORING_BYTES
from tests.properties.foreign.running import SETTINGS, broken
from tests.shapes.test_output_forms import Form

RUN = "/proc/self/cwd/run/plan"
CONSTANT = f"HOME = '/proc/self/cwd/run'\nPLACE = '{RUN}'\nSLASHED = '{RUN}/'\nUP = '..'\n"
PLAN_IDS = {
    "basename": f"os.path.basename('{RUN}')",
    "name-of-a-path": f"Path('{RUN}').name",
    "of-a-slash": f"os.path.basename(os.path.normpath('{RUN}/'))",
    "constant": "os.path.basename(PLACE)",
    "text": f"str(os.path.basename(str('{RUN}')))",
}
TARGETS = {
    "literal": f"luigi.LocalTarget('{RUN}/a.txt')",
    "literal-below": f"luigi.LocalTarget('{RUN}/de/a.txt')",
    "formatted": f"luigi.LocalTarget(f'{RUN}/{{self.number}}.txt')",
    "percent": f"luigi.LocalTarget('{RUN}/%d.txt' % self.number)",
    "format": f"luigi.LocalTarget(path='{RUN}/{{}}.txt'.format(self.number))",
    "joined": f"luigi.LocalTarget(os.path.join('{RUN}', f'{{self.number}}.txt'))",
    "joined-from-further-up": "luigi.LocalTarget(os.path.join('/proc/self/cwd/run', 'plan/a.txt'))",
    "joined-of-parts": "luigi.LocalTarget(os.path.join(HOME, 'plan', f'{self.number}.txt'))",
    "slash": f"luigi.LocalTarget(str(Path('{RUN}') / 'a.txt'))",
    "joinpath": f"luigi.LocalTarget(Path('{RUN}').joinpath('de', 'a.txt'))",
    "constant-joined": "luigi.LocalTarget(os.path.join(PLACE, 'a.txt'))",
    "constant-added": "luigi.LocalTarget(PLACE + '/' + 'a%d.txt' % self.number)",
    "constant-in-a-text": "luigi.LocalTarget(f'{PLACE}/{self.number}.txt')",
    "constant-by-percent": "luigi.LocalTarget('%s/%d.txt' % (PLACE, self.number))",
    "constant-by-format": "luigi.LocalTarget('{}/{}.txt'.format(PLACE, self.number))",
    "constant-further-up": "luigi.LocalTarget(f'{HOME}/plan/{self.number}.txt')",
    "constant-with-a-slash": "luigi.LocalTarget(SLASHED + 'a.txt')",
    "by-a-method": "luigi.LocalTarget(self.file('a'))",
    "by-date": f"luigi.LocalTarget(self.day.strftime('{RUN}/%Y.txt'))",
}
OUTSIDE = {
    "another-directory": "luigi.LocalTarget('/proc/self/cwd/run/other.txt')",
    "begins-alike": f"luigi.LocalTarget('{RUN}-b/a.txt')",
    "continues-the-name": "luigi.LocalTarget(PLACE + '-%d.txt' % self.number)",
    "continues-in-a-text": "luigi.LocalTarget(f'{PLACE}{self.number}.txt')",
    "continues-by-percent": "luigi.LocalTarget('%s%d.txt' % (PLACE, self.number))",
    "goes-up": f"luigi.LocalTarget('{RUN}/../other.txt')",
    "joined-of-parts": "luigi.LocalTarget(os.path.join(HOME, 'planned', 'a%d.txt' % self.number))",
    "joined-up": "luigi.LocalTarget(os.path.join(PLACE, '..', 'other.txt'))",
    "joined-from-the-root": "luigi.LocalTarget(os.path.join(PLACE, '/proc/self/cwd/run/other.txt'))",
    "filled-up-in-a-text": "luigi.LocalTarget(f'{PLACE}/{UP}/other.txt')",
    "filled-up-by-percent": "luigi.LocalTarget('%s/%s/other.txt' % (PLACE, '..'))",
    "filled-up-by-format": f"luigi.LocalTarget('{RUN}/{{}}.txt'.format('../other'))",
    "unpacked": "luigi.LocalTarget(os.path.join(PLACE, *['..', 'other.txt']))",
    "out-of-sight": "luigi.LocalTarget(os.path.join(faraway.place(PLACE), 'a.txt'))",
    "one-of-two": f"luigi.LocalTarget('{RUN}/a.txt' if self.number else '/proc/self/cwd/run/other.txt')",
    "relative": "luigi.LocalTarget('data/%d.txt' % self.number)",
}
MEMBERS = """\
import datetime
day = datetime.date(2020, 1, 1)
number = 7

def file(self, name):
    return os.path.join(PLACE, name + '.txt')
"""
BODY = "with self.output().open('w') as f:\n    f.write({content})"


def _form(
    target: str,
    plan_id: str = PLAN_IDS["basename"],
    content: str = "'text'",
    body: str = BODY,
    base: str = BASE,
) -> Form:
    above = base.replace("return os.path.basename(self.run_dir)", f"return {plan_id}")
    assert above != base
    return Form(
        "written",
        f"return {target}",
        body.format(content=content),
        before=CONSTANT,
        members=MEMBERS,
        base=above.replace("\n\n\nclass", f"\n\n{CONSTANT}\n\nclass", 1),
    )


@pytest.mark.parametrize("plan_id", PLAN_IDS)
def test_a_plan_is_called_after_a_written_directory(plan_id: str) -> None:
    assert broken(_form(TARGETS["literal"], PLAN_IDS[plan_id]).project) == ([], "")


@pytest.mark.parametrize("content", ["'text'", "str(random.random())"])
@pytest.mark.parametrize("target", TARGETS)
def test_a_file_below_it_is_called_by_its_path_from_there(target: str, content: str) -> None:
    """Executed before and after: rows are what the files are, by their names below the directory."""
    assert broken(_form(TARGETS[target], content=content).project) == ([], "")


@pytest.mark.parametrize("target", [*TARGETS][::3])
def test_so_is_one_that_is_read_back(target: str) -> None:
    body = "import bz2\nwith bz2.open(self.output().path, 'wb') as f:\n    f.write({content}.encode())"
    form = _form(TARGETS[target], body=body, base=STORING_BYTES)
    assert broken(form.project)[1].startswith("DBR4")
    assert broken(form.project, replace(SETTINGS, row_after_file=True)) == ([], "")


@pytest.mark.parametrize("target", OUTSIDE)
def test_a_file_that_is_not_shown_to_lie_below_it_is_refused(target: str) -> None:
    found, code = broken(_form(OUTSIDE[target]).project)
    assert found == []
    assert code == "DBR423"


@pytest.mark.parametrize(
    "plan_id",
    ["'plan'", f"os.path.basename('{RUN}' or PLACE)", "os.path.basename('/')", "os.path.basename('..')"],
)
def test_a_plan_of_another_name_has_no_such_directory(plan_id: str) -> None:
    found, code = broken(_form(TARGETS["literal"], plan_id).project)
    assert found == []
    assert code == "DBR423"


CHECKED = """\
import os

import luigi


class BaseTask(luigi.Task):
    def get_plan_id(self):
        return {plan_id}

    def get_database_service(self):
        return service()


class NoteTask(BaseTask):
    def run(self):
        db = self.get_database_service()
        try:
            db.create_plan_content({{"filename": "a.txt", "content": "x"}})
            with open("/tmp/plan/a.txt", "w") as f:
                f.write("x")
            with open("/tmp/plan/b.txt", "w") as f:
                f.write("x")
        finally:
            db.close()
"""


@pytest.mark.parametrize(
    ("plan_id", "missing"),
    [
        ("os.path.basename('/tmp/plan')", True),
        ("os.path.basename('/tmp')", True),
        ("os.path.basename('/tmp/other')", False),
        ("'plan'", False),
    ],
)
def test_a_file_in_a_temporary_run_directory_is_no_temporary_file(plan_id: str, missing: bool) -> None:
    source = SourceFile(Path("tasks.py"), CHECKED.format(plan_id=plan_id))
    codes = {finding.code for finding in Checker(SETTINGS).check(source)}
    assert ("DBF605" in codes) is missing


@pytest.mark.parametrize(
    "waits", ["time.sleep(0)", "import time as t\nt.sleep(0)", "from time import sleep\nsleep(0)"]
)
def test_an_output_that_waits_is_the_same_twice(waits: str) -> None:
    form = _form(TARGETS["percent"])
    assert broken(replace(form, output=f"{waits}\n{form.output}").project) == ([], "")
