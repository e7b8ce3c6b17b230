"""One refactored task as the rules see it: computed on demand, shared by all rules."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

from codemods.python.bindings import bindings_of, variable
from codemods.python.classes import Function
from codemods.python.index import Index
from codemods.python.names import dotted_name
from codemods.python.statements import Site
from codemods.python.trees import walk
from codemods.tasks.context import TaskContext
from codemods.tasks.likely import possible_calls
from codemods.tasks.llm_calls import LlmCallFinder
from codemods.tasks.members import Access, missing_members
from codemods.tasks.model_reach import Hit
from codemods.tasks.records import OPEN, Kind, Record, closed_variable, opens_service, records_of
from codemods.tasks.step_blocks import OPEN_BLOCK, block_records
from codemods.tasks.tracking import Tracked, track
from codemods.tasks.unfollowed import Unfollowed, unfollowed
from codemods.tasks.unrecorded import unrecorded
from codemods.tasks.written import Written

_DATABASE = frozenset({OPEN, OPEN_BLOCK, *(kind.value for kind in Kind)})
_SERVICE = _DATABASE | {"get_plan_id", "close", "rollback", "__init__"}


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
        self.index = Index(context.sites)
        self._llm = LlmCallFinder(context)

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
        possible = {id(site) for site in possible_calls(self.context, self.index)}
        leading = {id(hit.led) for hit in self._reached}
        sites = (
            site
            for site in self.context.sites
            if id(site) in possible
            or (leading and any(id(n) in leading for n in self.index.header(site.statement)))
        )
        # A step that is given the model to book asks it nothing.
        found = self._llm.calls(tuple(sites))
        return tuple((site, call) for site, call in found if id(call) not in self._record_calls)

    @cached_property
    def _reached(self) -> tuple[Hit, ...]:
        """Every place that asks a model, or hands one on, as far as the method leads."""
        return unrecorded(self.context, frozenset())

    @cached_property
    def unrecorded(self) -> tuple[Hit, ...]:
        """Those of them that are no LLM call of the method, and in no function that talks to the database itself."""
        if not self._reached:
            return ()
        calls = [call for _, call in self.llm_calls]
        behind = {
            id(node)
            for call in calls
            for given in (*call.args, *(k.value for k in call.keywords))
            if isinstance(given, ast.Lambda)
            for node in walk(given)
        }
        recorded = self._llm.call_nodes | behind
        return tuple(hit for hit in unrecorded(self.context, recorded) if not self._is_tracked_elsewhere(hit))

    def _is_tracked_elsewhere(self, hit: Hit) -> bool:
        """Whether a function on the way, or the one that asks, talks to the database."""
        functions = {id(f): f for f in (*hit.through, hit.frame.function) if f is not self.entry}
        holder = hit.frame.parent
        while holder is not None and holder.function is not self.entry:
            functions[id(holder.function)] = holder.function
            holder = holder.parent
        return any(_talks_to_database(f) for f in functions.values())

    def model_named(self, site: Site, call: ast.Call) -> ast.expr | None:
        """The model that an LLM call names by its declaration, or by the source of what it runs."""
        return self._llm.model_named(site, call)

    def says_itself(self, site: Site, call: ast.Call, forms: tuple[str, ...]) -> bool:
        """Whether a call is one of a known package whose answer says itself whole in one of these forms."""
        asked = self.context.reach.asking.of_call(call, self.context.frame_of(site.scope))
        whole = "" if asked is None or asked.call is None else asked.call.reading.whole
        return any(form in whole for form in forms)

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
        return (
            *records_of(self.context, self.index),
            *block_records(self.context.sites, self.index),
        )

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
    def written(self) -> Written:
        """Its rows and its files."""
        return Written(self.context, self.index, self.records, self.llm_calls)

    @cached_property
    def unfollowed(self) -> tuple[Unfollowed, ...]:
        """The functions that write a file where nobody can follow them, those of the database left out."""
        recorded = frozenset(id(call) for _, call in self.llm_calls)
        writes = tuple(write.write for write in self.written.writes)
        return tuple(
            found
            for found in unfollowed(self.context, recorded, writes)
            if (found.function is None or not _talks_to_database(found.function))
            and not any(name.rpartition(".")[2] in _SERVICE for name in found.names[:1])
        )

    @cached_property
    def _record_calls(self) -> frozenset[int]:
        return frozenset(id(record.call) for record in self.records)

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


def _talks_to_database(function: Function | ast.Lambda) -> bool:
    return any(isinstance(n, ast.Attribute) and n.attr in _DATABASE for n in walk(function))
