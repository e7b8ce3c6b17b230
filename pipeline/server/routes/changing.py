"""Creating, resuming, stopping and deleting plans, as the commands do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Header, Response

from pipeline.cli.as_json import as_json
from pipeline.server.control.new_plan import LONGEST_KEY, NewPlan
from pipeline.server.routes.plans import JSON

if TYPE_CHECKING:
    from pipeline.server.control.control import Control

_ERRORS: dict[int | str, dict[str, Any]] = {
    404: {"description": "there is no such plan"},
    409: {"description": "somebody else is at work on it, or the id is taken"},
    429: {"description": "too many at once"},
}


@dataclass(frozen=True, slots=True)
class Accepted:
    """A plan that something will happen to; its events tell what."""

    plan_id: str


@dataclass(frozen=True, slots=True)
class Deleted:
    """A plan that is gone, and how many rows of each kind went with it."""

    plan_id: str
    rows: dict[str, int]


def changing_routes(control: Control) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/api/plans", tags=["changes"])

    @router.post("", response_model=Accepted, status_code=202, responses=_ERRORS)
    def create_plan(
        plan: NewPlan,
        idempotency_key: Annotated[
            str | None,
            Header(min_length=1, max_length=LONGEST_KEY, description="the same plan if sent again"),
        ] = None,
    ) -> Response:
        """Create a plan, which is then run, and answer where it is before it has begun."""
        return _accepted(control.create(plan, idempotency_key))

    @router.post("/{plan_id}/resume", response_model=Accepted, status_code=202, responses=_ERRORS)
    def resume_plan(plan_id: str) -> Response:
        """Go on with a plan."""
        control.resume(plan_id)
        return _accepted(plan_id)

    @router.post("/{plan_id}/stop", response_model=Accepted, status_code=202, responses=_ERRORS)
    def stop_plan(plan_id: str) -> Response:
        """Stop a plan that this server or the workers run. What is done stays done."""
        control.stop(plan_id)
        return _accepted(plan_id)

    @router.delete("/{plan_id}", response_model=Deleted, responses=_ERRORS)
    def delete_plan(plan_id: str) -> Response:
        """Delete a plan and everything that is stored for it."""
        rows = control.delete(plan_id)
        return Response(as_json(Deleted(plan_id, rows)), media_type=JSON)

    return router


def _accepted(plan_id: str) -> Response:
    headers = {"Location": f"/api/plans/{plan_id}"}
    return Response(as_json(Accepted(plan_id)), 202, headers, JSON)
