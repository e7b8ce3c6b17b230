"""Who is at work on a plan, and what can be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.database.leases import WORKERS
from pipeline.report.facts import TaskState

if TYPE_CHECKING:
    from pipeline.report.view import View
    from pipeline.server.serving import Serving

_TELLING = 3


@dataclass(frozen=True, slots=True)
class Standing:
    """How the work on a plan goes.

    Attributes:
        owner: who is at work on it, None for nobody.
        can_resume, can_stop, can_delete: what this server would do.
        failure: what the last run said that this server began and that ended badly.
        left_seconds: how long it may still take, at the pace so far; None where that tells nothing.
    """

    owner: str | None
    can_resume: bool
    can_stop: bool
    can_delete: bool
    failure: str | None
    left_seconds: float | None


def standing(serving: Serving, view: View) -> Standing:
    """Return how the work on a plan goes. Raises DatabaseError."""
    facts, control = view.facts, serving.control
    owner = serving.service.leases().find_owner(facts.plan_id)
    at_work = None if owner is None or not owner.is_at_work else owner
    runs_here = control is not None and control.children.is_running(facts.plan_id)
    told = "this server" if runs_here else None if at_work is None else str(at_work)
    is_done = facts.status == "completed"
    return Standing(
        owner=told,
        can_resume=control is not None and told is None and facts.made_by_run and not is_done,
        can_stop=runs_here or (control is not None and at_work is not None and at_work.purpose == WORKERS),
        can_delete=control is not None and told is None,
        failure=None if control is None or is_done else control.children.failure(facts.plan_id),
        left_seconds=_left(view) if told is not None else None,
    )


def _left(view: View) -> float | None:
    done = view.facts.count(TaskState.DONE)
    if done < _TELLING or not view.busy_seconds or view.facts.note:
        return None
    return view.busy_seconds / done * (len(view.facts.tasks) - done)
