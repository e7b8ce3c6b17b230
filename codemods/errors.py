"""The errors that the codemods raise. One root, so that a boundary can catch them all."""

from __future__ import annotations

from pathlib import Path


class RefactorError(Exception):
    """Root of every error that this tool raises on purpose."""


class ConfigurationError(RefactorError):
    """The configuration cannot be used: an unknown key, a wrong type, an unreadable file."""


class UnknownNameError(RefactorError):
    """A task or a stage was named that does not exist."""


class InitialisationError(RefactorError):
    """A base class cannot be completed without guessing."""


class SourceError(RefactorError):
    """A file cannot be read, decoded or parsed.

    Args:
        path: the file.
        message: what is wrong and what to do.
        line: 1-based line, where known.
        column: 1-based column, where known.
    """

    def __init__(self, path: Path, message: str, line: int | None = None, column: int | None = None) -> None:
        self.path = path
        self.message = message
        self.line = line
        self.column = column
        position = "" if line is None else f":{line}" if column is None else f":{line}:{column}"
        super().__init__(f"{path}{position}: {message}")


class CrashError(SourceError):
    """A defect of this tool showed at one file; the cause is chained."""
