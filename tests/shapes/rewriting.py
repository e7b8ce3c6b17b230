"""The codemod, as these tests use it: one file in, the rewritten file and the states out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from codemods.api import apply, inspect
from codemods.model import FileRewrite, TaskState
from codemods.settings import INLINE, Settings
from codemods.source import SourceFile
from tests.shapes.catalogue import Shape

SETTINGS = Settings()


def rewrite(source: SourceFile, settings: Settings = SETTINGS) -> FileRewrite:
    """Applies the codemod to every task of one file."""
    (inspection,) = inspect([source], settings)
    return apply(inspection, lambda _: True, settings)


@dataclass(frozen=True)
class Rewritten:
    """A shape before and after."""

    before: SourceFile
    after: SourceFile
    tasks: tuple[str, ...]


@cache
def rewritten(shape: Shape, style: str = INLINE) -> Rewritten:
    """A shape's rewrite, once for all tests. Every task that is to do must have been done."""
    source, settings = shape.source, replace(SETTINGS, style=style)
    (inspection,) = inspect([source], settings)
    todo = tuple(r.task.name for r in inspection.reports if r.state is TaskState.TODO)
    result = apply(inspection, lambda _: True, settings)
    assert todo
    assert result.changed == todo
    return Rewritten(source, result.after, todo)
