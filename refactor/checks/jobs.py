"""Checking in several processes: each takes neighbouring files, so that it reads the modules they share once."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

from refactor.checks.in_turn import check_files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from codemods.checking.finding import Finding
    from codemods.settings import Settings
    from refactor.checks.cache import Cache


BYTES_A_PROCESS = 200_000
"""Starting a process costs as much as checking about this much code."""


def check_in_processes(
    files: Sequence[tuple[Path, bytes]], settings: Settings, *, strict: bool, jobs: int, cache: Cache | None
) -> list[Finding]:
    """Checks files that were read already in up to `jobs` processes, in this one where there is little to do."""
    from functools import partial

    workers = min(jobs, len(files), 1 + sum(len(data) for _, data in files) // BYTES_A_PROCESS)
    if workers == 1:
        return check_files(files, settings, strict=strict, cache=cache, traces=[])
    size = -(-len(files) // workers)
    chunks = [files[start : start + size] for start in range(0, len(files), size)]
    work = partial(_check_chunk, settings=_sendable(settings), strict=strict, cache=cache)
    found: list[Finding] = []
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for of_chunk in pool.map(work, chunks):
            found.extend(of_chunk)
    return found


def _check_chunk(
    files: Sequence[tuple[Path, bytes]], *, settings: Settings, strict: bool, cache: Cache | None
) -> list[Finding]:
    import gc

    gc.disable()
    return check_files(files, settings, strict=strict, cache=cache, traces=[])


def _sendable(settings: Settings) -> Settings:
    """The settings with mappings that can be sent to another process: a read-only view of one cannot."""
    from dataclasses import fields, replace
    from types import MappingProxyType
    from typing import Any

    values: dict[str, Any] = {field.name: getattr(settings, field.name) for field in fields(settings)}
    views: dict[str, Any] = {
        name: dict(value) for name, value in values.items() if isinstance(value, MappingProxyType)
    }
    return replace(settings, **views)
