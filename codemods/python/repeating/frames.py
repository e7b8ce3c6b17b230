"""One activation of a function as the interpreter sees it, and what evaluating something in it gives."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import NamedTuple

from codemods.knowledge.verdicts import Verdict
from codemods.python.repeating.values import UNKNOWN, Value
from codemods.python.scopes import Scope


class Outcome(NamedTuple):
    """What evaluating an expression once more does, what its value is, and what it is that is not the same."""

    verdict: Verdict
    value: Value = UNKNOWN
    culprit: ast.AST | None = None
    why: str = ""

    def giving(self, value: Value) -> Outcome:
        """The same verdict with another value."""
        return self if value is self.value else Outcome(self.verdict, value, self.culprit, self.why)


SAME = Outcome(Verdict.SAME)


def worst(first: Outcome, *others: Outcome) -> Outcome:
    """The worst verdict, of the first that has it, and with the value of that one, which may be one of several."""
    found = first
    for other in others:
        if other.verdict > found.verdict:
            found = other
    return found


def then(first: Outcome, second: Outcome) -> Outcome:
    """One after the other, with the value of the second."""
    return worst(first, second).giving(second.value)


@dataclass(frozen=True, eq=False)
class Frame:
    """One activation of a function.

    Attributes:
        scope: the function.
        lasting: whether its names outlive the second evaluation: the method that holds the expression.
        given: what its parameters are given, where that is known.
        parent: the activation of the enclosing function.
        inner: what the variables of the comprehensions around an expression are.
        base: the activation without those.
    """

    scope: Scope
    lasting: bool
    given: tuple[tuple[str, Value], ...] = ()
    parent: Frame | None = None
    inner: tuple[tuple[str, Value], ...] = ()
    base: Frame | None = None
    key: tuple[object, ...] = field(init=False)

    def __post_init__(self) -> None:
        owner = self.scope.owner
        parent = self.parent.key if self.parent is not None else None
        node = id(owner.node) if owner is not None else 0
        key = (id(self.scope.function), node, self.lasting, self.given, self.inner, parent)
        object.__setattr__(self, "key", key)

    def within(self, bound: dict[str, Value]) -> Frame:
        """The same activation inside of a comprehension that binds names."""
        inner = tuple(sorted({**dict(self.inner), **bound}.items(), key=lambda item: item[0]))
        return Frame(self.scope, self.lasting, self.given, self.parent, inner, self.base or self)

    def parameter(self, name: str) -> Value | None:
        """What a parameter is given, None where that is not known."""
        return next((value for given, value in self.given if given == name), None)


def outer_frame(scope: Scope) -> Frame:
    """The activation that an expression stands in: it and all around it last."""
    parent = outer_frame(scope.parent) if scope.parent is not None else None
    return Frame(scope, lasting=True, parent=parent)
