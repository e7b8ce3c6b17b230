"""The boundary around the work on one task: whatever goes wrong there refuses that task, and the others go on."""

from __future__ import annotations

import ast
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from codemods.errors import SourceError
from codemods.refusals import INTERNAL, Refused

INTERNAL_ERROR = "internal error"
_ROOT = Path(__file__).parent


@contextmanager
def task_boundary(node: ast.AST) -> Iterator[None]:
    """Turns what nobody foresaw into a refusal at the given node: DBR902, or DBR905 where the code is too deep."""
    try:
        yield
    except (Refused, SourceError):
        raise
    except (RecursionError, MemoryError) as error:
        raise Refused("DBR905", "the code is nested too deep to be followed", node) from error
    except Exception as error:
        raise Refused(INTERNAL, f"{INTERNAL_ERROR}: {described(error)}", node) from error


def described(error: BaseException) -> str:
    """An error in one line, with the place in this tool that it comes from."""
    what = " ".join(f"{type(error).__name__}: {error}".split())
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).is_relative_to(_ROOT)]
    if not frames:
        return what
    place = Path(frames[-1].filename).relative_to(_ROOT.parent).as_posix()
    return f"{what} ({place}:{frames[-1].lineno})"
