"""Answers by key, each found once, where finding one asks for others and may come back to itself."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

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

    def __init__(self, again: T) -> None:
        """`again` is what a question gets that is asked while it is being answered."""
        self._again = again
        self._known: dict[Hashable, T] = {}
        self._open: dict[Hashable, int] = {}
        self._passing: dict[Hashable, tuple[T, int]] = {}
        self._rests_on = _NOTHING_OPEN

    def of(self, key: Hashable, find: Callable[[], T]) -> T:
        """The answer for a key, found by `find` unless it is known."""
        if key in self._known:
            return self._known[key]
        if key in self._open:
            self._rests_on = min(self._rests_on, self._open[key])
            return self._again
        if key in self._passing:
            answer, rests_on = self._passing[key]
            self._rests_on = min(self._rests_on, rests_on)
            return answer
        depth, passed, outer = len(self._open), len(self._passing), self._rests_on
        self._open[key], self._rests_on = depth, _NOTHING_OPEN
        try:
            answer = find()
            rests_on = self._rests_on
        finally:
            del self._open[key]
            self._rests_on = outer
        if rests_on < depth:
            self._passing[key] = answer, rests_on
            self._rests_on = min(outer, rests_on)
            return answer
        while len(self._passing) > passed:
            self._passing.popitem()
        self._known[key] = answer
        return answer
