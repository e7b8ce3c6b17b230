"""Plan ids and file names, checked before they become a path.

Both come from the command line and from the database, and neither is trusted: a name that could
leave the run directory is refused, not repaired. A file is called by its path relative to the run
directory, with `/` between the parts on every system.
"""

import os
import re
from pathlib import Path

from pipeline.errors import InvalidNameError

MAX_PLAN_ID_LENGTH = 128
MAX_FILENAME_BYTES = 255
"""Of a whole name, directories included: what the column holds, and any part that a file system takes."""

_PLAN_ID = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{MAX_PLAN_ID_LENGTH - 1}}}")
# Control characters (C0, DEL, C1), the two separators of lines that are none, and the other separator of paths.
_FORBIDDEN_IN_FILENAME = re.compile(r"[\\\x00-\x1f\x7f-\x9f\u2028\u2029]")


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
    """Return `filename` if it names a file below a directory, such as `a.md` or `charts/a.md`.

    Raises InvalidNameError for absolute names, empty parts, parts with a leading dot (which takes `.`
    and `..` with it), backslashes, control characters, and names that no file system takes.
    """
    if not isinstance(filename, str) or not filename:
        raise InvalidNameError(f"invalid file name {filename!r}: empty")
    if _FORBIDDEN_IN_FILENAME.search(filename):
        raise InvalidNameError(f"invalid file name {filename!r}: no backslashes and no control characters")
    for part in filename.split("/"):
        if not part or part.startswith("."):
            raise InvalidNameError(
                f"invalid file name {filename!r}: it is relative to the run directory, "
                "and none of its parts is empty or begins with a dot"
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
    """Return the path of a file of a plan, for messages; raises InvalidNameError for a bad file name.

    Whoever opens it goes through pipeline.running.run_directory, which follows no link on the way.
    """
    return run_dir / check_filename(filename)


def name_below(run_dir: Path, path: Path) -> str | None:
    """Return what the database calls the file at `path`, None for one that is no file of this run directory."""
    relative = os.path.relpath(path, run_dir)
    try:
        return check_filename(Path(relative).as_posix())
    except InvalidNameError:
        return None
