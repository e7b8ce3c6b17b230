"""The edits of `apply` as fixes of `check`: carried by findings, or written."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from codemods.checking.engine import UNREFACTORED
from codemods.checking.finding import Edit, Finding
from codemods.errors import SourceError
from refactor.changes import run as rewriting
from refactor.checks.checking import CheckRun, Wanted
from refactor.project.opening import inspected

if TYPE_CHECKING:
    from pathlib import Path

    from codemods.model import FileRewrite, TaskReport
    from refactor.checks.request import Request
    from refactor.project.config import Configuration


def fix(request: Request, loaded: Configuration) -> str:
    """Refactors every unrefactored task that can be, and writes the files; gives a line for people.

    A task whose finding is not wanted, or is suppressed, stays as it is.
    """
    from refactor.checks.checking import check_paths

    paths = request.paths or loaded.paths
    wanted = Wanted(request.wanted.select, request.wanted.ignore)
    found = check_paths(paths, loaded.settings, wanted)
    undone = {(f.path, f.task) for f in found.findings if f.code == UNREFACTORED}
    if not undone:
        return "nothing to fix"

    def selected(report: TaskReport) -> bool:
        return (report.task.path, report.task.name) in undone

    project = inspected(paths, loaded)
    run = rewriting.rewrite(project, selected, rewriting.APPLY, dry=False)
    run = rewriting.write(run, project.reports)
    fixed = sum(outcome.changed for outcome in run.outcomes)
    refused = [outcome.report for outcome in run.outcomes if outcome.refused]
    why = "".join(f"; {r.task.name} refused: {r.reason}" for r in refused)
    return f"refactored {fixed} task{'s' * (fixed != 1)}{why}"


def with_edits(run: CheckRun, loaded: Configuration) -> CheckRun:
    """The run whose findings of unrefactored tasks carry the edit that `apply` would make."""
    by_file: dict[Path, list[Finding]] = defaultdict(list)
    for finding in run.findings:
        if finding.code == UNREFACTORED and finding.path not in run.sources:
            by_file[finding.path].append(finding)
    edits: dict[Finding, tuple[Edit, ...]] = {}
    for path, findings in by_file.items():
        try:
            project = inspected((path,), loaded)
        except SourceError:
            continue
        for finding in findings:
            rewritten = _of_task(project, finding, loaded)
            if rewritten is not None:
                edits[finding] = edits_of(rewritten, f"refactor apply --task {finding.task}")
    return replace(run, findings=tuple(replace(f, fix=edits[f]) if f in edits else f for f in run.findings))


def _of_task(project: object, finding: Finding, loaded: Configuration) -> FileRewrite | None:
    from refactor.project.opening import Project

    if not isinstance(project, Project):
        return None
    for inspection in project.inspections:
        if any(report.task.name == finding.task for report in inspection.reports):
            try:
                rewritten = rewriting.rewrite_file(
                    inspection,
                    lambda report: report.task.name == finding.task,
                    rewriting.APPLY,
                    loaded.settings,
                )
            except SourceError:
                return None
            return rewritten if rewritten.changed else None
    return None


def edits_of(rewritten: FileRewrite, message: str) -> tuple[Edit, ...]:
    """The lines that a rewrite of one task replaces: those of its method, and the imports above."""
    old, new = rewritten.before.lines, rewritten.after.lines
    end = 0
    while end < min(len(old), len(new)) and old[-1 - end] == new[-1 - end]:
        end += 1
    found: list[Edit] = []
    at, new_at = 0, 0
    while at < len(old) - end or new_at < len(new) - end:
        if at < len(old) - end and new_at < len(new) - end and old[at] == new[new_at]:
            at, new_at = at + 1, new_at + 1
            continue
        added = _import_lines(old, new, at, new_at)
        if added:
            found.append(Edit(message, at + 1, at + 1, "".join(new[new_at : new_at + added])))
            new_at += added
            continue
        found.append(Edit(message, at + 1, len(old) - end + 1, "".join(new[new_at : len(new) - end])))
        break
    return tuple(found)


def _import_lines(old: tuple[str, ...], new: tuple[str, ...], at: int, new_at: int) -> int:
    """How many import lines were put in before the old line, 0 where something else happened."""
    count = 0
    while new_at + count < len(new) and new[new_at + count].startswith(("import ", "from ")):
        count += 1
        if at < len(old) and new_at + count < len(new) and new[new_at + count] == old[at]:
            return count
    return 0
