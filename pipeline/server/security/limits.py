"""How much a request may bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

from pipeline.server.errors import failed

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 1_000_000


class _TooLargeError(HTTPException):
    """Of the kind that routes let pass, whatever they were reading the body for."""

    def __init__(self) -> None:
        super().__init__(413, f"a body has at most {MAX_BODY_BYTES:,} bytes")


class BodyLimit:
    """Answers 413 where a body is longer than it may be, whatever its header says."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer that it is too large."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told = Headers(scope=scope).get("content-length", "0")
        read = 0

        async def limited() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > MAX_BODY_BYTES:
                raise _TooLargeError
            return message

        try:
            if not told.isdecimal() or len(told) > 20 or int(told) > MAX_BODY_BYTES:
                raise _TooLargeError
            await self._app(scope, limited, send)
        except _TooLargeError as error:
            await failed(error.detail, error.status_code)(scope, receive, send)
