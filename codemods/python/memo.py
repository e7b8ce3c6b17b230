"""Answers by key, each found once, where finding one asks for others and may come back to itself."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from codemods.python.told import Kept, Rests, Told

T = TypeVar("T")

_NOTHING_OPEN = 1 << 60


class Memo(Generic[T]):
    """Remembers answers, and stops where a question is asked while it is being answered.

    `x = x[1:]` asks for the value of `x` in order to give it. Met again while it is open, a question gets the
    answer `again`, which the asker has to choose so that it is safe: *unknown*, or, where answers only ever grow
    (does any of these call a model?), the one that adds nothing.

    An answer that rests on a question still open is right for the one who asked but not for others, so it is
    forgotten as soon as that question is answered; with it known, the next to ask gets the full answer. Every
    question is thus answered at most once within one outermost question, so that time grows with the code.
    """

    def __init__(self, again: T, told: Told | None = None, kept: Kept[T] | None = None) -> None:
        """Nothing is known yet.

        Args:
            again: what a question gets that is asked while it is being answered.
            told: what finding an answer looks at and may change later on.
            kept: answers found before, by another memo with the same `again`.
        """
        self._again = again
        self._told = told if told is not None else Told()
        self._kept: Kept[T] = kept if kept is not None else Kept()
        self._open: dict[Hashable, int] = {}
        self._passing: dict[Hashable, tuple[T, int, Rests]] = {}
        self._rests_on = _NOTHING_OPEN

    def of(self, key: Hashable, find: Callable[[], T]) -> T:
        """The answer for a key, found by `find` unless it is known."""
        known = self._kept.find(key, self._told)
        if known is not None:
            return known[0]
        if key in self._open:
            self._rests_on = min(self._rests_on, self._open[key])
            return self._again
        if key in self._passing:
            answer, rests_on, rests = self._passing[key]
            self._rests_on = min(self._rests_on, rests_on)
            self._told.holds(rests)
            return answer
        depth, passed, outer = len(self._open), len(self._passing), self._rests_on
        self._open[key], self._rests_on = depth, _NOTHING_OPEN
        begun = self._told.begin()
        try:
            answer = find()
            rests_on = self._rests_on
        finally:
            del self._open[key]
            self._rests_on = outer
        rests = self._told.since(begun)
        if rests_on < depth:
            self._passing[key] = answer, rests_on, rests
            self._rests_on = min(outer, rests_on)
            return answer
        while len(self._passing) > passed:
            self._passing.popitem()
        self._kept.keep(key, answer, rests)
        return answer
