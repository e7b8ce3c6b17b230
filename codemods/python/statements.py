"""The statements of an entry method with their way from the method's body."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from codemods.model import NodePath
from codemods.python.classes import Function
from codemods.python.frame_nodes import names_bound_by, nodes_of_frame
from codemods.python.scopes import Scope
from codemods.python.trees import children, walk

_IN_A_SUITE = (ast.stmt, ast.ExceptHandler, ast.match_case)
_SUITES = ("body", "orelse", "finalbody")
_COMPOUND = (
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.With,
    ast.AsyncWith,
    ast.Try,
    ast.TryStar,
    ast.Match,
)


@dataclass(frozen=True)
class Link:
    """One suite on the way to a statement.

    Attributes:
        owner: the compound statement (or function) that the suite belongs to.
        field: `body`, `orelse`, `finalbody`, `handlers` or `cases`.
        suite: the statements of the suite.
        index: which of them leads on.
        prefix: the path of the suite's owner, with the handler or case where there is one.
    """

    owner: ast.stmt
    field: str
    suite: list[ast.stmt]
    index: int
    prefix: NodePath

    def path_of(self, index: int) -> NodePath:
        """The path of a statement of this suite."""
        name = self.field if self.field in _SUITES else "body"
        return (*self.prefix, (name, index))


@dataclass(frozen=True)
class Site:
    """One statement where it stands.

    Attributes:
        statement: the statement.
        chain: the suites from the method's body down to the statement's own suite.
        scope: the function that the statement runs in.
    """

    statement: ast.stmt
    chain: tuple[Link, ...]
    scope: Scope

    @cached_property
    def header(self) -> tuple[ast.AST, ...]:
        """The nodes of the statement without the statements inside it; see `header_nodes`."""
        return header_nodes(self.statement)

    @property
    def path(self) -> NodePath:
        """The way from the method's body."""
        return self.chain[-1].path_of(self.chain[-1].index)

    @property
    def in_nested_function(self) -> bool:
        """Whether the statement belongs to a function inside the entry method."""
        return self.scope.parent is not None

    @property
    def own_links(self) -> tuple[Link, ...]:
        """The suites inside the innermost function that holds the statement."""
        start = max(i for i, link in enumerate(self.chain) if isinstance(link.owner, Function))
        return self.chain[start:]

    def at(self, depth: int) -> Site:
        """The site of the enclosing statement that `chain[depth]` leads to."""
        link = self.chain[depth]
        return Site(link.suite[link.index], self.chain[: depth + 1], self.scope)

    def in_loop(self) -> bool:
        """Whether a loop of the same function encloses the statement."""
        return any(
            isinstance(link.owner, ast.For | ast.AsyncFor | ast.While) and link.field == "body"
            for link in self.own_links
        )

    def conditional(self) -> bool:
        """Whether a branch, a handler or a case decides about the statement."""
        return any(
            isinstance(link.owner, ast.If | ast.Match) or link.field in {"handlers", "orelse"}
            for link in self.own_links
        )


def sites(scope: Scope) -> Iterator[Site]:
    """Every statement of an entry method in source order, those of nested functions included."""
    function = scope.function
    found: list[Site] = []
    if isinstance(function, Function):
        _collect(found, _Suite(function, "body", function.body, ()), (), scope)
    return iter(found)


class _Suite(NamedTuple):
    """The statements below an owner, and the way to them; see `Link`."""

    owner: ast.stmt
    field: str
    statements: list[ast.stmt]
    prefix: NodePath


def _collect(found: list[Site], suite: _Suite, chain: tuple[Link, ...], scope: Scope) -> None:
    """Adds the statements of a suite and all below. A list: generators in generators cost their depth for each item."""
    owner, field, statements, prefix = suite
    for index, statement in enumerate(statements):
        here = (*chain, Link(owner, field, statements, index, prefix))
        site = Site(statement, here, scope)
        found.append(site)
        if isinstance(statement, Function):
            inner = Scope(scope.module, scope.owner, statement, scope)
            _collect(found, _Suite(statement, "body", statement.body, site.path), here, inner)
        elif not isinstance(statement, ast.ClassDef):
            for below in _suites(statement, site.path):
                _collect(found, below, here, scope)


def _suites(statement: ast.stmt, path: NodePath) -> Iterator[_Suite]:
    """The suites of a statement in source order."""
    yield _Suite(statement, "body", getattr(statement, "body", []), path)
    for number, handler in enumerate(getattr(statement, "handlers", [])):
        yield _Suite(statement, "handlers", handler.body, (*path, ("handlers", number)))
    for number, case in enumerate(getattr(statement, "cases", [])):
        yield _Suite(statement, "cases", case.body, (*path, ("cases", number)))
    for name in ("orelse", "finalbody"):
        yield _Suite(statement, name, getattr(statement, name, []), path)


@lru_cache(maxsize=1 << 16)
def header_nodes(statement: ast.stmt) -> tuple[ast.AST, ...]:
    """The nodes of a statement without the statements inside it and without nested functions' bodies."""
    found: list[ast.AST] = []
    stack: list[ast.AST] = [statement]
    while stack:
        node = stack.pop()
        found.append(node)
        if not isinstance(node, ast.Lambda):
            stack.extend([c for c in reversed(children(node)) if not isinstance(c, _IN_A_SUITE)])
    return tuple(found)


@lru_cache(maxsize=1 << 16)
def bound_names(node: ast.AST) -> frozenset[str]:
    """The names that a statement (with everything inside it) binds or deletes in its function."""
    if not isinstance(node, _COMPOUND):
        return frozenset(name for child in nodes_of_frame([node]) for name in names_bound_by(child))
    # By way of the statements inside, so that a long chain of `elif` is read once and not once for each of them.
    own: set[str] = set()
    stack: list[ast.AST] = [node]
    while stack:
        current = stack.pop()
        if current is not node and isinstance(current, ast.stmt):
            own |= bound_names(current)
        else:
            own.update(names_bound_by(current))
            if not isinstance(current, ast.Lambda):
                stack += children(current)
    return frozenset(own)


def read_names(node: ast.AST) -> set[str]:
    """The names that an expression or statement reads, nested functions included."""
    return {n.id for n in walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
