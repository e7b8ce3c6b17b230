"""Whatever somebody's pipeline looks like: it is refused, or does what it did, and the database knows all of it."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests.properties.decisions import Decisions, shrunk
from tests.properties.foreign.projects import generate
from tests.properties.foreign.running import broken, refactor

_EXAMPLES = 1700
"""With the 300 tasks of `test_generated_tasks` 2,000."""
PARTS = 4
"""Of one test, for as many processes."""


def _broken(decisions: Decisions) -> tuple[list[str], str]:
    return broken(generate(decisions))


def story(fixed: list[int] | None, *, seed: int = 0) -> str:
    """What is wrong with one pipeline, and its tasks before and after."""
    project = generate(Decisions(seed, fixed))
    found, _ = broken(project)
    with tempfile.TemporaryDirectory() as scratch:
        case = refactor(project, Path(scratch))
    return "\n".join(
        [*found, *map(str, case.reports), "--- before", _own(project.files), "--- after", _own(case.after)]
    )


def _own(files: dict[str, str]) -> str:
    return files["tasks.py"].partition("\n\n\n")[2]


@pytest.mark.filterwarnings(
    # Some of the generated tasks leave a file open, as those of other people do.
    "ignore::pytest.PytestUnraisableExceptionWarning",
    "ignore::ResourceWarning",
)
@pytest.mark.parametrize("part", range(PARTS))
def test_foreign_pipelines_are_right_or_refused(part: int) -> None:
    """Files, calls and errors as before; one row a file with its bytes; prompts as they were sent; or a refusal."""
    tally: Counter[str] = Counter()

    def check(drawn: int) -> None:
        seed = drawn * PARTS + part  # other cases for each part
        decisions = Decisions(seed)
        found, code = _broken(decisions)
        tally[code or "rewritten"] += 1
        event(code or "rewritten")
        if found:
            kind = found[0].split(" ")[0]
            small = shrunk(
                decisions.taken,
                lambda fixed: any(f.split(" ")[0] == kind for f in _broken(Decisions(fixed=fixed))[0]),
                most_tries=400,
            )
            raise AssertionError(f"seed {seed}\n{story(small)}")

    profile = settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
    profile = settings(profile, max_examples=max(profile.max_examples, _EXAMPLES) // PARTS)
    profile(given(st.integers(0, 2**32 - 1))(check))()
    total = sum(tally.values())
    # A generator of which everything is refused would prove nothing.
    assert tally["rewritten"] > total * 0.03 or total < 300, tally
