"""The few questions to git: lists of arguments, never a shell, bytes in and out."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from codemods.errors import RefactorError

if TYPE_CHECKING:
    from collections.abc import Sequence


class GitError(RefactorError):
    """git is missing or said no; the message is what git said."""


@dataclass(frozen=True)
class Repository:
    """A work tree.

    Attributes:
        root: its top directory, links resolved.
    """

    root: Path

    @classmethod
    def around(cls, path: Path) -> Repository:
        """The repository that holds a path. Raises GitError where there is none."""
        folder = path if path.is_dir() else Path(os.path.realpath(path)).parent
        return cls(Path(os.fsdecode(_git(folder, "rev-parse", "--show-toplevel").removesuffix(b"\n"))))

    def name(self, path: Path) -> str:
        """A path as git names it, from the root, links resolved. Raises GitError outside of the root."""
        real = Path(os.path.realpath(path))
        if not real.is_relative_to(self.root):
            raise GitError(f"{path} is outside of the repository {self.root}")
        return real.relative_to(self.root).as_posix()

    def commit_of(self, revision: str) -> str | None:
        """The commit that a revision names, None where it names none."""
        wanted = f"{revision}^{{commit}}"
        try:
            found = _git(self.root, "rev-parse", "--verify", "--quiet", "--end-of-options", wanted)
        except GitError:
            return None
        return found.decode().strip()

    def files_at(self, commit: str, names: Sequence[str]) -> frozenset[str]:
        """The files below some names in a commit."""
        return _split(
            _git(self.root, "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, "--", *names)
        )

    def content_at(self, commit: str, name: str) -> bytes:
        """A file's bytes as a checkout of that commit would write them, with line ends as configured."""
        return _git(self.root, "cat-file", "--filters", f"{commit}:{name}")

    def uncommitted(self) -> tuple[str, ...]:
        """The tracked files that differ from the last commit, in the index or on disk."""
        names = _git(self.root, "diff", "--name-only", "-z", "--no-ext-diff", "HEAD", "--")
        return tuple(sorted(_split(names)))

    def is_tracked(self, name: str) -> bool:
        """Whether git knows a file."""
        return bool(_git(self.root, "ls-files", "-z", "--", f":(literal,top){name}"))

    def commit(self, names: Sequence[str], message: str) -> None:
        """Commits some files' content and nothing else. Raises GitError with what git, or a hook, said."""
        paths = [f":(literal,top){name}" for name in names]
        _git(self.root, "commit", "--quiet", "--message", message, "--", *paths)


def _git(folder: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - a list of arguments, no shell
            ["git", *arguments],  # noqa: S607 - the git that the user calls
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise GitError(f"git cannot be run: {error.strerror}") from error
    if done.returncode:
        said = (done.stderr or done.stdout).decode("utf-8", "replace").strip()
        raise GitError(f"git {arguments[0]}: {said or f'exit status {done.returncode}'}")
    return done.stdout


def _split(listing: bytes) -> frozenset[str]:
    return frozenset(os.fsdecode(name) for name in listing.split(b"\0") if name)
