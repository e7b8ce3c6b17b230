"""Shows the values of the report as one HTML file that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from codemods.model import TaskState
from refactor.output.text import problem_line
from refactor.project.display import display
from refactor.report_page.graph import NODE_HEIGHT, NODE_WIDTH, draw
from refactor.report_page.highlighting import highlighted
from refactor.report_page.model import QUESTION_DETAIL, QUESTION_SHORT, STEP_NAMES, Question, Verdict
from refactor.report_page.questions import tally
from refactor.report_page.verdict import overall

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence

    from codemods.checking.finding import Finding
    from refactor.report_page.gathering import Report
    from refactor.report_page.model import Diff, Row, TaskPage

STATES = {
    TaskState.DONE: "refactored",
    TaskState.TODO: "to do",
    TaskState.REFUSED: "refused",
    TaskState.DEFECTIVE: "defective",
    TaskState.EXEMPT: "exempt",
}
"""The states in the order in which they are listed, and what they are called."""

VERDICTS = {
    Verdict.YES: "yes",
    Verdict.NO: "no",
    Verdict.UNKNOWN: "undecided",
    Verdict.NOT_APPLICABLE: "not applicable",
}
_ASSETS = "assets"


@dataclass(frozen=True)
class Head:
    """What stands above the report.

    Attributes:
        paths: what was looked at.
        made: when, for people.
        version: of the tool.
    """

    paths: tuple[str, ...]
    made: str
    version: str


@dataclass(frozen=True)
class ShownRow:
    """A row of a diff, ready to be shown.

    Attributes:
        row: the row.
        old: the original line as HTML.
        new: the refactored line as HTML.
        anchor: the id of the refactored line, empty where nothing points at it.
        findings: those to be told below it.
        refusal: why the task was refused, where this is the line.
    """

    row: Row
    old: Markup
    new: Markup
    anchor: str
    findings: tuple[Finding, ...]
    refusal: str


@dataclass(frozen=True)
class Bar:
    """One piece of a progress bar, in percent."""

    state: TaskState
    start: float
    width: float


def render(report: Report, head: Head) -> str:
    """The whole page."""
    environment = Environment(
        loader=PackageLoader("refactor.report_page", _ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["place"] = display
    environment.filters["with_code"] = _with_code
    style, theme, script = _asset("report.css"), _asset("theme.js"), _asset("report.js")
    return environment.get_template("page.html.j2").render(
        report=report,
        head=head,
        overall=overall(report),
        tally=list(tally([task.answers for task in report.tasks])),
        problems=[problem_line(problem) for problem in report.problems],
        drawing=draw(report.tasks),
        states=STATES,
        columns=_columns(report),
        verdicts=VERDICTS,
        steps=STEP_NAMES,
        questions=list(Question),
        detail=QUESTION_DETAIL,
        short=QUESTION_SHORT,
        node_width=NODE_WIDTH,
        node_height=NODE_HEIGHT,
        bars=bars,
        blocks=blocks,
        shown_lines=shown_lines,
        needs_attention=needs_attention,
        policy=_policy((style,), (theme, script)),
        # Our own files, not data: the policy lets nothing else in.
        style=Markup(style),  # noqa: S704
        theme=Markup(theme),  # noqa: S704
        script=Markup(script),  # noqa: S704
    )


def _with_code(text: str) -> Markup:
    """A sentence with what stands between backticks as code."""
    parts = [escape(part) for part in text.split("`")]
    return Markup().join(Markup("<code>{}</code>").format(p) if n % 2 else p for n, p in enumerate(parts))


def _policy(styles: Sequence[str], scripts: Sequence[str]) -> str:
    """A content security policy that allows what is in the page by its hash, and no request at all."""
    return (
        f"default-src 'none'; style-src {' '.join(map(_hash, styles))}; script-src {' '.join(map(_hash, scripts))}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _asset(name: str) -> str:
    # The hash in the policy is of what the browser reads, which has line feeds only.
    text = (resources.files("refactor.report_page") / _ASSETS / name).read_text(encoding="utf-8")
    return text.replace("\r\n", "\n")


def _columns(report: Report) -> list[TaskState]:
    """The states that are worth a column: those that occur, and the two that everything is about."""
    always = {TaskState.DONE, TaskState.TODO}
    return [state for state in STATES if state in always or report.counts[state]]


def bars(counts: Counter[TaskState]) -> list[Bar]:
    """The pieces of a progress bar; what is exempt does not count."""
    wanted = sum(counts.values()) - counts[TaskState.EXEMPT]
    found, start = [], 0.0
    for state in STATES:
        if counts[state] and state is not TaskState.EXEMPT:
            width = 100 * counts[state] / wanted
            found.append(Bar(state, round(start, 2), round(width, 2)))
            start += width
    return found


def needs_attention(task: TaskPage) -> bool:
    """Whether somebody has to look at a task."""
    open_answer = any(a.verdict in {Verdict.NO, Verdict.UNKNOWN} for a in task.answers)
    return open_answer or bool(task.findings) or task.state in {TaskState.REFUSED, TaskState.DEFECTIVE}


def shown_lines(diff: Diff | None) -> frozenset[int]:
    """The refactored lines that a diff shows."""
    return frozenset(row.new for row in diff.rows if row.new is not None) if diff else frozenset()


def blocks(task: TaskPage) -> list[list[ShownRow]]:
    """The rows of a task's diff in runs: kept lines, removed lines, the lines of one insertion."""
    diff = task.diff
    if diff is None:
        return []
    pointed_at = {line for answer in task.answers for piece in answer.evidence for line in piece.lines}
    pointed_at |= {finding.row for finding in task.findings}
    refusal = task.report.refusal
    if refusal is not None:
        pointed_at.add(refusal.line)
    old, new = highlighted(diff.old_lines), highlighted(diff.new_lines)
    runs: list[list[ShownRow]] = []
    for row in diff.rows:
        here = row.new in pointed_at
        shown = ShownRow(
            row,
            old[row.old_index] if row.old_index is not None else Markup(),
            new[row.new_index] if row.new_index is not None else Markup(),
            f"{task.anchor}-L{row.new}" if here else "",
            tuple(f for f in task.findings if f.row == row.new) if here else (),
            f"{refusal.code}: {refusal.reason}" if refusal and here and refusal.line == row.new else "",
        )
        if runs and (runs[-1][-1].row.kind, runs[-1][-1].row.label) == (row.kind, row.label):
            runs[-1].append(shown)
        else:
            runs.append([shown])
    return runs
