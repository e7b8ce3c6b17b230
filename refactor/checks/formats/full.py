"""Findings with the code around them and a caret under what is wrong."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from codemods.checking.rules import BY_CODE
from refactor.checks.formats.concise import line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from codemods.checking.finding import Finding
    from refactor.checks.checking import CheckRun

_CONTEXT = 2
_TAB = 4


def render(run: CheckRun) -> str:
    """A block a finding: its line, its source frame, and what to do."""
    lines: dict[Path, list[str]] = {}
    blocks = []
    for finding in run.findings:
        if finding.path not in lines:
            lines[finding.path] = run.lines_of(finding.path)
        blocks.append(_block(finding, lines[finding.path]))
    return "\n".join(blocks)


def _block(finding: Finding, lines: Sequence[str]) -> str:
    frame = "".join(f"{row}\n" for row in _frame(finding, lines))
    return f"{line(finding)}\n{frame}   = help: {BY_CODE[finding.code].remedy}\n"


def _frame(finding: Finding, lines: Sequence[str]) -> list[str]:
    if finding.row > len(lines):
        return []
    first, last = max(1, finding.row - _CONTEXT), min(len(lines), finding.row + _CONTEXT)
    width = len(str(last))
    rows = [f"{'':>{width}} |"]
    for number in range(first, last + 1):
        text = lines[number - 1]
        rows.append(f"{number:>{width}} | {text.expandtabs(_TAB)}".rstrip())
        if number == finding.row:
            start = finding.column - 1
            end = finding.end_column - 1 if finding.end_row == finding.row else len(text.rstrip())
            before, under = text[:start].expandtabs(_TAB), text[: max(end, start + 1)].expandtabs(_TAB)
            carets = "^" * max(1, _width(under) - _width(before))
            rows.append(f"{'':>{width}} | {' ' * _width(before)}{carets} {finding.code}")
    rows.append(f"{'':>{width}} |")
    return rows


def _width(text: str) -> int:
    """The columns that a text takes on a terminal."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )
