"""From paths to sources: walk, read, leave out what cannot hold a task, decode, parse."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from codemods.errors import RefactorError, SourceError
from codemods.source import SourceFile, decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codemods.settings import Settings

SKIPPED = frozenset(
    {".git", ".hg", ".svn", ".venv", ".tox", ".nox", ".eggs", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
    | {"__pycache__", "node_modules", "site-packages", "__pypackages__", "venv", "build", "dist"}
)
"""Directories that never hold the code that a project maintains."""

PYTHON = frozenset({".py", ".pyi", ".pyw", ""})
"""The suffixes of what is read; a script has none."""


class NotPythonError(RefactorError):
    """A file was named that is no Python file. A notebook is JSON, which can parse as Python and hold no task."""


class MissingPathError(RefactorError):
    """A path was named that does not exist."""


@dataclass(frozen=True)
class Candidate:
    """A file to look at.

    Attributes:
        path: as the user named it, or below what the user named.
        named: whether the user named the file itself; such a file is always parsed.
    """

    path: Path
    named: bool


@dataclass(frozen=True)
class Sources:
    """What was found under some paths, sorted by path.

    Attributes:
        files: the sources that can hold a task.
        problems: one error a file or directory that cannot be read, decoded or parsed.
        looked_at: how many files were read.
    """

    files: tuple[SourceFile, ...]
    problems: tuple[SourceError, ...]
    looked_at: int


def read_sources(paths: Sequence[Path], settings: Settings) -> Sources:
    """Reads every Python file under the paths that can hold a task.

    Raises:
        MissingPathError: one of the paths does not exist.
    """
    from codemods import api

    problems: list[SourceError] = []
    files: list[SourceFile] = []
    candidates = find_files(paths, problems)
    contents = read_contents(candidates, problems)
    looked_into = any(not candidate.named for candidate in candidates)
    possible = api.files_with_tasks(contents, settings) if looked_into else frozenset()
    for candidate in candidates:
        data = contents.get(candidate.path)
        if data is None or not (candidate.named or candidate.path in possible):
            continue
        try:
            files.append(read_source(candidate.path, data))
        except SourceError as error:
            problems.append(error)
    return Sources(tuple(files), tuple(sorted(problems, key=lambda error: str(error.path))), len(candidates))


def read_all(paths: Sequence[Path]) -> tuple[tuple[SourceFile, ...], list[SourceError]]:
    """Every Python file under the paths that parses, whatever it holds; problems of files that hold classes.

    Raises:
        MissingPathError: one of the paths does not exist.
    """
    problems: list[SourceError] = []
    sources = []
    for path, data in read_contents(find_files(paths, problems), problems).items():
        try:
            source = read_source(path, data)
            _ = source.tree
            sources.append(source)
        except SourceError as error:
            if b"class " in data:
                problems.append(error)
    return tuple(sources), problems


def read_contents(candidates: Sequence[Candidate], problems: list[SourceError]) -> dict[Path, bytes]:
    """The bytes of every file that can be read; adds the others to `problems`."""
    contents: dict[Path, bytes] = {}
    for candidate in candidates:
        try:
            contents[candidate.path] = read_bytes(candidate.path)
        except SourceError as error:
            problems.append(error)
    return contents


def read_source(path: Path, data: bytes) -> SourceFile:
    """Decodes and parses one file's bytes. Raises SourceError where it cannot be rewritten without loss."""
    source = decode(data, path)
    if source.to_bytes() != data:
        raise SourceError(
            path, f"its bytes are not what {source.encoding} makes of its text; re-encode the file"
        )
    _ = source.tree  # raises here, at the file that is at fault, and is kept for whoever needs it later
    return source


def read_bytes(path: Path) -> bytes:
    """Reads one file. Raises SourceError where it cannot be read."""
    try:
        # A pipe or a device could block for ever.
        if not stat.S_ISREG(path.stat().st_mode):
            raise SourceError(path, "is not a regular file")
        return path.read_bytes()
    except OSError as error:
        raise SourceError(path, f"cannot be read: {error.strerror or error}") from error


def find_files(paths: Sequence[Path], problems: list[SourceError]) -> tuple[Candidate, ...]:
    """Finds the Python files under the paths, each once, sorted; adds unreadable directories to `problems`.

    A file reached in several ways (named twice, through a link) is kept under the name that is no link.

    Raises:
        MissingPathError: one of the paths does not exist.
        NotPythonError: a file is named whose suffix says that it is something else, a notebook for instance.
    """
    by_file: dict[str, Candidate] = {}
    for path in paths:
        if not _exists(path):
            raise MissingPathError(f"{path}: no such file or directory")
        if path.suffix not in PYTHON and not path.is_dir():
            raise NotPythonError(f"{path}: not a Python file; its name ends in {path.suffix}")
        found = _walk(path, problems) if path.is_dir() else iter([Candidate(path, named=True)])
        for candidate in found:
            real = os.path.realpath(candidate.path)
            known = by_file.get(real)
            if known is None or (known.path.is_symlink() and not candidate.path.is_symlink()):
                by_file[real] = candidate
    return tuple(sorted(by_file.values(), key=lambda candidate: candidate.path.as_posix()))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # below a directory that may not be entered
        return False


def _walk(top: Path, problems: list[SourceError]) -> Iterator[Candidate]:
    def unreadable(error: OSError) -> None:
        problems.append(SourceError(Path(error.filename), f"cannot be read: {error.strerror}"))

    for folder, subfolders, names in os.walk(top, onerror=unreadable):
        # A virtual environment can have any name, but always has this file.
        kept = [] if "pyvenv.cfg" in names else [name for name in subfolders if name not in SKIPPED]
        subfolders[:] = kept
        for name in names:
            # `.#name.py` is an editor's lock, a link to nothing.
            if name.endswith(".py") and not name.startswith(".#"):
                yield Candidate(Path(folder, name), named=False)
