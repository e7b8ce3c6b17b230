"""The part of a content that a `Range` header asks for."""

from __future__ import annotations

import re

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


class UnsatisfiableError(Exception):
    """The content has no such part."""


def part_of(header: str | None, size: int) -> range | None:
    """Return the positions that are asked for, None for all of them: also where the header is not understood.

    Raises UnsatisfiableError.
    """
    match = _RANGE.fullmatch((header or "").strip())
    if match is None or match.group(1, 2) == ("", ""):
        return None
    first, last = match.group(1, 2)
    if not first:
        begin, end = max(0, size - int(last)), size
    else:
        begin, end = int(first), min(size, int(last) + 1 if last else size)
        if last and int(last) < int(first):
            return None
    if begin >= end:
        raise UnsatisfiableError
    return range(begin, end)
