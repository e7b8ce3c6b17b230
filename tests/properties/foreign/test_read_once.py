"""What can be read once is not read twice, whatever it is called: executed before and after."""

from __future__ import annotations

import pytest

from tests.properties.foreign.projects import BASE, HEAD, HELPERS, Project
from tests.properties.foreign.running import broken

ANNOTATED = [
    ("x: list[str] = faraway.lines()", "''.join(x)"),
    ("x: dict = faraway.Tally()", "x['k']"),
    ("x: str = faraway.Tally()", "f'{x}'"),
    ("x: tuple[int, int] = faraway.Tally()", "str(x)"),
    ("self.parts: list[str] = faraway.lines()", "''.join(self.parts)"),
    ("self.noted = faraway.lines()", "''.join(self.noted)"),
]
DIRECTORIES = [
    ("x = os.scandir('run')", "str([e.name for e in x])"),
    ("x = os.walk('run')", "str(list(x))"),
    ("x = glob.iglob('run/*')", "str(list(x))"),
]
JSON_DEFAULTS = [
    ("x = {'a': faraway.lines()}", "json.dumps(x, default=list)"),
    ("x = {'a': faraway.Tally()}", "json.dumps(x, default=str)"),
    ("x = [faraway.Tally()]", "json.dumps(x, default=repr)"),
]
OUT_OF_SIGHT = [
    ("faraway.TALLY = faraway.Tally()", "str(faraway.TALLY)"),
    ("faraway.PARTS = faraway.lines()", "''.join(faraway.PARTS)"),
    ("faraway.A_B = faraway.Tally()", "f'{faraway.A_B}'"),
]


@pytest.mark.parametrize(("before", "value"), ANNOTATED + DIRECTORIES + JSON_DEFAULTS + OUT_OF_SIGHT)
def test_content_that_can_be_read_once(before: str, value: str) -> None:
    body = f"        {before}\n        Path(self.output().path).write_text({value})\n"
    text = f"""{HEAD}import glob

from base import BaseTask


class First(BaseTask):
    noted: list[str]

    def output(self):
        return luigi.LocalTarget(f"{{self.run_dir}}/a.txt")

    def run(self):
{body}"""
    found, _ = broken(Project({"base.py": BASE, "helpers.py": HELPERS, "tasks.py": text}, ["First"]))
    assert not found


@pytest.mark.parametrize(
    ("before", "value"),
    [
        ("x = ['a']", "json.dumps(x, default=list)"),
        ("x: list[str] = ['a']", "''.join(x)"),
        ("x = {'a': datetime.date(2026, 1, 2)}", "json.dumps(x, default=str)"),
    ],
)
def test_content_that_is_the_same_twice_is_still_persisted(before: str, value: str) -> None:
    text = f"""{HEAD}
from base import BaseTask


class First(BaseTask):
    def output(self):
        return luigi.LocalTarget(f"{{self.run_dir}}/a.txt")

    def run(self):
        {before}
        Path(self.output().path).write_text({value})
"""
    found, code = broken(Project({"base.py": BASE, "helpers.py": HELPERS, "tasks.py": text}, ["First"]))
    assert (found, code) == ([], "")


@pytest.mark.parametrize(
    ("function", "before", "value"),
    [
        ("def lines() -> list[str]:\n    return faraway.lines()", "x = lines()", "''.join(x)"),
        ("def lines() -> tuple[str, ...]:\n    return faraway.lines()", "x = lines()", "''.join(x)"),
        ("def word() -> str:\n    return faraway.Tally()", "x = word()", "f'{x}'"),
        ("def text(x: list[str]) -> str:\n    return ''.join(x)", "x = faraway.lines()", "text(x)"),
        ("def text(x: str) -> str:\n    return f'{x}'", "x = faraway.Tally()", "text(x)"),
        (
            "def text(*, x: 'list[str] | None') -> str:\n    return ''.join(x)",
            "x = faraway.lines()",
            "text(x=x)",
        ),
    ],
)
def test_what_a_function_promises_of_what_is_out_of_sight(function: str, before: str, value: str) -> None:
    text = f"""{HEAD}
from base import BaseTask


{function}


class First(BaseTask):
    def output(self):
        return luigi.LocalTarget(f"{{self.run_dir}}/a.txt")

    def run(self):
        {before}
        Path(self.output().path).write_text({value})
"""
    found, code = broken(Project({"base.py": BASE, "helpers.py": HELPERS, "tasks.py": text}, ["First"]))
    assert found == []
    assert code == "DBR406"
