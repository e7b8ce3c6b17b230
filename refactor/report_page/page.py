"""Shows the values of the report as one HTML file that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from codemods.model import TaskState
from refactor.output.text import problem_line
from refactor.project.display import display
from refactor.report_page.by_rule import codes, rule_groups
from refactor.report_page.graph import NODE_HEIGHT, NODE_WIDTH, draw, draw_stages
from refactor.report_page.model import (
    QUESTION_DETAIL,
    QUESTION_SHORT,
    STEP_NAMES,
    Question,
    Verdict,
    answer_key,
)
from refactor.report_page.names import STATES, VERDICTS, move_name, shown_states
from refactor.report_page.questions import tally
from refactor.report_page.rows import blocks, shown_lines
from refactor.report_page.since import snapshot_document
from refactor.report_page.verdict import overall

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence

    from refactor.report_page.gathering import Report
    from refactor.report_page.model import TaskPage
    from refactor.report_page.since import Changes

_ASSETS = "assets"


@dataclass(frozen=True)
class Head:
    """What stands above the report.

    Attributes:
        paths: what was looked at.
        made: when, for people.
        version: of the tool.
        arguments: what a further command needs to mean the same files: ` PATHS`.
    """

    paths: tuple[str, ...]
    made: str
    version: str
    arguments: str = ""


@dataclass(frozen=True)
class Bar:
    """One piece of a progress bar, in percent."""

    state: TaskState
    start: float
    width: float


def render(report: Report, head: Head, since: Changes | None = None) -> str:
    """The whole page.

    Args:
        report: what is shown.
        head: what stands above it.
        since: what has changed since an earlier report, None where none was named.
    """
    environment = Environment(
        loader=PackageLoader("refactor.report_page", _ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["place"] = display
    environment.filters["with_code"] = _with_code
    style, theme, script = _asset("report.css"), _asset("theme.js"), _asset("report.js") + _asset("graph.js")
    return environment.get_template("page.html.j2").render(
        report=report,
        head=head,
        overall=overall(report, head.arguments),
        since=since,
        rules=rule_groups(report.tasks),
        data=Markup(_data(report, head)),  # noqa: S704
        tally=list(tally([task.answers for task in report.tasks])),
        problems=[problem_line(problem) for problem in report.problems],
        drawing=draw(report.tasks),
        stage_drawing=draw_stages(report.stages),
        states=STATES,
        columns=shown_states(report.counts),
        verdicts=VERDICTS,
        steps=STEP_NAMES,
        questions=list(Question),
        detail=QUESTION_DETAIL,
        short=QUESTION_SHORT,
        answer_key=answer_key,
        codes=codes,
        move_name=move_name,
        worst=worst_state,
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


def _data(report: Report, head: Head) -> str:
    """What a later report compares itself with, safe inside of a script element."""
    document = json.dumps(snapshot_document(report, head.made), ensure_ascii=True, separators=(",", ":"))
    return document.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


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


def worst_state(counts: Counter[TaskState]) -> TaskState:
    """The state that a whole stage is shown in: what stands in the way, else what is to do, else done."""
    order = (TaskState.REFUSED, TaskState.DEFECTIVE, TaskState.TODO, TaskState.DONE)
    return next((state for state in order if counts[state]), TaskState.EXEMPT)


def needs_attention(task: TaskPage) -> bool:
    """Whether somebody has to look at a task."""
    open_answer = any(a.verdict in {Verdict.NO, Verdict.UNKNOWN} for a in task.answers)
    return open_answer or bool(task.findings) or task.state in {TaskState.REFUSED, TaskState.DEFECTIVE}
