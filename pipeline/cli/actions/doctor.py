"""`pipeline doctor`: compare a plan's files with the database."""

from __future__ import annotations

import shlex
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from pipeline.cli.as_json import as_json
from pipeline.cli.exits import EXIT_OK, EXIT_UNFINISHED
from pipeline.cli.services import open_for_reading, open_service
from pipeline.errors import ConfigurationError
from pipeline.names import plan_directory
from pipeline.plans.doctor import examine, summary
from pipeline.running.ownership import check_not_owned, held_here, owned
from pipeline.terminal import printable_line

if TYPE_CHECKING:
    from pipeline.database.records import PlanRecord
    from pipeline.database.service import DatabaseService


def doctor(
    *,
    plan_id: str,
    check: bool,
    replace: bool,
    output_format: str,
    run_root: Path,
    root_is_said: bool,
    run_dir: Path | None,
) -> NoReturn:
    """Print what is wrong with a plan, repaired where wanted; exits.

    Raises:
        PlanNotFoundError: there is no such plan.
        PlanBusyError: somebody works on it.
        ConfigurationError: where its files belong has to be said.
    """
    with open_for_reading() if check else open_service() as service:
        plan = service.get_plan(plan_id)
        default = plan_directory(run_root, plan_id)
        directory = run_dir or (default if root_is_said else _found_directory(service, plan, default))
        # A run root that is made for the lock alone would tell the next command that files belong there.
        untouched = directory != default and not run_root.exists()
        here = nullcontext() if untouched else held_here(service, run_root, plan_id)
        with here, _nobody_else(service, plan_id, only_looks=check):
            diagnosis = examine(
                service, plan, directory, repair=not check, replace=replace, is_run_dir=directory == default
            )
    if output_format == "json":
        click.echo(as_json(diagnosis))
    else:
        for finding in diagnosis.findings:
            repaired = " (repaired)" if finding.repaired else ""
            click.echo(printable_line(f"{finding.subject}: {finding.problem}{repaired}"))
        click.echo(printable_line(summary(diagnosis)), err=True)
        if diagnosis.files and not plan.made_by_run:
            click.echo(
                printable_line(f"compared below: {directory} (--run-dir names another directory)"), err=True
            )
    sys.exit(EXIT_OK if diagnosis.healthy else EXIT_UNFINISHED)


def _found_directory(service: DatabaseService, plan: PlanRecord, default: Path) -> Path:
    """The directory that the names of a plan's files are below.

    Only `pipeline run` decides where files are. Where plain Luigi did, a file written into the wrong place would look
    restored, and Luigi would make it again.

    Raises:
        ConfigurationError: nothing tells which it is.
    """
    if plan.made_by_run or default.is_dir():
        return default
    names = [content.filename for content in service.list_content(plan.plan_id)]
    if any(Path(name).is_file() for name in names):
        return Path()
    if default.parent.is_dir() or not names:
        return default
    command = f"pipeline doctor {shlex.quote(plan.plan_id)} --run-dir"
    raise ConfigurationError(
        f"plan {plan.plan_id} was made by plain Luigi, and nothing is left to tell where its files belong. "
        f"Say below which directory {names[0]} was: {command} . for the working directory, {command} {default} for that"
    )


def _nobody_else(service: DatabaseService, plan_id: str, *, only_looks: bool) -> AbstractContextManager[None]:
    if not only_looks:
        return owned(service, plan_id, "doctor")
    check_not_owned(service, plan_id)
    return nullcontext()
