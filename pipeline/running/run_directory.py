"""The files of one run directory, reached without following a link on the way, and replaced without a loss."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, BinaryIO

from pipeline.errors import PipelineError
from pipeline.files import hash_of, keep_aside, put_whole
from pipeline.names import check_filename

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Kind(StrEnum):
    """What is found under the name of a file."""

    NOTHING = "nothing"
    FILE = "a file"
    LINK = "a link"
    DIRECTORY = "a directory"
    SPECIAL = "a pipe, a socket or a device"


class BlockedError(PipelineError):
    """On the way to a file there is something other than a directory."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What is there, with its size and checksum if that is a file."""

    kind: Kind
    size: int = 0
    sha256: str | None = None


NOTHING = Sight(Kind.NOTHING)


class RunDirectory:
    """Opens, writes and sets aside files by the names that the database has for them.

    The directory itself may be a link; below it none is followed, so that nothing outside is read or
    written whatever a row is called. All methods raise InvalidNameError for a bad name, BlockedError
    where a part of the way is a link or a file, and OSError.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def look(self, filename: str) -> Sight:
        """Return what is there; a file is read to its end."""
        try:
            with self._parent(filename) as (parent, name):
                mode = os.lstat(name, dir_fd=parent).st_mode
                if stat.S_ISLNK(mode):
                    return Sight(Kind.LINK)
                if stat.S_ISDIR(mode):
                    return Sight(Kind.DIRECTORY)
                if not stat.S_ISREG(mode):
                    return Sight(Kind.SPECIAL)
                with _open(parent, name) as file:
                    size, sha256 = hash_of(file)
                    return Sight(Kind.FILE, size, sha256)
        except FileNotFoundError:
            return NOTHING

    def read(self, filename: str) -> bytes:
        """Return the content of a file."""
        with self._parent(filename) as (parent, name), _open(parent, name) as file:
            return file.read()

    def begins(self, filename: str, content: bytes) -> bool:
        """Whether all that the file holds is a part of `content` from its beginning: then no byte is lost with it."""
        with self._parent(filename) as (parent, name), _open(parent, name) as file:
            size = os.fstat(file.fileno()).st_size
            digest = hashlib.sha256(memoryview(content)[:size]).hexdigest()
            return size <= len(content) and hash_of(file) == (size, digest)

    def write(self, filename: str, content: bytes, *, keep: bool) -> str | None:
        """Put a file there, making its directories; with `keep` what was there is kept, and its new name returned.

        A process killed at any moment leaves the old file or the new one, and what is kept is whole.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        with self._parent(filename, make=True) as (parent, name):
            kept = put_whole(parent, name, content, keep=keep)
        return None if kept is None else _beside(filename, kept)

    def set_aside(self, filename: str) -> str:
        """Rename a file to what nobody takes for an output, and return the new name."""
        with self._parent(filename) as (parent, name):
            kept = keep_aside(parent, name)
            os.unlink(name, dir_fd=parent)
        return _beside(filename, kept)

    @contextmanager
    def _parent(self, filename: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
        *directories, name = check_filename(filename).split("/")
        descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for number, directory in enumerate(directories, start=1):
                if make:
                    _make_directory(directory, descriptor)
                try:
                    below = os.open(
                        directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=descriptor
                    )
                except OSError as error:
                    if error.errno not in {errno.ENOTDIR, errno.ELOOP}:
                        raise
                    way = "/".join(directories[:number])
                    raise BlockedError(
                        f"{self.path / way} is a link or a file where a directory belongs"
                    ) from error
                os.close(descriptor)
                descriptor = below
            yield descriptor, name
        finally:
            os.close(descriptor)


def _open(parent: int, name: str) -> BinaryIO:
    # A pipe that has come in between would block; whatever is no file has no content that could be right.
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=parent)
    return os.fdopen(descriptor, "rb")


def _make_directory(name: str, parent: int) -> None:
    try:
        os.mkdir(name, dir_fd=parent)
    except FileExistsError:
        return


def _beside(filename: str, name: str) -> str:
    directory, slash, _ = filename.rpartition("/")
    return f"{directory}{slash}{name}"
