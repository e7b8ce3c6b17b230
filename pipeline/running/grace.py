"""How long what is running may go on after SIGTERM.

Whoever ends a container sends SIGTERM, waits, and kills. A model's answer that is on its way then has been paid for,
so it gets most of that time; the rest is for what must be in the database before the process ends.
"""

from __future__ import annotations

import mmap
import os
import struct
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.process import BaseProcess

GRACE_SECONDS = 25
"""What a command takes after SIGTERM at most, unless it is told otherwise."""

_PART_FOR_ENDING = 5
_MOST_FOR_ENDING = 5.0
_MOMENT = struct.Struct("d")


class Grace:
    """The time that a process and the workers forked from it have, from the first SIGTERM that one of them gets.

    Moments are those of the machine's monotonic clock, which processes share.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._for_ending = min(_MOST_FOR_ENDING, seconds / _PART_FOR_ENDING)
        # In shared memory: a worker that is told later, or twice, ends with the others.
        self._shared = mmap.mmap(-1, _MOMENT.size)
        self._is_watched = False

    @property
    def for_workers(self) -> float:
        """How long a worker may take to end, once nothing may go on any more."""
        return self._for_ending / 2

    def left_for_work(self) -> float:
        """Return for how many seconds what is running may go on; the first call is when the time begins."""
        return self._begun() + self._seconds - self._for_ending - time.monotonic()

    def left(self) -> float:
        """Return how many seconds are left until the process ends, in order or not."""
        return self._begun() + self._seconds - self._for_ending / _PART_FOR_ENDING - time.monotonic()

    def cut_short(self) -> None:
        """Have nothing of the time left for what is running."""
        over = time.monotonic() - self._seconds + self._for_ending
        _MOMENT.pack_into(self._shared, 0, min(self._begun(), over))

    def watch(self, interrupt: Callable[[], None], status: int) -> None:
        """Have `interrupt` called when what is running must end, and the process end with `status` at the latest."""
        if not self._is_watched:
            self._is_watched = True
            from multiprocessing import active_children

            arguments = interrupt, active_children, status
            threading.Thread(target=self._watch, args=arguments, name="grace", daemon=True).start()

    def _watch(
        self, interrupt: Callable[[], None], children: Callable[[], list[BaseProcess]], status: int
    ) -> None:
        time.sleep(max(0.0, self.left_for_work()))
        interrupt()
        time.sleep(max(0.0, self.left()))
        # The database does not answer, or a task catches what it should not. Nothing is lost by that: it is what
        # a kill leaves, and the one that would come now takes the exit status along.
        for process in children():
            process.kill()
        os._exit(status)

    def _begun(self) -> float:
        (begun,) = _MOMENT.unpack_from(self._shared)
        if not begun:
            begun = time.monotonic()
            _MOMENT.pack_into(self._shared, 0, begun)
        return float(begun)
