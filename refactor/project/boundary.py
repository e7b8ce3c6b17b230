"""The boundary around the work on one file: whatever goes wrong there is that file's error, others go on."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from codemods.errors import CrashError, RefactorError, SourceError
from codemods.tasks.task_boundary import described

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
        message = f"internal error, left as it is (-v shows the traceback): {described(error)}"
        raise CrashError(path, message) from error
