"""The page that asks a browser's user for the token, and what it leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from pipeline.server.pages.forms import read_form
from pipeline.server.security.sessions import end_session, give_session, same

if TYPE_CHECKING:
    from pipeline.server.pages.rendering import Pages


def login_routes(pages: Pages) -> APIRouter:
    """Return the routes."""
    router = APIRouter(include_in_schema=False)
    serving = pages.serving

    @router.get("/login")
    def ask(next: str = "/") -> Response:  # noqa: A002 - what browsers send
        if serving.token is None:
            return RedirectResponse("/", 303)
        return pages.answer("login.html", next=_own(next), wrong=False)

    @router.post("/login")
    async def log_in(request: Request) -> Response:
        form = await read_form(request)
        if serving.token is None:
            return RedirectResponse("/", 303)
        next_page = _own(form.one("next"))
        if not same(form.one("token").strip(), serving.token):
            return pages.answer("login.html", 401, next=next_page, wrong=True)
        answer = RedirectResponse(next_page, 303)
        # What a proxy says here decides over nothing but the browser that asks through it.
        secure = "https" in {request.url.scheme, request.headers.get("x-forwarded-proto", "")}
        give_session(answer, serving.token, secure=secure)
        return answer

    @router.post("/logout")
    def log_out() -> Response:
        answer = RedirectResponse("/login", 303)
        end_session(answer)
        return answer

    return router


def _own(page: str) -> str:
    """Return the address of a page of this server; the first one for all others."""
    is_own = page.startswith("/") and not page.startswith("//") and page.isascii() and page.isprintable()
    return page if is_own and "\\" not in page else "/"
