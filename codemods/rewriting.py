"""Plan, transform and verify for one file: all or nothing for each task."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace

from codemods.discovery import entry_of
from codemods.model import FileInspection, FileRewrite, TaskReport, TaskState
from codemods.refusals import Refused
from codemods.resolution.classes import ClassRef, Function
from codemods.resolution.modules import Module, statements_at_module_level
from codemods.settings import Settings
from codemods.source import SourceFile
from codemods.transform import MethodEdit, rewrite_method, splice
from codemods.verification import verify_method


def apply_to_file(
    inspection: FileInspection, selected: Callable[[TaskReport], bool], settings: Settings
) -> FileRewrite:
    """Rewrites the selected tasks of one file whose state is todo."""
    source = inspection.source
    methods = entries(source, settings)
    edits: list[MethodEdit] = []
    imports: dict[str, None] = {}
    reports: list[TaskReport] = []
    changed: list[str] = []
    for report in inspection.reports:
        if report.state is not TaskState.TODO or report.analysis is None or not selected(report):
            reports.append(report)
            continue
        entry = methods[report.task.name, report.task.line]
        try:
            edit = rewrite_method(source, entry, report.analysis.insertions)
            _prove(source, entry, edit, report)
        except Refused as refused:
            refusal = refused.at(entry.lineno, entry.col_offset + 1)
            reports.append(replace(report, state=TaskState.REFUSED, reason=refusal.reason, refusal=refusal))
            continue
        edits.append(edit)
        imports.update(dict.fromkeys(report.analysis.imports))
        changed.append(report.task.name)
        reports.append(replace(report, state=TaskState.DONE))
    if not edits:
        return FileRewrite(source, source, tuple(reports))
    ordered = sorted(imports, key=lambda line: (line.startswith("from"), line))
    after = splice(source, edits, ordered)
    return FileRewrite(source, after, tuple(reports), tuple(changed))


def entries(source: SourceFile, settings: Settings) -> dict[tuple[str, int], Function]:
    """The entry methods of a file's classes by class name and line."""
    module = Module(source)
    found = {}
    for statement in statements_at_module_level(source.tree.body):
        if isinstance(statement, ast.ClassDef):
            entry = entry_of(ClassRef(module, statement), settings)
            if entry is not None:
                found[statement.name, statement.lineno] = entry
    return found


def _prove(source: SourceFile, entry: Function, edit: MethodEdit, report: TaskReport) -> None:
    before = "".join(source.lines[edit.first : edit.last])
    findings = verify_method(before, edit.text, report.task.name, entry.lineno, entry)
    if findings:
        raise Refused("DBR901", findings[0].message, entry)
