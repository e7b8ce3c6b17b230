"""What a form on a page has sent."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from fastapi import Request

_FIELDS = 100


class Form:
    """The fields of a form."""

    def __init__(self, fields: dict[str, list[str]]) -> None:
        self._fields = fields

    def all(self, name: str) -> tuple[str, ...]:
        """Return what was given for a field, none of it empty."""
        return tuple(value for value in self._fields.get(name, ()) if value)

    def one(self, name: str) -> str:
        """Return the last that was given for a field, empty where nothing was."""
        return self._fields.get(name, [""])[-1]


async def read_form(request: Request) -> Form:
    """Return what a form has sent; raises HTTPException for what no form of these pages sends."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415, "a form is wanted here: application/x-www-form-urlencoded")
    try:
        text = (await request.body()).decode("utf-8")
        return Form(parse_qs(text, keep_blank_values=True, max_num_fields=_FIELDS))
    except ValueError:
        raise HTTPException(400, "this is no form that a browser sends") from None
