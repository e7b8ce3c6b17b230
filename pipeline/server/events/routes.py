"""The route of a plan's events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Header
from fastapi.responses import StreamingResponse

from pipeline.server.events.log import EventLog, EventLogs, position_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pipeline.server.serving import Serving


def event_routes(serving: Serving) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["events"])
    logs = EventLogs(serving)

    @router.get("/api/plans/{plan_id}/events", response_class=StreamingResponse)
    async def events(
        plan_id: str, last_event_id: Annotated[str | None, Header()] = None
    ) -> StreamingResponse:
        """Server-sent events: `task`, `call`, `content`, `plan`; `reset` where all is told from the beginning."""
        log = await logs.open(plan_id)
        position = position_in(log, last_event_id)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(_lines(log, position), media_type="text/event-stream", headers=headers)

    return router


async def _lines(log: EventLog, position: int | None) -> AsyncIterator[str]:
    log.watch()
    try:
        yield "retry: 1000\n\n"
        if position is None:
            # Of a log that is kept no more: the server was started anew.
            yield f"id: {log.name}-0\nevent: reset\ndata: {{}}\n\n"
        async for last, found in log.follow(position or 0):
            # In one piece: with many watchers, what is sent costs more than what is said.
            yield (
                "".join(
                    f"id: {log.name}-{number}\nevent: {event.kind}\ndata: {event.data}\n\n"
                    for number, event in enumerate(found, last - len(found) + 1)
                )
                or ": nothing new\n\n"
            )
    finally:
        log.leave()
