"""A stand-in for `codemods.api`: the command line is tested for what it does with answers, not for them.

A task is done, refused or defective where its class holds a comment that says so; applying inserts one.
Run as a script it is the `refactor` command on top of the stand-in.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemods import api
from codemods.errors import RefactorError
from codemods.model import (
    ContentOrigin,
    FileInspection,
    FileRewrite,
    FileWrite,
    Insertion,
    LlmCall,
    Refusal,
    Step,
    TaskAnalysis,
    TaskClass,
    TaskReport,
    TaskState,
    VerifyFinding,
    VerifyReport,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from codemods.settings import Settings
    from codemods.source import SourceFile

MARK = "        # done"


def files_with_tasks(
    contents: Mapping[Path, bytes], settings: Settings, *, follow: bool = True
) -> frozenset[Path]:
    return frozenset(
        path
        for path, data in contents.items()
        if any(base.encode() in data for base in settings.base_classes)
    )


def inspect(
    sources: Sequence[SourceFile], settings: Settings, wanted: Callable[[TaskClass], bool] = lambda task: True
) -> tuple[FileInspection, ...]:
    return tuple(FileInspection(source, tuple(_reports(source, settings))) for source in sources)


def apply(inspection: FileInspection, selected: api.Selector, settings: Settings) -> FileRewrite:
    if "# crash" in inspection.source.text:
        raise KeyError("a defect")
    if "# unprovable" in inspection.source.text:
        raise RefactorError("the proof failed")
    lines = list(inspection.source.lines)
    changed = [one for one in inspection.reports if selected(one) and one.state is TaskState.TODO]
    for report in reversed(changed):
        lines.insert(_entry_line(inspection.source, report), MARK + inspection.source.newline)
    return _rewrite(inspection, "".join(lines), changed, settings)


def revert(inspection: FileInspection, selected: api.Selector, settings: Settings) -> FileRewrite:
    lines = list(inspection.source.lines)
    changed = [one for one in inspection.reports if selected(one) and one.state is TaskState.DONE]
    for report in reversed(changed):
        del lines[_entry_line(inspection.source, report)]
    return _rewrite(inspection, "".join(lines), changed, settings)


def verify(before: SourceFile, after: SourceFile, settings: Settings) -> VerifyReport:
    left = iter(line.strip() for line in after.lines)
    tasks = tuple(report.task.name for report in _reports(before, settings))
    for number, line in enumerate(before.lines, 1):
        if not any(line.strip() == candidate for candidate in left):
            return VerifyReport(
                tasks, (VerifyFinding(tasks[0], f"this line is gone: {line.strip()}", number),)
            )
    return VerifyReport(tasks)


def _reports(source: SourceFile, settings: Settings) -> list[TaskReport]:
    return [
        _report(node, source, settings)
        for node in source.tree.body
        if isinstance(node, ast.ClassDef)
        and {ast.unparse(base) for base in node.bases} & {*settings.base_classes}
    ]


def _report(node: ast.ClassDef, source: SourceFile, settings: Settings) -> TaskReport:
    text = "".join(source.lines[node.lineno - 1 : node.end_lineno])
    requires = [one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "requires"]
    names = tuple(name.id for one in requires for name in ast.walk(one) if isinstance(name, ast.Name))
    row = node.name.removesuffix("Task").lower()
    group = settings.stages.get(node.name, source.path.stem)
    task = TaskClass(node.name, source.path, node.lineno, 1, "run_inner", row, group, names)
    if node.name in settings.exempt:
        return TaskReport(task, TaskState.EXEMPT, "exempt in the configuration")
    if "# refused" in text:
        refusal = Refusal("DBR002", "the suite is on one line", node.lineno + 1, 5)
        return TaskReport(task, TaskState.REFUSED, "", refusal)
    if "# defective" in text:
        return TaskReport(task, TaskState.DEFECTIVE, "a file is written before its row")
    if "# done" in text:
        return TaskReport(task, TaskState.DONE)
    return TaskReport(task, TaskState.TODO, analysis=_analysis(node.lineno))


def _analysis(line: int) -> TaskAnalysis:
    call = LlmCall(
        "Summarise.execute", line + 2, "plan_prompt", "summary", "json.dumps(summary.to_dict())", True, False
    )
    write = FileWrite(
        "summary.save_raw",
        line + 3,
        "raw",
        "FilenameEnum.RAW.value",
        "007-raw.json",
        "json",
        ContentOrigin.WRITER_SOURCE,
        "json.dumps(summary.to_dict(), indent=2)",
        True,
    )
    insertions = (
        Insertion(Step.CLOSE, (), "closing", "db_service.close()\n", line + 1),
        Insertion(Step.SERVICE, (), "prologue", "db_service = None\n", line + 1),
        Insertion(Step.PENDING, (("body", 0),), "before", "interaction_id = None\n", line + 2),
    )
    return TaskAnalysis(("setup", "purpose"), (call,), (write,), insertions, ("import json\n",))


def _entry_line(source: SourceFile, report: TaskReport) -> int:
    lines = enumerate(source.lines)
    return next(at for at, line in lines if at >= report.task.line and "def run_inner" in line) + 1


def _rewrite(
    inspection: FileInspection, text: str, changed: Sequence[TaskReport], settings: Settings
) -> FileRewrite:
    after = inspection.source.with_text(text)
    names = tuple(report.task.name for report in changed)
    return FileRewrite(inspection.source, after, tuple(_reports(after, settings)), names)


FUNCTIONS = (files_with_tasks, inspect, apply, revert, verify)

if __name__ == "__main__":
    from refactor.cli import main

    for function in FUNCTIONS:
        setattr(api, function.__name__, function)
    main(prog_name="refactor")
