"""Runs the laws over generated cases: counts refusals, and shows a failing case made small."""

from __future__ import annotations

import math
import os
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

from hypothesis import event, given, settings
from hypothesis import strategies as st

from codemods.settings import INLINE
from tests.properties.decisions import Decisions, shrunk
from tests.properties.laws import SETTINGS, Refactored
from tests.properties.modules import generate

T = TypeVar("T")
Law = Callable[[Refactored, Decisions], list[str]]
"""Gives back what is broken in one case."""

# How many of a hundred are refused, some of them by design.
_REFUSED = 0.09

# A write whose error the task catches cannot have its row first; how many cases have one is the generator's choice.
_REFUSED_BY_LAW = frozenset({"DBR427"})


@dataclass(frozen=True)
class Verdict:
    """What was found of one case.

    Attributes:
        broken: what is broken, in the words of the first law that is; empty for nothing.
        law: that law.
        code: the refusal's, empty where the task was rewritten.
    """

    broken: list[str]
    law: Law | None = None
    code: str = ""


def hold_for_generated_tasks(
    laws: Sequence[Law], part: int, parts: int, style: str = INLINE, share: int = 1
) -> None:
    """Checks all laws on each of some generated tasks; fails for a broken law and for too many refusals.

    Args:
        laws: what has to hold.
        part: which of the parts that the tasks are made in; each has tasks of its own.
        parts: how many there are.
        style: how the steps are written.
        share: of how many tasks one is taken.
    """
    tally: Counter[str] = Counter()
    salt = zlib.crc32(f"part {part}".encode()) << 24

    def check(seed: int) -> None:
        decisions = Decisions(seed + salt)
        verdict = in_a_thread(lambda: _judged(laws, decisions, style))
        tally[verdict.code or "rewritten"] += 1
        event(f"refused with {verdict.code}" if verdict.code else "rewritten")
        if verdict.broken:
            law = verdict.law
            small = shrunk(decisions.taken, lambda fixed: _fails_alike(law, fixed, verdict.broken, style))
            raise AssertionError(_story(law, small, seed + salt, style))

    profile = settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
    profile = settings(profile, max_examples=max(1, profile.max_examples // parts // share))
    profile(given(st.integers(0, 2**24 - 1))(check))()
    total = sum(count for code, count in tally.items() if code not in _REFUSED_BY_LAW)
    refused = total - tally["rewritten"]
    # No run of bad luck comes to more.
    most = _REFUSED * total + 3 * math.sqrt(_REFUSED * (1 - _REFUSED) * total)
    assert refused <= most, f"{refused} of {total} refused: {tally}"


def in_a_thread(work: Callable[[], T]) -> T:
    """Does some work in a thread of its own.

    An error that a trace function raises inside of a handler can leave the interpreter handling an error for good, and
    with it every test that comes after; the state is that of the thread.
    """
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def _judged(laws: Sequence[Law], decisions: Decisions, style: str) -> Verdict:
    case = Refactored(generate(decisions), replace(SETTINGS, style=style))
    if case.refusal is not None:
        code = case.refusal.code
        return Verdict([str(case.refusal)] if code == "DBR901" else [], code=code)
    for law in laws:
        broken = law(case, decisions)
        if broken:
            return Verdict(broken, law)
    return Verdict([])


def _fails_alike(law: Law | None, fixed: Sequence[int], broken: Sequence[str], style: str) -> bool:
    found = _judged([law] if law else [], Decisions(fixed=fixed), style).broken
    return bool(found) and found[0].split(" ")[:1] == broken[0].split(" ")[:1]


def _story(law: Law | None, small: Sequence[int], seed: int, style: str) -> str:
    decisions = Decisions(fixed=small)
    broken = _judged([law] if law else [], decisions, style).broken
    case = Refactored(generate(Decisions(fixed=small)), replace(SETTINGS, style=style))
    name = getattr(law, "__name__", type(law).__name__)
    lines = [f"seed {seed}, decisions {list(small)}, {name}:", *broken, "--- before", case.source.text]
    return "\n".join([*lines, "--- after", case.rewrite.after.text])
