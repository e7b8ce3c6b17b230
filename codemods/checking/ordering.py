"""Follows rows and files along every way through a function: which comes first."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from codemods.python.classes import Function
from codemods.python.conditions import Conditions
from codemods.python.flow import Flow, State, UndecidedError
from codemods.python.opening import opened_path
from codemods.tasks.open_files import assigned_name
from codemods.tasks.view import TaskView
from codemods.tasks.written import Row, Write

_ROW, _FILE = "row", "file"


@dataclass
class Order:
    """What was seen.

    Attributes:
        late: for each write the row that comes after it, on a way on which none comes before.
    """

    late: dict[int, tuple[Write, Row]] = field(default_factory=dict)


def order_of(task: TaskView, function: Function) -> Order:
    """Follows one function; nothing is seen where it has too many ways."""
    order = Order()
    domain = _Files(task, function, order)
    if domain.is_idle:
        return order
    try:
        Flow(function, domain, task.index).run()
    except UndecidedError:
        return Order()
    return order


class _Files:
    """The domain: `(ROW, i)` and `(FILE, i)` once the row or the file of the i-th write is there."""

    def __init__(self, task: TaskView, function: Function, order: Order) -> None:
        self._order = order
        self._index = task.index
        self._conditions = Conditions(task.index, frozenset())
        self._writes = [
            w for w in task.written.writes if w.name is not None and w.write.site.scope.function is function
        ]
        self._at = {id(w.write.call): i for i, w in enumerate(self._writes)}
        self._rows = {id(r.record.call): r for r in task.written.rows}
        self._closed = {
            f"{name}.close()": i
            for i, w in enumerate(self._writes)
            if opened_path(w.write.call) is not None and (name := assigned_name(w.write.site.statement))
        }

    @property
    def is_idle(self) -> bool:
        """Whether every row stands above its file, so that there is nothing to follow."""
        return not any(
            row.record.call.lineno > write.write.call.lineno
            for write in self._writes
            for row in self._rows.values()
            if row.name is not None and write.name is not None and row.name.covers(write.name)
        )

    def assume(self, test: ast.expr, state: State, value: bool) -> State | None:
        return self._conditions.assume(test, state, value)

    def is_inert(self, statement: ast.stmt) -> bool:
        calls = self._index.calls(statement)
        return self._index.bound(statement).isdisjoint(self._conditions.names) and not any(
            id(call) in self._rows or id(call) in self._at or bool(self._closed) for call in calls
        )

    def interrupted(self, statement: ast.stmt, state: State) -> State:
        return state

    def left(self, statement: ast.With | ast.AsyncWith, state: State) -> State:
        for item in statement.items:
            index = self._at.get(id(item.context_expr))
            if index is not None and self._appears_late(index):
                state |= {(_FILE, index)}
        return state

    def after(self, statement: ast.stmt, state: State) -> State:
        for node in self._index.calls(statement):
            row = self._rows.get(id(node))
            if row is not None:
                state = self._persisted(row, state)
            index = self._at.get(id(node))
            if index is not None and not self._appears_late(index):
                state |= {(_FILE, index)}
            closed = self._closed.get(ast.unparse(node)) if self._closed else None
            if closed is not None:
                state |= {(_FILE, closed)}
        return self._conditions.forget(state, self._index.bound(statement))

    def _appears_late(self, index: int) -> bool:
        """A luigi target puts its file in place when its `with` is left, or its name is closed."""
        write = self._writes[index].write
        by_with = isinstance(write.site.statement, ast.With | ast.AsyncWith)
        is_late = write.location.kind == "target" or write.location.temporary
        return is_late and (by_with or index in self._closed.values())

    def _persisted(self, row: Row, state: State) -> State:
        covered = [
            i
            for i, w in enumerate(self._writes)
            if row.name is None or (w.name is not None and row.name.covers(w.name))
        ]
        for index in covered:
            if row.name is not None and (_FILE, index) in state and (_ROW, index) not in state:
                self._order.late.setdefault(index, (self._writes[index], row))
        return state | {(_ROW, index) for index in covered}
