"""`status` for people: a table by stage, a bar on a terminal, what was refused, the next batch."""

from __future__ import annotations

import shlex
import shutil
import sys
import textwrap
from collections import Counter
from typing import TYPE_CHECKING

from codemods.model import TaskState
from refactor.names import display
from refactor.report_text import reason, use_colour

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from refactor.progress import Batch, Stage

NARROWEST, WIDEST = 60, 110
BAR, WIDE_ENOUGH_FOR_A_BAR = 12, 72
COLUMNS = (
    (TaskState.DONE, "done", "green"),
    (TaskState.TODO, "to do", "cyan"),
    (TaskState.EXEMPT, "exempt", "dim"),
    (TaskState.REFUSED, "refused", "red"),
    (TaskState.DEFECTIVE, "defect", "red"),
)


def print_status(groups: Sequence[Stage], batch: Batch | None) -> None:
    """Prints progress by stage to standard output, fitted to the terminal."""
    if not groups:
        return
    if sys.stdout.isatty():
        _table(groups)
    else:
        _columns(groups)
    width = _width()
    for lines in (_refused(groups), _next(batch, width)):
        if lines:
            sys.stdout.write("\n" + "\n".join(lines) + "\n")


def totals(groups: Sequence[Stage]) -> Counter[TaskState]:
    """How many tasks are in each state."""
    return sum((group.counts for group in groups), Counter[TaskState]())


def _columns(groups: Sequence[Stage]) -> None:
    """The table where nobody watches: one line a stage, aligned, never cut."""
    rows = [("stage", *(title for _, title, _ in COLUMNS))]
    counted = [(group.name, group.counts) for group in groups] + [("total", totals(groups))]
    rows += [(name, *(str(counts[state]) for state, _, _ in COLUMNS)) for name, counts in counted]
    first = max(len(row[0]) for row in rows)
    for name, *cells in rows:
        line = name.ljust(first) + "".join(
            cell.rjust(len(title) + 2) for cell, (_, title, _) in zip(cells, COLUMNS, strict=True)
        )
        sys.stdout.write(line + "\n")


def _table(groups: Sequence[Stage]) -> None:
    """The table on a terminal: with colour and a bar, long names cut to fit."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    width = _width()
    console = Console(width=width, no_color=not use_colour(), highlight=False)
    table = Table(
        box=None,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        show_footer=True,
        header_style="bold",
        footer_style="bold",
    )
    bar = BAR if width >= WIDE_ENOUGH_FOR_A_BAR else 0
    taken = sum(len(title) + 1 for _, title, _ in COLUMNS) + len("100 %") + 1 + bar + bool(bar)
    names = max(len(group.name) for group in groups)
    table.add_column(
        "stage", footer="total", no_wrap=True, width=min(max(names, len("total")), width - taken)
    )
    all_counts = totals(groups)
    for state, title, style in COLUMNS:
        table.add_column(title, footer=str(all_counts[state]), justify="right", style=style, width=len(title))
    table.add_column("", footer=_share(all_counts), justify="right", width=len("100 %"))
    if bar:
        table.add_column("", width=bar)
    for group in groups:
        counts = group.counts
        cells = [str(counts[state]) if counts[state] else "·" for state, _, _ in COLUMNS]
        name = Text(group.name, overflow="ellipsis")
        table.add_row(name, *cells, _share(counts), *([_bar(counts)] if bar else []))
    console.print(table)


def _bar(counts: Counter[TaskState]) -> RenderableType:
    from rich.progress_bar import ProgressBar

    wanted = sum(counts.values()) - counts[TaskState.EXEMPT]
    if not wanted:
        return ""
    done = counts[TaskState.DONE]
    return ProgressBar(wanted, done, width=BAR, complete_style="green", finished_style="green")


def _share(counts: Counter[TaskState]) -> str:
    wanted = sum(counts.values()) - counts[TaskState.EXEMPT]
    return f"{100 * counts[TaskState.DONE] // wanted} %" if wanted else ""


def _refused(groups: Sequence[Stage]) -> list[str]:
    """What stands in the way, task by task."""
    return [
        f"{display(report.task.path)}:{report.refusal.line if report.refusal else report.task.line}: "
        f"{report.task.name}: {report.state} {reason(report)}".rstrip()
        for group in groups
        for report in group.reports
        if report.state in {TaskState.REFUSED, TaskState.DEFECTIVE}
    ]


def _next(batch: Batch | None, width: int) -> list[str]:
    if batch is None:
        return []
    tasks = f"{', '.join(batch.tasks)}"
    heading = f"Next batch: {batch.stage} ({len(batch.tasks)} to do)"
    wrapped = textwrap.wrap(tasks, width, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
    return [heading, *wrapped, f"  refactor apply --stage {shlex.quote(batch.stage)}"]


def _width() -> int:
    return min(max(shutil.get_terminal_size().columns, NARROWEST), WIDEST)
