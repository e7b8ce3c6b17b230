"""The words in which the file effects of a function are told."""

from __future__ import annotations

from dataclasses import dataclass, field

from codemods.knowledge.file_uses import Use


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
