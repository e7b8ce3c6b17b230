"""Plan, transform and verify for one file: all or nothing for each task."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from codemods.model import FileInspection, FileRewrite, Insertion, Refusal, TaskReport, TaskState
from codemods.python.classes import ClassRef, Function
from codemods.python.compiling import compile_error
from codemods.python.deep_stack import with_deep_stack
from codemods.python.modules import Module, statements_at_module_level
from codemods.refusals import Refused
from codemods.rewriting.proof import verify_method
from codemods.rewriting.transform import MethodEdit, rewrite_method, splice
from codemods.settings import Settings
from codemods.source import SourceFile
from codemods.tasks.discovery import entry_of
from codemods.tasks.task_boundary import task_boundary


def apply_to_file(
    inspection: FileInspection, selected: Callable[[TaskReport], bool], settings: Settings
) -> FileRewrite:
    """Rewrites the selected tasks of one file whose state is todo."""
    source = inspection.source
    methods = entries(source, settings)
    candidates: dict[tuple[str, int], _Candidate] = {}
    refusals: dict[tuple[str, int], Refusal] = {}
    for report in inspection.reports:
        if report.state is not TaskState.TODO or report.analysis is None or not selected(report):
            continue
        key = report.task.name, report.task.line
        entry = methods[key]
        try:
            edits = with_deep_stack(partial(_proven_edits, source, entry, report))
        except Refused as refused:
            refusals[key] = refused.at(entry.lineno, entry.col_offset + 1)
            continue
        candidates[key] = _Candidate(edits, report.analysis.imports)
    after, problems = _compiling(source, candidates)
    for key, problem in problems.items():
        entry = methods[key]
        refusals[key] = Refused("DBR903", problem, entry).at(entry.lineno, entry.col_offset + 1)
        del candidates[key]
    reports: list[TaskReport] = []
    for report in inspection.reports:
        key = report.task.name, report.task.line
        refusal = refusals.get(key)
        if refusal is not None:
            reports.append(replace(report, state=TaskState.REFUSED, reason=refusal.reason, refusal=refusal))
        else:
            reports.append(replace(report, state=TaskState.DONE) if key in candidates else report)
    return FileRewrite(source, after, tuple(reports), tuple(name for name, _ in candidates))


@dataclass(frozen=True)
class _Candidate:
    """The proven edits of one task's methods, and the imports that they need."""

    edits: tuple[MethodEdit, ...]
    imports: tuple[str, ...]


def _compiling(
    source: SourceFile, candidates: Mapping[tuple[str, int], _Candidate]
) -> tuple[SourceFile, dict[tuple[str, int], str]]:
    """The file with the edits whose result compiles from its bytes, and why each of the others does not."""
    if not candidates:
        return source, {}
    after = _with(source, candidates.values())
    problem = compile_error(after)
    if problem is None:
        return after, {}
    problems: dict[tuple[str, int], str] = {}
    kept: list[_Candidate] = []
    after = source
    for key, candidate in candidates.items():
        tried = _with(source, [*kept, candidate])
        problem = compile_error(tried)
        if problem is None:
            kept.append(candidate)
            after = tried
        else:
            problems[key] = problem
    return after, problems


def _with(source: SourceFile, candidates: Iterable[_Candidate]) -> SourceFile:
    chosen = list(candidates)
    imports = dict.fromkeys(line for candidate in chosen for line in candidate.imports)
    ordered = sorted(imports, key=lambda line: (line.startswith("from"), line))
    return splice(source, [edit for candidate in chosen for edit in candidate.edits], ordered)


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


def methods_of(source: SourceFile, name: str, line: int) -> tuple[Function, ...]:
    """The methods of one class of a file, by its name and line."""
    return tuple(
        member
        for statement in statements_at_module_level(source.tree.body)
        if isinstance(statement, ast.ClassDef) and (statement.name, statement.lineno) == (name, line)
        for member in statement.body
        if isinstance(member, Function)
    )


def _proven_edits(source: SourceFile, entry: Function, report: TaskReport) -> tuple[MethodEdit, ...]:
    """The rewritten methods of a task. Raises Refused where one cannot be made or proven."""
    analysis, task = report.analysis, report.task
    if analysis is None:
        return ()
    by_line = {method.lineno: method for method in methods_of(source, task.name, task.line)}
    plans = [(entry, analysis.insertions), *((by_line[m.line], m.insertions) for m in analysis.methods)]
    return tuple(_proven_edit(source, method, insertions, task.name) for method, insertions in plans)


def _proven_edit(
    source: SourceFile, method: Function, insertions: Sequence[Insertion], task: str
) -> MethodEdit:
    with task_boundary(method):
        edit = rewrite_method(source, method, insertions)
        before = "".join(source.lines[edit.first : edit.last])
        findings = verify_method(before, edit.text, task, method.lineno, method)
        if findings:
            raise Refused("DBR901", findings[0].message, method)
        return edit
