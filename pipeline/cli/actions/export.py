"""`pipeline export`: a plan's calls, or its files, for other programs."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

import click

from pipeline.cli.services import open_for_reading
from pipeline.database.engine import get_reading_engine
from pipeline.database.retry import RetryPolicy
from pipeline.database.transfer import Transfer
from pipeline.errors import ConfigurationError
from pipeline.files import opened_output
from pipeline.plans.export import csv_lines, jsonl, messages, write_zip
from pipeline.plans.transfer import plan_lines
from pipeline.terminal import printable, printable_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pipeline.database.service import DatabaseService


def whole_plan(service: DatabaseService, plan_id: str) -> Iterator[str]:
    """Yield the lines of a plan for another database; raises PlanNotFoundError, DatabaseError."""
    service.get_plan(plan_id)
    return plan_lines(Transfer(get_reading_engine(), RetryPolicy.for_reading(), None), plan_id)


_LINES: dict[str, Callable[[DatabaseService, str], Iterator[str]]] = {
    "jsonl": jsonl,
    "messages": messages,
    "csv": csv_lines,
    "plan": whole_plan,
}


def export(*, quiet: bool, plan_id: str, form: str, output: Path) -> None:
    """Write the calls or the files. Raises PlanNotFoundError, ConfigurationError, DatabaseError."""
    to_terminal = str(output) == "-" and _is_terminal()
    if form == "zip" and to_terminal:
        raise ConfigurationError("a zip archive is no text for a terminal: name a file with --output")
    with open_for_reading() as service, _opened(output) as out:
        if form == "zip":
            told = f"{write_zip(service, plan_id, out)} files"
        else:
            count = 0
            shown = _shown_as(form) if to_terminal else str
            for line in _LINES[form](service, plan_id):
                out.write(shown(line).encode("utf-8", "backslashreplace"))
                # A long line of a plan comes in pieces.
                count += line.endswith("\n")
            told = f"{count - 2} rows" if form == "plan" else f"{count - (form == 'csv')} calls"
    if str(output) != "-" and not quiet:
        click.echo(f"wrote {output}: {told}", err=True)


def _is_terminal() -> bool:
    return sys.stdout.isatty()


def _shown_as(form: str) -> Callable[[str], str]:
    """What a terminal gets of a form's lines: nothing that it would obey; a file gets them as they are."""
    return printable if form == "csv" else printable_json


@contextmanager
def _opened(output: Path) -> Iterator[BinaryIO]:
    if str(output) == "-":
        stdout: BinaryIO = sys.stdout.buffer
        yield stdout
        stdout.flush()
        return
    try:
        with opened_output(output) as file:
            yield file
    except OSError as error:
        raise ConfigurationError(f"cannot write {output}: {error.strerror or error}") from error
