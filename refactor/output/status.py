"""`status` for people: a table by stage, a bar on a terminal, what was refused, the next batch."""

from __future__ import annotations

import shlex
import sys
import textwrap
from collections import Counter
from enum import Enum
from typing import TYPE_CHECKING

from codemods.model import TaskState
from refactor.output.causes import init_command, needs_init, shared_causes
from refactor.output.terminal import is_terminal, styled, use_colour, width
from refactor.output.text import more_reasons, reason
from refactor.project.display import display

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from codemods.model import TaskReport
    from refactor.output.batches import Batch, Stage

BAR, NARROW_BAR, SHARE = 12, 8, len("100 %")
WANTED = 24
"""The columns that a stage's name is given before the percentage is."""

COLUMNS = (
    (TaskState.DONE, "done", "green"),
    (TaskState.TODO, "to do", "cyan"),
    (TaskState.EXEMPT, "exempt", "dim"),
    (TaskState.REFUSED, "refused", "red"),
    (TaskState.DEFECTIVE, "defect", "red"),
)


class Told(Enum):
    """How much is told: what stands in the way alone, the usual, or every task."""

    LITTLE = "little"
    USUAL = "usual"
    MUCH = "much"


def print_status(
    groups: Sequence[Stage], batch: Batch | None, arguments: str = "", told: Told = Told.USUAL
) -> None:
    """Prints progress by stage to standard output, fitted to the terminal.

    Args:
        groups: the stages.
        batch: what to do next.
        arguments: what the command for that needs beside the stage: ` PATHS`.
        told: how much.
    """
    if not groups:
        return
    parts = [list(_in_the_way(groups, arguments, each=told is Told.MUCH))]
    if told is not Told.LITTLE:
        if is_terminal(sys.stdout):
            _table(groups)
        else:
            _columns(groups)
        if told is Told.MUCH:
            parts.insert(0, list(_tasks(groups)))
        parts.append(_after_their_files(groups))
        parts.append(_next(batch, arguments) if batch else _next_without_batch(groups, arguments))
    shown = ["\n".join(lines) + "\n" for lines in parts if lines]
    if told is not Told.LITTLE:
        shown = ["\n" + lines for lines in shown]
    sys.stdout.write("".join(shown))


def totals(groups: Sequence[Stage]) -> Counter[TaskState]:
    """How many tasks are in each state."""
    return sum((group.counts for group in groups), Counter[TaskState]())


def _columns(groups: Sequence[Stage]) -> None:
    """The table where nobody watches: one line a stage, aligned, never cut."""
    rows = [("stage", *(title for _, title, _ in COLUMNS))]
    counted = [(display(group.name), group.counts) for group in groups] + [("total", totals(groups))]
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

    columns = width()
    console = Console(width=columns, no_color=not use_colour(), highlight=False)
    table = Table(
        box=None,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        show_footer=True,
        header_style="bold",
        footer_style="bold",
    )
    longest = max(len("stage"), *(len(display(group.name)) for group in groups))
    room = columns - sum(len(title) + 1 for _, title, _ in COLUMNS)
    # Where it is narrow the bar tells what the percentage would.
    share = SHARE + 1 if room > min(longest, WANTED) + 1 + SHARE + 1 + NARROW_BAR else 0
    bar = max(NARROW_BAR, min(BAR, room - share - longest - 1))
    table.add_column("stage", footer="total", no_wrap=True, width=min(longest, room - share - bar - 1))
    all_counts = totals(groups)
    for state, title, style in COLUMNS:
        table.add_column(title, footer=str(all_counts[state]), justify="right", style=style, width=len(title))
    if share:
        table.add_column("", footer=_share(all_counts), justify="right", width=SHARE)
    table.add_column("", footer=_bar(all_counts, bar), width=bar)
    for group in groups:
        counts = group.counts
        cells = [str(counts[state]) if counts[state] else "·" for state, _, _ in COLUMNS]
        name = Text(display(group.name), overflow="ellipsis")
        table.add_row(name, *cells, *([_share(counts)] if share else []), _bar(counts, bar))
    console.print(table)


def _bar(counts: Counter[TaskState], columns: int) -> RenderableType:
    from rich.progress_bar import ProgressBar

    wanted = sum(counts.values()) - counts[TaskState.EXEMPT]
    if not wanted:
        return ""
    done = counts[TaskState.DONE]
    return ProgressBar(wanted, done, width=columns, complete_style="green", finished_style="green")


def _share(counts: Counter[TaskState]) -> str:
    wanted = sum(counts.values()) - counts[TaskState.EXEMPT]
    return f"{100 * counts[TaskState.DONE] // wanted} %" if wanted else ""


def _in_the_way(groups: Sequence[Stage], arguments: str, *, each: bool) -> Iterator[str]:
    """What was refused or is defective, task by task; a reason that several tasks share is told once, unless `each`."""
    reports = [report for group in groups for report in group.reports]
    causes = () if each else shared_causes(reports)
    told_once = {id(report) for cause in causes for report in cause.tasks}
    for cause in causes:
        yield f"{styled(str(TaskState.REFUSED), fg='red')} {cause.line(arguments)} (-v lists them)"
    for report in reports:
        if report.state in {TaskState.REFUSED, TaskState.DEFECTIVE} and id(report) not in told_once:
            line = report.refusal.line if report.refusal else report.task.line
            place = f"{display(report.task.path)}:{line}: {report.task.name}"
            yield f"{place}: {styled(str(report.state), fg='red')} {reason(report)}{more_reasons(report)}".rstrip()


def _tasks(groups: Sequence[Stage]) -> Iterator[str]:
    """Every task below its stage."""
    styles = {state: style for state, _, style in COLUMNS}
    for group in groups:
        yield styled(group.name, bold=True)
        for report in group.reports:
            style = styles[report.state]
            state = f"{report.state:<9}"
            coloured = styled(state, dim=True) if style == "dim" else styled(state, fg=style)
            yield f"  {coloured} {_place(report)}"


def _place(report: TaskReport) -> str:
    return f"{report.task.name} ({display(report.task.path)}:{report.task.line})"


def _next_without_batch(groups: Sequence[Stage], arguments: str) -> list[str]:
    """The command that goes on where nothing can be refactored as it is: the base class first, then what is refused."""
    reports = [report for group in groups for report in group.reports]
    if needs_init(reports):
        command = init_command(arguments)
    elif any(report.state is TaskState.DEFECTIVE for report in reports):
        command = f"refactor check{arguments}"
    elif refused := [report for report in reports if report.state is TaskState.REFUSED]:
        command = f"refactor explain {shlex.quote(refused[0].task.name)}{arguments}"
    else:
        return []
    return [styled("Next:", bold=True), styled(f"  {command}", fg="cyan")]


def _after_their_files(groups: Sequence[Stage]) -> list[str]:
    """Which tasks have rows that come after their files, by consent."""
    names = [report.task.name for group in groups for report in group.reports if report.row_after_file]
    if not names:
        return []
    text = f"Rows after their files, by row-after-file: {', '.join(names)}"
    return textwrap.wrap(text, width(), subsequent_indent="  ", break_on_hyphens=False)


def _next(batch: Batch, arguments: str) -> list[str]:
    tasks = f"{', '.join(batch.tasks)}"
    heading = f"Next batch: {batch.stage} ({len(batch.tasks)} to do)"
    wrapped = textwrap.wrap(
        tasks, width(), initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False
    )
    command = f"  refactor apply --stage {shlex.quote(batch.stage)}{arguments}"
    return [styled(heading, bold=True), *wrapped, styled(command, fg="cyan")]
