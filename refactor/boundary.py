"""The boundary around the work on one file: whatever goes wrong there is that file's error, others go on."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from codemods.errors import RefactorError, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class CrashError(SourceError):
    """A defect of this tool showed at one file; the cause is chained."""


@contextmanager
def file_boundary(path: Path) -> Iterator[None]:
    """Turns every error of the block into a SourceError of the file; a CrashError where the tool is wrong."""
    try:
        yield
    except SourceError:
        raise
    except RefactorError as error:
        raise SourceError(path, str(error)) from error
    except Exception as error:
        what = " ".join(f"{type(error).__name__}: {error}".split())
        raise CrashError(path, f"internal error, left as it is (-v shows the traceback): {what}") from error
