"""Which of the done and exempt tasks are defective: what `check` finds in them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from codemods.errors import SourceError
from codemods.model import FileInspection, TaskState
from refactor.project.boundary import file_boundary

if TYPE_CHECKING:
    from codemods.checking.finding import Finding
    from refactor.changes.run import Selector
    from refactor.project.opening import Project


def with_defects(project: Project, selected: Selector = lambda report: True) -> Project:
    """The project with those of its done and exempt tasks as defective that `check` has something against.

    Only files with such a task are checked. One that the rules cannot be applied to is among the problems, and its
    tasks stand as they stood.

    Args:
        project: as inspected.
        selected: which tasks are looked at.
    """
    from codemods.checking.engine import UNREFACTORED, Checker

    checker = Checker(project.configuration.settings)
    inspections: list[FileInspection] = []
    problems = list(project.problems)
    for inspection in project.inspections:
        settled = {TaskState.DONE, TaskState.EXEMPT}
        done = [r for r in inspection.reports if r.state in settled and selected(r)]
        found: dict[str, list[Finding]] = defaultdict(list)
        if done:
            try:
                with file_boundary(inspection.source.path):
                    for finding in checker.check(inspection.source):
                        # That a task has no steps because another one is refused is said there.
                        if finding.code != UNREFACTORED:
                            found[finding.task].append(finding)
            except SourceError as error:
                problems.append(error)
        reports = tuple(
            replace(report, state=TaskState.DEFECTIVE, reason=_reason(found[report.task.name]))
            if report in done and report.task.name in found
            else report
            for report in inspection.reports
        )
        inspections.append(FileInspection(inspection.source, reports))
    return replace(project, inspections=tuple(inspections), problems=tuple(problems))


def _reason(findings: list[Finding]) -> str:
    """The first finding with its code and line, and how many more there are."""
    first, *others = findings
    more = f" (and {len(others)} more)" if others else ""
    return f"{first.code} line {first.row}: {first.message}{more}"
