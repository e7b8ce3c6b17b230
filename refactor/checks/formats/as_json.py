"""Findings as one JSON document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from codemods.checking.rules import BY_CODE
from refactor.project.display import display

if TYPE_CHECKING:
    from codemods.checking.finding import Edit, Finding
    from refactor.checks.checking import CheckRun


def render(run: CheckRun) -> str:
    """`{"findings": […], "summary": {…}}`."""
    document = {
        "findings": [_finding(finding) for finding in run.findings],
        "summary": {
            "findings": len(run.findings),
            "tasks": len({(f.path, f.task) for f in run.findings if f.task}),
            "files_looked_at": run.looked_at,
            "files_checked": run.checked,
            "baselined": run.baselined,
            "by_code": dict(sorted(run.counts.items())),
        },
    }
    return json.dumps(document, indent=2) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "name": BY_CODE[finding.code].name,
        "message": finding.message,
        "path": display(finding.path),
        "location": {"row": finding.row, "column": finding.column},
        "end_location": {"row": finding.end_row, "column": finding.end_column},
        "task": finding.task or None,
        "strict": finding.strict,
        "fix": None if finding.fix is None else _fix(finding.fix),
    }


def _fix(edits: tuple[Edit, ...]) -> dict[str, Any]:
    return {
        "message": edits[0].message if edits else "",
        "applicability": "safe",
        "edits": [
            {
                "content": edit.content,
                "location": {"row": edit.row, "column": 1},
                "end_location": {"row": edit.end_row, "column": 1},
            }
            for edit in edits
        ],
    }
