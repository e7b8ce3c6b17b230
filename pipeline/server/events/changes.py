"""What there is to tell of a plan at one look, and what of it is new since another."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline.report.gather import gather

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.server.serving import Serving

    Look = dict[tuple[str, str], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that is new: a task, a call, a content or the plan, as JSON."""

    kind: str
    data: str


def look(serving: Serving, plan_id: str) -> Look:
    """Return the plan, its tasks, calls and contents by kind and name; raises PlanNotFoundError, DatabaseError."""
    # The plan first: where it is seen as ended, all that it has written is seen too.
    facts = gather(serving.service, plan_id, serving.expect_tasks)
    found: Look = {}
    for content in serving.service.list_content(plan_id):
        found["content", content.filename] = asdict(content)
    for call in serving.watching.numbered_calls(plan_id):
        found["call", str(call.id)] = asdict(call)
    for task in facts.tasks:
        found["task", task.name] = {"name": task.name, "stage": task.stage, "state": str(task.state)}
    found["plan", plan_id] = {"plan_id": plan_id, "status": facts.status, "active": facts.active}
    return found


def changes(before: Look, now: Look) -> Iterator[Event]:
    """Yield what is new: what is there now and was not, or was another; what is gone."""
    for (kind, name), data in before.items():
        if (kind, name) not in now:
            yield Event(kind, _json({**data, "removed": True}))
    for key, data in now.items():
        if before.get(key) != data:
            yield Event(key[0], _json(data))


def deleted(plan_id: str) -> Event:
    """Return what is told of a plan that is there no more."""
    return Event("plan", _json({"plan_id": plan_id, "status": "deleted", "active": False}))


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in JSON")
