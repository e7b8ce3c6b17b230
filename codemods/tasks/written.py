"""What a task writes, and which rows it makes: matched by the names of the files."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from codemods.knowledge.library_functions import Use
from codemods.python.index import Index
from codemods.python.names import dotted_name
from codemods.python.opening import opened_path
from codemods.python.repeatable import Repeatability
from codemods.python.repeating.frames import SAME, Outcome
from codemods.python.scopes import Scope
from codemods.python.statements import Site, read_names
from codemods.python.trees import walk
from codemods.refusals import Refused
from codemods.tasks.context import TaskContext
from codemods.tasks.likely import possible_writes
from codemods.tasks.naming import FileName, FileNames
from codemods.tasks.records import Kind, Record
from codemods.tasks.write_site import WriteSite
from codemods.tasks.writes import WriteFinder

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
_TEMPORARY_ROOTS = ("/tmp", "/var/tmp", "/dev/")  # noqa: S108 - looked for, not written to


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


@dataclass(frozen=True, eq=False)
class Unplaced:
    """A write that cannot be followed.

    Attributes:
        site: its statement.
        reason: why not.
        names: the files that it can be, none where the statement does not show them.
    """

    site: Site
    reason: str
    names: tuple[FileName, ...] = ()


class Written:
    """The rows and the files of one task.

    Args:
        context: its analysis context.
        index: its statements.
        records: its database calls.
        llm_calls: its LLM calls.
    """

    def __init__(
        self,
        context: TaskContext,
        index: Index,
        records: tuple[Record, ...],
        llm_calls: tuple[tuple[Site, ast.Call], ...],
    ) -> None:
        self._context = context
        self._index = index
        self._records = records
        self._llm_calls = llm_calls
        self._names = FileNames(context)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The rows of content."""
        written = {write.name for write in self.writes}
        found = []
        for record in (record for record in self._records if record.kind is Kind.ROW):
            name = self._names.of_row(record.field("filename"), record.site.scope)
            found.append(Row(record, name, name is not None and (name.known or name in written)))
        return tuple(found)

    def can_hold(self, row: Row, name: FileName) -> bool:
        """Whether a row can be that of a file.

        A constant out of sight can be any name that no other file has, and so can the path of a target that a loop
        takes out of `output()`.
        """
        if row.name is None or row.name.covers(name):
            return True
        if not row.name.known:
            return not any(w.name is not None and w.name.known and w.name.covers(name) for w in self.writes)
        if row.name.is_symbol is name.is_symbol:
            return False
        return not any(w.name is not None and row.name.covers(w.name) for w in self.writes)

    @cached_property
    def _found_writes(self) -> tuple[tuple[Write, ...], tuple[Unplaced, ...]]:
        # What a second evaluation would do does not matter here.
        context = replace(
            self._context, repeatable=_Indifferent(self._context.sources, self._context.inference)
        )
        finder = WriteFinder(context, frozenset(id(call) for _, call in self._llm_calls), likely=True)
        found: list[Write] = []
        unplaced: list[Unplaced] = []
        for site in possible_writes(self._context, self._index):
            if any(id(call) in self._record_calls for call in self._index.calls(site.statement)):
                continue
            try:
                for write in finder.at(site):
                    name = self._name_of(write)
                    found.append(Write(write, name, self._is_temporary(write.path, site)))
            except Refused as refused:
                if not self._opens_temporary(site):
                    unplaced.append(Unplaced(site, refused.reason, self._names_at(site)))
        return tuple(found), tuple(unplaced)

    def _opened_paths(self, site: Site) -> Iterator[ast.expr]:
        """The paths that a statement opens or writes to by a method of theirs."""
        for call in self._index.calls(site.statement):
            path = opened_path(call)
            if path is not None:
                yield path
            elif isinstance(call.func, ast.Attribute) and call.func.attr in {"write_text", "write_bytes"}:
                yield call.func.value

    def _opens_temporary(self, site: Site) -> bool:
        return any(self._is_temporary(path, site) for path in self._opened_paths(site))

    def _names_at(self, site: Site) -> tuple[FileName, ...]:
        """The files that a statement opens, else those that its calls are given."""
        given = [
            a
            for call in self._index.calls(site.statement)
            for a in (*call.args, *(k.value for k in call.keywords))
        ]
        for paths in (self._opened_paths(site), given):
            names = (self._names.of_path(path, site.scope) for path in paths)
            found = tuple(name for name in names if name is not None and name.known)
            if found:
                return found
        return ()

    @cached_property
    def _record_calls(self) -> frozenset[int]:
        return frozenset(id(record.call) for record in self._records)

    @property
    def writes(self) -> tuple[Write, ...]:
        """The files that it writes, temporary ones left out."""
        return tuple(write for write in self._found_writes[0] if not write.temporary)

    @property
    def unplaced(self) -> tuple[Unplaced, ...]:
        """The writes that cannot be followed."""
        return self._found_writes[1]

    def _name_of(self, write: WriteSite) -> FileName | None:
        scope = write.site.scope
        name = self._names.of_name(write.location.filename, scope)
        return name or self._names.of_path(write.path, scope)

    def output_name(self, key: str) -> FileName | None:
        """The file of a key of `output()`."""
        target = self._context.locations.outputs.targets[key]
        return self._names.of_name(target.filename, self._context.scope) or FileName(
            f"output {key}", known=False
        )

    def _is_temporary(self, path: ast.expr, site: Site) -> bool:
        pending: list[ast.expr] = [path]
        seen: set[str] = set()
        while pending:
            node = pending.pop()
            if any((dotted_name(n.func) or "").rpartition(".")[2] in _TEMPORARY for n in _calls_in(node)):
                return True
            own = self._context.locations.written_directory
            if any(_is_no_product(n, own) for n in walk(node)):
                return True
            for name in read_names(node) - seen:
                seen.add(name)
                for value in site.scope.values_of(name) or ():
                    if isinstance(value, ast.withitem):
                        pending.append(value.context_expr)
                    elif isinstance(value, ast.expr):
                        pending.append(value)
        return False


class _Indifferent(Repeatability):
    """Takes every expression for repeatable."""

    def outcome(self, node: ast.AST | None, scope: Scope, *, how: Use = Use.KEEP) -> Outcome:
        return SAME


def _is_no_product(node: ast.AST, run_directory: str) -> bool:
    """Whether a part of a path shows that its file is none that lasts; the plan's own directory may be temporary."""
    if isinstance(node, ast.Attribute):
        return node.attr == "devnull"
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.startswith(_TEMPORARY_ROOTS)
        and not (run_directory and f"{node.value}/".startswith(f"{run_directory}/"))
    )


def _calls_in(node: ast.expr) -> Iterator[ast.Call]:
    return (n for n in walk(node) if isinstance(n, ast.Call))
