"""Checking files one after the other, in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codemods.checking.engine import Checker, unreadable
from codemods.errors import SourceError
from codemods.source import decode
from refactor.project.boundary import file_boundary

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from codemods.checking.finding import Finding
    from codemods.settings import Settings
    from refactor.checks.cache import Cache


def check_files(
    files: Iterable[tuple[Path, bytes]],
    settings: Settings,
    *,
    strict: bool,
    cache: Cache | None,
    traces: list[BaseException],
) -> list[Finding]:
    """Checks files that were read already; what goes wrong with one is its finding.

    Args:
        files: paths and what stands in them.
        settings: the configuration.
        strict: whether judgements are wanted beside certainties.
        cache: where the findings go too, None for nowhere.
        traces: gets the errors of our own behind such findings.
    """
    checker = Checker(settings, strict=strict)
    found: list[Finding] = []
    for path, data in files:
        try:
            with file_boundary(path):
                of_file = checker.check(decode(data, path))
        except SourceError as error:
            found.append(unreadable(error))
            if error.__cause__ is not None:
                traces.append(error.__cause__)
        else:
            traces += checker.crashes
            checker.crashes.clear()
            found.extend(of_file)
            if cache is not None:
                cache.put(path, data, of_file, checker.finder)
    return found
