"""Findings by rule as Markdown, for a pull request's comment or a job's summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codemods.checking.rules import BY_CODE
from refactor.checks.formats.concise import summary
from refactor.output.markdown import cell
from refactor.project.display import display

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codemods.checking.finding import Finding
    from refactor.checks.checking import CheckRun

_SHOWN = 50
"""Findings shown of a rule; the whole of a comment or of a summary is limited, and nobody reads more."""


def render(run: CheckRun) -> str:
    """A heading with the number, then each rule with its text, what to do, and its findings, folded."""
    rules = sorted(run.counts, key=lambda code: (-run.counts[code], code))
    sections = ("\n".join(_rule(code, [f for f in run.findings if f.code == code])) for code in rules)
    return "\n".join((f"## refactor check\n\n{summary(run)}\n", *sections))


def _rule(code: str, findings: Sequence[Finding]) -> Iterator[str]:
    rule = BY_CODE[code]
    yield f"### {code} {rule.name}: {len(findings)}\n"
    yield f"{rule.wrong} **What to do:** {rule.remedy}\n"
    yield "<details><summary>Where</summary>\n"
    yield "| place | task | finding |\n| --- | --- | --- |"
    for one in findings[:_SHOWN]:
        judgement = " (judgement)" if one.strict else ""
        yield f"| {cell(display(one.path))}:{one.row} | {cell(one.task)} | {cell(one.message)}{judgement} |"
    if len(findings) > _SHOWN:
        yield f"\nand {len(findings) - _SHOWN} more."
    yield "\n</details>\n"
