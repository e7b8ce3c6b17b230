"""The statements of one task, walked once: what all rules ask of them."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cached_property

from codemods.python.call_facts import is_logging_call
from codemods.python.classes import Function
from codemods.python.frame_nodes import names_bound_by
from codemods.python.names import dotted_name
from codemods.python.statements import Site, bound_names
from codemods.python.trees import children, push_children, walk

_ELSEWHERE = (ast.stmt, ast.ExceptHandler, ast.match_case)
_COMPOUND = (ast.If, ast.While, ast.For, ast.AsyncFor, ast.With, ast.AsyncWith, ast.Match)
_CLOCKS = frozenset(
    {"time", "perf_counter", "monotonic", "now", "utcnow", "time_ns", "perf_counter_ns", "today"}
)
_SAFE_CALLS = frozenset(
    {"str", "len", "repr", "type", "isinstance", "locals", "getattr", "hasattr", "suppress", "bool", "print"}
)


class Index:
    """What the statements of an entry method, nested functions included, consist of."""

    def __init__(self, sites: tuple[Site, ...]) -> None:
        self._sites = sites
        self.headers: dict[int, tuple[ast.AST, ...]] = {}
        self._calls: dict[int, tuple[ast.Call, ...]] = {}
        self._bound: dict[int, frozenset[str]] = {}
        self._read: dict[int, frozenset[str]] = {}
        self._attributes: dict[int, frozenset[str]] = {}
        self._deep: dict[int, frozenset[str]] = {}
        self._raising: dict[int, bool] = {}
        for site in sites:
            self._take(site.statement)

    def _take(self, statement: ast.stmt) -> None:
        header: list[ast.AST] = [statement]
        calls: list[ast.Call] = []
        bound: set[str] = set()
        read: set[str] = set()
        attributes: set[str] = set()
        # Only the statement itself can hold statements; below it, everything is its own.
        stack = [child for child in children(statement) if not isinstance(child, _ELSEWHERE)]
        stack.reverse()
        while stack:
            node = stack.pop()
            header.append(node)
            kind = node.__class__
            if kind is ast.Name:
                (read if node.ctx.__class__ is ast.Load else bound).add(node.id)  # type: ignore[attr-defined]
                continue
            if kind is ast.Constant or kind is ast.Lambda:
                continue
            if kind is ast.Attribute:
                attributes.add(node.attr)  # type: ignore[attr-defined]
            elif kind is ast.Call:
                calls.append(node)  # type: ignore[arg-type]
            elif kind is ast.alias:
                bound.update(names_bound_by(node))
            push_children(node, stack)
        key = id(statement)
        if isinstance(statement, Function | ast.ClassDef):
            bound, calls = {statement.name}, []
        self.headers[key] = tuple(header)
        self._calls[key] = tuple(calls)
        self._bound[key] = frozenset(bound)
        self._read[key] = frozenset(read)
        self._attributes[key] = frozenset(attributes)

    @cached_property
    def own_sites(self) -> tuple[Site, ...]:
        """The statements that run in the method's own frame."""
        return tuple(site for site in self._sites if not site.in_nested_function)

    def header(self, statement: ast.stmt) -> tuple[ast.AST, ...]:
        """The nodes of a statement without the statements inside it and without the bodies of lambdas."""
        return self.headers[id(statement)]

    @cached_property
    def _hidden(self) -> tuple[ast.AST, ...]:
        """What no header shows: the bodies of lambdas and classes, handlers and what they catch, cases."""
        found: list[ast.AST] = []
        for header in self.headers.values():
            for node in header:
                if node.__class__ is ast.Lambda:
                    found.extend(walk(node.body))
        for site in self._sites:
            if isinstance(site.statement, ast.ClassDef):
                found.extend(node for inner in site.statement.body for node in walk(inner))
            for handler in getattr(site.statement, "handlers", ()):
                found.append(handler)
                found.extend(walk(handler.type) if handler.type is not None else ())
            for case in getattr(site.statement, "cases", ()):
                found.extend(walk(case.pattern))
                found.extend(walk(case.guard) if case.guard is not None else ())
        return tuple(found)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All nodes of the method's statements, the bodies of nested functions and lambdas included."""
        return (*(node for header in self.headers.values() for node in header), *self._hidden)

    @cached_property
    def all_calls(self) -> tuple[ast.Call, ...]:
        """Every call of the method, those in nested functions and lambdas included."""
        return tuple(node for node in self.nodes if node.__class__ is ast.Call)

    def calls(self, statement: ast.stmt) -> tuple[ast.Call, ...]:
        """The calls of a statement's own expressions, the outer before the inner; none for a definition."""
        return self._calls[id(statement)]

    def bound(self, statement: ast.stmt) -> frozenset[str]:
        """The names that a statement itself binds, without the statements inside it."""
        return self._bound[id(statement)]

    def read(self, statement: ast.stmt) -> frozenset[str]:
        """The names that a statement's own expressions read, lambdas left out."""
        return self._read[id(statement)]

    @property
    def all_read(self) -> Iterable[frozenset[str]]:
        """The names that each statement reads, and those that lambdas and classes do."""
        yield from self._read.values()
        yield frozenset(n.id for n in self._hidden if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))

    def attributes(self, statement: ast.stmt) -> frozenset[str]:
        """The attributes that a statement's own expressions mention."""
        return self._attributes[id(statement)]

    def deep_bound(self, statement: ast.stmt) -> frozenset[str]:
        """The names that a statement binds with everything inside it."""
        if not isinstance(statement, (*_COMPOUND, ast.Try, ast.TryStar)):
            return self.bound(statement)
        key = id(statement)
        if key not in self._deep:
            self._deep[key] = frozenset(bound_names(statement))
        return self._deep[key]

    def may_raise(self, statement: ast.stmt) -> bool:
        """Whether a statement's own expressions can raise in earnest: it calls, subscripts or awaits something."""
        key = id(statement)
        if key not in self._raising:
            self._raising[key] = _any_raises(self.headers[key])
        return self._raising[key]


def _any_raises(nodes: tuple[ast.AST, ...]) -> bool:
    quiet: set[int] = set()
    for node in nodes:
        if isinstance(node, ast.Await | ast.Assert):
            return True
        if id(node) in quiet:
            continue
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            return True
        if isinstance(node, ast.Call):
            if is_logging_call(node):
                quiet |= {id(n) for n in walk(node)}
                continue
            last = (dotted_name(node.func) or "").rpartition(".")[2]
            if last not in _SAFE_CALLS and not (last in _CLOCKS and not node.args):
                return True
    return False
