"""Proving files against an older state of them: a git revision or other files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from codemods.errors import CrashError, RefactorError, SourceError, UnknownNameError
from refactor.output.text import files_with_errors
from refactor.project.boundary import file_boundary
from refactor.project.display import display
from refactor.project.files import find_files, read_bytes, read_contents, read_source
from refactor.project.git import GitError, Repository

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codemods.model import VerifyReport
    from codemods.settings import Settings


class Older(Protocol):
    """An older state of some files."""

    def read(self, path: Path) -> bytes | None:
        """The older bytes of a file of today, None where it did not exist."""

    def gone(self, today: Sequence[Path]) -> Iterator[tuple[Path, bytes]]:
        """The Python files under the paths that existed then and are not among those of today."""


@dataclass(frozen=True)
class Proof:
    """What was proven of one file.

    Attributes:
        path: the file.
        report: the tasks and the findings.
    """

    path: Path
    report: VerifyReport


@dataclass(frozen=True)
class Revision:
    """The files as a commit has them."""

    repository: Repository
    commit: str
    names: frozenset[str]

    def read(self, path: Path) -> bytes | None:
        """The file in the commit."""
        name = self.repository.name(path)
        return self.repository.content_at(self.commit, name) if name in self.names else None

    def gone(self, today: Sequence[Path]) -> Iterator[tuple[Path, bytes]]:
        """The files of the commit that are no longer there."""
        here = {self.repository.name(path) for path in today}
        for name in sorted(self.names - here):
            path = self.repository.root / name
            if name.endswith(".py") and not path.exists():
                yield Path(os.path.relpath(path)), self.repository.content_at(self.commit, name)


@dataclass(frozen=True)
class Tree:
    """The files as another directory, or a single other file, has them."""

    top: Path
    tops_today: tuple[Path, ...]

    def read(self, path: Path) -> bytes | None:
        """The file of the same name below the other directory, or the one other file."""
        if self.top.is_file():
            return read_bytes(self.top)
        for candidate in self._candidates(path):
            if candidate.is_file():
                return read_bytes(candidate)
        return None

    def gone(self, today: Sequence[Path]) -> Iterator[tuple[Path, bytes]]:
        """The files of the other directory that are missing below the one that it is compared with."""
        if self.top.is_file() or len(self.tops_today) != 1 or not self.tops_today[0].is_dir():
            return
        there = {path.resolve() for path in today}
        for candidate in find_files([self.top], []):
            counterpart = self.tops_today[0] / candidate.path.relative_to(self.top)
            if counterpart.resolve() not in there:
                yield counterpart, read_bytes(candidate.path)

    def _candidates(self, path: Path) -> Iterator[Path]:
        for top in (*self.tops_today, Path()):
            absolute, base = path.absolute(), top.absolute()
            if absolute != base and absolute.is_relative_to(base):
                yield self.top / absolute.relative_to(base)
        yield self.top / path.name


def older(against: str, paths: Sequence[Path]) -> Older:
    """Finds out what `--against` names.

    Raises:
        UnknownNameError: neither a path nor a revision of the repository that holds the paths, or both.
        RefactorError: one file is to be compared with several.
    """
    if not against:
        raise UnknownNameError("--against names nothing")
    other = Path(against)
    try:
        repository: Repository | None = Repository.around(paths[0])
    except GitError:
        repository = None
    commit = repository.commit_of(against) if repository else None
    if other.exists():
        if commit and os.sep not in against:
            raise UnknownNameError(
                f"{against} is a revision and a path; write ./{against} or refs/heads/{against}"
            )
        if other.is_file() and (len(paths) != 1 or not paths[0].is_file()):
            raise RefactorError(f"{against} is one file; name the one file to compare with it")
        return Tree(other, tuple(paths))
    if repository is None or commit is None:
        where = "there is no git repository here" if repository is None else "no such revision, no such path"
        raise UnknownNameError(f"--against {against}: {where}")
    names = [repository.name(path) for path in paths]
    return Revision(repository, commit, repository.files_at(commit, [name for name in names if name != "."]))


def verify_paths(
    paths: Sequence[Path], before: Older, against: str, settings: Settings
) -> tuple[tuple[Proof, ...], tuple[SourceError, ...]]:
    """Proves every file under the paths that holds a task today or held one then; gives proofs and problems.

    Raises:
        MissingPathError: one of the paths does not exist.
    """
    from codemods import api

    problems: list[SourceError] = []
    proofs: list[Proof] = []
    today = find_files(paths, problems)
    contents = read_contents(today, problems)
    past: dict[Path, bytes | None] = {}
    for path in list(contents):
        try:
            with file_boundary(path):
                past[path] = before.read(path)
        except SourceError as error:
            problems.append(error)
            del contents[path]
    gone = dict(before.gone([candidate.path for candidate in today]))
    then = {path: old for path, old in past.items() if old is not None} | gone
    possible = api.files_with_tasks(contents, settings) | api.files_with_tasks(then, settings, follow=False)
    for candidate in today:
        path = candidate.path
        if path not in contents or not (candidate.named or path in possible):
            continue
        try:
            with file_boundary(path):
                proofs.append(_prove(path, contents[path], past[path], against, settings))
        except SourceError as error:
            problems.append(error)
    problems += [
        SourceError(path, f"is in {against} and can hold tasks, but is gone")
        for path in gone
        if path in possible
    ]
    return tuple(proofs), tuple(problems)


def lines(proofs: Sequence[Proof], *, quiet: bool) -> Iterator[str]:
    """One line a task: insertions only, or where it was damaged and how."""
    for proof in proofs:
        path = display(proof.path)
        damaged = {finding.task for finding in proof.report.findings}
        for finding in proof.report.findings:
            yield f"{path}:{finding.line}: {finding.task or 'outside of the tasks'}: {finding.message}"
        for task in () if quiet else proof.report.tasks:
            if task not in damaged:
                yield f"{path}: {task}: insertions only"


def summary(proofs: Sequence[Proof], problems: Sequence[SourceError]) -> str:
    """`60 tasks in 1 file: insertions only`, or how much was found."""
    tasks = sum(len(proof.report.tasks) for proof in proofs)
    findings = sum(len(proof.report.findings) for proof in proofs)
    compared = f"{tasks} task{'s' * (tasks != 1)} in {len(proofs)} file{'s' * (len(proofs) != 1)} compared"
    found = (
        f"{findings} finding{'s' * (findings != 1)}"
        if findings
        else "insertions only"
        if proofs
        else "nothing proven"
    )
    return ", ".join([compared, found, *([files_with_errors(problems)] if problems else [])])


def status(proofs: Sequence[Proof], problems: Sequence[SourceError]) -> int:
    """The exit status: 1 where anything was found or could not be compared, 2 for a defect of this tool."""
    if any(isinstance(problem, CrashError) for problem in problems):
        return 2
    return int(bool(problems) or any(proof.report.findings for proof in proofs))


def _prove(path: Path, data: bytes, old: bytes | None, against: str, settings: Settings) -> Proof:
    """Proves one file."""
    from codemods import api
    from codemods.model import VerifyReport

    if old is None:
        if api.is_database_base(read_source(path, data)):
            return Proof(path, VerifyReport((), ()))
        raise SourceError(path, f"is not in {against}; there is nothing to compare it with")
    return Proof(path, api.verify(read_source(path, old), read_source(path, data), settings))
