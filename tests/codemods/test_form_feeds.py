"""Form feeds in front of indentations: what Python takes for nothing stays where it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods import api
from codemods.settings import Settings
from codemods.source import SourceFile

SETTINGS = Settings()
HERE = Path(__file__).parent / "feeds_of_a_test.py"
TASK = """\
from pipeline.plan_task import PlanTask


class OneTask(PlanTask):
    def output(self):
        return self.local_target("one.txt")

    def run_inner(self):
        text = "a\\f"
        # A comment.
        if text:
            text = text.upper()
        else:
            text = "b"
        long = (
            "c"
        )
        text += \"\"\"
\f   d
\"\"\" + long

        with self.output().open("w") as f:
            f.write(text)
"""
LINES = [
    'text = "a',
    "# A comment.",
    "if text:",
    "text = text.upper()",
    "else:",
    'text = "b"',
    "long = (",
    '"c"',
    "text += ",
    "with self.output()",
    "f.write(text)",
    "def run_inner",
]


def with_feed(text: str, line: str, feed: str) -> str:
    lines = text.splitlines(keepends=True) if "\f" not in text else text.split("\n")
    lines = [one if one.endswith("\n") else one + "\n" for one in lines[:-1]] if "\f" in text else lines
    index = next(i for i, one in enumerate(lines) if one.strip().startswith(line))
    lines[index] = feed + lines[index]
    return "".join(lines)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("feed", ["\f", "  \f", "\f\f", "\t\f"])
@pytest.mark.parametrize("line", LINES)
def test_a_form_feed_before_a_line_stays_there(line: str, feed: str, newline: str) -> None:
    """The task is refactored, proven, and comes back byte by byte."""
    text = with_feed(TASK, line, feed).replace("\n", newline)
    before = SourceFile(HERE, text)
    compile(text, "feeds", "exec")
    result = api.apply(api.inspect([before], SETTINGS)[0], lambda r: True, SETTINGS)
    assert result.changed == ("OneTask",), [r.reason for r in result.reports]
    compile(result.after.to_bytes(), "feeds", "exec")
    assert result.after.text.count("\f") == text.count("\f")
    assert list(api.verify(before, result.after, SETTINGS).findings) == []
    again = api.revert(api.inspect([result.after], SETTINGS)[0], lambda r: True, SETTINGS)
    assert again.after.text == text


@pytest.mark.parametrize("line", ["\f\n", "  \f\n", "\f# alone\n"])
def test_a_line_with_nothing_else_stays(line: str) -> None:
    """As Emacs writes its pages."""
    before = SourceFile(HERE, TASK.replace("        if text:\n", f"{line}        if text:\n"))
    result = api.apply(api.inspect([before], SETTINGS)[0], lambda r: True, SETTINGS)
    assert result.changed == ("OneTask",), [r.reason for r in result.reports]
    again = api.revert(api.inspect([result.after], SETTINGS)[0], lambda r: True, SETTINGS)
    assert again.after.text == before.text
