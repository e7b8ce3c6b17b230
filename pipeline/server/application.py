"""The application: routes behind what guards them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI

from pipeline.server.errors import answer_errors
from pipeline.server.events.routes import event_routes
from pipeline.server.pages.login import login_routes
from pipeline.server.pages.plan_pages import RenderedPlans, plan_page_routes
from pipeline.server.pages.rendering import Pages, asset_routes
from pipeline.server.pages.routes import changing_page_routes, page_routes
from pipeline.server.routes.changing import changing_routes
from pipeline.server.routes.files import file_routes
from pipeline.server.routes.health import health_routes
from pipeline.server.routes.interactions import interaction_routes
from pipeline.server.routes.plans import plan_routes
from pipeline.server.security.access import Access
from pipeline.server.security.headers import SafeHeaders
from pipeline.server.security.limits import BodyLimit

if TYPE_CHECKING:
    from pipeline.server.serving import Serving


def make_application(serving: Serving) -> FastAPI:
    """Return the application that serves plans."""
    # The pages that would show its description take their scripts from a network.
    app = FastAPI(title="pipeline", openapi_url="/api/openapi.json", docs_url=None, redoc_url=None)
    pages = Pages(serving)
    rendered = RenderedPlans(pages)
    answer_errors(app, lambda message, status: pages.answer("error.html", status, message=message))
    for routes in (file_routes, interaction_routes, event_routes, plan_routes, health_routes):
        app.include_router(routes(serving))
    if serving.control is not None:
        app.include_router(changing_routes(serving.control))
        app.include_router(changing_page_routes(pages, serving.control, rendered))
    app.include_router(page_routes(pages))
    app.include_router(plan_page_routes(pages, rendered))
    app.include_router(login_routes(pages))
    app.include_router(asset_routes())
    # The last that is added is the first that is asked.
    app.add_middleware(BodyLimit)
    app.add_middleware(Access, serving=serving)
    app.add_middleware(SafeHeaders)
    return app
