"""The cookie of a browser that has given the token: good for a while, and of no use to learn the token."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.responses import Response

COOKIE = "pipeline_session"
_SECONDS = 12 * 3600


def give_session(answer: Response, token: str, *, secure: bool) -> None:
    """Have a browser remember that it knows the token; `secure` where it came by TLS."""
    until = str(int(time.time()) + _SECONDS)
    answer.set_cookie(
        COOKIE,
        f"{until}.{_signature(token, until)}",
        max_age=_SECONDS,
        httponly=True,
        samesite="strict",
        secure=secure,
    )


def end_session(answer: Response) -> None:
    """Have a browser forget it."""
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")


def is_session(cookie: str, token: str) -> bool:
    """Whether a cookie was given by a server with this token, and is still good."""
    until, _, signature = cookie.partition(".")
    # Compared whatever it says, in a time that tells nothing.
    signed = same(signature, _signature(token, until))
    return signed and until.isascii() and until.isdecimal() and int(until[:15]) > time.time()


def same(given: str, wanted: str) -> bool:
    """Whether two texts are the same, in a time that tells nothing of where they differ."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode("utf-8", "replace"))


def _signature(token: str, until: str) -> str:
    key, text = token.encode(), f"session until {until}".encode("utf-8", "replace")
    return hmac.new(key, text, hashlib.sha256).hexdigest()
