"""The versions of a file between what it was and its rewrite: some tasks rewritten, the others not yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from codemods.source import SourceFile
from refactor.project.boundary import file_boundary

if TYPE_CHECKING:
    from collections.abc import Collection

    from codemods.model import FileRewrite
    from codemods.settings import Settings

Span = tuple[int, int]


@dataclass(frozen=True)
class Intermediate:
    """A file before and after a rewrite, and where the methods of its tasks are in either.

    Attributes:
        before: as it was.
        after: as it becomes.
        methods: in source order the class, and the lines of the method before and after, 0-based.
    """

    before: SourceFile
    after: SourceFile
    methods: tuple[tuple[str, Span, Span], ...]

    @classmethod
    def of(cls, rewrite: FileRewrite, settings: Settings) -> Intermediate:
        """Finds the methods. Raises SourceError where the two files do not have the same classes."""
        from codemods.rewriting.apply import entries, methods_of
        from codemods.rewriting.transform import method_span

        with file_boundary(rewrite.before.path):
            old, new = entries(rewrite.before, settings), entries(rewrite.after, settings)
            methods = tuple(
                (key[0], method_span(one), method_span(other))
                for key, new_key in zip(old, new, strict=True)
                for one, other in zip(
                    methods_of(rewrite.before, *key), methods_of(rewrite.after, *new_key), strict=True
                )
            )
        return cls(rewrite.before, rewrite.after, methods)

    def version(self, rewritten: Collection[str], frame: SourceFile) -> SourceFile:
        """The file with only some tasks rewritten.

        Args:
            rewritten: the classes whose methods are as after the rewrite.
            frame: `before` or `after`: what all else, the imports above all, is taken from.
        """
        framed_after = frame is self.after
        other = self.before if framed_after else self.after
        lines = list(frame.lines)
        for name, old, new in reversed(self.methods):
            if (name in rewritten) != framed_after:
                here, there = (new, old) if framed_after else (old, new)
                lines[slice(*here)] = other.lines[slice(*there)]
        return frame.with_text("".join(lines))
