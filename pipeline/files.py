"""Files of a run directory: written whole or not at all, and compared without trust."""

import hashlib
import os
import re
import secrets
import shutil
import stat
from pathlib import Path

from pipeline.faults import FaultPoint, fault_point

_CHUNK_BYTES = 1 << 20
# Ours, and those that Luigi's targets leave when they are killed.
_LEFTOVER = re.compile(r"^\..+\.[0-9a-f]{16}\.partial$|-luigi-tmp-\d+$")


def write_whole(path: Path, content: bytes) -> None:
    """Put a file with `content` at `path`, in place of whatever is there; raises OSError.

    A process killed at any moment leaves the old state or the new one.
    """
    temporary = path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}.partial")
    # Not tempfile: its files are private, and the file must be as open would have made it.
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fault_point(FaultPoint.RESTORE_BEFORE_REPLACE)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    fault_point(FaultPoint.RESTORE_REPLACED)


def has_content(path: Path, size: int, sha256: str) -> bool:
    """Whether `path` is a regular file, no link, with this size and checksum."""
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode) or status.st_size != size:
            return False
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
    except FileNotFoundError:
        return False
    return digest.hexdigest() == sha256


def is_directory(path: Path) -> bool:
    """Whether `path` is a directory itself, and no link to one."""
    return path.is_dir() and not path.is_symlink()


def set_aside(path: Path) -> None:
    """Rename a file or a directory to what no task has for an output; of each name, the last one is kept."""
    aside = path.with_name(f".{path.name}.unknown")
    _remove(aside)
    path.replace(aside)


def take_away(path: Path) -> None:
    """Have a task that has not ended not look done: delete its file, or set aside its directory, which has no row.

    Nothing being there is fine.
    """
    if is_directory(path):
        set_aside(path)
    else:
        path.unlink(missing_ok=True)


def remove_leftovers(directory: Path) -> tuple[str, ...]:
    """Delete the temporary files and directories of processes that were killed and return their names."""
    leftovers = sorted(path for path in directory.iterdir() if _LEFTOVER.search(path.name))
    for path in leftovers:
        _remove(path)
    return tuple(path.name for path in leftovers)


def _remove(path: Path) -> None:
    if is_directory(path):
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
