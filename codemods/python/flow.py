"""Runs a method symbolically: which facts can hold at which statement, and with which facts it can be left.

A state is a set of facts; a domain says how statements change it and what a condition is worth in it. Loops are
run twice, which is enough to see one pass meet what another left behind. Anything beyond the budget is
undecided, and nothing is said about it.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from codemods.python.classes import Function
from codemods.python.index import Index
from codemods.python.names import dotted_name

Fact = tuple[str | int | bool | None, ...]
State = frozenset[Fact]
States = frozenset[State]

OTHER = "Exception"
"""An exception that no handler names."""

_AGAIN = "raise"
"""What a bare `raise` raises: what the handler around it caught."""

_SIMPLE = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Import, ast.ImportFrom, ast.Pass)
_MOST_STATES = 192
_BUDGET = 40_000
_PASSES = 2


class UndecidedError(Exception):
    """The method has more ways through it than the budget allows."""


class Domain(Protocol):
    """What is followed along the ways through a method."""

    def is_inert(self, statement: ast.stmt) -> bool:
        """Whether a statement changes no fact, whether it raises or not."""

    def after(self, statement: ast.stmt, state: State) -> State:
        """The facts once the statement's own expressions have run (for a compound statement: its header)."""

    def interrupted(self, statement: ast.stmt, state: State) -> State:
        """The facts where the statement's own expressions raised."""

    def left(self, statement: ast.With | ast.AsyncWith, state: State) -> State:
        """The facts once a `with` was left."""

    def assume(self, test: ast.expr, state: State, value: bool) -> State | None:
        """The facts where a condition has a value, None where it cannot have it."""


@dataclass
class Exits:
    """The ways out of a suite.

    Attributes:
        falls: the states in which its end is reached.
        returns, breaks, continues: the states at each such statement.
        raises: for each exception and state the first statement that raises it.
    """

    falls: States = frozenset()
    returns: set[tuple[ast.stmt, State]] = field(default_factory=set)
    breaks: set[tuple[ast.stmt, State]] = field(default_factory=set)
    continues: set[tuple[ast.stmt, State]] = field(default_factory=set)
    raises: dict[tuple[str, State], ast.stmt] = field(default_factory=dict)

    def raise_at(self, token: str, state: State, at: ast.stmt) -> None:
        """Adds an exception; the first statement, and a `raise` rather than another, is what is remembered."""
        known = self.raises.get((token, state))
        if known is None or (isinstance(at, ast.Raise) and not isinstance(known, ast.Raise)):
            self.raises[token, state] = at

    def absorb(self, other: Exits) -> None:
        """Adds the abrupt ways out of another suite."""
        self.returns |= other.returns
        self.breaks |= other.breaks
        self.continues |= other.continues
        for (token, state), at in other.raises.items():
            self.raise_at(token, state, at)


