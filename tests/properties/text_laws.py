"""Laws about the text of the result: what was there is there still, and nothing else happened."""

from __future__ import annotations

import ast

from codemods import api
from tests.properties.decisions import Decisions
from tests.properties.laws import SETTINGS, Refactored, is_subsequence, undefined_names


def _entry(text: str) -> ast.FunctionDef | ast.AsyncFunctionDef:
    methods = [
        member
        for statement in ast.parse(text).body
        if isinstance(statement, ast.ClassDef)
        for member in statement.body
        if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return next(m for m in methods if m.name in SETTINGS.entry_methods)


def _outside(text: str) -> list[str]:
    """The lines outside of the entry method, without the marked imports."""
    entry = _entry(text)
    lines = text.splitlines(keepends=True)
    rest = [*lines[: entry.lineno - 1], *lines[entry.end_lineno :]]
    return [line for line in rest if not line.rstrip().endswith("# database-first steps")]


def text_laws(case: Refactored, _: Decisions) -> list[str]:
    """Original lines are a subsequence, all else is byte-identical, names are defined, a second run is idle."""
    before, after = case.source, case.rewrite.after
    found = undefined_names(after.text)
    if len(case.rewrite.changed) != 1:
        found.append(f"changed {case.rewrite.changed}")
    if _outside(before.text) != _outside(after.text):
        found.append("outside of the entry method something changed")
    lost = is_subsequence(list(before.lines), list(after.lines))
    if lost is not None:
        found.append(f"lost the line {lost!r}")
    if api.apply(case.inspect(after), lambda _: True, case.settings).after.text != after.text:
        found.append("a second run changes something")
    found.extend(finding.message for finding in api.verify(before, after, case.settings).findings)
    return found


class RevertLaw:
    """Reverting restores the file byte for byte, or, once at most in all these, leaves a task alone; nothing else."""

    def __init__(self) -> None:
        self.left_alone = 0

    def __call__(self, case: Refactored, _: Decisions) -> list[str]:
        """What is wrong with one case."""
        applied = case.rewrite.after
        reverted = api.revert(case.inspect(applied), lambda _: True, case.settings).after.to_bytes()
        self.left_alone += reverted == applied.to_bytes()
        if reverted in {case.source.to_bytes(), applied.to_bytes()}:
            return []
        return ["reverting gives other bytes than the original's"]
