"""From templates to pages: those of the run report, and what the server has besides."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, PackageLoader
from starlette.exceptions import HTTPException

from pipeline.report.page import PACKAGE as REPORT
from pipeline.report.page import make_environment

if TYPE_CHECKING:
    from jinja2 import Environment

    from pipeline.server.serving import Serving

PACKAGE = "pipeline.server.pages"
_ASSETS = {
    "report.css": (REPORT, "style.css", "text/css"),
    "graph.js": (REPORT, "graph.js", "text/javascript"),
    "server.css": (PACKAGE, "server.css", "text/css"),
    "server.js": (PACKAGE, "server.js", "text/javascript"),
}


class Pages:
    """Renders the pages of a server."""

    def __init__(self, serving: Serving) -> None:
        self.serving = serving

    def answer(self, template: str, code: int = 200, **values: object) -> HTMLResponse:
        """Return a page as an answer."""
        text = (
            _environment()
            .get_template(template)
            .render(serving=self.serving, may_change=self.serving.control is not None, **values)
        )
        # A character that no file can hold is shown as its number.
        return HTMLResponse(text.encode("utf-8", "backslashreplace"), code)


def asset_routes() -> APIRouter:
    """Return the routes of the style sheets and the script."""
    router = APIRouter(include_in_schema=False)

    @router.get("/assets/{name}")
    def asset(name: str) -> Response:
        if name not in _ASSETS:
            raise HTTPException(404)
        # Their addresses hold their checksums.
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(_content(name), media_type=_ASSETS[name][2], headers=headers)

    return router


@cache
def _environment() -> Environment:
    environment = make_environment(ChoiceLoader([PackageLoader(PACKAGE), PackageLoader(REPORT)]))
    environment.globals.update(asset=_address)
    environment.filters.update(q=_quoted, tag=_tag)
    return environment


def _tag(value: str) -> str:
    """Return what tells one text from another."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _quoted(value: object) -> str:
    """Return a value as a part of a query."""
    return quote(str(value).encode("utf-8", "surrogatepass"), safe="")


@cache
def _content(name: str) -> bytes:
    package, filename, _ = _ASSETS[name]
    return resources.files(package).joinpath("assets", filename).read_bytes()


@cache
def _address(name: str) -> str:
    return f"/assets/{name}?{hashlib.sha256(_content(name)).hexdigest()[:12]}"
