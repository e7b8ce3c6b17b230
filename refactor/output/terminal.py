"""What differs where a person watches: colour, width, and what must not reach a terminal."""

from __future__ import annotations

import os
import re
import shutil
import sys
from typing import IO, Any

import click

NARROWEST, WIDEST = 60, 110

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def is_terminal(stream: IO[Any] | None) -> bool:
    """Whether a stream ends at a person; Python has None for one that was closed before it began."""
    return stream is not None and stream.isatty()


def can_draw(stream: IO[Any] | None) -> bool:
    """Whether a stream is a terminal that can move its cursor."""
    return is_terminal(stream) and os.environ.get("TERM") not in {"dumb", "unknown"}


def use_colour() -> bool:
    """Whether colour is welcome on a terminal (https://no-color.org)."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") not in {"dumb", "unknown"}


def styled(text: str, stream: IO[Any] | None = None, **style: Any) -> str:
    """The text in a style of `click.style`, where the stream (standard output) is a terminal that wants colour."""
    if is_terminal(stream or sys.stdout) and use_colour():
        return click.style(text, **style)
    return text


def width() -> int:
    """The columns to fill: the terminal's, from 60 to 110."""
    return min(max(shutil.get_terminal_size().columns, NARROWEST), WIDEST)


def harmless(text: str) -> str:
    """The text with control characters in caret notation, so that a stranger's code cannot steer the terminal."""
    return _CONTROL.sub(lambda match: _caret(match.group()), text)


def _caret(character: str) -> str:
    code = ord(character)
    return f"^{chr(code ^ 0x40)}" if code < 0x80 else f"\\x{code:02x}"
