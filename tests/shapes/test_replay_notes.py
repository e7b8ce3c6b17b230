"""What is said of content that is made by running statements once more."""

from __future__ import annotations

import pytest

from codemods.api import inspect
from codemods.source import SourceFile
from tests.shapes.cases import PATH, WITHOUT_LLM, Case
from tests.shapes.rewriting import SETTINGS

NOTE = "holds the whole text in memory"


@pytest.mark.parametrize(
    ("body", "noted"),
    [
        ("for i in range(3):\n        f.write(f'{i}')", True),
        ("if self:\n        for i in 'ab':\n            f.write(i)", True),
        ("if self:\n        f.write('a')", False),
    ],
    ids=["loop", "loop-in-a-branch", "no-loop"],
)
def test_a_loop_that_is_run_again_is_said_to_be_held_in_memory(body: str, noted: bool):
    """`explain` shows the description of the content, which tells what a loop of any length costs."""
    case = Case("replay", f"with self.output().open('w') as f:\n    {body}", signature=WITHOUT_LLM)
    (inspection,) = inspect([SourceFile(PATH, case.source)], SETTINGS)
    (report,) = (r for r in inspection.reports if r.task.name == "CaseTask")
    assert report.analysis is not None, report.reason
    (write,) = report.analysis.writes
    assert (NOTE in write.content) is noted
