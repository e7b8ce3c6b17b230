"""Form feeds in front of an indentation: Python's tokenizer takes them for nothing, LibCST cannot parse them.

They are taken out before the parse, each replaced by a comment of its own line in front of the line that it stood on,
and put back afterwards.
"""

from __future__ import annotations

import io
import re
import tokenize

_FEED = re.compile(r"[ \t]*\f[ \t\f]*")
_MARK = "#\ue000form-feed:"


def without_feeds(text: str, head: str) -> str:
    """The text with marks for its form feeds.

    Args:
        text: lines of one method.
        head: what makes a module of them when it stands in front.
    """
    if "\f" not in text:
        return text
    starts = _first_lines(head + text, head.count("\n"))
    lines = io.StringIO(text, newline="").readlines()
    for number, line in enumerate(lines):
        found = _FEED.match(line)
        if found is not None and number in starts and line[found.end() :].strip("\r\n"):
            feeds, indent = _parts(found.group())
            end = line[len(line.rstrip("\r\n")) :] or "\n"
            lines[number] = f"{indent}{_MARK}{feeds.encode().hex()}{end}{indent}{line[found.end() :]}"
    return "".join(lines)


def with_feeds(text: str) -> str:
    """The text with its form feeds where the marks are."""
    if _MARK not in text:
        return text
    kept: list[str] = []
    feeds = ""
    for line in io.StringIO(text, newline="").readlines():
        before, mark, code = line.partition(_MARK)
        if mark and not before.strip():
            feeds = bytes.fromhex(code.strip()).decode()
            continue
        kept.append(feeds + line)
        feeds = ""
    return "".join(kept)


def _parts(blank: str) -> tuple[str, str]:
    """What stands up to the last form feed, and the indentation, which is what follows it."""
    at = blank.rindex("\f") + 1
    return blank[:at], blank[at:]


def _first_lines(text: str, skipped: int) -> set[int]:
    """The 0-based numbers of the lines that a statement or a comment begins, counted behind those skipped."""
    found: set[int] = set()
    begins = True
    depth = 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if begins and token.type not in {tokenize.INDENT, tokenize.DEDENT, tokenize.NL, tokenize.ENDMARKER}:
            found.add(token.start[0] - 1 - skipped)
            begins = False
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
        if token.type == tokenize.NEWLINE or (token.type == tokenize.NL and not depth):
            begins = True
    return found
