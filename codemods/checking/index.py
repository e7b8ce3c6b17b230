"""The statements of one task, walked once: what all rules ask of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

from codemods.analysis.context import TaskContext
from codemods.analysis.repeatable import is_logging_call
from codemods.analysis.scopes import names_bound_by
from codemods.analysis.statements import bound_names
from codemods.resolution.classes import Function
from codemods.resolution.names import dotted_name
from codemods.walking import children, walk

_ELSEWHERE = (ast.stmt, ast.ExceptHandler, ast.match_case)
_COMPOUND = (ast.If, ast.While, ast.For, ast.AsyncFor, ast.With, ast.AsyncWith, ast.Match)
_CLOCKS = frozenset({"time", "perf_counter", "monotonic", "now", "utcnow", "time_ns", "perf_counter_ns", "today"})
_SAFE_CALLS = frozenset({"str", "len", "repr", "type", "isinstance", "locals", "getattr", "hasattr", "bool", "print"})


class Index:
    """What the statements of an entry method, nested functions included, consist of."""

    def __init__(self, context: TaskContext) -> None:
        self._context = context
        self.headers: dict[int, tuple[ast.AST, ...]] = {
            id(site.statement): tuple(_header(site.statement)) for site in context.sites
        }
        self._bound: dict[int, frozenset[str]] = {}
        self._deep: dict[int, frozenset[str]] = {}
        self._raising: dict[int, bool] = {}
        self._calls: dict[int, tuple[ast.Call, ...]] = {}

    def header(self, statement: ast.stmt) -> tuple[ast.AST, ...]:
        """The nodes of a statement without the statements inside it and without the bodies of lambdas."""
        return self.headers[id(statement)]

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All nodes of the method's statements, the bodies of nested functions and lambdas included."""
        found: list[ast.AST] = []
        for header in self.headers.values():
            for node in header:
                found.append(node)
                if isinstance(node, ast.Lambda):
                    found.extend(walk(node.body))
        for site in self._context.sites:
            if isinstance(site.statement, ast.ClassDef):
                found.extend(node for inner in site.statement.body for node in walk(inner))
            for handler in getattr(site.statement, "handlers", ()):
                found.append(handler)
        return tuple(found)

    def calls(self, statement: ast.stmt) -> tuple[ast.Call, ...]:
        """The calls of a statement's own expressions, the outer before the inner; none for a definition."""
        key = id(statement)
        if key not in self._calls:
            nodes = () if isinstance(statement, Function | ast.ClassDef) else self.headers[key]
            self._calls[key] = tuple(n for n in nodes if isinstance(n, ast.Call))
        return self._calls[key]

    def bound(self, statement: ast.stmt) -> frozenset[str]:
        """The names that a statement itself binds, without the statements inside it."""
        key = id(statement)
        if key not in self._bound:
            if isinstance(statement, ast.Try | ast.TryStar):
                found: frozenset[str] = frozenset()
            elif isinstance(statement, Function | ast.ClassDef):
                found = frozenset({statement.name})
            else:
                found = frozenset(name for node in self.headers[key] for name in names_bound_by(node))
            self._bound[key] = found
        return self._bound[key]

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


def _header(statement: ast.stmt) -> Iterator[ast.AST]:
    stack: list[ast.AST] = [statement]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, ast.Lambda):
            continue
        below = children(node)
        below.reverse()
        stack.extend(child for child in below if not isinstance(child, _ELSEWHERE))


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
