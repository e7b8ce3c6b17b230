"""Takes the inserted steps out again, and proves it: applying to the result must give the present bytes."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Callable
from dataclasses import dataclass, replace

from codemods.api import inspect
from codemods.errors import SourceError
from codemods.model import FileInspection, FileRewrite, TaskReport, TaskState
from codemods.planning.names import IMPORT_MARK
from codemods.resolution.classes import Function
from codemods.rewriting import apply_to_file, entries
from codemods.settings import Settings
from codemods.source import SourceFile
from codemods.transform import MethodEdit, method_span, parse_method_text, render_method, splice
from codemods.unweaving import unweave

_EDITED = "its steps were not written by this version, or were edited since; undo it with git"


def revert_file(
    inspection: FileInspection, selected: Callable[[TaskReport], bool], settings: Settings
) -> FileRewrite:
    """Reverts the selected tasks of one file that are done.

    A task whose present text is not exactly what `apply` would make of the reverted one is left alone, with
    the reason in its report.
    """
    source = inspection.source
    wanted = {
        (r.task.name, r.task.line): r for r in inspection.reports if r.state is TaskState.DONE and selected(r)
    }
    methods = entries(source, settings)
    edits = {key: edit for key in wanted if (edit := _taken_out(source, methods[key])) is not None}
    kept = _proven(source, edits, methods, settings)
    reports = tuple(_after(r, wanted, kept) for r in inspection.reports)
    if not kept:
        return FileRewrite(source, source, reports)
    after = _without_imports(splice(source, kept.values(), ()))
    return FileRewrite(source, after, reports, tuple(name for name, _ in kept))


@dataclass(frozen=True)
class _Named:
    """Selects tasks by name."""

    names: frozenset[str]

    def __call__(self, report: TaskReport) -> bool:
        return report.task.name in self.names


def _after(
    report: TaskReport, wanted: dict[tuple[str, int], TaskReport], kept: dict[tuple[str, int], MethodEdit]
) -> TaskReport:
    key = (report.task.name, report.task.line)
    if key in kept:
        return replace(report, state=TaskState.TODO)
    return replace(report, reason=_EDITED) if key in wanted else report


def _taken_out(source: SourceFile, method: Function) -> MethodEdit | None:
    parsed = parse_method_text(source, method)
    removed = unweave(parsed.function, method, parsed.unit)
    if removed is None:
        return None
    first, last = method_span(method)
    return MethodEdit(first, last, render_method(parsed, removed))


def _proven(
    source: SourceFile,
    edits: dict[tuple[str, int], MethodEdit],
    methods: dict[tuple[str, int], Function],
    settings: Settings,
) -> dict[tuple[str, int], MethodEdit]:
    """Those edits whose result, refactored again, is the present text."""
    kept = dict(edits)
    while kept:
        candidate = _without_imports(splice(source, kept.values(), ()))
        wanted = _Named(frozenset(name for name, _ in kept))
        try:
            again = apply_to_file(inspect([candidate], settings)[0], wanted, settings)
        except SourceError:
            return {}
        present = {name: _text(source, methods[name, line]) for name, line in kept}
        remade = {
            name: _text(again.after, method) for (name, _), method in entries(again.after, settings).items()
        }
        failing = {key for key in kept if remade.get(key[0]) != present[key[0]]}
        if not failing:
            return kept
        kept = {key: edit for key, edit in kept.items() if key not in failing}
    return kept


def _text(source: SourceFile, method: Function) -> str:
    first, last = method_span(method)
    return "".join(source.lines[first:last])


def _without_imports(source: SourceFile) -> SourceFile:
    """The file without those marked imports that nothing uses any more."""
    marked = [i for i, line in enumerate(source.lines) if line.rstrip("\r\n").endswith(IMPORT_MARK)]
    if not marked:
        return source
    bound = {
        statement.lineno - 1: {a.asname or a.name.partition(".")[0] for a in statement.names}
        for statement in source.tree.body
        if isinstance(statement, ast.Import | ast.ImportFrom) and statement.lineno - 1 in marked
    }
    used = _global_names(symtable.symtable(source.text, str(source.path), "exec"))
    unused = {index for index, names in bound.items() if not names & used}
    return source.with_text("".join(line for i, line in enumerate(source.lines) if i not in unused))


def _global_names(table: symtable.SymbolTable) -> set[str]:
    """The names that functions and classes of a module read from the module, and those the module itself reads."""
    found = {
        symbol.get_name()
        for symbol in table.get_symbols()
        if symbol.is_referenced() and (symbol.is_global() or table.get_type() == "module")
    }
    return found.union(*(_global_names(child) for child in table.get_children()))
