"""What shows whether a row is its file's bytes, and so what may be done about a file that differs from it.

A row holds what a task handed over. That this is the file, byte for byte, is a promise of the task, which
one that compresses, encodes or ends lines in its own way does not keep. So a file that differs from its
row is replaced only where something shows that the row is right.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pipeline.running.forms import form_of, is_no_content_of
from pipeline.running.run_directory import NOTHING, Kind, RunDirectory, Sight

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.database.records import FileNote

_COMPARED_BYTES = 256 << 20
"""Files above this size are not looked into; they are reported."""


class FileState(StrEnum):
    """What a stored file is like in the run directory."""

    SAME = "same"
    MISSING = "missing"
    DIFFERENT = "different"


class Remedy(StrEnum):
    """What may be done about a file."""

    NOTHING = "nothing"
    RESTORE = "restore"
    """Write the row: nothing is lost with what is there."""
    REPLACE = "replace"
    """Write the row and keep what is there: the row is known to be right."""
    UNPROVEN = "unproven"
    """Only if somebody asks for it: nothing shows which of the two is right."""
    REMAKE = "remake"
    """Only its task can make it again: the row is known not to be its bytes."""
    LEAVE = "leave"
    """The file is right, and the row is known not to be its bytes."""
    IN_THE_WAY = "in the way"
    """Something else than a file is there."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file as the database has it. Inputs are made of the plan's own row, and so are known to be right."""

    filename: str
    size: int
    sha256: str
    is_input: bool = False


@dataclass(frozen=True, slots=True)
class FileComparison:
    """One stored file, compared. `sight` is what is there; `form` how a file holds the row's text otherwise."""

    filename: str
    state: FileState
    remedy: Remedy
    reason: str = ""
    sight: Sight = NOTHING
    form: str | None = None


def compare(
    stored: Stored,
    note: FileNote | None,
    directory: RunDirectory,
    content: Callable[[], bytes],
    namesake: Callable[[str], str | None],
) -> FileComparison:
    """Compare a file with its row, and say what the two and `note` show.

    `content` gives the row's bytes, and is asked only where nothing else tells. `namesake` gives a file
    elsewhere in the run directory that has the same last name and no row. Raises BlockedError, DatabaseError.
    """
    sight = directory.look(stored.filename)

    def result(state: FileState, remedy: Remedy, reason: str = "", form: str | None = None) -> FileComparison:
        return FileComparison(stored.filename, state, remedy, reason, sight, form)

    known = _is_known(stored, note)
    if sight.kind is Kind.NOTHING:
        return result(FileState.MISSING, *_if_missing(stored, known, content, namesake))
    if sight.kind in {Kind.DIRECTORY, Kind.SPECIAL}:
        reason = f"{directory.path / stored.filename} is {sight.kind} where a file belongs"
        return result(FileState.DIFFERENT, Remedy.IN_THE_WAY, reason)
    if sight.kind is Kind.LINK:
        if known:
            return result(FileState.DIFFERENT, Remedy.REPLACE)
        return result(FileState.DIFFERENT, Remedy.UNPROVEN, "a link is in its place")
    if (sight.size, sight.sha256) == (stored.size, stored.sha256):
        return result(FileState.SAME, Remedy.NOTHING)
    if known is False:
        if note is not None and note.file_sha256 == sight.sha256:
            return result(FileState.DIFFERENT, Remedy.LEAVE, _NOT_ITS_BYTES)
        return result(FileState.DIFFERENT, Remedy.REMAKE, f"it has changed, and {_NOT_ITS_BYTES}")
    if max(sight.size, stored.size) > _COMPARED_BYTES:
        return result(FileState.DIFFERENT, Remedy.REPLACE if known else Remedy.UNPROVEN, _NO_RECORD)
    row = content()
    if directory.begins(stored.filename, row):
        return result(FileState.DIFFERENT, Remedy.RESTORE)
    if known:
        return result(FileState.DIFFERENT, Remedy.REPLACE)
    if form := form_of(directory.read(stored.filename), row):
        reason = f"it holds what the row holds as {form}, which the row cannot give back"
        return result(FileState.DIFFERENT, Remedy.LEAVE, reason, form)
    if note is not None and note.restored and note.content_sha256 == stored.sha256:
        # It was written from this row, so no task has written it since.
        return result(FileState.DIFFERENT, Remedy.REPLACE)
    return result(FileState.DIFFERENT, Remedy.UNPROVEN, _NO_RECORD)


_NOT_ITS_BYTES = "its row does not hold its bytes"
_NO_RECORD = "no record shows that its row is its bytes"


def _is_known(stored: Stored, note: FileNote | None) -> bool | None:
    """Whether the row is known to be the file's bytes, or known not to be; None if neither."""
    if stored.is_input:
        return True
    if note is None or note.restored:
        return None
    if note.file_sha256 == note.content_sha256:
        # Of a row that has been replaced since, too: its task writes what it hands over.
        return True
    return False if note.content_sha256 == stored.sha256 else None


def _if_missing(
    stored: Stored,
    known: bool | None,
    content: Callable[[], bytes],
    namesake: Callable[[str], str | None],
) -> tuple[Remedy, str]:
    if known:
        return Remedy.RESTORE, ""
    if known is False:
        return Remedy.REMAKE, _NOT_ITS_BYTES
    if (form := is_no_content_of(stored.filename)) is not None and not form.fits(content()):
        return Remedy.REMAKE, f"by its name it is {form.name}, and its row is not"
    if (other := namesake(stored.filename)) is not None:
        return Remedy.UNPROVEN, f"{other} has no row, and this may be its"
    return Remedy.RESTORE, ""
