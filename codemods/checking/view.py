"""One refactored task as the rules see it: computed on demand, shared by all rules."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from codemods.analysis.context import TaskContext
from codemods.analysis.llm_calls import LlmCallFinder
from codemods.analysis.repeatable import Repeatability, Verdict
from codemods.analysis.scopes import Scope
from codemods.analysis.statements import Site, read_names
from codemods.analysis.write_site import WriteSite
from codemods.analysis.writes import WriteFinder
from codemods.checking.index import Index
from codemods.checking.likely import possible_calls, possible_writes
from codemods.checking.members import Access, missing_members
from codemods.checking.naming import FileName, FileNames
from codemods.checking.records import (
    OPEN,
    Kind,
    Record,
    bindings_of,
    closed_variable,
    opens_service,
    records_of,
    variable,
)
from codemods.checking.tracking import Tracked, track
from codemods.refusals import Refused
from codemods.resolution.classes import Function
from codemods.resolution.names import dotted_name
from codemods.walking import walk

_TEMPORARY = frozenset(
    {
        "TemporaryDirectory",
        "mkdtemp",
        "NamedTemporaryFile",
        "mkstemp",
        "gettempdir",
        "StringIO",
        "SpooledTemporaryFile",
    }
)
_DATABASE = frozenset({OPEN, *(kind.value for kind in Kind)})


@dataclass(frozen=True, eq=False)
class Row:
    """A row of content.

    Attributes:
        record: the call that creates it.
        name: the file that it is about, None where it could be any.
        is_certain: whether it is known which file that is.
    """

    record: Record
    name: FileName | None
    is_certain: bool


@dataclass(frozen=True, eq=False)
class Write:
    """A written file.

    Attributes:
        write: the write as the analysis knows it.
        name: the file.
        temporary: whether the file is a temporary one.
    """

    write: WriteSite
    name: FileName | None
    temporary: bool


class TaskView:
    """A refactored task.

    Attributes:
        context: its analysis context.
        strict: whether judgements are wanted beside certainties.
        index: its statements.
    """

    def __init__(self, context: TaskContext, *, strict: bool = False) -> None:
        self.context = context
        self.strict = strict
        self.index = Index(context)
        self._llm = LlmCallFinder(context)
        self._names = FileNames(context)

    @cached_property
    def _statements(self) -> tuple[ast.stmt, ...]:
        return tuple(site.statement for site in self.context.sites)

    @property
    def entry(self) -> Function:
        """The entry method."""
        return self.context.entry

    @cached_property
    def llm_calls(self) -> tuple[tuple[Site, ast.Call], ...]:
        """All LLM calls where they stand."""
        return tuple(self._llm.calls(possible_calls(self.context, self.index)))

    def tracks_inside(self, call: ast.Call) -> bool:
        """Whether a call runs a nested function that creates the interaction itself."""
        passed = {
            n.id
            for n in (call.func, *call.args, *(k.value for k in call.keywords))
            if isinstance(n, ast.Name)
        }
        return any(
            isinstance(function := record.site.scope.function, Function) and function.name in passed
            for record in self.records_of(Kind.PENDING)
            if record.site.in_nested_function
        )

    def own_calls(self, site: Site) -> tuple[ast.Call, ...]:
        """The calls of a statement's own expressions."""
        return self.index.calls(site.statement)

    @cached_property
    def records(self) -> tuple[Record, ...]:
        """All database calls where they stand."""
        return tuple(records_of(self.context, self.index))

    def records_of(self, kind: Kind) -> Iterator[Record]:
        """The database calls of one kind."""
        return (record for record in self.records if record.kind is kind)

    def variables_of(self, record: Record) -> set[str] | None:
        """The variables that a created interaction is kept in; None where it is kept in another way."""
        statement = record.site.statement
        if isinstance(statement, ast.Expr):
            value: ast.AST = statement.value
            while isinstance(value, ast.Await | ast.Attribute):
                value = value.value
            return set() if value is record.call else None
        names = next((n for n, value in bindings_of(statement) if record.call in walk(value)), set[str]())
        if not names:
            return None
        for _ in range(2):  # `row = create(...)`, `interaction_id = row.id`
            for kept, given in self._renamings:
                if given in names:
                    names |= kept
        return names

    @cached_property
    def _renamings(self) -> tuple[tuple[set[str], str], ...]:
        """What each assignment of a variable, or of its `id`, to others binds, in source order."""
        return tuple(
            (kept, given)
            for site in self.context.sites
            for kept, value in bindings_of(site.statement)
            if (given := variable(value)) is not None
        )

    @cached_property
    def opens_service(self) -> bool:
        """Whether the entry method opens the service."""
        return any(opens_service(node) for node in self.index.all_calls)

    @cached_property
    def opens_service_in_with(self) -> bool:
        """Whether a `with` statement opens, and closes, the service."""
        return any(
            any(opens_service(n) for n in walk(item.context_expr))
            for statement in self._statements
            if isinstance(statement, ast.With | ast.AsyncWith)
            for item in statement.items
        )

    @cached_property
    def closes_in_finally(self) -> bool:
        """Whether a `finally` closes the service."""
        return any(
            closed_variable(node) in self.service_names
            for tried in self._statements
            if isinstance(tried, ast.Try)
            for statement in tried.finalbody
            for node in walk(statement)
        )

    @property
    def outer_try(self) -> ast.Try | None:
        """The `try` around the method's work: the last statement of its body."""
        last = self.entry.body[-1]
        return last if isinstance(last, ast.Try) else None

    @cached_property
    def service_names(self) -> frozenset[str]:
        """The variables that hold the service."""
        found = set()
        items = [
            item for s in self._statements if isinstance(s, ast.With | ast.AsyncWith) for item in s.items
        ]
        for node in (*self._statements, *items):
            for names, value in bindings_of(node):
                found |= names if opens_service(value) else set()
            if (
                isinstance(node, ast.withitem)
                and isinstance(node.optional_vars, ast.Name)
                and any(opens_service(n) for n in walk(node.context_expr))
            ):
                found.add(node.optional_vars.id)
        return frozenset(found)

    @cached_property
    def delegates(self) -> bool:
        """Whether other code may do part of the steps: it is given the service, or talks to the database itself."""
        for node in self.index.all_calls:
            given = (*node.args, *(k.value for k in node.keywords))
            if any(
                dotted_name(a) in self.service_names for a in given if isinstance(a, ast.Name | ast.Attribute)
            ):
                return True
            if self._is_database_helper(node.func):
                return True
        return any(
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Name)
            and node.value.id in self.service_names
            for node in self._statements
        )

    def _is_database_helper(self, function: ast.expr) -> bool:
        context = self.context
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            if function.value.id != context.scope.self_name or function.attr in _DATABASE:
                return False
            member = context.sources.classes.method(context.owner, function.attr)
            if member is None or member.method is None:
                return False
            return _talks_to_database(member.method)
        return False

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The rows of content."""
        written = {write.name for write in self.writes}
        found = []
        for record in self.records_of(Kind.ROW):
            name = self._names.of_row(record.field("filename"), record.site.scope)
            found.append(Row(record, name, name is not None and (name.known or name in written)))
        return tuple(found)

    def can_hold(self, row: Row, name: FileName) -> bool:
        """Whether a row can be that of a file: a constant out of sight can be any name that no other file has."""
        if row.name is None or row.name.covers(name):
            return True
        if row.name.is_symbol is name.is_symbol:
            return False
        return not any(w.name is not None and row.name.covers(w.name) for w in self.writes)

    @cached_property
    def _found_writes(self) -> tuple[tuple[Write, ...], bool]:
        # What a second evaluation would do does not matter here.
        context = replace(self.context, repeatable=_Indifferent(self.context.sources, self.context.inference))
        finder = WriteFinder(context, frozenset(id(call) for _, call in self.llm_calls))
        found: list[Write] = []
        undecided = False
        for site in possible_writes(self.context, self.index):
            if any(id(call) in self._record_calls for call in self.index.calls(site.statement)):
                continue
            try:
                for write in finder.at(site):
                    name = self._name_of(write)
                    found.append(Write(write, name, self._is_temporary(write.path, site)))
            except Refused:
                undecided = True
        return tuple(found), undecided

    @cached_property
    def _record_calls(self) -> frozenset[int]:
        return frozenset(id(record.call) for record in self.records)

    @property
    def writes(self) -> tuple[Write, ...]:
        """The files that it writes, temporary ones left out."""
        return tuple(write for write in self._found_writes[0] if not write.temporary)

    @property
    def has_undecided_writes(self) -> bool:
        """Whether it writes in ways that cannot be followed."""
        return self._found_writes[1]

    def _name_of(self, write: WriteSite) -> FileName | None:
        scope = write.site.scope
        name = self._names.of_name(write.location.filename, scope)
        return name or self._names.of_path(write.path, scope)

    def output_name(self, key: str) -> FileName | None:
        """The file of a key of `output()`."""
        target = self.context.locations.outputs.targets[key]
        return self._names.of_name(target.filename, self.context.scope) or FileName(
            f"output {key}", known=False
        )

    def _is_temporary(self, path: ast.expr, site: Site) -> bool:
        pending: list[ast.expr] = [path]
        seen: set[str] = set()
        while pending:
            node = pending.pop()
            if any((dotted_name(n.func) or "").rpartition(".")[2] in _TEMPORARY for n in _calls_in(node)):
                return True
            for name in read_names(node) - seen:
                seen.add(name)
                for value in site.scope.values_of(name) or ():
                    if isinstance(value, ast.withitem):
                        pending.append(value.context_expr)
                    elif isinstance(value, ast.expr):
                        pending.append(value)
        return False

    @cached_property
    def missing_members(self) -> tuple[Access, ...]:
        """The uses of members that certainly do not exist."""
        return tuple(missing_members(self.context, self.index))

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """The entry method and the functions nested in it that talk to the database or write."""
        nested = [s.statement for s in self.context.sites if isinstance(s.statement, Function)]
        return (self.entry, *nested)

    @cached_property
    def tracked(self) -> tuple[Tracked, ...]:
        """The interactions along every way, for each function that has any; the entry method first."""
        return tuple(self._track(function, interrupts=False) for function in self._tracked_functions())

    @cached_property
    def tracked_with_interrupts(self) -> tuple[Tracked, ...]:
        """The same where Ctrl-C can come at every call."""
        return tuple(self._track(function, interrupts=True) for function in self._tracked_functions())

    def _tracked_functions(self) -> Iterator[Function]:
        for function in self.functions:
            if function is self.entry or any(r.kind is Kind.PENDING for r in self._own_records(function)):
                yield function

    def _own_records(self, function: Function) -> tuple[Record, ...]:
        return tuple(r for r in self.records if r.site.scope.function is function)

    @cached_property
    def _updates_in_lambdas(self) -> bool:
        return any(
            isinstance(call.func, ast.Attribute)
            and call.func.attr == Kind.UPDATE.value
            and id(call) not in self._record_calls
            for call in self.index.all_calls
        )

    def _track(self, function: Function, *, interrupts: bool) -> Tracked:
        own = self._own_records(function)
        calls = frozenset(id(call) for site, call in self.llm_calls if site.scope.function is function)
        tracked = track(self.index, function, own, calls, interrupts=interrupts)
        if any(
            record.kind is Kind.UPDATE
            and record.site.scope.function is not function
            and record.interaction is not None
            and record.interaction not in record.site.scope.bindings
            for record in self.records
        ):
            tracked.unsure = True
        if any(isinstance(s.statement, ast.Global | ast.Nonlocal) for s in self.context.sites):
            tracked.unsure = True
        if self._updates_in_lambdas:
            tracked.unsure = True
        return tracked


class _Indifferent(Repeatability):
    """Takes every expression for repeatable."""

    def expression(self, node: ast.AST | None, scope: Scope, depth: int = 0) -> Verdict:
        return Verdict.SAME

    def function(
        self, function: Function, scope: Scope, depth: int = 0, *, fresh_self: bool = False
    ) -> Verdict:
        return Verdict.SAME


def _talks_to_database(function: Function) -> bool:
    return any(isinstance(n, ast.Attribute) and n.attr in _DATABASE for n in walk(function))


def _calls_in(node: ast.expr) -> Iterator[ast.Call]:
    return (n for n in walk(node) if isinstance(n, ast.Call))
