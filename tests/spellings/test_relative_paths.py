"""Outputs below the working directory, however their path is written: they are refactored, and run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.properties.foreign.projects import BASE, HELPERS, Project
from tests.properties.foreign.running import broken
from tests.shapes.test_output_forms import Form

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


def _project(path: str) -> Project:
    form = Form("path", f"return luigi.LocalTarget({path})", MAKE, before=BEFORE, base=ANYWHERE)
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
