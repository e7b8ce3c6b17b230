"""What this process is at: plan, task and call, for its log lines.

A process runs one task at a time; threads of that task may each be at a call of their own.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(slots=True)
class _Context:
    plan: str | None = None
    task: str | None = None
    interactions: dict[int, int] = field(default_factory=dict)


# Forked workers go on with a copy.
_context = _Context()


def at_plan(plan_id: str | None) -> None:
    """Note the plan that this process works on from now on."""
    _context.plan = plan_id


def at_task(task: str | None) -> None:
    """Note the task that this process runs from now on; it is at no call then."""
    _context.task = task
    _context.interactions.clear()


@contextmanager
def working_on(plan_id: str, task: str) -> Iterator[None]:
    """Be at a task of a plan in the body, and at nothing after it."""
    at_plan(plan_id)
    at_task(task)
    try:
        yield
    finally:
        at_plan(None)
        at_task(None)


def at_interaction(interaction_id: int) -> None:
    """Note the call that this thread is at, until it has ended."""
    _context.interactions[threading.get_ident()] = interaction_id


def interaction_ended(interaction_id: int) -> None:
    """Note the end of a call, whichever thread it was at."""
    for thread, current in list(_context.interactions.items()):
        if current == interaction_id:
            del _context.interactions[thread]


def log_context(thread: int | None = None) -> dict[str, str | int | None]:
    """Return what to say in each log line of a thread, by default of this one: plan, task and interaction."""
    number = threading.get_ident() if thread is None else thread
    return {"plan": _context.plan, "task": _context.task, "interaction": _context.interactions.get(number)}
