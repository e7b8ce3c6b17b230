"""Writes the page: whole or not at all, and never over a file that is something else."""

from __future__ import annotations

import datetime
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from codemods.errors import CrashError, RefactorError
from refactor.project.display import display
from refactor.report_page.page import Head
from refactor.version import tool_version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codemods.errors import SourceError

_STANDARD_OUTPUT = "-"
_BEGINNING = b"<!doctype html>"


class TargetError(RefactorError):
    """The page cannot be written where it was asked for."""


def check_target(target: Path) -> None:
    """Makes sure that the page can be written, before the work begins.

    Raises:
        TargetError: the directory is missing, or the file is there and is no HTML page.
    """
    if str(target) == _STANDARD_OUTPUT:
        return
    try:
        if not target.parent.is_dir():
            raise TargetError(f"{target}: there is no directory {target.parent}")
        if target.exists():
            if not target.is_file():
                raise TargetError(f"{target}: is not a regular file; name another one")
            with target.open("rb") as file:
                beginning = file.read(4096)
            if beginning.strip() and not beginning.lstrip().lower().startswith(_BEGINNING):
                raise TargetError(f"{target}: is there and is no HTML page; name another file or remove it")
    except OSError as error:
        raise TargetError(f"{target}: {error.strerror or error}") from error


def write_page(target: Path, page: str) -> None:
    """Writes the page as UTF-8, through a temporary file beside it; to standard output for `-`.

    Raises:
        TargetError: it cannot be written; what was there is as it was.
    """
    data = page.encode("utf-8", "backslashreplace")
    if str(target) == _STANDARD_OUTPUT:
        import click

        click.echo(data, nl=False)
        return
    real = Path(os.path.realpath(target))
    try:
        handle, name = tempfile.mkstemp(prefix=f".{real.name}.", suffix=".tmp", dir=real.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            temporary.chmod(real.stat().st_mode if real.exists() else 0o666 & ~_umask())
            temporary.replace(real)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise TargetError(f"{target}: cannot be written: {error.strerror or error}") from error


def head(paths: Sequence[Path], arguments: str = "") -> Head:
    """What stands above the report; `SOURCE_DATE_EPOCH` fixes its time, for pages that can be compared.

    Args:
        paths: what was looked at.
        arguments: what a further command needs to mean the same files.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = (
        datetime.datetime.fromtimestamp(int(given), datetime.UTC)
        if given.isdecimal()
        else datetime.datetime.now(datetime.UTC)
    )
    return Head(
        tuple(display(p) for p in paths),
        f"{now:%Y-%m-%d %H:%M} UTC",
        tool_version(),
        arguments,
    )


def status(problems: Sequence[SourceError]) -> int:
    """The exit status: 1 where a file could not be looked at, 2 for a defect of this tool."""
    if any(isinstance(problem, CrashError) for problem in problems):
        return 2
    return int(bool(problems))


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
