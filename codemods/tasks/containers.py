"""Containers of targets as values: what they hold, what becomes of them when they are put together or taken apart."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from codemods.python.classes import Function
from codemods.python.scopes import own_nodes
from codemods.tasks.places import Location, Outputs, either, same_place


@dataclass(frozen=True)
class Container:
    """A dictionary, a list or a tuple of places.

    Attributes:
        items: the places by key, or by position as text.
        is_output: whether it is what `self.output()` gives.
        is_sequence: whether going over it gives the places.
        each: what is known of every place that `items` does not have; None where there are no others.
    """

    items: Mapping[str, Location]
    is_output: bool = False
    is_sequence: bool = False
    each: Location | None = None

    @property
    def places(self) -> list[Location]:
        """What its elements can be."""
        return [*self.items.values(), *((self.each,) if self.each is not None else ())]

    def element(self) -> Location | None:
        """What is known of whichever of its places; None where it has none."""
        if not self.places:
            return None
        covers = frozenset(self.items) if self.is_output else frozenset()
        return replace(either(self.places, alike=True), key=None, ambiguous=True, covers=covers)


def together(left: Container, right: Container) -> Container | None:
    """`left | right` of dictionaries, `left + right` of sequences; None where one holds what has no known key."""
    if left.is_sequence is not right.is_sequence or left.each is not None or right.each is not None:
        return None
    if not left.is_sequence:
        return Container({**left.items, **right.items})
    joined = [*left.items.values(), *right.items.values()]
    return Container({str(i): place for i, place in enumerate(joined)}, is_sequence=True)


def outputs_of(containers: Sequence[Container]) -> Outputs | None:
    """What `output()` returns that ends with one of several containers; None where they are of different kinds."""
    first = containers[0]
    if any(c.is_sequence is not first.is_sequence or c.each is not None for c in containers):
        return None
    keys = dict.fromkeys(key for container in containers for key in container.items)
    targets = {}
    for key in keys:
        places = [c.items[key] for c in containers if key in c.items]
        same = all(same_place(place, places[0]) for place in places)
        targets[key] = replace(places[0] if same else either(places, alike=True), key=key)
    return Outputs(targets, known=False, is_sequence=first.is_sequence)


def yielded(method: Function) -> list[ast.expr] | None:
    """The values that a method yields one after the other, each once; None where that is not certain."""
    yields = [n for n in own_nodes(method) if isinstance(n, ast.Yield | ast.YieldFrom)]
    plain = [s.value for s in method.body if isinstance(s, ast.Expr) and isinstance(s.value, ast.Yield)]
    leaves = any(isinstance(n, ast.Return) for n in own_nodes(method))
    values = [node.value for node in plain if node.value is not None]
    return values if values and len(values) == len(yields) and not leaves else None


@dataclass(frozen=True)
class Unpacked:
    """Where the value of a name in a tuple of names comes from.

    Attributes:
        source: the expression that is taken apart, or gone over.
        index: the position that is taken, None for an element of `source`.
        of_values: whether `source` is a dictionary that is gone over by its values.
    """

    source: ast.expr
    index: int | None = None
    of_values: bool = False


def unpacked(function: Function | ast.Lambda, target: ast.Tuple | ast.List, name: str) -> Unpacked | None:
    """How `a, b = ...` and `for a, b in ...` bind one of the names; None where that cannot be told."""
    names = [element.id if isinstance(element, ast.Name) else "" for element in target.elts]
    if names.count(name) != 1 or any(isinstance(element, ast.Starred) for element in target.elts):
        return None
    index = names.index(name)
    for node in own_nodes(function):
        if isinstance(node, ast.Assign) and any(t is target for t in node.targets):
            return Unpacked(node.value, index)
        if isinstance(node, ast.For | ast.AsyncFor) and node.target is target:
            return _of_loop(node.iter, index, len(names))
    return None


def _of_loop(over: ast.expr, index: int, width: int) -> Unpacked | None:
    if not isinstance(over, ast.Call):
        return None
    function = over.func
    if isinstance(function, ast.Name) and not over.keywords:
        if function.id == "enumerate" and index == 1 and width == 2 and over.args:
            return Unpacked(over.args[0])
        if function.id == "zip" and len(over.args) == width:
            return Unpacked(over.args[index])
    if isinstance(function, ast.Attribute) and function.attr == "items" and index == 1 and width == 2:
        return Unpacked(function.value, of_values=True)
    return None
