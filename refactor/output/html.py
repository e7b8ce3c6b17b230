"""`status` as one page that needs nothing else: no script, no font, no picture."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from codemods.model import TaskReport, TaskState
from refactor.output.status import COLUMNS, totals
from refactor.output.text import problem_line, reason
from refactor.project.display import display

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codemods.errors import SourceError
    from refactor.output.batches import Batch, Stage

STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 0 0 2rem; }
th, td { text-align: left; vertical-align: top; padding: .2rem .8rem .2rem 0;
  border-bottom: 1px solid #8884; }
td.n, th.n { text-align: right; }
progress { width: 10rem; }
code { font-size: .9em; }
.done { color: #2a7d3a; } .todo { color: #1a6fb0; }
.refused, .defective { color: #c0392b; } .exempt { opacity: .6; }
"""


def status_page(groups: Sequence[Stage], batch: Batch | None, problems: Sequence[SourceError]) -> str:
    """The whole page."""
    counts = totals(groups)
    wanted = sum(counts.values()) - counts[TaskState.EXEMPT]
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8"><title>Refactoring status</title>',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<style>{STYLE}</style></head><body>",
        f"<h1>{counts[TaskState.DONE]} of {wanted} tasks refactored</h1>",
        _overview(groups),
        _batch(batch),
        *(f'<p class="refused">{escape(problem_line(problem))}</p>' for problem in problems),
        *(_stage(group) for group in groups),
        "</body></html>",
    ]
    return "\n".join(part for part in parts if part)


def _overview(groups: Sequence[Stage]) -> str:
    head = "".join(f'<th class="n">{title}</th>' for _, title, _ in COLUMNS)
    rows = [
        f"<tr><td>{escape(group.name)}</td>"
        + "".join(f'<td class="n {state}">{group.counts[state] or ""}</td>' for state, _, _ in COLUMNS)
        + f"<td>{_bar(group)}</td></tr>"
        for group in groups
    ]
    return f"<table><tr><th>stage</th>{head}<th></th></tr>\n" + "\n".join(rows) + "</table>"


def _bar(group: Stage) -> str:
    counts = group.counts
    wanted = len(group.reports) - counts[TaskState.EXEMPT]
    return f'<progress max="{wanted}" value="{counts[TaskState.DONE]}"></progress>' if wanted else ""


def _batch(batch: Batch | None) -> str:
    if batch is None:
        return ""
    tasks = ", ".join(f"<code>{escape(task)}</code>" for task in batch.tasks)
    return f"<p><strong>Next batch:</strong> {escape(batch.stage)}: {tasks}</p>"


def _stage(group: Stage) -> str:
    rows = "\n".join(_row(report) for report in group.reports)
    return f"<h2>{escape(group.name)}</h2>\n<table>\n{rows}\n</table>"


def _row(report: TaskReport) -> str:
    place = f"{display(report.task.path)}:{report.task.line}"
    return (
        f'<tr><td><code>{escape(report.task.name)}</code></td><td class="{report.state}">{report.state}</td>'
        f"<td><code>{escape(place)}</code></td><td>{escape(reason(report))}</td></tr>"
    )
