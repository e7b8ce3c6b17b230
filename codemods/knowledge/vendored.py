"""Recognises a module that `refactor init --service vendored` has written, and what was changed in it by hand.

The module says in its head which version it comes from and what it looked like; a formatter is asked to leave it alone.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

SERVICE, STEPS, STAGE = "DatabaseService", "DatabaseSteps", "stage_of"
"""What such a module has for the tasks: the service, the block of the steps, and what makes a `stage` of a class."""

_WRITTEN_BY = "# Written by `refactor init --service vendored` of luigi-database-first"
_HEAD = re.compile(
    rf"^{re.escape(_WRITTEN_BY)} (?P<version>\S+), checksum (?P<checksum>[0-9a-f]{{16}})\.$", re.MULTILINE
)
_HEADING = re.compile(r"^# ---- (?P<title>.+) \((?P<checksum>[0-9a-f]{8})\)$", re.MULTILINE)
_FIRST_LINES = 20


@dataclass(frozen=True)
class VendoredModule:
    """What a module says of itself.

    Attributes:
        version: the version of the tool that it was made by.
        is_intact: whether it is as it was written.
        changed: the sections that are not, as titles with their lines; `the head` for what stands above them.
    """

    version: str
    is_intact: bool
    changed: tuple[str, ...] = ()


@lru_cache(maxsize=64)
def vendored_module(text: str) -> VendoredModule | None:
    """What the text of a module says of itself, None where it is none of these."""
    head = _head(text)
    if head is None:
        return None
    plain = _plain(text)
    if _checksum(_without_checksum(plain), 16) == head["checksum"]:
        return VendoredModule(head["version"], is_intact=True)
    changed = tuple(
        f"{heading['title']} (line {plain.count(chr(10), 0, heading.start()) + 1})"
        for heading, body in _sections(plain)
        if _checksum(body, 8) != heading["checksum"]
    )
    return VendoredModule(head["version"], is_intact=False, changed=changed or ("the head",))


def signed(version: str, head: str, sections: tuple[tuple[str, str], ...]) -> str:
    """The text of such a module.

    Args:
        version: of the tool.
        head: what stands above the sections.
        sections: titles and texts, which end with a line end.
    """
    body = "".join(
        f"\n\n# ---- {title} ({_checksum(_framed(text), 8)})\n{_framed(text)}" for title, text in sections
    )
    text = f"{_WRITTEN_BY} {version}, checksum {'0' * 16}.\n{head}{body}"
    return text.replace("0" * 16, _checksum(_without_checksum(text), 16), 1)


def _framed(text: str) -> str:
    return f"\n{text}"


def _sections(text: str) -> list[tuple[re.Match[str], str]]:
    headings = list(_HEADING.finditer(text))
    ends = [*(second.start() for _, second in pairwise(headings)), len(text)]
    bodies = (text[heading.end() + 1 : end] for heading, end in zip(headings, ends, strict=True))
    return [(heading, body.rstrip("\n") + "\n") for heading, body in zip(headings, bodies, strict=True)]


def _head(text: str) -> re.Match[str] | None:
    return _HEAD.search("\n".join(text.splitlines()[:_FIRST_LINES])) if _WRITTEN_BY in text else None


def _without_checksum(text: str) -> str:
    return _HEAD.sub("", text, count=1)


def _plain(text: str) -> str:
    """The text whatever git makes of its line ends."""
    return text.replace("\r\n", "\n")


def _checksum(text: str, length: int) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:length]
