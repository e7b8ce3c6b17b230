"""Unknown names and what was probably meant, paths as people read them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MOST_LISTED = 8


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of an error message: the nearest of the known names, or nothing where none is near."""
    # An unknown name is the exception, and difflib takes longer to import than all of click's parser.
    import difflib

    lower = {candidate.lower(): candidate for candidate in known}
    if exact := lower.get(name.lower()):
        return f"; did you mean {exact}?"
    near = difflib.get_close_matches(name.lower(), lower, n=3, cutoff=0.6)
    near = near or [candidate for candidate in lower if name.lower() in candidate][:3]
    return f"; did you mean {' or '.join(lower[match] for match in near)}?" if near else ""


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """A whole message about a name that does not exist, with the nearest names or else some of all."""
    names = sorted(set(known))
    if not names:
        return f"no {kind} is called {name}; none was found in the paths"
    if hint := did_you_mean(name, names):
        return f"no {kind} is called {name}{hint}"
    listed = ", ".join(names[:MOST_LISTED])
    return f"no {kind} is called {name}; there are: {listed}{', …' if len(names) > MOST_LISTED else ''}"


def display(path: Path | str) -> str:
    r"""A path for a terminal: with forward slashes, undecodable bytes replaced, `\x1b` for what a terminal obeys."""
    text = os.fspath(path).replace(os.sep, "/").encode("utf-8", "replace").decode("utf-8")
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
