"""Refuses each write of a process that is no longer the owner of its plan.

The check is part of the write's own transaction and holds the lease's row until that commits: whoever takes
the plan over waits for the write, and any write after that finds another owner. A process that is paused in the
middle of a transaction would be waited for as long, so PostgreSQL is told to end that one with the lease.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, bindparam, func, select

from pipeline.database.models import LLMInteraction, PlanLease, TaskLease, table_of
from pipeline.errors import PlanLostError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import URL, Connection

CHANGES_CHANNEL = "pipeline_plans"
"""Where PostgreSQL tells whoever listens, with the plan's id, that its owner has written something."""

_leases = table_of(PlanLease)
_task_leases = table_of(TaskLease)
_interactions = table_of(LLMInteraction)


@dataclass(frozen=True, slots=True)
class Fence:
    """What this process has to find in the lease of a plan, or of a task of it: itself, with its number."""

    plan_id: str
    owner: str
    epoch: int
    seconds: float
    """How long the lease runs without a heartbeat."""
    task_key: str | None = None
    """The task, where the lease is that of a task alone."""


# Forked workers inherit it, and are the owner as well.
_held: dict[tuple[URL, str], Fence] = {}
_lost: list[PlanLostError] = []


def raise_fence(url: URL, fence: Fence) -> None:
    """Have all writes of a plan check from now on that this process is its owner."""
    _lost.clear()
    _held[url, fence.plan_id] = fence


def lower_fence(url: URL, plan_id: str) -> None:
    """Have the writes of a plan check no more."""
    _held.pop((url, plan_id), None)


def is_raised(url: URL, fence: Fence) -> bool:
    """Whether the writes of the plan still check."""
    return _held.get((url, fence.plan_id)) == fence


def note_lost(error: PlanLostError) -> None:
    """Note that a plan of this process has another owner, for `raise_if_lost`."""
    _lost.append(error)


def raise_if_lost() -> None:
    """Raise PlanLostError if this process has found out that a plan is not its own any more."""
    if _lost:
        raise _lost[0]


def check_fences(connection: Connection, plan_ids: Iterable[str]) -> None:
    """Raise PlanLostError where this process was the owner of one of these plans and is so no more."""
    if not _held:
        return
    url = connection.engine.url
    for plan_id in plan_ids:
        if (fence := _held.get((url, plan_id))) is not None:
            _check(connection, fence)


def check_fence_of_interaction(connection: Connection, interaction_id: int) -> None:
    """Do what check_fences does for the plan that an interaction belongs to."""
    if not _held:
        return
    statement = select(_interactions.c.plan_id).where(_interactions.c.id == interaction_id)
    check_fences(connection, connection.execute(statement).scalars().all())


def ends_when_idle(seconds: float) -> Any:
    """Return a column that has PostgreSQL end this transaction when its client is silent for so long in it."""
    return func.set_config("idle_in_transaction_session_timeout", str(int(seconds * 1000)), True)


@cache
def _is_owner(dialect: str, seconds: float, *, of_task: bool) -> Any:
    table = _task_leases if of_task else _leases
    # FOR SHARE: where an owner is just being replaced, it waits for that and looks again. SQLite has one writer.
    # What is to be told goes with it, at the commit: a statement of its own would cost a way to the server and back.
    told = func.pg_notify(CHANGES_CHANNEL, bindparam("plan", type_=String))
    columns = [ends_when_idle(seconds), told] if dialect == "postgresql" else []
    statement = (
        select(table.c.epoch, *columns)
        .where(
            table.c.plan_id == bindparam("plan"),
            table.c.owner == bindparam("holder"),
            table.c.epoch == bindparam("number"),
        )
        .with_for_update(read=True)
    )
    return statement.where(table.c.task_key == bindparam("task")) if of_task else statement


def _check(connection: Connection, fence: Fence) -> None:
    parameters: dict[str, Any] = {"plan": fence.plan_id, "holder": fence.owner, "number": fence.epoch}
    if fence.task_key is not None:
        parameters["task"] = fence.task_key
    statement = _is_owner(connection.dialect.name, fence.seconds, of_task=fence.task_key is not None)
    if connection.execute(statement, parameters).first() is not None:
        return
    error = PlanLostError(lost_text(connection, fence))
    note_lost(error)
    raise error


def lost_text(connection: Connection, fence: Fence) -> str:
    """Say who has a plan or a task that this process has lost, and what to do."""
    if fence.task_key is not None:
        return _lost_task_text(connection, fence)
    row = connection.execute(select(_leases).where(_leases.c.plan_id == fence.plan_id)).one_or_none()
    begin = f"plan {fence.plan_id} is no longer this process's"
    if row is None:
        return f"{begin}: it was deleted meanwhile; nothing more of it was written"
    who = f"process {row.process_id} on {row.host} (pipeline {row.purpose})"
    return f"{begin}: {who} {_taken_over(row, fence)}"


def _lost_task_text(connection: Connection, fence: Fence) -> str:
    key = (_task_leases.c.plan_id == fence.plan_id) & (_task_leases.c.task_key == fence.task_key)
    row = connection.execute(select(_task_leases).where(key)).one_or_none()
    begin = f"plan {fence.plan_id}: the task {fence.task_key} is no longer this process's"
    if row is None:
        return (
            f"{begin}: the plan was stopped, deleted or submitted again meanwhile; nothing was written since"
        )
    return f"{begin}: process {row.process_id} on {row.host} {_taken_over(row, fence)}"


def _taken_over(row: Any, fence: Fence) -> str:
    return (
        f"took it over at {row.acquired_at:%Y-%m-%d %H:%M:%S} UTC, when nothing had been heard of this "
        f"one for as long as its lease runs; nothing was written since; see: pipeline show {fence.plan_id}"
    )
