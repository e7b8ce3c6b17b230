"""What is known of a value: the lattice that the question "the same if evaluated twice?" is answered in.

A value is one of a few kinds. `UNKNOWN` is the top: it may be anything, an iterator or an object with hidden state
too, so nothing may be asked of it but to be handed on. What is joined of two kinds is over-approximated: two
different kinds of plain data give `DATA`, other kinds a `union` of a few, or `UNKNOWN`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, replace

from codemods.python.classes import ClassRef

_DEEPEST = 3
_MOST_SIDES = 4


@dataclass(frozen=True)
class Value:
    """What is known of a value.

    Attributes:
        kind: its type: `text`, `list`, `iterator`, `instance`, `unknown` and so on.
        element: what running over it, or a subscript of it, gives; of a dictionary its values.
        key: the keys of a dictionary.
        parts: the elements of a tuple of known length.
        ref: the class of an instance, a class or a bound method.
        node: the definition of a function.
        fresh: whether it is made anew by each evaluation, so that changing or using it up changes nothing else.
        called: whether an unknown value is, or may be, what a call gives: it is what it is, whatever it is declared
            to be. What is read of something, as of the data of a file, is believed to be what is declared.
    """

    kind: str
    element: Value | None = None
    key: Value | None = None
    parts: tuple[Value, ...] = ()
    ref: ClassRef | None = None
    node: ast.AST | None = None
    fresh: bool = False
    called: bool = False

    def stale(self) -> Value:
        """The same value as it is when it outlives the evaluation: kept in a name or an object."""
        if not (self.fresh or self.element or self.key or self.parts):
            return self
        return replace(
            self,
            fresh=False,
            element=self.element and self.element.stale(),
            key=self.key and self.key.stale(),
            parts=tuple(p.stale() for p in self.parts),
        )

    def made(self) -> Value:
        """The same value, made anew."""
        return self if self.fresh else replace(self, fresh=True)

    @property
    def inside(self) -> Value:
        """What running over it gives, unknown where that is not known."""
        return self.element or UNKNOWN

    @property
    def is_data(self) -> bool:
        """Whether it is text, a number, or a container of such all the way down: reading it any way is harmless."""
        if self.kind in SCALARS or self.kind in {"data", "pydantic", "none", "nothing"}:
            return True
        if self.kind not in CONTAINERS or self.kind == "defaultdict":
            return False
        inner = (*self.parts, *(v for v in (self.element, self.key) if v is not None))
        return self.element is not None and all(v.is_data for v in inner)


SCALARS = frozenset(
    "text bytes number date path match pattern target targets class constant environ zone".split()
)
"""Kinds that cannot be used up and do not change when they are read."""

CONTAINERS = frozenset("list tuple set dict defaultdict view".split())
"""Kinds that can be run over any number of times, whatever they hold."""

ONE_SHOT = frozenset({"iterator", "handle"})
"""Kinds that reading uses up."""

UNKNOWN = Value("unknown")
CALLED = Value("unknown", called=True)
NOTHING = Value("nothing")
NONE = Value("none")
TEXT = Value("text")
BYTES = Value("bytes")
NUMBER = Value("number")
DATE = Value("date")
PATH = Value("path")
DATA = Value("data")


def container(kind: str, element: Value, key: Value | None = None, *, fresh: bool = False) -> Value:
    """A container of the elements; what lies too deep in it is unknown."""
    return Value(kind, _cut(element, _DEEPEST), key and _cut(key, 1), fresh=fresh)


def sequence(parts: Iterable[Value]) -> Value:
    """A tuple of known length."""
    cut = tuple(_cut(p, _DEEPEST) for p in parts)
    return Value("tuple", join(cut), parts=cut)


def _cut(value: Value, depth: int) -> Value:
    if value.element is None and value.key is None and not value.parts:
        return value
    if depth == 0:
        return DATA if value.is_data else replace(value, element=None, key=None, parts=())
    return replace(
        value,
        element=value.element and _cut(value.element, depth - 1),
        key=value.key and _cut(value.key, depth - 1),
        parts=tuple(_cut(p, depth - 1) for p in value.parts),
    )


def join(values: Iterable[Value]) -> Value:
    """What is known of a value that is one of several; `NOTHING` for none."""
    found = NOTHING
    for value in values:
        found = _join(found, value)
        if found.called:
            break
    return found


def _join(left: Value, right: Value) -> Value:
    if left == right or right.kind in {"nothing", "none"}:
        return left if left.kind != "nothing" else right
    if left.kind in {"nothing", "none"}:
        return right
    fresh = left.fresh and right.fresh
    if left.kind == right.kind != "union" and left.ref == right.ref and left.node is right.node:
        parts: tuple[Value, ...] = ()
        if left.parts and len(left.parts) == len(right.parts):
            parts = tuple(_join(a, b) for a, b in zip(left.parts, right.parts, strict=True))
        return replace(
            left,
            element=_joined(left.element, right.element),
            key=_joined(left.key, right.key),
            parts=parts,
            fresh=fresh,
        )
    if left.is_data and right.is_data:
        kind = "pydantic" if "pydantic" in {left.kind, right.kind} else "data"
        return Value(kind, fresh=fresh)
    both = {left.kind, right.kind}
    if both <= CONTAINERS and "defaultdict" not in both:
        return Value("view", _joined(left.element, right.element), fresh=fresh)
    if "unknown" in both:
        return CALLED if left.called or right.called else UNKNOWN
    sides = dict.fromkeys((*_sides(left), *_sides(right)))
    return Value("union", parts=tuple(sides), fresh=fresh) if len(sides) <= _MOST_SIDES else UNKNOWN


def _sides(value: Value) -> tuple[Value, ...]:
    return value.parts if value.kind == "union" else (value,)


def _joined(left: Value | None, right: Value | None) -> Value | None:
    return None if left is None or right is None else _join(left, right)
