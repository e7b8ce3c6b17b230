"""What the commands of `pipeline` share: exit statuses, errors in one line, what they work with."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import BinaryIO

    from pipeline.database.records import PlanRecord
    from pipeline.database.service import DatabaseService
    from pipeline.report.task_graph import ExpectedTask
    from pipeline.running.lifecycle import RunSettings
    from pipeline.running.progress import Progress
    from pipeline.running.runner import RunOutcome

EXIT_OK = 0
EXIT_UNFINISHED = 1
EXIT_ERROR = 2


def run_settings(root: str, run_root: Path, workers: int, *, quiet: bool) -> RunSettings:
    """Return how to run a plan; raises ConfigurationError for a root task that cannot be imported."""
    from pipeline.running.graph import load_root
    from pipeline.running.lifecycle import RunSettings

    return RunSettings(
        root=load_root(root), run_root=run_root.resolve(), workers=workers, progress=_progress(quiet=quiet)
    )


def _progress(*, quiet: bool) -> Progress:
    from functools import partial

    from pipeline.logs import on_a_terminal
    from pipeline.running.progress import PlainProgress, QuietProgress, TerminalProgress

    write_line = partial(click.echo, err=True)
    if quiet:
        return QuietProgress(write_line)
    if not on_a_terminal():
        return PlainProgress(write_line)
    from rich.console import Console

    return TerminalProgress(Console(stderr=True))


def expected_tasks_of(root: str, run_root: Path) -> Callable[[PlanRecord], tuple[ExpectedTask, ...]]:
    """Return what gives the tasks that a plan will have; raises ConfigurationError as run_settings does."""
    from functools import partial

    from pipeline.report.task_graph import expected_tasks
    from pipeline.running.graph import load_root

    return partial(expected_tasks, load_root(root), run_root)


def open_service(*, ready: bool = False) -> DatabaseService:
    """Return a service for the database that the environment names, migrated if it is to be `ready`.

    Raises ConfigurationError for a database that is not there and not to be made, DatabaseError.
    """
    from pipeline.database.service import DatabaseService

    if ready:
        from pipeline.database.migrate import ensure_current

        ensure_current()
    else:
        from pipeline.database.engine import check_database_exists

        check_database_exists()
    return DatabaseService()


def open_for_reading() -> DatabaseService:
    """Return a service for a command that only looks: it does not wait long, and needs no write access.

    Raises ConfigurationError for a database that is not there.
    """
    from pipeline.database.engine import check_database_exists, get_reading_engine
    from pipeline.database.retry import RetryPolicy
    from pipeline.database.service import DatabaseService

    check_database_exists()
    return DatabaseService(get_reading_engine(), RetryPolicy.for_reading())


def parse_start_time(text: str | None) -> datetime:
    """Return the moment that ISO 8601 text names, in UTC where it names no zone, or now; raises BadParameter."""
    if text is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--start-time") from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def read_prompt(file: BinaryIO) -> str:
    """Return the text of a prompt file as it is, but for a byte order mark; raises BadParameter unless it is UTF-8."""
    data = file.read().removeprefix(b"\xef\xbb\xbf")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise click.BadParameter(
            f"{file.name} is not UTF-8: byte 0x{data[error.start]:02x} in line {line}; save it as UTF-8",
            param_hint="--prompt-file",
        ) from None


def conclude(plan_id: str, run_root: Path, outcome: RunOutcome) -> NoReturn:
    """Say what became of a run and how to go on, and exit."""
    from pipeline.database.shown_url import shown_url
    from pipeline.terminal import printable_line

    click.echo(f"plan {plan_id}: {outcome.done} of {outcome.tasks} tasks done", err=True)
    if outcome.succeeded:
        directory = run_root / plan_id
        # Who ran a pipeline that ends in a report wants to open that.
        report = next(iter(sorted(directory.glob("*report.html"))), directory)
        click.echo(f"files: {report}", err=True)
        click.echo(f"database: {shown_url()}", err=True)
    if outcome.failed:
        click.echo(
            f"failed: {printable_line(', '.join(outcome.failed))}; go on with: pipeline resume {plan_id}",
            err=True,
        )
    sys.exit(EXIT_OK if outcome.succeeded else EXIT_UNFINISHED)


@contextmanager
def reported_errors() -> Iterator[None]:
    """Turn every error into one line without keys, or a redacted traceback, and the exit status."""
    import configparser
    import logging

    from pipeline.errors import PipelineError, PlanBusyError, RunInterruptedError
    from pipeline.redaction import redact
    from pipeline.running.stopping import exit_status, stopped_by_signals
    from pipeline.terminal import printable

    try:
        # Whatever a command waits for: as the first process of a container it would not even die of a signal.
        with stopped_by_signals():
            yield
    except PlanBusyError as error:
        click.echo(f"pipeline: {printable(str(error))}", err=True)
        sys.exit(EXIT_UNFINISHED)
    except RunInterruptedError as error:
        click.echo(f"pipeline: {printable(str(error))}", err=True)
        sys.exit(error.status)
    except KeyboardInterrupt as interrupt:
        click.echo("pipeline: interrupted", err=True)
        sys.exit(exit_status(interrupt))
    except (PipelineError, OSError) as error:
        logging.getLogger(__name__).debug("where it happened", exc_info=True)
        click.echo(f"pipeline: {printable(redact(str(error)))}", err=True)
        sys.exit(EXIT_ERROR)
    except configparser.Error as error:
        # At its import, Luigi reads what it finds in the working directory.
        reason = printable(redact(" ".join(str(error).split())))
        click.echo(f"pipeline: Luigi's configuration file cannot be read: {reason}", err=True)
        sys.exit(EXIT_ERROR)
    except (click.ClickException, click.Abort):
        raise
    except Exception:
        logging.getLogger(__name__).exception("internal error")
        sys.exit(EXIT_ERROR)
