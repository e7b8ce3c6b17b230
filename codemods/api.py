"""The operations that the command line offers, on sources in memory. Nothing here reads options or writes files."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from codemods.model import FileInspection, FileRewrite, TaskReport, VerifyReport
from codemods.settings import Settings
from codemods.source import SourceFile

Selector = Callable[[TaskReport], bool]


def can_contain_task(data: bytes, settings: Settings) -> bool:
    """Whether a file's bytes can hold a task class. Cheap: looks at bytes, never parses."""
    raise NotImplementedError


def inspect(sources: Sequence[SourceFile], settings: Settings) -> tuple[FileInspection, ...]:
    """Discovers and analyzes every task of the sources, which are seen as one project.

    Raises:
        SourceError: never for the called modules; a source of the list that does not parse.
    """
    raise NotImplementedError


def apply(inspection: FileInspection, selected: Selector, settings: Settings) -> FileRewrite:
    """Inserts the steps into the selected tasks of one file whose state is todo, and proves the result.

    A task whose rewrite fails its proof is reported as refused and stays as it was.
    """
    raise NotImplementedError


def revert(inspection: FileInspection, selected: Selector, settings: Settings) -> FileRewrite:
    """Takes the inserted steps out of the selected tasks of one file."""
    raise NotImplementedError


def verify(before: SourceFile, after: SourceFile, settings: Settings) -> VerifyReport:
    """Proves that `after` is `before` with insertions only, task by task."""
    raise NotImplementedError
