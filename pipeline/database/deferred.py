"""Writes that wait for the next one, so that they share its commit.

A commit with full durability takes milliseconds, and a task makes several within a few of them: the
answer, the completed interaction, the first content. What waits is written at the latest before the
next model is asked and before the task ends, so a crash can take what came within milliseconds of it,
as it can without waiting, and nothing else. That a task has ended is written with the next one's first
row, and by the end of the run: a task whose end a crash has taken is run again on its kept answers.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from pipeline.faults import FaultPoint


@dataclass(frozen=True, slots=True, eq=False)
class DeferredWrite:
    """A piece of work that may be repeated, and what a test may have happen once it is committed."""

    plan_id: str
    work: Callable[[Connection], Any]
    then: FaultPoint | None = None


@dataclass(slots=True)
class DeferredWrites:
    """The line in which one process's writes wait, in order."""

    writes: list[DeferredWrite] = field(default_factory=list)


_line = DeferredWrites()


def line_of_this_process() -> DeferredWrites:
    """Return the one line that the tasks of a run share in this process, one task after the other."""
    return _line


# What waits in the parent is the parent's to write.
os.register_at_fork(after_in_child=_line.writes.clear)
