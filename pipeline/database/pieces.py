"""Large texts piece by piece: what is asked of a content must not take the memory of another one."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# A multiple of four, so that each piece of base64 is base64.
AT_A_TIME = 1 << 20
"""Characters of a piece."""


def pieces(text: str) -> Iterator[str]:
    """Yield a text in pieces, at least one."""
    for start in range(0, len(text) or 1, AT_A_TIME):
        yield text[start : start + AT_A_TIME]


def size_and_sha256(text: str) -> tuple[int, str]:
    """Return how many bytes a text has as UTF-8, and their checksum; raises UnicodeEncodeError."""
    size, digest = 0, hashlib.sha256()
    for piece in pieces(text):
        raw = piece.encode("utf-8")
        size += len(raw)
        digest.update(raw)
    return size, digest.hexdigest()


def sha256_of_base64(text: str) -> str:
    """Return the checksum of what is written as base64; raises binascii.Error, UnicodeEncodeError, ValueError."""
    digest = hashlib.sha256()
    for piece in pieces(text):
        digest.update(base64.b64decode(piece, validate=True))
    return digest.hexdigest()


def is_storable(text: str) -> bool:
    """Whether a text column of each database takes a text as it is: no NUL, no lone surrogate."""
    if "\x00" in text:
        return False
    try:
        for piece in pieces(text):
            piece.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
