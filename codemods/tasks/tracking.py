"""Follows the interactions and the service of one function along every way through it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from codemods.python.bindings import bindings_of, variable
from codemods.python.call_facts import is_logging_call
from codemods.python.classes import Function
from codemods.python.conditions import BOOL, IS, NONE, OTHER_VALUE, Conditions
from codemods.python.flow import Exits, Flow, State, UndecidedError
from codemods.python.index import Index
from codemods.python.names import dotted_name
from codemods.python.trees import walk
from codemods.tasks.records import Kind, Record, closed_variable, opens_service

SERVICE = -1
LOOSE = -2
"""Stands for interactions that are kept in other ways than in a variable: they can be open at any time."""

_OPEN, _CLOSED, _SERVICE, _LOOSE = "open", "closed", "service", "loose"
_HARMLESS = frozenset(
    {"str", "repr", "print", "len", "isinstance", "type", "bool", "int", "id", "format", "getattr", "hasattr"}
)


@dataclass
class Tracked:
    """What was seen along the ways through one function.

    Attributes:
        records: the function's own database calls.
        exits: the ways out, None where there are too many to follow.
        open_at: for each LLM call the sets of interactions that can be open when it is made.
        lost: interactions that can still be open when their variable is given something else, and where.
        used_closed: statements that can use the service after it was closed.
        reopened: statements that can open the service while it is open.
        unsure: whether interactions are updated in ways that cannot be followed.
    """

    records: tuple[Record, ...]
    exits: Exits | None = None
    open_at: dict[int, set[frozenset[int]]] = field(default_factory=dict)
    lost: dict[int, ast.stmt] = field(default_factory=dict)
    used_closed: dict[int, ast.AST] = field(default_factory=dict)
    reopened: dict[int, ast.stmt] = field(default_factory=dict)
    unsure: bool = False

    def left_open(self, state: State) -> frozenset[int]:
        """The interactions that are open in a state."""
        return frozenset(int(f[1] or 0) for f in state if f[0] == _OPEN)

    @staticmethod
    def holds_service(state: State) -> bool:
        """Whether the service is open in a state."""
        return (_SERVICE, _OPEN) in state


def track(
    index: Index,
    function: Function,
    records: tuple[Record, ...],
    llm_calls: frozenset[int],
    *,
    interrupts: bool = False,
) -> Tracked:
    """Follows one function, the entry method or one nested in it."""
    tracked = Tracked(records)
    domain = _Interactions(index, function, tracked, llm_calls)
    try:
        tracked.exits = Flow(function, domain, index, interrupts=interrupts).run()
    except UndecidedError:
        tracked.exits = None
    return tracked


class _Interactions:
    """The domain: which interaction each variable holds, which are open, and whether the service is."""

    def __init__(self, index: Index, function: Function, tracked: Tracked, llm_calls: frozenset[int]) -> None:
        self._tracked = tracked
        self._llm_calls = llm_calls
        self._index = {id(r.call): i for i, r in enumerate(tracked.records)}
        self._variables = frozenset(_variables(index, tracked.records))
        self._conditions = Conditions(index, self._variables)
        self._statements = index
        self._inert: dict[int, bool] = {}
        self._kept = {
            id(_called(value))
            for r in tracked.records
            for names, value in bindings_of(r.site.statement)
            if names
        }
        self._guards = dict(_guards(tracked.records))

    def assume(self, test: ast.expr, state: State, value: bool) -> State | None:
        # Whether `db is not None and not done` holds where an error is handled is often known to its author only.
        if not value and id(test) in self._guards and self._conditions.worth(test, state) is None:
            held = self._held(self._guards[id(test)], state)
            if (_OPEN, held) in state:
                return None
        return self._conditions.assume(test, state, value)

    def left(self, statement: ast.With | ast.AsyncWith, state: State) -> State:
        if any(opens_service(c) for item in statement.items for c in walk(item.context_expr)):
            return frozenset(f for f in state if f[0] != _SERVICE) | {(_SERVICE, _CLOSED)}
        return state

    def interrupted(self, statement: ast.stmt, state: State) -> State:
        for call in self._calls(statement):
            index = self._index.get(id(call))
            if index is not None and self._tracked.records[index].kind is Kind.UPDATE:
                state = self._updated(index, state)
            elif index is None:
                state = self._handed_on(call, self._closed(call, state))
        return state

    def after(self, statement: ast.stmt, state: State) -> State:
        if self.is_inert(statement):
            return state
        for call in self._calls(statement):
            state = self._called(call, state)
        return self._bound(statement, state)

    def _calls(self, statement: ast.stmt) -> tuple[ast.Call, ...]:
        """The calls of a statement, the inner before the outer."""
        return self._statements.calls(statement)[::-1]

    def is_inert(self, statement: ast.stmt) -> bool:
        """Whether a statement changes no fact: it calls nothing that matters and binds nothing that is followed."""
        key = id(statement)
        if key not in self._inert:
            names = self._statements.bound(statement)
            followed = self._variables | self._conditions.names
            self._inert[key] = (
                not names & followed
                and not _targets_attribute(statement)
                and not any(self._matters(call) for call in self._statements.calls(statement))
            )
        return self._inert[key]

    def _matters(self, call: ast.Call) -> bool:
        if id(call) in self._llm_calls or id(call) in self._index or opens_service(call):
            return True
        given = (call.func, *call.args, *(k.value for k in call.keywords))
        return any((dotted_name(a) or "").partition(".")[0] in self._roots for a in given)

    @cached_property
    def _roots(self) -> frozenset[str]:
        return frozenset(name.partition(".")[0] for name in self._variables)

    def _called(self, call: ast.Call, state: State) -> State:
        if id(call) in self._llm_calls:
            loose = frozenset({LOOSE}) if (_LOOSE,) in state else frozenset()
            self._tracked.open_at.setdefault(id(call), set()).add(self._tracked.left_open(state) | loose)
        index = self._index.get(id(call))
        if index is None:
            return self._handed_on(call, self._closed(call, state))
        record = self._tracked.records[index]
        receiver = variable(record.call.func.value) if isinstance(record.call.func, ast.Attribute) else None
        if (IS, receiver, SERVICE) in state and (_SERVICE, _CLOSED) in state:
            self._tracked.used_closed[id(call)] = call
        if record.kind is Kind.UPDATE:
            return self._updated(index, state)
        if record.kind is Kind.PENDING and id(call) not in self._kept:
            return state | {(_LOOSE,)}
        return state

    def _updated(self, index: int, state: State) -> State:
        record = self._tracked.records[index]
        if record.leaves_status:
            return state
        name = record.interaction
        held = self._held(name, state) if name is not None else None
        if held is None and name in self._variables and (OTHER_VALUE, name) not in state:
            return state
        if held is None:
            self._tracked.unsure = True
            return frozenset((_CLOSED, f[1]) if f[0] == _OPEN else f for f in state)
        return frozenset(f for f in state if f != (_OPEN, held)) | {(_CLOSED, held)}

    @staticmethod
    def _held(name: str, state: State) -> int | None:
        return next((int(f[2] or 0) for f in state if f[0] == IS and f[1] == name), None)

    def _closed(self, call: ast.Call, state: State) -> State:
        name = closed_variable(call)
        if name is not None and (IS, name, SERVICE) in state:
            return frozenset(f for f in state if f[0] != _SERVICE) | {(_SERVICE, _CLOSED)}
        return state

    def _handed_on(self, call: ast.Call, state: State) -> State:
        """What other code is given can be closed there."""
        if is_logging_call(call) or (isinstance(call.func, ast.Name) and call.func.id in _HARMLESS):
            return state
        for argument in (*call.args, *(k.value for k in call.keywords)):
            name = variable(argument)
            held = self._held(name, state) if name is not None else None
            if name is not None and name.endswith(".close"):
                held = self._held(name.removesuffix(".close"), state)
            if held == SERVICE:
                state = frozenset(f for f in state if f[0] != _SERVICE)
            elif held is not None:
                state = frozenset(f for f in state if f != (_OPEN, held)) | {(_LOOSE,)}
        return state

    def _bound(self, statement: ast.stmt, state: State) -> State:
        values = {name: value for names, value in bindings_of(statement) for name in names}
        names = self._statements.bound(statement) | {name for name in values if "." in name}
        if not names:
            return state
        facts: set[tuple[str | int | bool | None, ...]] = set()
        created: set[int] = set()
        for name in names:
            if name not in values:
                facts |= {(OTHER_VALUE, name)} if name in self._variables else set()
            elif (index := self._created(values[name])) is not None:
                created.add(index)
                facts |= {(IS, name, index), (_OPEN, index)}
            elif opens_service(values[name]):
                if (_SERVICE, _OPEN) in state:
                    self._tracked.reopened[id(statement)] = statement
                state = frozenset(f for f in state if f[0] != _SERVICE)
                facts |= {(IS, name, SERVICE), (_SERVICE, _OPEN)}
            else:
                facts |= self._plain(name, values[name], state)
        if isinstance(statement, ast.With | ast.AsyncWith):
            facts |= set(_managed(statement))
        after = self._conditions.forget(state, names)
        self._find_lost(state, after, facts, statement)
        if created:
            after = frozenset(f for f in after if f[0] not in {_CLOSED, _OPEN} or f[1] not in created)
        return after | facts

    def _created(self, value: ast.AST | None) -> int | None:
        index = self._index.get(id(_called(value)))
        if index is not None and self._tracked.records[index].kind is Kind.PENDING:
            return index
        return None

    def _plain(
        self, name: str, value: ast.AST | None, state: State
    ) -> set[tuple[str | int | bool | None, ...]]:
        if isinstance(value, ast.Constant) and value.value is None:
            return {(NONE, name)}
        if isinstance(value, ast.Constant) and isinstance(value.value, bool):
            return {(BOOL, name, value.value)}
        source = variable(value) if isinstance(value, ast.expr) else None
        if isinstance(value, ast.Call) and len(value.args) == 1:
            source = variable(value.args[0])
        held = self._held(source, state) if source is not None else None
        if held is not None:
            return {(IS, name, held)}
        return {(OTHER_VALUE, name)} if name in self._variables else set()

    def _find_lost(
        self,
        before: State,
        after: State,
        facts: set[tuple[str | int | bool | None, ...]],
        statement: ast.stmt,
    ) -> None:
        for index in self._tracked.left_open(before):
            held = any(f[0] == IS and f[2] == index for f in after) or any(
                f[0] == IS and f[2] == index and (_OPEN, index) not in facts for f in facts
            )
            if not held:
                self._tracked.lost.setdefault(index, statement)


def _called(value: ast.AST | None) -> ast.AST | None:
    """The call in `await f().id` and the like."""
    while isinstance(value, ast.Attribute | ast.Subscript | ast.Await):
        value = value.value
    return value


def _targets_attribute(statement: ast.stmt) -> bool:
    return any("." in name for names, _ in bindings_of(statement) for name in names)


def _variables(index: Index, records: tuple[Record, ...]) -> Iterator[str]:
    pending = {id(record.call) for record in records if record.kind is Kind.PENDING}
    for node in index.nodes:
        if node.__class__ is not ast.Assign and node.__class__ is not ast.AnnAssign:
            continue
        for names, value in bindings_of(node):
            called = _called(value)
            if opens_service(called) or id(called) in pending:
                yield from names
    yield from (record.interaction for record in records if record.interaction is not None)


def _guards(records: tuple[Record, ...]) -> Iterator[tuple[int, str]]:
    """The plain conditions under which a handler or a `finally` updates an interaction, with its variable."""
    for record in records:
        if record.interaction is None:
            continue
        handling = False
        for link in record.site.own_links:
            handling = handling or link.field in {"handlers", "finalbody"}
            if (
                handling
                and isinstance(link.owner, ast.If)
                and link.field == "body"
                and _is_plain(link.owner.test)
            ):
                yield id(link.owner.test), record.interaction


def _is_plain(test: ast.expr) -> bool:
    """Whether a condition asks of variables only whether they are there, or set."""
    if isinstance(test, ast.BoolOp):
        return all(_is_plain(value) for value in test.values)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _is_plain(test.operand)
    if isinstance(test, ast.Compare):
        return all(isinstance(c, ast.Constant) and c.value is None for c in test.comparators)
    return dotted_name(test) is not None


def _managed(statement: ast.With | ast.AsyncWith) -> Iterator[tuple[str | int | bool | None, ...]]:
    for item in statement.items:
        if isinstance(item.optional_vars, ast.Name) and any(
            opens_service(n) for n in walk(item.context_expr)
        ):
            yield (IS, item.optional_vars.id, SERVICE)
