"""Runs one property over generated cases: counts refusals, and shows a failing case made small."""

from __future__ import annotations

import os
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests.properties.decisions import Decisions, shrunk
from tests.properties.laws import Refactored
from tests.properties.modules import generate

T = TypeVar("T")
Law = Callable[[Refactored, Decisions], list[str]]
"""Gives back what is broken in one case."""

# About 9 of 100 are, some of them by design; of 300 cases no run of bad luck comes to more than this.
_MOST_REFUSED = 0.15

# A write whose error the task catches cannot have its row first; how many cases have one is the generator's choice.
_REFUSED_BY_LAW = frozenset({"DBR427"})


def holds_for_generated_tasks(law: Law) -> None:
    """Checks a law on generated cases; fails for a broken law and for too many refusals."""
    tally: Counter[str] = Counter()
    salt = zlib.crc32(law.__name__.encode()) << 24  # other cases for each law

    def check(seed: int) -> None:
        decisions = Decisions(seed + salt)
        broken, code = in_a_thread(lambda: _broken(law, decisions))
        tally[code or "rewritten"] += 1
        event(f"refused with {code}" if code else "rewritten")
        if broken:
            small = shrunk(decisions.taken, lambda fixed: _fails_alike(law, fixed, broken))
            raise AssertionError(_story(law, small, seed + salt))

    profile = settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
    profile(given(st.integers(0, 2**24 - 1))(check))()
    total = sum(count for code, count in tally.items() if code not in _REFUSED_BY_LAW)
    refused = total - tally["rewritten"]
    assert refused < _MOST_REFUSED * total or total < 300, f"{refused} of {total} refused: {tally}"


def in_a_thread(work: Callable[[], T]) -> T:
    """Does some work in a thread of its own.

    An error that a trace function raises inside of a handler can leave the interpreter handling an error for good, and
    with it every test that comes after; the state is that of the thread.
    """
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def _broken(law: Law, decisions: Decisions) -> tuple[list[str], str]:
    case = Refactored(generate(decisions))
    if case.refusal is not None:
        return ([], case.refusal.code) if case.refusal.code != "DBR901" else ([str(case.refusal)], "DBR901")
    return law(case, decisions), ""


def _fails_alike(law: Law, fixed: Sequence[int], broken: Sequence[str]) -> bool:
    found, _ = _broken(law, Decisions(fixed=fixed))
    return bool(found) and found[0].split(" ")[:1] == broken[0].split(" ")[:1]


def _story(law: Law, small: Sequence[int], seed: int) -> str:
    decisions = Decisions(fixed=small)
    case = Refactored(generate(decisions))
    broken = [str(case.refusal)] if case.refusal is not None else law(case, decisions)
    lines = [f"seed {seed}, decisions {list(small)}:", *broken, "--- before", case.source.text]
    return "\n".join([*lines, "--- after", case.rewrite.after.text])
