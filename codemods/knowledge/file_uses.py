"""What can be done to a path: the words of the tables and of the interpreter of file effects."""

from __future__ import annotations

from enum import StrEnum


class Use(StrEnum):
    """What is done to a path, or with it."""

    WRITE = "writes text to"
    APPEND = "appends to"
    BYTES = "writes bytes to"
    ENCODED = "writes other bytes than UTF-8 to"
    NAMED = "writes text, compressed where its name ends so, to"
    MODE = "opens with a mode that is not known"
    MOVE = "moves or copies a file to"
    REMOVE = "removes"
    OPEN = "leaves open"
    KEEP = "keeps"
    HAND = "hands to code out of sight"
    CONTENT = "makes content depend on"
    READ = "reads"
    NOTED = "writes, by the user's word no output,"


WRITES = frozenset({Use.WRITE, Use.NAMED, Use.APPEND, Use.BYTES, Use.ENCODED, Use.MODE, Use.MOVE, Use.OPEN})
"""The uses that put something into a file."""
