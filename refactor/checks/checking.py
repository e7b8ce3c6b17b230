"""The story of a check: files, findings, selection. One bad file never keeps the others from being checked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from codemods.checking.engine import UNCHECKED, UNREADABLE, Checker, is_internal, unreadable
from codemods.checking.finding import Finding
from codemods.errors import SourceError
from codemods.source import SourceFile, decode
from codemods.tasks.task_files import files_with_tasks
from refactor.checks.in_turn import check_files
from refactor.project.boundary import file_boundary
from refactor.project.files import find_files, read_bytes, read_contents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from codemods.settings import Settings
    from refactor.checks.cache import Cache


@dataclass(frozen=True)
class Wanted:
    """Which findings are wanted.

    Attributes:
        select: prefixes of codes, empty for all.
        ignore: prefixes of codes that are left out, unless a longer prefix selects them.
        strict: whether judgements are wanted beside certainties.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    strict: bool = False

    def __call__(self, finding: Finding) -> bool:
        """Whether a finding is wanted."""
        return self.has(finding.code)

    def has(self, code: str) -> bool:
        """Whether the findings of a rule are wanted. Those of what cannot be checked always are."""
        if code in {UNCHECKED, UNREADABLE}:
            return True
        selected = max((len(p) for p in self.select if code.startswith(p)), default=-1 if self.select else 0)
        ignored = max((len(p) for p in self.ignore if code.startswith(p)), default=-1)
        return selected >= 0 and selected > ignored


@dataclass(frozen=True)
class CheckRun:
    """What a check has found.

    Attributes:
        findings: the wanted ones, by path and position.
        looked_at: how many files were read.
        checked: how many of them were parsed.
        baselined: how many findings the baseline hides.
        sources: texts that are not on disk, by path.
        traces: tracebacks of internal errors.
    """

    findings: tuple[Finding, ...]
    looked_at: int = 0
    checked: int = 0
    baselined: int = 0
    sources: Mapping[Path, str] = field(default_factory=dict)
    traces: tuple[BaseException, ...] = ()

    @property
    def status(self) -> int:
        """The exit status: 2 where the check of a task failed by this tool's own fault."""
        if any(map(is_internal, self.findings)):
            return 2
        return int(bool(self.findings))

    @property
    def has_unreadable(self) -> bool:
        """Whether a file or a task could not be checked, of which nothing is known therefore."""
        return any(finding.code in {UNCHECKED, UNREADABLE} for finding in self.findings)

    @property
    def counts(self) -> Counter[str]:
        """How many findings each rule has."""
        return Counter(finding.code for finding in self.findings)

    def lines_of(self, path: Path) -> list[str]:
        """The lines of a file with a finding, none where it cannot be read."""
        if path in self.sources:
            return self.sources[path].splitlines()
        try:
            return decode(read_bytes(path), path).text.splitlines()
        except SourceError:
            return []


def check_paths(
    paths: Sequence[Path],
    settings: Settings,
    wanted: Wanted,
    *,
    jobs: int = 1,
    cache: Cache | None = None,
    require: Callable[[Iterable[bytes]], None] | None = None,
) -> CheckRun:
    """Checks the files under some paths.

    Args:
        paths: files and directories.
        settings: the configuration.
        wanted: which findings to keep.
        jobs: how many processes to use.
        cache: findings of earlier runs, None for none.
        require: is given what stands in the files that can hold a task, unless some could not be read; raises
            where it is not what was configured.

    Raises:
        MissingPathError: one of the paths does not exist.
    """
    problems: list[SourceError] = []
    candidates = find_files(paths, problems)
    alone = len(candidates) == 1 and candidates[0].named
    findings: list[Finding] = []
    contents = read_contents(candidates, problems)
    # A file that is named alone is parsed in any case: who names it wants to know that it does not parse.
    possible = contents if alone else files_with_tasks(contents, settings)
    files = [path for path in contents if path in possible]
    if require is not None and not problems:
        require(contents[path] for path in files)
    traces: list[BaseException] = []
    left = []
    for path in files:
        known = cache.get(path, contents[path]) if cache is not None else None
        if known is None:
            left.append((path, contents[path]))
        else:
            findings.extend(known)
    if jobs > 1 and len(left) > 1:
        from refactor.checks.jobs import check_in_processes

        findings.extend(check_in_processes(left, settings, strict=wanted.strict, jobs=jobs, cache=cache))
    else:
        findings.extend(check_files(left, settings, strict=wanted.strict, cache=cache, traces=traces))
    findings.extend(unreadable(problem) for problem in problems)
    kept = sorted((f for f in findings if wanted(f)), key=lambda f: f.sort_key)
    return CheckRun(tuple(kept), len(candidates), len(files), traces=tuple(traces))


def check_text(data: bytes, name: Path, settings: Settings, wanted: Wanted) -> CheckRun:
    """Checks what came from standard input as if it were the file of that name."""
    try:
        with file_boundary(name):
            source: SourceFile = decode(data, name)
            findings = Checker(settings, strict=wanted.strict).check(source)
    except SourceError as error:
        return CheckRun((unreadable(error),), 1, 1)
    return CheckRun(tuple(f for f in findings if wanted(f)), 1, 1, sources={name: source.text})
