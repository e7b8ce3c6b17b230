"""The report as Markdown, for a pull request's comment or a job's summary: what decides, not the diffs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from refactor.output.markdown import cell
from refactor.project.display import display
from refactor.report_page.by_rule import rule_groups
from refactor.report_page.model import QUESTION_DETAIL, Verdict
from refactor.report_page.names import STATES, VERDICTS, move_name, shown_states
from refactor.report_page.questions import tally
from refactor.report_page.verdict import Level, overall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from refactor.report_page.by_rule import RuleGroup
    from refactor.report_page.gathering import Report
    from refactor.report_page.model import TaskPage
    from refactor.report_page.page import Head
    from refactor.report_page.since import Changes, Move

_SHOWN = 30
"""Tasks shown of a rule, changes of a list: a comment is limited, and nobody reads more."""

_MARKS = {Level.READY: "✅", Level.PROGRESS: "🔵", Level.ATTENTION: "⚠️", Level.BLOCKED: "⛔"}


def render(report: Report, head: Head, since: Changes | None = None) -> str:
    """The verdict, what has changed, findings by rule, the five questions and the stages.

    Args:
        report: what is shown.
        head: what the report is about.
        since: what has changed since an earlier report, None where none was named.
    """
    parts = [_verdict(report, head)]
    if since is not None:
        parts.append("\n".join(_since(since)))
    parts += ["\n".join(_rule(group)) for group in rule_groups(report.tasks)]
    if report.tasks:
        parts += [
            _folded("The reviewers' five questions", _questions(report)),
            _folded("Progress by stage", _stages(report)),
        ]
    return "\n\n".join(parts) + "\n"


def _verdict(report: Report, head: Head) -> str:
    said = overall(report, head.arguments)
    lines = [
        f"## {_MARKS[said.level]} {said.headline}",
        "",
        *(f"- {cell(reason)}" for reason in said.reasons),
    ]
    lines += [
        f"- {cell(problem.message)} ({cell(display(problem.path))})" for problem in report.problems[:_SHOWN]
    ]
    lines += [f"- outside of the tasks: {cell(line)}" for line in report.outside[:_SHOWN]]
    if said.command:
        lines += ["", "Next:", "", f"    {' '.join(said.command.split())}"]
    return "\n".join(lines)


def _since(since: Changes) -> Iterator[str]:
    yield f"### Since the report of {cell(since.since)}\n"
    if since.is_empty:
        yield "No task, finding or refusal has changed."
        return
    before, now = since.refactored
    yield f"{now} tasks are refactored; {before} were.\n"
    lines = [_move(move) for move in since.moves]
    lines += [f"- {code}: {was} → **{now}**" for code, was, now in since.codes]
    yield from lines


def _move(move: Move) -> str:
    named = ", ".join(cell(name) for name in move.names[:_SHOWN])
    more = f" and {len(move.names) - _SHOWN} more" if len(move.names) > _SHOWN else ""
    return f"- **{move_name(move.was, move.now)}** ({len(move.names)}): {named}{more}"


def _rule(group: RuleGroup) -> Iterator[str]:
    number = "refusal" if group.is_refusal else f"{group.number} finding{'s' * (group.number != 1)}"
    tasks = f"{len(group.tasks)} task{'s' * (len(group.tasks) != 1)}"
    yield f"### {group.code} {cell(group.title)}: {number} in {tasks}\n"
    if group.wrong:
        yield f"{group.wrong} **What to do:** {group.remedy}\n"
    names = ", ".join(
        f"{_name(page)} ({cell(display(page.report.task.path))}:{_line(page, group.code)})"
        for page, _ in group.tasks[:_SHOWN]
    )
    more = f" and {len(group.tasks) - _SHOWN} more" if len(group.tasks) > _SHOWN else ""
    yield f"<details><summary>Where</summary>\n\n{names}{more}\n\n</details>"


def _line(page: TaskPage, code: str) -> int:
    """The first line of a task that has a code."""
    refusal = page.report.refusal
    if refusal is not None and refusal.code == code:
        return refusal.line
    return next(finding.row for finding in page.findings if finding.code == code)


def _questions(report: Report) -> Iterator[str]:
    yield f"| question | {' | '.join(VERDICTS.values())} |"
    yield f"| --- |{' ---: |' * len(VERDICTS)}"
    for question, counts in tally([task.answers for task in report.tasks]):
        numbers = " | ".join(str(counts[verdict] or "") for verdict in Verdict)
        yield f"| {question} ({cell(QUESTION_DETAIL[question])}) | {numbers} |"


def _stages(report: Report) -> Iterator[str]:
    states = shown_states(report.counts)
    yield f"| stage | {' | '.join(STATES[state] for state in states)} |"
    yield f"| --- |{' ---: |' * len(states)}"
    for stage in report.stages:
        numbers = " | ".join(str(stage.counts[state] or "") for state in states)
        yield f"| {cell(stage.name)} | {numbers} |"
    yield f"| **all** | {' | '.join(f'**{report.counts[state]}**' for state in states)} |"


def _folded(title: str, lines: Iterator[str]) -> str:
    return f"<details><summary>{title}</summary>\n\n" + "\n".join(lines) + "\n\n</details>"


def _name(page: TaskPage) -> str:
    return cell(page.report.task.name)
