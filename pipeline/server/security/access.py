"""Who may ask: by the server's name, the origin of the asking page, and a token or a session."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response

from pipeline.server.errors import failed
from pipeline.server.security.rates import Rate
from pipeline.server.security.sessions import COOKIE, is_session, same

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from pipeline.server.serving import Serving

OPEN_PATHS = frozenset({"/healthz", "/readyz", "/login"})
"""What is answered without a token: nothing of it is of a plan."""

OPEN_BELOW = "/assets/"

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_WRONG_TOKENS_A_MINUTE = 20


class Access:
    """Refuses requests that must not reach a route."""

    def __init__(self, app: ASGIApp, serving: Serving) -> None:
        self._app = app
        self._serving = serving
        self._writes = Rate(serving.writes_a_minute)
        self._wrong_tokens = Rate(_WRONG_TOKENS_A_MINUTE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer why not."""
        if scope["type"] == "http" and (refusal := self._refusal(scope)) is not None:
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if self._serving.hosts is not None and _name(host) not in self._serving.hosts:
            # A page elsewhere whose name was pointed to this machine would read everything here.
            return failed(f"this server is not called {host!r}", 421)
        address = (scope.get("client") or ("",))[0]
        if scope["method"] not in _SAFE:
            if _is_foreign(headers, host):
                return failed("a page of another origin must not change anything here", 403)
            if self._serving.read_only and scope["path"] not in OPEN_PATHS:
                return failed("this server only shows: it was started with --read-only", 403)
            if wait := self._writes.wait(address):
                return _too_many("too many changes within a minute", wait)
        path = scope["path"]
        if self._serving.token is None or path in OPEN_PATHS or path.startswith(OPEN_BELOW):
            return None
        if _has_session(headers, self._serving.token):
            return None
        sent, known = _knows(headers, self._serving.token)
        if known:
            return None
        if sent and (wait := self._wrong_tokens.wait(address)):
            return _too_many("too many wrong tokens within a minute", wait)
        if scope["method"] == "GET" and "text/html" in headers.get("accept", "") and not sent:
            return RedirectResponse(f"/login?next={quote(_asked_for(scope), safe='/')}", 303)
        message = "the token is missing or wrong: send it as Authorization: Bearer TOKEN"
        return failed(message, 401, {"WWW-Authenticate": "Bearer"})


def _too_many(message: str, wait: int) -> Response:
    return failed(f"{message}: wait for {wait} s", 429, {"Retry-After": str(wait)})


def _asked_for(scope: Scope) -> str:
    query = scope["query_string"].decode("latin-1")
    return quote(scope["path"], safe="/") + (f"?{query}" if query else "")


def _is_foreign(headers: Headers, host: str) -> bool:
    if headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        return True
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != host


def _has_session(headers: Headers, token: str) -> bool:
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return False
    return cookie is not None and is_session(cookie.value, token)


def _knows(headers: Headers, token: str) -> tuple[bool, bool]:
    """Whether a token was sent, and whether it is the right one."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    sent = scheme.lower() == "bearer" and bool(given.strip())
    return sent, same(given.strip(), token) and sent


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
