"""Which lines belong to the header of a class, for the comments that say something about the class."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

EXEMPT, ROW_AFTER_FILE = "exempt", "row-after-file"
NOT_OUTPUT = "not-output"
"""What such a comment says of a write that needs no row, with its reason."""

CLASS_VERBS = (EXEMPT, ROW_AFTER_FILE)
"""What a `# refactor:` comment in a class's header can say of the class, each with its reason."""

_COMMENT = re.compile(
    rf"#\s*refactor:\s*(?P<verb>{'|'.join((*CLASS_VERBS, NOT_OUTPUT))})\b\s*(?P<reason>.*)$"
)


def header_rows(node: ast.ClassDef, lines: Sequence[str]) -> range:
    """The 1-based rows of a class's header: decorators, all lines up to the colon, and the comments right above."""
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    while first > 1 and lines[first - 2].lstrip().startswith("#"):
        first -= 1
    parts: list[ast.expr | ast.keyword] = [*node.bases, *node.keywords]
    last = max([node.lineno, *(part.end_lineno or 0 for part in parts)])
    body = node.body[0]
    begins = min([body.lineno, *(d.lineno for d in getattr(body, "decorator_list", ()))])
    while last < begins - 1 and not lines[last - 1].partition("#")[0].rstrip().endswith(":"):
        last += 1
    return range(first, last + 1)


@lru_cache(maxsize=64)
def _comments(text: str) -> Mapping[int, tuple[str, str]]:
    """The verbs and reasons of all such comments of a file by their rows; text in strings is none."""
    found: dict[int, tuple[str, str]] = {}
    if "refactor:" not in text:
        return found
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            match = _COMMENT.search(token.string) if token.type == tokenize.COMMENT else None
            if match is not None:
                found[token.start[0]] = match["verb"], match["reason"].strip()
    except (tokenize.TokenError, IndentationError, SyntaxError):
        return found
    return found


def class_comment(verb: str, node: ast.ClassDef, text: str, lines: Sequence[str]) -> str:
    """The reason of the comment in a class's header that says `verb` of it, empty without one or without a reason."""
    return said_on(verb, header_rows(node, lines), text) if _comments(text) else ""


def said_on(verb: str, rows: Iterable[int], text: str) -> str:
    """The reason of the first comment on some rows of a file that says `verb`, empty without one that has a reason."""
    comments = _comments(text)
    said = (comments.get(row, ("", "")) for row in rows) if comments else ()
    return next((reason for word, reason in said if word == verb and reason), "")
