"""Files written whole or not at all, and kept rather than lost."""

from __future__ import annotations

import errno
import hashlib
import itertools
import os
import re
import secrets
import shutil
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pipeline.faults import FaultPoint, fault_point

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CHUNK_BYTES = 1 << 20
_NAME_BYTES = 255
# Ours, and those that Luigi's targets leave when they are killed.
_OUR_LEFTOVER = re.compile(r"^\..+\.[0-9a-f]{16}\.partial$")
_LUIGI_LEFTOVER = re.compile(r"-luigi-tmp-\d+$")
_NO_HARD_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES}


def write_whole(path: Path, content: bytes) -> None:
    """Put a file with `content` at `path`, in place of whatever is there; raises OSError.

    A process killed at any moment leaves the old state or the new one.
    """
    parent = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        put_whole(parent, path.name, content, keep=False)
    finally:
        os.close(parent)


def write_output(path: Path, content: bytes) -> None:
    """Write what a user has named: the file that a link leads to, or into a pipe or a device; raises OSError.

    A file is replaced as a whole and keeps its mode; nothing that is no file is replaced.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        # Not there, or a link to what is not there yet.
        write_whole(Path(os.path.realpath(path)), content)
        return
    if stat.S_ISREG(status.st_mode):
        real = path.resolve(strict=True)
        write_whole(real, content)
        real.chmod(stat.S_IMODE(status.st_mode))
        return
    # Neither made nor cut: a pipe and a device are what they are. A directory refuses.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_NOCTTY), "wb") as file:
        file.write(content)


@contextmanager
def opened_output(path: Path) -> Iterator[BinaryIO]:
    """Open what a user has named, as write_output does, to be written piece by piece; raises OSError.

    A file is there whole once the block has ended, and as it was where the block raises.
    """
    real = Path(os.path.realpath(path))
    mode = real.stat().st_mode if real.exists() else None
    if mode is not None and not stat.S_ISREG(mode):
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_NOCTTY), "wb") as file:
            yield file
        return
    partial = real.parent / _trimmed(real.name, f".{secrets.token_hex(8)}.partial")
    try:
        with partial.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            partial.chmod(stat.S_IMODE(mode))
        partial.replace(real)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def put_whole(parent: int, name: str, content: bytes, *, keep: bool) -> str | None:
    """Put a file into the open directory `parent`, and return what the old one is kept as, if it is to be kept."""
    temporary = _trimmed(name, f".{secrets.token_hex(8)}.partial")
    # Not tempfile: its files are private, and the file must be as open would have made it.
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666, dir_fd=parent)
    kept = None
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if keep:
            kept = keep_aside(parent, name)
            fault_point(FaultPoint.RESTORE_KEPT)
        fault_point(FaultPoint.RESTORE_BEFORE_REPLACE)
        os.replace(temporary, name, src_dir_fd=parent, dst_dir_fd=parent)
    except BaseException:
        _unlink(temporary, parent)
        raise
    fault_point(FaultPoint.RESTORE_REPLACED)
    return kept


def keep_aside(parent: int, name: str) -> str:
    """Give a file or a link a second name that no task has for an output, and return that name.

    No earlier one is lost: they are numbered. One with the same content serves again, so that what is
    killed and repeated does not pile them up.
    """
    for number in itertools.count(1):
        kept = _trimmed(name, f".kept-{number}")
        try:
            os.link(name, kept, src_dir_fd=parent, dst_dir_fd=parent, follow_symlinks=False)
        except FileExistsError:
            if _same(parent, name, kept):
                break
            continue
        except OSError as error:
            if error.errno not in _NO_HARD_LINKS:
                raise
            if not _copy(parent, name, kept):
                continue
        break
    os.fsync(parent)
    return kept


def hash_of(file: BinaryIO) -> tuple[int, str]:
    """Return the size and checksum of what is left to read."""
    digest = hashlib.sha256()
    size = 0
    while chunk := file.read(_CHUNK_BYTES):
        digest.update(chunk)
        size += len(chunk)
    return size, digest.hexdigest()


def has_content(path: Path, size: int, sha256: str) -> bool:
    """Whether `path` is a regular file, no link, with this size and checksum."""
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode) or status.st_size != size:
            return False
        with path.open("rb") as file:
            return hash_of(file) == (size, sha256)
    except FileNotFoundError:
        return False


def is_directory(path: Path) -> bool:
    """Whether `path` is a directory itself, and no link to one."""
    return path.is_dir() and not path.is_symlink()


def set_aside(path: Path) -> None:
    """Rename a file or a directory to what no task has for an output.

    Of a directory's name the last one is kept, of a file's name all.
    """
    aside = path.with_name(f".{path.name}.unknown")
    if not aside.is_symlink() and aside.is_file() and aside.stat().st_size:
        _rename_to_kept(aside)
    _remove(aside)
    path.replace(aside)


def take_away(path: Path, is_stored: Callable[[Path], bool] | None = None) -> None:
    """Have a task that has not ended not look done: set its output aside, or delete what the database holds.

    A directory has no row. Nothing being there is fine.
    """
    if is_directory(path):
        set_aside(path)
    elif path.is_symlink() or not path.exists() or not path.stat().st_size:
        path.unlink(missing_ok=True)
    elif is_stored is not None and is_stored(path):
        path.unlink()
    else:
        _rename_to_kept(path)


def find_leftovers(directory: Path, *, ours_only: bool = False) -> tuple[Path, ...]:
    """Return the temporary files and directories of killed processes, at any depth, behind no link."""
    found = []
    for root, directories, files in os.walk(directory):
        for name in sorted([*directories, *files]):
            if _OUR_LEFTOVER.search(name) or (not ours_only and _LUIGI_LEFTOVER.search(name)):
                found.append(Path(root, name))
                if name in directories:
                    directories.remove(name)
    return tuple(found)


def remove_leftovers(directory: Path, *, ours_only: bool = False) -> tuple[str, ...]:
    """Delete what find_leftovers finds and return the names, relative to `directory`."""
    leftovers = find_leftovers(directory, ours_only=ours_only)
    for path in leftovers:
        _remove(path)
    return tuple(sorted(path.relative_to(directory).as_posix() for path in leftovers))


def _rename_to_kept(path: Path) -> None:
    parent = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        keep_aside(parent, path.name)
        os.unlink(path.name, dir_fd=parent)
    finally:
        os.close(parent)


def _trimmed(name: str, suffix: str) -> str:
    room = _NAME_BYTES - 1 - len(suffix)
    beginning = os.fsencode(name)[:room].decode("utf-8", "ignore")
    return f".{beginning}{suffix}"


def _same(parent: int, name: str, other: str) -> bool:
    one, two = (os.lstat(each, dir_fd=parent) for each in (name, other))
    if os.path.samestat(one, two):
        return True
    if stat.S_ISLNK(one.st_mode) and stat.S_ISLNK(two.st_mode):
        return os.readlink(name, dir_fd=parent) == os.readlink(other, dir_fd=parent)
    if not (stat.S_ISREG(one.st_mode) and stat.S_ISREG(two.st_mode)) or one.st_size != two.st_size:
        return False
    return _hash_at(parent, name) == _hash_at(parent, other)


def _hash_at(parent: int, name: str) -> tuple[int, str]:
    with os.fdopen(os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=parent), "rb") as file:
        return hash_of(file)


def _copy(parent: int, name: str, kept: str) -> bool:
    """Copy where a file cannot have two names; false if the new name is taken by something else."""
    if stat.S_ISLNK(os.lstat(name, dir_fd=parent).st_mode):
        try:
            os.symlink(os.readlink(name, dir_fd=parent), kept, dir_fd=parent)
        except FileExistsError:
            return _same(parent, name, kept)
        return True
    # Under a temporary name first: what is called kept is whole.
    temporary = _trimmed(name, f".{secrets.token_hex(8)}.partial")
    source = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=parent)
    target = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666, dir_fd=parent)
    try:
        with os.fdopen(source, "rb") as old, os.fdopen(target, "wb") as new:
            shutil.copyfileobj(old, new, _CHUNK_BYTES)
            new.flush()
            os.fsync(new.fileno())
        try:
            os.lstat(kept, dir_fd=parent)
        except FileNotFoundError:
            os.rename(temporary, kept, src_dir_fd=parent, dst_dir_fd=parent)
            return True
        return _same(parent, name, kept)
    finally:
        _unlink(temporary, parent)


def _unlink(name: str, parent: int) -> None:
    try:
        os.unlink(name, dir_fd=parent)
    except FileNotFoundError:
        return


def _remove(path: Path) -> None:
    if is_directory(path):
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
