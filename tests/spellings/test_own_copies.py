"""The task by another name: a clone of it, or what a `case` captures; its methods write, and its models are asked."""

from __future__ import annotations

import pytest

from tests.properties.foreign.running import broken
from tests.shapes.test_output_forms import WRITE, A, Form

OUT = f"return {A}"
BEFORE = (
    "class Other(BaseTask):\n    def go(self):\n        self.write_note('y')\n\n\n"
    "def go(task, text):\n    task.write_note(text)\n"
)
WRITING = (
    "self.clone().write_note('x')",
    "self.clone(First).write_note('x')",
    "self.clone(cls=First).write_note('x')",
    "t = self.clone()\nt.write_note('x')",
    "self.clone(Other).go()",
    "go(self.clone(), 'x')",
    "match self:\n    case BaseTask() as o:\n        o.write_note('x')",
    "match self:\n    case o:\n        o.write_note('x')",
    "match [self]:\n    case [o]:\n        o.write_note('x')",
    "match {'a': self}:\n    case {'a': o}:\n        o.write_note('x')",
    "match (self, 1):\n    case (First() as o, _):\n        o.write_note('x')",
    "match [self]:\n    case [*all_]:\n        all_[0].write_note('x')",
)


@pytest.mark.parametrize("body", WRITING)
def test_it_writes_all_the_same(body: str) -> None:
    found, code = broken(Form("copy", OUT, f"{body}\n{WRITE}", before=BEFORE).project)
    assert found == []
    assert code == "DBR411"


@pytest.mark.parametrize("body", WRITING)
def test_what_only_reads_is_no_matter(body: str) -> None:
    """The same spellings, with a method that writes nothing."""
    quiet = (
        body.replace("write_note(", "place(").replace(".go()", ".place('x')").replace("go(self", "str(self")
    )
    assert broken(Form("copy", OUT, f"{quiet}\n{WRITE}", before=BEFORE).project) == ([], "")
