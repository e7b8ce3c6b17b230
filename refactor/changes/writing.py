"""Replacing a file's content so that whoever looks, and whenever, finds the old file or the new one."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from codemods.errors import RefactorError, SourceError
from refactor.changes.interrupts import signals_held
from refactor.project.display import display

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codemods.model import FileRewrite


class InterruptedRunError(RefactorError):
    """The user pressed Ctrl-C; the message says what had been done by then."""


def write_all(rewrites: Sequence[FileRewrite]) -> tuple[tuple[Path, ...], tuple[SourceError, ...]]:
    """Writes the changed files one by one; gives the paths written and an error for each that could not be.

    Raises:
        InterruptedRunError: Ctrl-C came; every file is the old or the new one and the message lists which.
    """
    changed = [rewrite for rewrite in rewrites if rewrite.before.text != rewrite.after.text]
    written: list[Path] = []
    problems: list[SourceError] = []
    try:
        for rewrite in changed:
            try:
                with signals_held():
                    replace(rewrite.before.path, rewrite.before.to_bytes(), rewrite.after.to_bytes())
                    written.append(rewrite.before.path)
            except SourceError as error:
                problems.append(error)
    except KeyboardInterrupt:
        left = [rewrite.before.path for rewrite in changed if rewrite.before.path not in written]
        raise InterruptedRunError(f"interrupted; {_progress(written, left)}") from None
    return tuple(written), tuple(problems)


def create(path: Path, content: bytes) -> None:
    """Makes a file that is not there yet.

    Raises:
        SourceError: there is one, or it cannot be written.
    """
    try:
        with signals_held(), path.open("xb") as file:
            file.write(content)
    except FileExistsError as error:
        raise SourceError(path, "is there already; left as it is") from error
    except OSError as error:
        raise SourceError(path, f"cannot be written: {error.strerror or error}") from error


def replace(path: Path, before: bytes, after: bytes) -> None:
    """Gives the file at `path` the content `after`, atomically, if it still holds `before`.

    A symbolic link stays a link and the file behind it is replaced. Mode, extended attributes and, where
    permitted, owner stay. Only the name written to has the new file: other hard links keep the old content.

    Raises:
        SourceError: the file is read-only, was changed meanwhile, or cannot be written; it is as it was.
    """
    target = Path(os.path.realpath(path))
    try:
        status = target.stat()
        _refuse_read_only(path, target, status.st_mode)
        if target.read_bytes() != before:
            raise SourceError(path, "changed on disk while it was being rewritten; left as it is, run again")
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                _copy_attributes(target, temporary, status)
                file.write(after)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SourceError(path, f"cannot be written: {error.strerror or error}; left as it is") from error
    _sync_directory(target.parent)


def _refuse_read_only(path: Path, target: Path, mode: int) -> None:
    # A rename needs no permission on the file, and root has every permission: the bits say what was meant.
    writable = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
    if not mode & writable or not os.access(target, os.W_OK):
        raise SourceError(path, "is read-only; left as it is (chmod u+w to have it rewritten)")
    folder = target.parent
    if not folder.stat().st_mode & writable or not os.access(folder, os.W_OK):
        raise SourceError(path, f"its directory {display(folder)} is read-only; left as it is")


def _copy_attributes(target: Path, temporary: Path, status: os.stat_result) -> None:
    import shutil

    if hasattr(os, "chown"):
        with suppress(PermissionError):
            os.chown(temporary, status.st_uid, status.st_gid)
    shutil.copystat(target, temporary)


def _sync_directory(folder: Path) -> None:
    """Makes the rename itself survive a power cut, where the system can open a directory for that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _progress(written: Sequence[Path], left: Sequence[Path]) -> str:
    if not written:
        return "nothing was written"
    done = f"written: {', '.join(display(path) for path in written)}"
    return f"{done}; left as they were: {', '.join(display(path) for path in left)}" if left else done
