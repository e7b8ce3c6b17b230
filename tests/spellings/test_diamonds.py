"""Diamonds, refactored and executed: each class runs the method that Python's own order gives it."""

from __future__ import annotations

import pytest

from tests.properties.foreign.projects import BASE, HEAD, HELPERS, Project
from tests.properties.foreign.running import broken

TOP = """\
class Top(BaseTask):
    name = 'top'

    def output(self):
        return luigi.LocalTarget(f'{self.run_dir}/{type(self).__name__}.txt')

    def run(self):
        with self.output().open('w') as f:
            f.write(self.WORD)
"""
ATTRIBUTES = f"""{TOP.replace("WORD", "name")}

class Left(Top):
    pass


class Right(Top):
    name = 'right'


class Both(Left, Right):
    pass


class Other(Right, Left):
    name = 'other'
"""
METHODS = f"""{TOP.replace("WORD", "text()")}
    def text(self):
        return 'top'


class Left(Top):
    def text(self):
        return 'left ' + super().text()


class Right(Top):
    def text(self):
        return 'right ' + super().text()


class Both(Left, Right):
    pass


class Other(Right, Left):
    pass
"""
FILES = ATTRIBUTES.replace("type(self).__name__", "self.name").replace("'other'", "'bottom'")
ALL = ["Top", "Left", "Right", "Both", "Other"]


@pytest.mark.parametrize(
    ("text", "code"), [(ATTRIBUTES, ""), (METHODS, "DBR430")], ids=["attributes", "methods"]
)
def test_a_diamond_is_right_or_refused(text: str, code: str) -> None:
    files = {
        "base.py": BASE,
        "helpers.py": HELPERS,
        "tasks.py": f"{HEAD}from base import BaseTask\n\n\n{text}",
    }
    assert broken(Project(files, ALL)) == ([], code)


def test_files_that_are_named_by_what_python_finds_first() -> None:
    """`Both` is named by `Right`, which stands behind `Left` and before `Top`."""
    files = {
        "base.py": BASE,
        "helpers.py": HELPERS,
        "tasks.py": f"{HEAD}from base import BaseTask\n\n\n{FILES}",
    }
    assert broken(Project(files, ["Top", "Both", "Other"])) == ([], "")
