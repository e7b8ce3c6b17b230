"""Python source as HTML, line by line: coloured, escaped, and with what cannot be seen made visible."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from markupsafe import Markup, escape
from pygments.lexers.python import PythonLexer
from pygments.token import Token

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CLASSES = {
    Token.Comment: "hc",
    Token.Keyword: "hk",
    Token.Operator.Word: "hk",
    Token.Literal.String: "hs",
    Token.Literal.Number: "hn",
    Token.Name.Function: "hf",
    Token.Name.Class: "hf",
    Token.Name.Decorator: "hd",
}
# Characters that change how their line is read: controls, and those that turn the direction of writing.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def highlighted(lines: Sequence[str]) -> tuple[Markup, ...]:
    """Each line as HTML.

    Args:
        lines: without line ends; they need not be a whole module.
    """
    found: list[list[str]] = [[]]
    lexer = PythonLexer(stripnl=False, ensurenl=False)
    for kind, text in lexer.get_tokens("\n".join(lines)):
        name = _class_of(kind)
        for number, part in enumerate(text.split("\n")):
            if number:
                found.append([])
            if part:
                shown = "".join(_seen(part))
                plain = name is None or part.isspace()
                found[-1].append(shown if plain else f'<span class="{name}">{shown}</span>')
    if len(found) != len(lines):
        return tuple(Markup("".join(_seen(line))) for line in lines)  # noqa: S704 - escaped in _seen
    return tuple(Markup("".join(parts)) for parts in found)  # noqa: S704 - escaped in _seen


def _class_of(kind: object) -> str | None:
    while kind is not None and kind is not Token:
        if kind in _CLASSES:
            return _CLASSES[kind]
        kind = getattr(kind, "parent", None)
    return None


def _seen(text: str) -> Iterator[str]:
    """The text escaped, each unseen character as its code point."""
    at = 0
    for match in _UNSEEN.finditer(text):
        yield str(escape(text[at : match.start()]))
        name = unicodedata.name(match[0], "control character").lower()
        yield f'<span class="unseen" title="{escape(name)}">U+{ord(match[0]):04X}</span>'
        at = match.end()
    yield str(escape(text[at:]))
