"""What a check gives: findings, as values that can be sorted, stored and sent between processes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Edit:
    """A safe edit of one file: lines to replace.

    Attributes:
        message: what the edit does.
        row: the first line that is replaced, 1-based.
        end_row: the line after the last one that is replaced.
        content: the lines that take their place, line ends included.
    """

    message: str
    row: int
    end_row: int
    content: str


@dataclass(frozen=True)
class Finding:
    """One broken rule.

    Attributes:
        path: the file.
        row, column: where it begins, 1-based, columns in characters.
        end_row, end_column: where it ends; the column is the one after the last character.
        code: the rule.
        message: what is wrong, one sentence.
        task: the task class, empty for a finding about the file.
        strict: whether it is a judgement.
        fix: the edit that removes it, None without one.
    """

    path: Path
    row: int
    column: int
    end_row: int
    end_column: int
    code: str
    message: str
    task: str = ""
    strict: bool = False
    fix: tuple[Edit, ...] | None = None

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """By path and position."""
        return self.path.as_posix(), self.row, self.column, self.code, self.message

    def to_dict(self) -> dict[str, Any]:
        """The finding without its path and its fix, for storage."""
        stored = asdict(replace(self, fix=None))
        del stored["path"], stored["fix"]
        return stored

    @classmethod
    def from_dict(cls, path: Path, stored: dict[str, Any]) -> Finding:
        """The finding that was stored. Raises TypeError for anything else."""
        return cls(path=path, **stored)
