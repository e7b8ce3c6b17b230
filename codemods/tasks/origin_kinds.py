"""The kinds of values that are followed to a call: members of packages, code, classes and objects of the tree."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from codemods.knowledge.declarations import Client
from codemods.python.classes import ClassRef, Function
from codemods.python.frames import Frame
from codemods.python.modules import Module


@dataclass(frozen=True)
class Outside:
    """A value of a package that is not in the tree.

    Attributes:
        path: its full name, with `()` behind what was called.
        client: the known client that it is a member of.
        member: which member, empty for the client itself.
        made: the call that made the client.
        holds_client: whether it was constructed with a client, and may ask through it.
    """

    path: str
    client: Client | None = None
    member: str = ""
    made: ast.Call | None = None
    holds_client: bool = False

    @property
    def leads_to_a_model(self) -> bool:
        """Whether it is a client, or a part of one through which models are asked: `client.responses`."""
        client = self.client
        if client is None or client.is_module or "*" in client.others:
            return False
        return not self.member or any(c.member.startswith(f"{self.member}.") for c in client.calls)


@dataclass(frozen=True)
class Code:
    """A function of the tree.

    Attributes:
        function: its definition.
        frame: what it sees.
        bound: whether its first parameter is given by the instance or class that it was looked up on.
        is_property: whether reading it runs it.
    """

    function: Function | ast.Lambda
    frame: Frame
    bound: bool = False
    is_property: bool = False


@dataclass(frozen=True)
class Kind:
    """A class of the tree."""

    node: ast.ClassDef
    module: Module

    @property
    def ref(self) -> ClassRef:
        """The class as the resolvers have it."""
        return ClassRef(self.module, self.node)


@dataclass(frozen=True)
class Instance:
    """An object of a class of the tree."""

    node: ast.ClassDef
    module: Module

    @property
    def ref(self) -> ClassRef:
        """The class as the resolvers have it."""
        return ClassRef(self.module, self.node)


@dataclass(frozen=True)
class Named:
    """A model by the configuration: it has one of the names that `llm-arguments` lists.

    Attributes:
        member: which member of it, empty for the model itself.
    """

    member: str = ""


@dataclass(frozen=True)
class Whole:
    """A module of the tree."""

    module: Module


@dataclass(frozen=True)
class Space:
    """The namespace of something, as a dictionary: `vars(x)`, `x.__dict__`, `globals()`, `sys.modules`."""

    holder: Outside | Kind | Instance | Whole


@dataclass(frozen=True)
class Getter:
    """A function that looks members up in what it is given: `operator.attrgetter("a.b")`.

    Attributes:
        path: the full name of what made it.
        call: the call that did.
        frame: where that stands.
    """

    path: str
    call: ast.Call
    frame: Frame


Origin = Outside | Code | Kind | Instance | Named | Whole | Space | Getter
Origins = frozenset[Origin]
NONE: Origins = frozenset()


def in_order(origins: Origins) -> Sequence[Origin]:
    """Origins by where they stand, so that what is said of a task is the same in each run: a set has no order."""
    return tuple(origins) if len(origins) < 2 else sorted(origins, key=_place)


def _place(origin: Origin) -> tuple[str, str, int, int]:
    kind = type(origin).__name__
    if isinstance(origin, Code):
        function = origin.function
        return kind, str(origin.frame.module.path), function.lineno, function.col_offset
    if isinstance(origin, Kind | Instance):
        return kind, str(origin.module.path), origin.node.lineno, origin.node.col_offset
    return kind, str(getattr(origin, "path", "")), 0, 0
