"""Findings a line each: `path:line:column: CODE [*] message`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codemods.checking.rules import BY_CODE
from refactor.project.display import display

if TYPE_CHECKING:
    from codemods.checking.finding import Finding
    from refactor.checks.checking import CheckRun


def render(run: CheckRun) -> str:
    """One line a finding."""
    return "".join(f"{line(finding)}\n" for finding in run.findings)


def line(finding: Finding) -> str:
    """The line of one finding; `[*]` where an edit removes it, `[strict]` where it is a judgement."""
    marks = ("[*] " if finding.fix is not None else "") + ("[strict] " if finding.strict else "")
    return f"{display(finding.path)}:{finding.row}:{finding.column}: {finding.code} {marks}{finding.message}"


def statistics(run: CheckRun) -> str:
    """One line a rule: how often, its code, its name."""
    counted = sorted(run.counts.items(), key=lambda item: (-item[1], item[0]))
    width = len(str(counted[0][1])) if counted else 0
    return "".join(f"{count:>{width}}  {code}  {BY_CODE[code].name}\n" for code, count in counted)


def summary(run: CheckRun) -> str:
    """`Found 3 findings in 2 tasks.`, and what the baseline hides."""
    count = len(run.findings)
    hidden = f" ({run.baselined} more in the baseline)" if run.baselined else ""
    if not count:
        return f"No findings{hidden}."
    tasks = len({(f.path, f.task) for f in run.findings if f.task})
    where = f" in {tasks} task{'s' * (tasks != 1)}" if tasks else ""
    return f"Found {count} finding{'s' * (count != 1)}{where}{hidden}."
