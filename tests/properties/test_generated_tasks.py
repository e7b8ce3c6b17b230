"""All laws on each generated task: to refactor it costs as much as to hold all of them against it."""

from __future__ import annotations

import pytest

from codemods.settings import STEPS
from tests.properties import run_laws
from tests.properties.cases import hold_for_generated_tasks
from tests.properties.text_laws import RevertLaw, text_laws

PARTS = 4
"""Of one test, for as many processes."""


_INTERRUPTED = pytest.mark.filterwarnings(
    # A run that is interrupted leaves Luigi's temporary file open, in the original as well.
    "ignore::pytest.PytestUnraisableExceptionWarning",
    "ignore::ResourceWarning",
)


@_INTERRUPTED
@pytest.mark.parametrize("part", range(PARTS))
def test_every_law_holds_of_generated_tasks(part: int) -> None:
    """Text, bytes after reverting, runs, failing calls, errors and Ctrl-C anywhere, failing databases."""
    reverting = RevertLaw()
    hold_for_generated_tasks(
        [
            text_laws,
            reverting,
            run_laws.run_law,
            run_laws.failing_call_law,
            run_laws.interrupt_law,
            run_laws.database_law,
            run_laws.ctrl_c_law,
        ],
        part,
        PARTS,
    )
    assert reverting.left_alone <= 1


@_INTERRUPTED
def test_every_law_holds_in_the_style_steps() -> None:
    """A third of the tasks of one part; a block's own lines are the runtime's, and tested there."""
    reverting = RevertLaw()
    laws = [
        text_laws,
        reverting,
        run_laws.run_law,
        run_laws.failing_call_law,
        run_laws.interrupt_law,
        run_laws.database_law,
    ]
    hold_for_generated_tasks(laws, 0, PARTS, STEPS, share=3)
    assert reverting.left_alone == 0
