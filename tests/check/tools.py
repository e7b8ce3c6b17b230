"""Checking a text, and what is found in it."""

from __future__ import annotations

from pathlib import Path

from codemods.checking.engine import Checker, unreadable
from codemods.checking.finding import Finding
from codemods.errors import SourceError
from codemods.settings import Settings
from codemods.source import SourceFile

HERE = Path("example.py")


def findings(code: str, *, strict: bool = False, path: Path = HERE) -> tuple[Finding, ...]:
    """What a check finds in a text."""
    try:
        return Checker(Settings(), strict=strict).check(SourceFile(path, code))
    except SourceError as error:
        return (unreadable(error),)


def codes(code: str, *, strict: bool = False) -> list[str]:
    """The codes of what a check finds in a text."""
    return [finding.code for finding in findings(code, strict=strict)]
