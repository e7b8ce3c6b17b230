"""What a run of the check is asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from refactor.checks.checking import Wanted


@dataclass(frozen=True)
class Request:
    """What was asked for.

    Attributes:
        paths: files and directories, none for the configured ones.
        config: the file that `--config` names.
        wanted: which findings.
        fix: whether to refactor what can be.
        output_format: how findings are told, or `statistics`.
        baseline: the file of known findings.
        update_baseline: whether to write it.
        stdin: the name of standard input, None where files are checked.
        jobs: how many processes, 0 for one a core.
        cache: the directory of the cache, None for none.
    """

    paths: tuple[Path, ...]
    config: Path | None
    wanted: Wanted
    fix: bool
    output_format: str
    baseline: Path | None
    update_baseline: bool
    stdin: Path | None
    jobs: int
    cache: Path | None
