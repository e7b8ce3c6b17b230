"""Plan ids and file names, checked before they become a path.

Both come from the command line and from the database, and neither is trusted: a name that could
leave the run directory is refused, not repaired.
"""

import re
from pathlib import Path

from pipeline.errors import InvalidNameError

MAX_PLAN_ID_LENGTH = 128
MAX_FILENAME_BYTES = 255

_PLAN_ID = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{MAX_PLAN_ID_LENGTH - 1}}}")
_FORBIDDEN_IN_FILENAME = re.compile(r"[/\\\x00-\x1f\x7f]")


def check_plan_id(plan_id: str) -> str:
    """Return `plan_id` if it is usable as a directory name.

    Raises InvalidNameError unless it is ASCII letters, digits, `.`, `_`, `-`, starts with a letter
    or digit and has at most 128 characters.
    """
    if not isinstance(plan_id, str) or not _PLAN_ID.fullmatch(plan_id):
        raise InvalidNameError(
            f"invalid plan id {plan_id!r}: letters, digits, '.', '_' and '-' only, "
            f"a letter or digit first, at most {MAX_PLAN_ID_LENGTH} characters"
        )
    return plan_id


def check_filename(filename: str) -> str:
    """Return `filename` if it names a file directly inside a directory.

    Raises InvalidNameError for separators, control characters, a leading dot (which takes `.` and
    `..` with it), and names that no file system takes.
    """
    if not isinstance(filename, str) or not filename or filename.startswith("."):
        raise InvalidNameError(f"invalid file name {filename!r}: empty, or with a leading dot")
    if _FORBIDDEN_IN_FILENAME.search(filename):
        raise InvalidNameError(
            f"invalid file name {filename!r}: no separators and no control characters, "
            "the files of a plan lie directly in its run directory"
        )
    try:
        size = len(filename.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise InvalidNameError(f"invalid file name {filename!r}: not encodable as UTF-8") from error
    if size > MAX_FILENAME_BYTES:
        raise InvalidNameError(f"invalid file name {filename!r}: more than {MAX_FILENAME_BYTES} bytes")
    return filename


def plan_directory(run_root: Path, plan_id: str) -> Path:
    """Return the run directory of a plan; raises InvalidNameError for a bad plan id."""
    return run_root / check_plan_id(plan_id)


def plan_file(run_dir: Path, filename: str) -> Path:
    """Return the path of a file of a plan; raises InvalidNameError for a bad file name."""
    return run_dir / check_filename(filename)
