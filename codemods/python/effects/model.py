"""The words in which the file effects of a function are told."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Use(StrEnum):
    """What is done to a path, or with it."""

    WRITE = "writes text to"
    APPEND = "appends to"
    BYTES = "writes bytes to"
    ENCODED = "writes other bytes than UTF-8 to"
    NAMED = "writes text, compressed where its name ends so, to"
    MODE = "opens with a mode that is not known"
    MOVE = "moves or copies a file to"
    REMOVE = "removes"
    OPEN = "leaves open"
    KEEP = "keeps"
    HAND = "hands to code out of sight"
    CONTENT = "makes content depend on"
    READ = "reads"


WRITES = frozenset({Use.WRITE, Use.NAMED, Use.APPEND, Use.BYTES, Use.ENCODED, Use.MODE, Use.MOVE, Use.OPEN})
"""The uses that put something into a file."""


@dataclass(frozen=True)
class Place:
    """A path, by where it comes from.

    Attributes:
        root: a parameter, `self.name` for an attribute of the instance, None for a path of the function's own.
        exact: whether it is that very path rather than one that is made of it.
    """

    root: str | None
    exact: bool = True

    def derived(self) -> Place:
        """A path that is made of this one."""
        return Place(self.root, exact=False)


OWN = Place(None)
Places = frozenset[Place]
NOWHERE: Places = frozenset()


@dataclass(frozen=True)
class Effect:
    """One thing that a function may do with a path.

    Attributes:
        use: what.
        place: with which path.
        mode: the parameter that holds the mode of `open`, where the use depends on it.
        kept_in: for KEEP the attribute of `self`, None for any other container.
        by: the expression that does it, for people.
        line: its line.
    """

    use: Use
    place: Place
    mode: str | None = None
    kept_in: str | None = None
    by: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)
