"""What of a task is not understood, collected so that all of it is told at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from codemods.refusals import Refused


class Undecided:
    """The reasons to refuse one task, in the order in which they were found, each once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, int], Refused] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Notes a refusal of the work inside, so that the work after it goes on.

        Any other error passes, unless the task is refused already: what goes on behind a refusal meets code that it
        was not made for, and there is nothing left that it could spoil.
        """
        try:
            yield
        except Refused as refused:
            self.add(refused)
        except Exception:
            if not self._found:
                raise

    def add(self, refused: Refused) -> None:
        """Notes a refusal."""
        self._found.setdefault((refused.code, refused.reason, refused.line), refused)

    def settle(self, after: Undecided | None = None) -> None:
        """Goes on where nothing was found.

        Args:
            after: what was found before and is told first.

        Raises:
            Refused: the first that was found, with the others beside it.
        """
        found = [*(after._found.values() if after is not None else ()), *self._found.values()]
        if found:
            found[0].others = tuple(found[1:])
            raise found[0]
