"""How a run tells of its progress: one line that is rewritten on a terminal, a line a task in a log.

Stateless but for the start, so that the worker processes, each of which tells of its own tasks, need
not know of each other.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from pipeline.redaction import redact
from pipeline.terminal import printable, printable_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

BAR_WIDTH = 24


class Progress(Protocol):
    """Is told what happens in a run."""

    def line(self, text: str) -> None:
        """Say something that stays."""

    def began(self, done: int, total: int, task: str) -> None:
        """Tell that a task has begun."""

    def ended(self, done: int, total: int, task: str, seconds: float) -> None:
        """Tell that a task has ended well."""

    def failed(self, done: int, total: int, task: str, reason: str) -> None:
        """Tell that a task has failed."""

    def close(self) -> None:
        """Tell that the run is over."""


class PlainProgress:
    """A line for each task that ends, without control characters: for logs, and for whoever reads them."""

    def __init__(
        self, write_line: Callable[[str], None], write_error: Callable[[str], None] | None = None
    ) -> None:
        self._write_line = write_line
        self._write_error = write_error or write_line

    def line(self, text: str) -> None:
        """Say something that stays."""
        self._write_line(_fit(text))

    def began(self, done: int, total: int, task: str) -> None:
        """Nothing: a log is read later, and the end of a task tells how long it took."""

    def ended(self, done: int, total: int, task: str, seconds: float) -> None:
        """Tell that a task has ended well."""
        self.line(f"{_count(done, total)} {task} done in {seconds:.1f} s")

    def failed(self, done: int, total: int, task: str, reason: str) -> None:
        """Tell that a task has failed."""
        self._write_error(_fit(f"{_count(done, total)} {task} FAILED: {reason}"))

    def close(self) -> None:
        """Nothing: all lines are complete."""


class QuietProgress(PlainProgress):
    """Only what went wrong."""

    def line(self, text: str) -> None:
        """Nothing."""

    def ended(self, done: int, total: int, task: str, seconds: float) -> None:
        """Nothing."""

    def failed(self, done: int, total: int, task: str, reason: str) -> None:
        """Tell that a task has failed."""
        self._write_error(_fit(f"{task} FAILED: {reason}"))


class TerminalProgress:
    """The last line of a terminal shows how far the run is and what it is at; above it stays what matters."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._begin = time.monotonic()

    def line(self, text: str) -> None:
        """Say something that stays, above the line that is rewritten."""
        self._rewrite(_fit(text), end="\n", cut=False)

    def began(self, done: int, total: int, task: str) -> None:
        """Show that a task has begun."""
        self._show(done, total, task)

    def ended(self, done: int, total: int, task: str, seconds: float) -> None:
        """Show that a task has ended well."""
        self._show(done, total, f"{task} done in {seconds:.1f} s")

    def failed(self, done: int, total: int, task: str, reason: str) -> None:
        """Say that a task has failed."""
        self.line(f"{_count(done, total)} {task} FAILED: {reason}")
        self._show(done, total, "")

    def close(self) -> None:
        """Take the last line away."""
        self._rewrite("", end="", cut=True)

    def _show(self, done: int, total: int, text: str) -> None:
        filled = BAR_WIDTH * done // max(total, 1)
        minutes, seconds = divmod(int(time.monotonic() - self._begin), 60)
        bar = "━" * filled + "─" * (BAR_WIDTH - filled)
        self._rewrite(
            f"{bar} {_count(done, total)} {minutes}:{seconds:02} {printable_line(text)}", end="", cut=True
        )

    def _rewrite(self, text: str, *, end: str, cut: bool) -> None:
        from rich.control import Control
        from rich.segment import ControlType
        from rich.text import Text

        shown = Text(text)
        if cut:
            # One column less: a full line would make some terminals go to the next.
            shown.truncate(self._console.width - 1, overflow="ellipsis")
        erase = Control(ControlType.CARRIAGE_RETURN, (ControlType.ERASE_IN_LINE, 2))
        # Buffered, so that it is one write, and lines of several processes do not mix.
        with self._console:
            self._console.control(erase)
            self._console.print(shown, end=end, soft_wrap=True, highlight=False)


def _fit(text: str) -> str:
    return printable(redact(text))


def _count(done: int, total: int) -> str:
    return f"[{done:>3}/{total}]"
