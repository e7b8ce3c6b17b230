"""Who may ask: by the server's name, the origin of the asking page, and a token."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from pipeline.server.errors import failed

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from pipeline.server.serving import Serving

OPEN_PATHS = frozenset({"/healthz", "/readyz"})
"""What is answered without a token: nothing of it is of a plan."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Access:
    """Refuses requests that must not reach a route."""

    def __init__(self, app: ASGIApp, serving: Serving) -> None:
        self._app = app
        self._serving = serving

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer why not."""
        if scope["type"] == "http" and (refusal := self._refusal(scope)) is not None:
            status, message = refusal
            headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
            await failed(message, status, headers)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if self._serving.hosts is not None and _name(host) not in self._serving.hosts:
            # A page elsewhere whose name was pointed to this machine would read everything here.
            return 421, f"this server is not called {host!r}"
        if scope["method"] not in _SAFE:
            if self._serving.read_only:
                return 403, "this server only shows: it was started with --read-only"
            if _is_foreign(headers, host):
                return 403, "a page of another origin must not change anything here"
        if self._serving.token is None or scope["path"] in OPEN_PATHS:
            return None
        if not _knows(headers, self._serving.token):
            return 401, "the token is missing or wrong: send it as Authorization: Bearer TOKEN"
        return None


def _is_foreign(headers: Headers, host: str) -> bool:
    if headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        return True
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != host


def _knows(headers: Headers, token: str) -> bool:
    scheme, _, given = headers.get("authorization", "").partition(" ")
    # In a time that tells nothing of where they differ.
    sent, wanted = given.strip().encode("utf-8", "replace"), token.encode()
    return scheme.lower() == "bearer" and hmac.compare_digest(sent, wanted)


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
