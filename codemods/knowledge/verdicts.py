"""What happens when something is evaluated once more: the words of the tables and of the interpreter."""

from __future__ import annotations

from enum import IntEnum


class Verdict(IntEnum):
    """What happens when something is evaluated a second time, right after the first."""

    SAME = 0
    """Proven: the same value, nothing used up, no lasting effect."""
    MAY_DIFFER = 1
    """Proven to be without effect, but it reads a clock or asks the file system: confirmed against the file."""
    UNKNOWN = 2
    """Out of sight: it may differ, use something up, cost money or change something."""
    EFFECT = 3
    """It consumes or changes something, so that the second time cannot be like the first."""
