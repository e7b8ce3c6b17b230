"""The same module in other bytes: line ends, indentation, byte order mark, cookie, no final newline."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codemods.source import SourceFile, decode

if TYPE_CHECKING:
    from pathlib import Path

ESCAPE = "backslashreplace"
COOKIE = "# -*- coding: {} -*-\n"


@dataclass(frozen=True)
class Variant:
    """Another way to write a module down.

    Attributes:
        name: for the test's id.
        encode: from the text with `\\n` and four spaces to bytes.
        unit: one level of indentation in it.
    """

    name: str
    encode: Callable[[str], bytes]
    unit: str = "    "

    def of(self, text: str, path: Path) -> SourceFile:
        """The text in this variant, as it would be read from a file."""
        return decode(self.encode(text), path)


def _with_tabs(text: str) -> str:
    return re.sub(r"^(?: {4})+", lambda match: "\t" * (len(match[0]) // 4), text, flags=re.MULTILINE)


def _mixed(text: str) -> bytes:
    lines = text.split("\n")
    ends = ["\r\n" if number % 3 else "\n" for number in range(len(lines) - 1)]
    return "".join(line + end for line, end in zip(lines, [*ends, ""], strict=True)).encode()


VARIANTS = (
    Variant("crlf", lambda text: text.replace("\n", "\r\n").encode()),
    Variant("cr", lambda text: text.replace("\n", "\r").encode()),
    Variant("tabs", lambda text: _with_tabs(text).encode(), unit="\t"),
    Variant("tabs-crlf", lambda text: _with_tabs(text).replace("\n", "\r\n").encode(), unit="\t"),
    Variant("bom", lambda text: codecs.BOM_UTF8 + text.encode()),
    Variant("bom-crlf", lambda text: codecs.BOM_UTF8 + text.replace("\n", "\r\n").encode()),
    Variant("no-final-newline", lambda text: text.rstrip("\n").encode()),
    Variant(
        "latin-1", lambda text: (COOKIE.format("latin-1") + "# \xe9t\xe9\n" + text).encode("latin-1", ESCAPE)
    ),
    Variant(
        "cp1252", lambda text: (COOKIE.format("cp1252") + "# 5 \u20ac\n" + text).encode("cp1252", ESCAPE)
    ),
    Variant("utf-8-cookie", lambda text: (COOKIE.format("utf-8") + text).encode()),
)
MIXED = Variant("mixed", _mixed)
