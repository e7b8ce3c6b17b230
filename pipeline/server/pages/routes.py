"""The pages of all plans, the form of a new one, two side by side; and what their buttons do."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from pipeline.database.values import PLAN_STATUSES
from pipeline.errors import PipelineError
from pipeline.llm.prices import booking_prices
from pipeline.llm.registry import load_endpoints
from pipeline.plans.compare import compare_plans
from pipeline.redaction import redact
from pipeline.server.control.new_plan import NewPlan
from pipeline.server.errors import status_of
from pipeline.server.lines import PlanLines
from pipeline.server.pages.forms import Form, read_form
from pipeline.server.pages.plan_pages import RenderedPlans
from pipeline.server.routes.plans import find_plans

if TYPE_CHECKING:
    from pipeline.server.control.control import Control
    from pipeline.server.pages.rendering import Pages

_PLANS_SHOWN = 25
_OFFLINE = "offline"


def page_routes(pages: Pages) -> APIRouter:
    """Return the routes that show."""
    router = APIRouter(include_in_schema=False)
    serving = pages.serving
    lines = PlanLines(serving)

    @router.get("/")
    def plans(
        status: str = "",
        q: str = Query("", max_length=200),
        cursor: str | None = Query(None, max_length=500),
    ) -> Response:
        page = find_plans(serving, lines, [status] if status else [], q.strip(), _PLANS_SHOWN, cursor)
        return pages.answer(
            "plans.html", page=page, status=status, q=q, cursor=cursor, statuses=sorted(PLAN_STATUSES)
        )

    @router.get("/compare")
    def compare(a: str = Query("", max_length=200), b: str = Query("", max_length=200)) -> Response:
        known = [plan.plan_id for plan in serving.service.list_plans(limit=200)]
        found = compare_plans(serving.service, a, b, booking_prices()) if a and b else None
        return pages.answer("compare.html", a=a, b=b, known=known, found=found)

    return router


def changing_page_routes(pages: Pages, control: Control, rendered: RenderedPlans) -> APIRouter:
    """Return the routes of the form of a new plan, and of the buttons."""
    router = APIRouter(include_in_schema=False)

    def ask(form: Form | None = None, wrong: str | None = None, status: int = 200) -> Response:
        filled = Form({"key": [secrets.token_hex(16)]}) if form is None else form
        models = [_OFFLINE, *load_endpoints()]
        return pages.answer("new.html", status, form=filled, wrong=wrong, models=models)

    @router.get("/new")
    def new() -> Response:
        return ask()

    @router.post("/new")
    async def create(request: Request) -> Response:
        form = await read_form(request)
        try:
            plan_id = await run_sync(lambda: control.create(_asked(form), form.one("key") or None))
        except ValidationError as error:
            told = "; ".join(f"{item['loc'][0]}: {item['msg']}" for item in error.errors())
            return ask(form, told, 422)
        except PipelineError as error:
            return ask(form, redact(str(error)), status_of(error))
        return RedirectResponse(f"/plans/{plan_id}", 303)

    def button(plan_id: str, act: Callable[[str], object], leads_to: str) -> Response:
        act(plan_id)
        rendered.forget(plan_id)
        return RedirectResponse(leads_to, 303)

    @router.post("/plans/{plan_id}/resume")
    def resume(plan_id: str) -> Response:
        return button(plan_id, control.resume, f"/plans/{plan_id}")

    @router.post("/plans/{plan_id}/stop")
    def stop(plan_id: str) -> Response:
        return button(plan_id, control.stop, f"/plans/{plan_id}")

    @router.post("/plans/{plan_id}/delete")
    async def delete(plan_id: str, request: Request) -> Response:
        if not (await read_form(request)).one("sure"):
            raise HTTPException(400, "nothing was deleted: say that you are sure")
        return await run_sync(button, plan_id, control.delete, "/")

    return router


def _asked(form: Form) -> NewPlan:
    return NewPlan(
        # As it was typed; browsers send line ends as the network has them.
        prompt=form.one("prompt").replace("\r\n", "\n"),
        llm_models=form.all("model"),
        fast=bool(form.one("fast")),
        plan_id=form.one("plan_id").strip() or None,
    )
