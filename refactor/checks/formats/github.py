"""Findings as workflow commands, which GitHub shows beside the changed lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from refactor.project.display import display

if TYPE_CHECKING:
    from codemods.checking.finding import Finding
    from refactor.checks.checking import CheckRun


def render(run: CheckRun) -> str:
    """One command a finding."""
    return "".join(f"{_command(finding)}\n" for finding in run.findings)


def _command(finding: Finding) -> str:
    kind = "warning" if finding.strict else "error"
    properties = {
        "title": f"refactor ({finding.code})",
        "file": display(finding.path),
        "line": str(finding.row),
        "col": str(finding.column),
        "endLine": str(finding.end_row),
    }
    if finding.end_row == finding.row:  # GitHub knows columns only within a line
        properties["endColumn"] = str(finding.end_column)
    task = f"{finding.task}: " if finding.task and finding.task not in finding.message else ""
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{kind} {written}::{_data(f'{finding.code} {task}{finding.message}')}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
