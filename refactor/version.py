"""Which version of the tool this is."""

from __future__ import annotations

import os
import sys

DISTRIBUTIONS = ("luigi-database-first", "luigi-database-first-lint")
"""What the tool comes in: with the runtime, or alone."""

_ENDING = ".dist-info"


def tool_version() -> str:
    """The version of whichever distribution is installed; `unknown` for a source tree that is not installed."""
    # `importlib.metadata` takes longer to import than click does; the name of a directory says the same.
    installed = [name for folder in sys.path for name in _names_in(folder) if name.endswith(_ENDING)]
    for distribution in DISTRIBUTIONS:
        beginning = f"{distribution.replace('-', '_')}-"
        for name in installed:
            if name.lower().startswith(beginning):
                return name[len(beginning) : -len(_ENDING)]
    return _told_by_its_metadata()


def _names_in(folder: str) -> list[str]:
    try:
        return os.listdir(folder or ".")  # noqa: PTH208 - pathlib would be one more import
    except OSError:
        return []


def _told_by_its_metadata() -> str:
    """The version of one that is installed in another way: an egg, a zip file."""
    from importlib import metadata

    for name in DISTRIBUTIONS:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return "unknown"
