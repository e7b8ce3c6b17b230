"""Errors as answers: a status, and one line without keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from pipeline.errors import (
    ConfigurationError,
    DatabaseError,
    PipelineError,
    PlanBusyError,
    PlanNotFoundError,
)
from pipeline.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fastapi import FastAPI, Request, Response


class ConflictError(ConfigurationError):
    """What is asked for does not go with how things stand."""


class KeyReusedError(ConfigurationError):
    """An Idempotency-Key that came with something else before."""


class TooManyError(PipelineError):
    """As much as may be is going on already; later it may go."""


# The first that fits.
_STATUSES: tuple[tuple[type[PipelineError], int], ...] = (
    (ConflictError, 409),
    (KeyReusedError, 422),
    (TooManyError, 429),
    (PlanNotFoundError, 404),
    (PlanBusyError, 409),
    (ConfigurationError, 400),
    (DatabaseError, 503),
    (PipelineError, 500),
)


def failed(message: str, status: int, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return the answer that says what is wrong."""
    return JSONResponse({"error": redact(message)}, status, headers)


def status_of(error: PipelineError) -> int:
    """Return the status of the answer to a request that failed so."""
    return next(status for kind, status in _STATUSES if isinstance(error, kind))


def answer_errors(app: FastAPI, page: Callable[[str, int], Response]) -> None:
    """Have an application answer errors in the one form; browsers that ask for a page, with what `page` gives."""

    def answer(
        request: Request, message: str, status: int, headers: Mapping[str, str] | None = None
    ) -> Response:
        wants_page = "text/html" in request.headers.get("accept", "")
        if wants_page and not request.url.path.startswith("/api/"):
            return page(redact(message), status)
        return failed(message, status, headers)

    @app.exception_handler(PipelineError)
    def _(request: Request, error: PipelineError) -> Response:
        return answer(request, str(error), status_of(error))

    @app.exception_handler(RequestValidationError)
    def _(request: Request, error: RequestValidationError) -> Response:
        told = "; ".join(f"{_place(item['loc'])}: {item['msg']}" for item in error.errors())
        return answer(request, told, 422)

    @app.exception_handler(HTTPException)
    def _(request: Request, error: HTTPException) -> Response:
        return answer(request, str(error.detail), error.status_code, error.headers)


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location[1:])) or str(location[0])
