"""The calls of a plan, and all that was sent and said in one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from pipeline.cli.as_json import as_json
from pipeline.database.watching import NumberedCall
from pipeline.plans.export import interaction_document
from pipeline.server.routes.plans import JSON

if TYPE_CHECKING:
    from pipeline.server.serving import Serving

_BEYOND_ALL_IDS = 2**63


@dataclass(frozen=True, slots=True)
class CallPage:
    """Calls by their ids. `next` is the `after` of those that come behind, null where there are none."""

    interactions: tuple[NumberedCall, ...]
    next: int | None


def interaction_routes(serving: Serving) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/api/plans/{plan_id}/interactions", tags=["interactions"])

    @router.get("", response_model=CallPage)
    def list_interactions(
        plan_id: str,
        after: Annotated[int, Query(ge=0, lt=_BEYOND_ALL_IDS)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    ) -> Response:
        """The calls of a plan, without their texts."""
        serving.service.get_plan(plan_id)
        found = serving.watching.numbered_calls(plan_id, after, limit + 1)
        shown = found[:limit]
        page = CallPage(shown, shown[-1].id if len(found) > limit else None)
        return Response(as_json(page), media_type=JSON)

    @router.get("/{interaction_id}", response_model=dict[str, Any])
    def show_interaction(
        plan_id: str, interaction_id: Annotated[int, Path(ge=1, lt=_BEYOND_ALL_IDS)]
    ) -> Response:
        """A call with all of its columns, as a line of `pipeline export`."""
        document = interaction_document(serving.watching.interaction(plan_id, interaction_id))
        return Response(json.dumps(document), media_type=JSON)

    return router
