"""`# refactor: exempt reason` counts anywhere in a class's header; elsewhere it is told to be out of place."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods import api
from codemods.model import TaskState
from codemods.settings import Settings
from codemods.source import SourceFile
from tests.check.tools import codes

COMMENT = "# refactor: exempt kept as it is"
BODY = """
    def output(self):
        return self.local_target("a.txt")

    def run(self):
        with self.output().open("w") as f:
            f.write("text")
"""
HEADERS = {
    "on the line": f"class One(PlanTask):  {COMMENT}",
    "behind the closing parenthesis": f"class One(\n    PlanTask,\n):  {COMMENT}",
    "on the line of a base": f"class One(\n    PlanTask,  {COMMENT}\n):",
    "on the first of several": f"class One(  {COMMENT}\n    PlanTask,\n):",
    "on a line of its own inside": f"class One(\n    {COMMENT}\n    PlanTask,\n):",
    "behind a backslash": f"class One \\\n    (PlanTask):  {COMMENT}",
    "on a decorator": f"@marked  {COMMENT}\nclass One(PlanTask):",
    "on a decorator of several lines": f"@marked(\n    1,\n)  {COMMENT}\nclass One(PlanTask):",
    "above": f"{COMMENT}\nclass One(PlanTask):",
    "above a decorator": f"# More.\n{COMMENT}\n@marked\nclass One(PlanTask):",
    "with keywords": f"class One(\n    PlanTask,\n    metaclass=Meta,\n):  {COMMENT}",
}
ELSEWHERE = {
    "two lines above": f"{COMMENT}\n\nclass One(PlanTask):",
    "in the body": f"class One(PlanTask):\n    {COMMENT}",
    "in a method": f"class One(PlanTask):\n    def a(self):\n        return 1  {COMMENT}\n",
    "at the end": "class One(PlanTask):",
}


def module(header: str, *, end: str = "") -> str:
    return f"from plan import PlanTask, marked, Meta\n\n\n{header}{BODY}{end}"


def state(text: str) -> TaskState:
    source = SourceFile(Path(__file__).parent / "exempt_of_a_test.py", text)
    return api.inspect([source], Settings())[0].reports[0].state


@pytest.mark.parametrize("place", HEADERS)
def test_anywhere_in_the_header_it_counts(place: str) -> None:
    text = module(HEADERS[place])
    assert state(text) is TaskState.EXEMPT
    assert codes(text) == []


@pytest.mark.parametrize("place", ELSEWHERE)
def test_elsewhere_it_is_out_of_place(place: str) -> None:
    text = module(ELSEWHERE[place], end=f"\n\n{COMMENT}\n" if place == "at the end" else "")
    assert state(text) is not TaskState.EXEMPT
    assert "DBF001" in codes(text)


@pytest.mark.parametrize("text", ['class One(PlanTask):\n    """# refactor: exempt no comment"""\n'])
def test_text_in_strings_is_none(text: str) -> None:
    assert state(module(text)) is not TaskState.EXEMPT
    assert "DBF001" not in codes(module(text))
