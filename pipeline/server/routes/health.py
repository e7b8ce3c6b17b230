"""Whether the server lives, whether the database is ready, and figures for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from pipeline.cli.as_json import as_json
from pipeline.database.engine import get_reading_engine
from pipeline.database.retry import RetryPolicy
from pipeline.plans.health import Health, examine
from pipeline.server.routes.plans import JSON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.server.serving import Serving


def health_routes(serving: Serving) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["health"])

    def health() -> Health:
        return examine(serving.service, get_reading_engine(), RetryPolicy.for_reading())

    @router.get("/healthz", response_class=PlainTextResponse)
    def alive() -> str:
        """The server answers."""
        return "alive\n"

    @router.get("/readyz", response_class=PlainTextResponse, responses={503: {"description": "not ready"}})
    def ready() -> Response:
        """The database answers, and has the tables that this version needs."""
        found = health()
        # Without the reason, which may tell where the database is: it is answered to anybody.
        return PlainTextResponse("ready\n" if found.ready else "not ready\n", 200 if found.ready else 503)

    @router.get("/api/health", response_model=Health)
    def details() -> Response:
        """As `pipeline health --output-format json`."""
        return Response(as_json(health()), media_type=JSON)

    @router.get("/metrics", response_class=PlainTextResponse)
    def metrics() -> Response:
        """The same figures as Prometheus reads them."""
        text = "".join(_metrics(health()))
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    return router


def _metrics(health: Health) -> Iterator[str]:
    figures = (
        ("ready", "Whether the database answers and has the tables that are needed.", int(health.ready)),
        ("alive", "Whether no run of this machine has stopped to renew its lease.", int(health.alive)),
        ("plans_at_work", "Plans that somebody is at work on.", health.at_work),
        ("calls_pending", "Calls of models that have no end.", health.pending),
        ("oldest_heartbeat_seconds", "Age of the oldest last heartbeat.", health.oldest_heartbeat_seconds),
        ("oldest_pending_seconds", "Age of the oldest call without an end.", health.oldest_pending_seconds),
    )
    for name, text, value in figures:
        if value is not None:
            yield f"# HELP pipeline_{name} {text}\n# TYPE pipeline_{name} gauge\npipeline_{name} {value}\n"
