"""Which version of the tool this is."""

from __future__ import annotations

from importlib import metadata

DISTRIBUTIONS = ("luigi-database-first", "luigi-database-first-lint")
"""What the tool comes in: with the runtime, or alone."""


def tool_version() -> str:
    """The version of whichever distribution is installed; `unknown` for a source tree that is not installed."""
    for name in DISTRIBUTIONS:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return "unknown"
