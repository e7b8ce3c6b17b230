"""Results that are computed once, also where computing one asks for itself."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")

_MOST_ROUNDS = 4
_MOST_REPEATING = 3


class Memo(Generic[T]):
    """A table of results.

    A result that was computed while one around it was only assumed is kept until that one is known, then dropped:
    it may rest on the assumption. So each question from outside costs one walk, whatever refers to what.
    """

    def __init__(self) -> None:
        self._known: dict[Hashable, tuple[T, object]] = {}
        self._log: list[Hashable] = []
        self._active: dict[Hashable, tuple[int, T]] = {}
        self._assumed_from: int | None = None
        self._cut: set[Hashable] = set()
        self._repeating = 0

    def get(self, key: Hashable, keep: object, compute: Callable[[], T], assume: T, fail: T) -> T:
        """The result of a key.

        Args:
            key: what is asked; identities of nodes are part of it.
            keep: what the identities belong to, so that they stay what they are.
            compute: gives the result.
            assume: what stands for it while it is computed.
            fail: the result where assumption and result do not settle.
        """
        known = self._known.get(key)
        if known is not None:
            return known[0]
        if key in self._active:
            start, assumed = self._active[key]
            self._assumed_from = start if self._assumed_from is None else min(self._assumed_from, start)
            self._cut.add(key)
            return assumed
        start = len(self._log)
        try:
            self._active[key] = (start, assume)
            result = compute()
            rounds = 1
            while key in self._cut and result != assume:
                self._drop(start)
                if rounds == _MOST_ROUNDS or self._repeating >= _MOST_REPEATING:
                    result = fail
                    break
                assume, rounds = result, rounds + 1
                self._cut.discard(key)
                self._active[key] = (start, assume)
                self._repeating += 1
                try:
                    result = compute()
                finally:
                    self._repeating -= 1
        finally:
            del self._active[key]
            self._cut.discard(key)
        if self._assumed_from is not None and start <= self._assumed_from:
            self._drop(start)
            self._assumed_from = None
        self._known[key] = (result, keep)
        self._log.append(key)
        return result

    def _drop(self, start: int) -> None:
        for key in self._log[start:]:
            self._known.pop(key, None)
        del self._log[start:]
