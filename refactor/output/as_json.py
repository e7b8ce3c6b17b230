"""The JSON documents of `apply`, `revert` and `status`: one object a task, and a summary."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from codemods.model import Insertion, Refusal, TaskReport, TaskState
from refactor.output.text import count, reason
from refactor.project.display import display

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from codemods.errors import SourceError
    from codemods.model import FileRewrite
    from refactor.changes.run import Run
    from refactor.output.batches import Batch


def run_document(run: Run) -> str:
    """What became of the tasks asked for; `state` is what the file on disk has now."""
    counts = count(run)
    word = run.verb.past if not run.dry else f"would_be_{run.verb.past}"
    summary = {
        word: counts["changed"],
        "refused": counts["refused"],
        "exempt": counts["exempt"],
        run.verb.settled.replace(" ", "_"): counts["settled"],
        "defective": counts["defective"],
        "left": counts["left"],
    }
    edits = {"edits": [_edits(rewrite) for rewrite in run.rewrites]} if run.dry else {}
    return _document([outcome.report for outcome in run.outcomes], summary, run.problems, edits)


def _edits(rewrite: FileRewrite) -> dict[str, Any]:
    """One file's edits: each replaces the lines from `row` up to and without `end_row`, 1-based, by `content`.

    All rows are those of the file as it is; the digest tells whether it still is.
    """
    import hashlib

    from patiencediff import PatienceSequenceMatcher

    before, after = rewrite.before.lines, rewrite.after.lines
    blocks = PatienceSequenceMatcher(None, before, after).get_opcodes()
    return {
        "path": display(rewrite.before.path),
        "sha256": hashlib.sha256(rewrite.before.to_bytes()).hexdigest(),
        "edits": [
            {"row": start + 1, "end_row": end + 1, "content": "".join(after[new_start:new_end])}
            for tag, start, end, new_start, new_end in blocks
            if tag != "equal"
        ],
    }


def status_document(
    reports: Sequence[TaskReport], batch: Batch | None, problems: Sequence[SourceError]
) -> str:
    """Where every task stands, and the next batch."""
    states = Counter(report.state for report in reports)
    summary: dict[str, Any] = {
        str(state): states[state] for state in TaskState if state is not TaskState.UNPLANNED
    }
    summary["total"] = len(reports)
    summary["next_batch"] = batch and {"stage": batch.stage, "tasks": list(batch.tasks)}
    return _document(reports, summary, problems)


def explain_document(reports: Sequence[TaskReport], problems: Sequence[SourceError]) -> str:
    """What was understood of tasks: the reads, calls and writes, and each edit that `apply` would make."""
    document = {
        "tasks": [_explained(report) for report in reports],
        "errors": [_error(problem) for problem in problems],
    }
    return json.dumps(document, indent=2)


def _explained(report: TaskReport) -> dict[str, Any]:
    analysis, refusal = report.analysis, report.refusal
    return {
        **_task(report),
        "requires": list(report.task.requires),
        "refusal": _refusal(refusal) if refusal else None,
        "also": [_refusal(more) for more in report.also],
        "inputs": list(analysis.inputs) if analysis else [],
        "calls": [asdict(call) for call in analysis.calls] if analysis else [],
        "writes": [asdict(write) for write in analysis.writes] if analysis else [],
        "edits": [
            {
                "step": str(edit.step),
                "method": method,
                "where": edit.where,
                "line": edit.line,
                "code": edit.code,
            }
            for method, insertions in _insertions(report)
            for edit in insertions
        ],
        "imports": list(analysis.imports) if analysis else [],
    }


def _insertions(report: TaskReport) -> list[tuple[str, tuple[Insertion, ...]]]:
    """What is inserted into each method, the entry method first."""
    analysis = report.analysis
    if analysis is None:
        return []
    methods = [(method.name, method.insertions) for method in analysis.methods]
    return [(report.task.entry or "", analysis.insertions), *methods]


def _refusal(refusal: Refusal) -> dict[str, Any]:
    return {
        "code": refusal.code,
        "reason": refusal.reason,
        "line": refusal.line,
        "column": refusal.column,
    }


def _document(
    reports: Sequence[TaskReport],
    summary: Mapping[str, Any],
    problems: Sequence[SourceError],
    more: Mapping[str, Any] = MappingProxyType({}),
) -> str:
    document = {
        "tasks": [_task(report) for report in reports],
        **more,
        "errors": [_error(problem) for problem in problems],
        "summary": {**summary, "errors": len(problems)},
    }
    return json.dumps(document, indent=2)


def _task(report: TaskReport) -> dict[str, Any]:
    return {
        "task": report.task.name,
        "path": display(report.task.path),
        "line": report.task.line,
        "entry": report.task.entry,
        "stage": report.task.group,
        "state": str(report.state),
        "reason": reason(report),
        "row_after_file": report.row_after_file,
    }


def _error(problem: SourceError) -> dict[str, Any]:
    return {
        "path": display(problem.path),
        "line": problem.line,
        "column": problem.column,
        "message": problem.message,
    }
