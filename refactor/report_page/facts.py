"""What a refactored text shows of the steps: which lines do what. Read from the text itself, however it came about."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codemods.python.classes import ClassResolver
from codemods.python.modules import ModuleFinder
from codemods.python.names import NameResolver
from codemods.python.scopes import Sources
from codemods.python.trees import walk
from codemods.tasks import discovery
from codemods.tasks.context import open_context
from codemods.tasks.records import Kind, closed_variable, opens_service
from codemods.tasks.view import TaskView

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from codemods.model import TaskReport
    from codemods.settings import Settings
    from codemods.source import SourceFile
    from codemods.tasks.written import Row, Write

_PLAN_ID = "get_plan_id"


@dataclass(frozen=True)
class Persisted:
    """One file that a task writes.

    Attributes:
        name: of the file, `{}` for each part known at run time only; "the file" where nothing is known.
        line: of the write.
        rows: lines of the rows that hold its content.
    """

    name: str
    line: int
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Facts:
    """The lines of one entry method that do the steps, 1-based in its file.

    Attributes:
        plan_id: where the plan id is asked for.
        opened: where the service is opened.
        closed: where it is closed inside a `finally`.
        in_with: whether a `with` opens and closes it.
        delegates: whether other code is given the service, or talks to the database itself.
        calls: the LLM calls.
        pending: where interactions are created.
        completed: where they are completed.
        failed: where they are marked as failed.
        files: what is written.
        undecided: whether it also writes in ways that cannot be followed.
        outer_try: the `try` around the work.
        handlers: its `except` clauses.
        raised: where they raise on.
        finals: its `finally`, by the first statement in it.
        inner_handlers: the other `except` clauses of the method.
    """

    plan_id: tuple[int, ...]
    opened: tuple[int, ...]
    closed: tuple[int, ...]
    in_with: bool
    delegates: bool
    calls: tuple[int, ...]
    pending: tuple[int, ...]
    completed: tuple[int, ...]
    failed: tuple[int, ...]
    files: tuple[Persisted, ...]
    undecided: bool
    outer_try: int | None
    handlers: tuple[int, ...]
    raised: tuple[int, ...]
    finals: tuple[int, ...]
    inner_handlers: tuple[int, ...]


class FactReader:
    """Reads the facts of tasks in a set of sources, which are seen as one project."""

    def __init__(self, sources: Sequence[SourceFile], settings: Settings) -> None:
        """`sources` may differ from what is on disk."""
        self._settings = settings
        self._finder = ModuleFinder(tuple(sources))
        names = NameResolver(self._finder)
        self._sources = Sources(names, ClassResolver(names))

    def of_file(self, source: SourceFile, reports: Sequence[TaskReport]) -> Mapping[str, Facts]:
        """The facts of those tasks of a file that talk to the database, by class name."""
        by_name = {report.task.name: report for report in reports}
        if not by_name:
            return {}
        module = self._finder.adopt(source)
        found = {}
        for ref in discovery.task_classes(module, self._sources, self._settings):
            entry = discovery.entry_of(ref, self._settings)
            if entry is None or ref.name not in by_name:
                continue
            context = open_context(by_name[ref.name].task, ref, entry, self._sources, self._settings)
            found[ref.name] = _facts(TaskView(context))
        return found


def _facts(view: TaskView) -> Facts:
    entry, outer = view.entry, view.outer_try
    tries = [node for node in walk(entry) if isinstance(node, ast.Try)]
    inner = [h for tried in tries if tried is not outer for h in tried.handlers]
    updates = list(view.records_of(Kind.UPDATE))
    return Facts(
        plan_id=_lines(
            node
            for node in view.index.all_calls
            if isinstance(node.func, ast.Attribute) and node.func.attr == _PLAN_ID
        ),
        opened=_lines(node for node in view.index.all_calls if opens_service(node)),
        closed=_lines(
            node
            for tried in tries
            for statement in tried.finalbody
            for node in walk(statement)
            if closed_variable(node) in view.service_names
        ),
        in_with=view.opens_service_in_with,
        delegates=view.delegates,
        calls=_lines(call for _, call in view.llm_calls),
        pending=_lines(record.call for record in view.records_of(Kind.PENDING)),
        completed=_lines(record.call for record in updates if record.status == "completed"),
        failed=_lines(record.call for record in updates if record.status == "failed"),
        files=tuple(_persisted(write, view.written.rows) for write in view.written.writes),
        undecided=bool(view.written.unplaced),
        outer_try=outer.lineno if outer is not None else None,
        handlers=_lines(outer.handlers if outer is not None else ()),
        raised=_lines(
            node
            for handler in (outer.handlers if outer is not None else ())
            for node in walk(handler)
            if isinstance(node, ast.Raise)
        ),
        finals=_lines(outer.finalbody[:1] if outer is not None else ()),
        inner_handlers=_lines(inner),
    )


def _persisted(write: Write, rows: Sequence[Row]) -> Persisted:
    name = write.name
    covering = [
        row.record.call.lineno
        for row in rows
        if name is not None and row.name is not None and (row.name == name or row.name.covers(name))
    ]
    shown = name.shown if name is not None else "the file"
    return Persisted(shown, write.write.call.lineno, tuple(sorted(covering)))


def _lines(nodes: Iterator[ast.AST] | Sequence[ast.AST]) -> tuple[int, ...]:
    return tuple(sorted({getattr(node, "lineno", 0) for node in nodes}))
