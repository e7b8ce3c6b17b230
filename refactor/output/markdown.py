"""Text in Markdown that somebody else renders: a pull request's comment, a job's summary."""

from __future__ import annotations

import html
import re


def cell(text: str) -> str:
    """Text that Markdown shows as it is, in one cell: names come from code that nobody has reviewed yet."""
    escaped = re.sub(r"([\\`*_{}\[\]#|~@])", r"\\\1", html.escape(" ".join(text.split()), quote=False))
    return escaped.replace("://", ":\\//")
