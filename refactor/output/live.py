"""How far a run is, while it runs: a bar where somebody watches, lines elsewhere."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from refactor.output.terminal import can_draw, use_colour, width

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress, TaskID

BAR, NARROW_BAR, WIDE_ENOUGH = 24, 10, 80


class Watcher(Protocol):
    """Is told of each thing that a run does."""

    def begin(self, what: str) -> None:
        """It begins with one."""

    def done(self, what: str) -> None:
        """It has done one."""


class _Lines:
    def __init__(self, tell: Callable[[str], None] | None) -> None:
        self._tell = tell

    def begin(self, what: str) -> None:
        pass

    def done(self, what: str) -> None:
        if self._tell is not None:
            self._tell(what)


class _Bar:
    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def begin(self, what: str) -> None:
        self._progress.update(self._task, description=what)

    def done(self, what: str) -> None:
        self._progress.advance(self._task)


@contextmanager
def watching(total: int, *, quiet: bool, tell: Callable[[str], None] | None = None) -> Iterator[Watcher]:
    """Shows a bar on standard error while the block runs, if that is a terminal; it leaves no trace there.

    Args:
        total: how many things will be done.
        quiet: whether nothing is to be shown.
        tell: where there is no bar, is given each thing that is done.
    """
    if quiet or total <= 1 or not can_draw(sys.stderr):
        yield _Lines(None if quiet else tell)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.table import Column

    columns = width()
    console = Console(stderr=True, width=columns, no_color=not use_colour(), highlight=False)
    shown = Progress(
        BarColumn(BAR if columns >= WIDE_ENOUGH else NARROW_BAR),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn(
            "{task.description}",
            markup=False,
            table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1),
        ),
        console=console,
        transient=True,
        expand=True,
    )
    with shown:
        yield _Bar(shown, shown.add_task("…", total=total))
