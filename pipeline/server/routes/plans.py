"""Plans: a list, and each as `pipeline show --output-format json` has it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Header, Query, Response

from pipeline.cli.as_json import as_json
from pipeline.errors import ConfigurationError
from pipeline.report.facts import PlanFacts
from pipeline.report.gather import gather
from pipeline.server.cursors import cursor_after, read_cursor
from pipeline.server.lines import PlanLine, PlanLines

if TYPE_CHECKING:
    from pipeline.server.serving import Serving

JSON = "application/json"
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
_DELETE = 0x7F


@dataclass(frozen=True, slots=True)
class PlanPage:
    """Plans, the newest first. `next` is the cursor of those that come behind, null where there are none."""

    plans: tuple[PlanLine, ...]
    next: str | None


def plan_routes(serving: Serving) -> APIRouter:
    """Return the routes."""
    lines = PlanLines(serving)
    router = APIRouter(prefix="/api/plans", tags=["plans"])

    @router.get("", response_model=PlanPage)
    def list_plans(
        status: Annotated[
            list[str] | None, Query(description="only of this status; more than once for more")
        ] = None,
        q: Annotated[str | None, Query(max_length=200, description="in the id or the prompt")] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: Annotated[str | None, Query(max_length=500)] = None,
    ) -> Response:
        """Plans, the newest first."""
        return Response(as_json(find_plans(serving, lines, status or [], q, limit, cursor)), media_type=JSON)

    @router.get(
        "/{plan_id}", response_model=PlanFacts, responses={304: {"description": "nothing has changed"}}
    )
    def show_plan(plan_id: str, if_none_match: Annotated[str | None, Header()] = None) -> Response:
        """What the database knows of a plan: its tasks, their calls and files."""
        # Before the plan itself: a tag of what was before is asked for again, one of what came after is not.
        tag = plan_tag(serving, plan_id)
        if matches(if_none_match, tag):
            return Response(status_code=304, headers={"ETag": tag})
        facts = gather(serving.service, plan_id, serving.expect_tasks)
        return Response(as_json(facts), media_type=JSON, headers={"ETag": tag})

    return router


def find_plans(
    serving: Serving, lines: PlanLines, statuses: list[str], text: str | None, limit: int, cursor: str | None
) -> PlanPage:
    """Return a part of the plans; raises ConfigurationError for a status, a text or a cursor that makes no sense."""
    if text and any(ord(character) < ord(" ") or ord(character) == _DELETE for character in text):
        raise ConfigurationError("q: no control characters")
    found = serving.service.list_plans(
        statuses=statuses,
        text=text or None,
        after=None if cursor is None else read_cursor(cursor),
        limit=limit + 1,
    )
    shown = found[:limit]
    told = tuple(line for line in map(lines.line, shown) if line is not None)
    return PlanPage(told, cursor_after(shown[-1]) if len(found) > limit else None)


def plan_tag(serving: Serving, plan_id: str) -> str:
    """Return what changes whenever something of a plan does, and not with the time alone."""
    facts = gather(serving.service, plan_id, serving.expect_tasks, now=_BEFORE_ALL)
    return f'W/"{hashlib.sha256(as_json(facts).encode("utf-8", "backslashreplace")).hexdigest()[:32]}"'


def matches(if_none_match: str | None, tag: str) -> bool:
    """Whether a caller has what is there."""
    given = [item.strip().removeprefix("W/") for item in (if_none_match or "").split(",")]
    return "*" in given or tag.removeprefix("W/") in given