class Flow:
    """Runs one function."""

    def __init__(self, function: Function, domain: Domain, index: Index, *, interrupts: bool = False) -> None:
        """`interrupts` also lets every call raise KeyboardInterrupt."""
        self._function = function
        self._domain = domain
        self._index = index
        self._always = (OTHER, "KeyboardInterrupt") if interrupts else (OTHER,)
        self._tries: list[tuple[str, ...]] = []
        self._spent = 0

    def run(self, start: State = frozenset()) -> Exits:
        """All ways out of the function.

        Raises:
            UndecidedError: there are too many.
        """
        return self._suite(self._function.body, frozenset({start}))

    def _suite(self, suite: list[ast.stmt], states: States) -> Exits:
        exits = Exits()
        for statement in suite:
            if not states:
                break
            if len(states) > _MOST_STATES:
                raise UndecidedError
            self._spent += len(states)
            if self._spent > _BUDGET:
                raise UndecidedError
            if isinstance(statement, _SIMPLE) and self._domain.is_inert(statement):
                self._pass(statement, states, exits)
                continue
            step = self._statement(statement, states)
            states = step.falls
            exits.absorb(step)
        exits.falls = states
        return exits

    def _pass(self, statement: ast.stmt, states: States, exits: Exits) -> None:
        """A statement that changes no fact can only raise."""
        if self._index.may_raise(statement):
            for token in self._tokens():
                for state in states:
                    exits.raises.setdefault((token, state), statement)

    def _statement(self, node: ast.stmt, states: States) -> Exits:
        if isinstance(node, ast.Try | ast.TryStar):
            return self._try(node, states)
        if isinstance(node, Function | ast.ClassDef):
            return Exits(states)
        exits = Exits()
        if self._index.may_raise(node):
            for state in states:
                before = self._domain.interrupted(node, state)
                for token in self._tokens():
                    exits.raise_at(token, before, node)
        after = frozenset(self._domain.after(node, state) for state in states)
        if isinstance(node, ast.If):
            self._if(node, after, exits)
        elif isinstance(node, ast.For | ast.AsyncFor | ast.While):
            self._loop(node, after, exits)
        elif isinstance(node, ast.With | ast.AsyncWith):
            self._with(node, after, exits)
        elif isinstance(node, ast.Match):
            self._match(node, after, exits)
        elif isinstance(node, ast.Return):
            exits.returns |= {(node, state) for state in after}
        elif isinstance(node, ast.Break):
            exits.breaks |= {(node, state) for state in after}
        elif isinstance(node, ast.Continue):
            exits.continues |= {(node, state) for state in after}
        elif isinstance(node, ast.Raise):
            for state in after:
                exits.raise_at(self._raised(node), state, node)
        else:
            exits.falls = after
        return exits

    def _tokens(self) -> Iterable[str]:
        if not any(self._tries):
            return self._always
        return dict.fromkeys([*self._always, *(name for names in self._tries for name in names)])

    @staticmethod
    def _raised(node: ast.Raise) -> str:
        if node.exc is None:
            return _AGAIN
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        name = (dotted_name(raised) or "").rpartition(".")[2]
        return name if name and name[0].isupper() else OTHER

    def _if(self, node: ast.If, states: States, exits: Exits) -> None:
        assume = self._domain.assume
        yes = frozenset(s for state in states if (s := assume(node.test, state, True)) is not None)
        no = frozenset(s for state in states if (s := assume(node.test, state, False)) is not None)
        then, other = self._suite(node.body, yes), self._suite(node.orelse, no)
        exits.absorb(then)
        exits.absorb(other)
        exits.falls = then.falls | other.falls

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, states: States, exits: Exits) -> None:
        endless = (
            isinstance(node, ast.While) and isinstance(node.test, ast.Constant) and bool(node.test.value)
        )
        ended = states
        entering, seen = states, frozenset[State]()
        broken: set[State] = set()
        for _ in range(_PASSES):
            entering -= seen
            if not entering:
                break
            seen |= entering
            body = self._suite(node.body, entering)
            exits.absorb(Exits(returns=body.returns, raises=body.raises))
            broken |= {state for _, state in body.breaks}
            entering = body.falls | {state for _, state in body.continues}
            entering = frozenset(self._domain.after(node, state) for state in entering)
            ended |= entering
        last = self._suite(node.orelse, frozenset() if endless else ended)
        exits.absorb(last)
        exits.falls = last.falls | broken

    def _with(self, node: ast.With | ast.AsyncWith, states: States, exits: Exits) -> None:
        body = self._suite(node.body, states)
        falls = {self._domain.left(node, state) for state in body.falls}
        exits.returns |= {(at, self._domain.left(node, state)) for at, state in body.returns}
        exits.breaks |= {(at, self._domain.left(node, state)) for at, state in body.breaks}
        exits.continues |= {(at, self._domain.left(node, state)) for at, state in body.continues}
        if any(_suppresses(item.context_expr) for item in node.items):
            falls |= {state for _, state in body.raises}
        else:
            exits.raises = {**exits.raises, **body.raises}
        exits.falls = frozenset(falls)

    def _match(self, node: ast.Match, states: States, exits: Exits) -> None:
        # Whether the cases leave anything out is known to whoever knows the types: taken for complete.
        falls: set[State] = set()
        for case in node.cases:
            body = self._suite(case.body, states)
            exits.absorb(body)
            falls |= body.falls
        exits.falls = frozenset(falls)

    def _try(self, node: ast.Try | ast.TryStar, states: States) -> Exits:
        named = tuple(
            name for handler in node.handlers for name in _caught_names(handler) if name not in _EVERY
        )
        named = tuple(name for name in named if not _only_base(name))
        self._tries.append(named)
        body = self._suite(node.body, states)
        self._tries.pop()
        inner = Exits()
        inner.returns, inner.breaks, inner.continues = body.returns, body.breaks, body.continues
        otherwise = self._suite(node.orelse, body.falls)
        inner.absorb(otherwise)
        falls = set(otherwise.falls)
        handled: dict[tuple[int, State], Exits] = {}
        for (token, state), at in body.raises.items():
            index = next((i for i, h in enumerate(node.handlers) if _catches(h, token)), None)
            if index is None:
                inner.raise_at(token, state, at)
                continue
            if (index, state) not in handled:
                handled[index, state] = self._suite(node.handlers[index].body, frozenset({state}))
                falls |= handled[index, state].falls
            once = handled[index, state]
            inner.returns |= once.returns
            inner.breaks |= once.breaks
            inner.continues |= once.continues
            for (raised, left), where in once.raises.items():
                if raised == _AGAIN:
                    inner.raise_at(token, left, at if isinstance(at, ast.Raise) else where)
                else:
                    inner.raise_at(raised, left, where)
        inner.falls = frozenset(falls)
        return self._finally(node.finalbody, inner) if node.finalbody else inner

    def _finally(self, suite: list[ast.stmt], inner: Exits) -> Exits:
        exits = Exits()
        through: dict[State, States] = {}

        def leave(state: State) -> States:
            if state not in through:
                final = self._suite(suite, frozenset({state}))
                exits.absorb(final)
                through[state] = final.falls
            return through[state]

        exits.falls = frozenset(s for state in inner.falls for s in leave(state))
        exits.returns |= {(at, s) for at, state in inner.returns for s in leave(state)}
        exits.breaks |= {(at, s) for at, state in inner.breaks for s in leave(state)}
        exits.continues |= {(at, s) for at, state in inner.continues for s in leave(state)}
        for (token, state), at in inner.raises.items():
            for left in leave(state):
                exits.raise_at(token, left, at)
        return exits


_EVERY = frozenset({"", "Exception", "BaseException"})


def _caught_names(handler: ast.ExceptHandler) -> Iterator[str]:
    """The last name of each type that a handler catches; empty for all, or for what is no name."""
    if handler.type is None:
        yield ""
        return
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    for kind in types:
        yield (dotted_name(kind) or "").rpartition(".")[2]


def _only_base(name: str) -> bool:
    """Whether a builtin exception passes `except Exception`."""
    kind = getattr(builtins, name, None)
    return isinstance(kind, type) and issubclass(kind, BaseException) and not issubclass(kind, Exception)


def _catches(handler: ast.ExceptHandler, token: str) -> bool:
    return any(_is_kind(token, name) for name in _caught_names(handler))


def _is_kind(token: str, caught: str) -> bool:
    if caught in {"", "BaseException"} or token == caught:
        return True
    if caught == "Exception":
        return not _only_base(token)
    kind, wanted = getattr(builtins, token, None), getattr(builtins, caught, None)
    return token != OTHER and isinstance(kind, type) and isinstance(wanted, type) and issubclass(kind, wanted)


def _suppresses(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and (dotted_name(node.func) or "").rpartition(".")[2] == "suppress"
