"""Facts that are told one after the other, and answers that are kept for as long as what they rest on stands.

What a parameter is given differs between two tasks that call the same function; most of what is found out about
the function does not ask for it, and need not be found out again.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")

Items = frozenset[object]
Rests = tuple[tuple[Hashable, Items], ...]
"""What was looked at for an answer, each with what had been told of it at the time."""

_NOTHING: Items = frozenset()
_EVERYTHING = "everything that was told"
_MOST_RESTS = 64
_MOST_VARIANTS = 4


class Told:
    """What was told of each key: items that only get more. It notes which keys are looked at."""

    def __init__(self) -> None:
        self._items: dict[Hashable, Items] = {_EVERYTHING: frozenset({object()})}
        self._looked: list[tuple[Hashable, Items]] = []

    def of(self, key: Hashable) -> Items:
        """What was told of a key."""
        found = self._items.get(key, _NOTHING)
        self._looked.append((key, found))
        return found

    def add(self, key: Hashable, items: Items) -> bool:
        """Tells more of a key. Whether anything of it is new."""
        known = self.of(key)
        if items <= known:
            return False
        self._items[key] = known | items
        self._items[_EVERYTHING] = frozenset({object()})
        return True

    @property
    def version(self) -> object:
        """An object that is another one as soon as more was told."""
        return self._items[_EVERYTHING]

    def begin(self) -> tuple[int, Items]:
        """From where on `since` shall say what was looked at."""
        return len(self._looked), self._items[_EVERYTHING]

    def since(self, begun: tuple[int, Items]) -> Rests:
        """What was looked at since then, each key as it was found first; where that is much, simply everything."""
        start, everything = begun
        if len(self._looked) == start:
            return ()
        first: dict[Hashable, Items] = {}
        for key, items in self._looked[start:]:
            first.setdefault(key, items)
        rests = tuple(first.items()) if len(first) <= _MOST_RESTS else ((_EVERYTHING, everything),)
        self._looked[start:] = rests
        return rests

    def holds(self, rests: Rests) -> bool:
        """Whether all of it is still what was told; if so it counts as looked at."""
        items = self._items
        if all(items.get(key, _NOTHING) == then for key, then in rests):
            self._looked.extend(rests)
            return True
        return False


class Kept(Generic[T]):
    """Answers by key, each with what it rests on; a few for one key, as tasks take turns in what they tell."""

    def __init__(self) -> None:
        self._variants: dict[Hashable, list[tuple[T, Rests]]] = {}

    def find(self, key: Hashable, told: Told) -> tuple[T, Rests] | None:
        """An answer that stands by what is told now."""
        for variant in self._variants.get(key, ()):
            if not variant[1] or told.holds(variant[1]):
                return variant
        return None

    def keep(self, key: Hashable, answer: T, rests: Rests) -> None:
        """Keeps an answer, in place of the oldest where there are too many."""
        variants = self._variants.setdefault(key, [])
        if len(variants) >= _MOST_VARIANTS:
            del variants[0]
        variants.append((answer, rests))
