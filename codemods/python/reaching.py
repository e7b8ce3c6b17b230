"""Which assignment gives a name its value at one place, where the order of the statements decides it."""

from __future__ import annotations

import ast
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property, lru_cache

from codemods.python.classes import Function
from codemods.python.statements import bound_names
from codemods.python.trees import children, walk

_LOOPS = (ast.For, ast.AsyncFor, ast.While)


def reaching_value(function: ast.AST, use: ast.Name) -> ast.expr | None:
    """The value assigned to the name last, on every way to its use; None where that is not a single assignment.

    Args:
        function: the function that binds the name and holds the use, not inside a nested function.
        use: the place where the name is read, as parsed from the file.
    """
    place = _places(function).get(use)
    if place is None:
        return None
    suite, index = place
    last = suite.last_before(index, use.id)
    return _assigned(suite.statements[last], use.id) if last is not None else _on_entry(suite, use.id)


def entered_manager(function: ast.AST, use: ast.Name) -> ast.expr | None:
    """The context manager of the `with` around a use that gave the name its value; None where that is not known.

    Args:
        function: the function that binds the name and holds the use, not inside a nested function.
        use: the place where the name is read, as parsed from the file.
    """
    place = _places(function).get(use)
    while place is not None:
        suite, index = place
        holder = suite.holder
        if suite.last_before(index, use.id) is not None or isinstance(holder, _LOOPS):
            return None
        if isinstance(holder, ast.With | ast.AsyncWith):
            # An item that binds the name, the only place of the statement that does.
            binding = [i for i in holder.items if i.optional_vars is not None and use.id in _names_in(i)]
            if binding:
                item = binding[0]
                plain = len(binding) == 1 and isinstance(item.optional_vars, ast.Name)
                return item.context_expr if plain and suite.statements is holder.body else None
        if holder is None or suite.outer is None or _may_bind_before(holder, suite.statements, use.id):
            return None
        place = suite.outer, suite.index
    return None


def _names_in(item: ast.withitem) -> set[str]:
    return {n.id for n in walk(item) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


@dataclass(eq=False)
class _Suite:
    """Statements that follow each other, and where they stand.

    Attributes:
        statements: the statements.
        holder: the compound statement that they belong to, None for a function's body.
        outer: the suite in which that statement stands.
        index: at which position.
    """

    statements: list[ast.stmt]
    holder: ast.stmt | None = None
    outer: _Suite | None = None
    index: int = 0

    def __post_init__(self) -> None:
        self.entering: dict[str, ast.expr | None] = {}

    @cached_property
    def _binders(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for index, statement in enumerate(self.statements):
            for name in bound_names(statement):
                found.setdefault(name, []).append(index)
        return found

    def last_before(self, index: int, name: str) -> int | None:
        """The position of the last statement before another that binds a name, None where there is none."""
        binders = self._binders.get(name)
        at = bisect_left(binders, index) if binders else 0
        return binders[at - 1] if binders and at else None


def _on_entry(suite: _Suite, name: str) -> ast.expr | None:
    """What a name was assigned when a suite is entered."""
    passed: list[_Suite] = []
    here: _Suite | None = suite
    value: ast.expr | None = None
    while here is not None:
        if name in here.entering:
            value = here.entering[name]
            break
        passed.append(here)
        if here.holder is None or here.outer is None or _may_bind_before(here.holder, here.statements, name):
            break
        last = here.outer.last_before(here.index, name)
        if last is not None:
            value = _assigned(here.outer.statements[last], name)
            break
        here = here.outer
    for item in passed:
        item.entering[name] = value
    return value


@lru_cache(maxsize=1 << 10)
def _places(function: ast.AST) -> dict[ast.Name, tuple[_Suite, int]]:
    """For each name that a function reads, where the statement stands that reads it."""
    body = getattr(function, "body", None)
    found: dict[ast.Name, tuple[_Suite, int]] = {}
    pending = [_Suite(body)] if isinstance(body, list) else []
    while pending:
        suite = pending.pop()
        for index, statement in enumerate(suite.statements):
            if isinstance(statement, Function | ast.ClassDef):
                continue
            inner = _suites(statement)
            pending += [_Suite(below, statement, suite, index) for below in inner]
            inside = {id(s) for below in inner for s in below}
            stack: list[ast.AST] = [statement]
            while stack:
                node = stack.pop()
                if isinstance(node, ast.Name):
                    found[node] = suite, index
                stack += [c for c in children(node) if id(c) not in inside]
    return found


def _may_bind_before(holder: ast.stmt, inner: list[ast.stmt], name: str) -> bool:
    """Whether entering a suite of a compound statement can follow a binding made inside of that statement."""
    if isinstance(holder, _LOOPS):
        return name in bound_names(holder)
    if name in _stored_by_header(holder):
        return True
    others = [] if isinstance(holder, ast.If) else [s for s in _suites(holder) if s is not inner]
    return any(name in bound_names(s) for suite in others for s in suite)


@lru_cache(maxsize=1 << 14)
def _stored_by_header(holder: ast.stmt) -> frozenset[str]:
    return frozenset(
        node.id
        for field, part in ast.iter_fields(holder)
        if field in {"items", "test", "subject", "cases", "handlers"}
        for node in (n for p in (part if isinstance(part, list) else [part]) for n in walk(p))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    )


def _suites(statement: ast.stmt) -> list[list[ast.stmt]]:
    parts = [getattr(statement, name, []) for name in ("body", "orelse", "finalbody")]
    parts.extend(part.body for name in ("handlers", "cases") for part in getattr(statement, name, []))
    return [p for p in parts if isinstance(p, list) and p]


def _assigned(statement: ast.stmt, name: str) -> ast.expr | None:
    if isinstance(statement, ast.Assign):
        if all(isinstance(t, ast.Name) for t in statement.targets):
            return statement.value
    elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return statement.value
    return None
