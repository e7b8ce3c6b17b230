"""`pipeline show`: what the database holds of a plan."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from pipeline.cli.as_json import as_json
from pipeline.cli.services import open_for_reading
from pipeline.cli.settings import expected_tasks_of
from pipeline.plans.following import news
from pipeline.plans.show import file_content, overview
from pipeline.report.gather import gather
from pipeline.terminal import printable, printable_line


def show(*, plan_id: str, filename: str | None, output_format: str, root: str, run_root: Path) -> None:
    """Print what is stored of a plan, or a file of it as it is. Raises PlanNotFoundError, ConfigurationError."""
    with open_for_reading() as service:
        if filename is None:
            facts = gather(service, plan_id, expected_tasks_of(root, run_root))
            if output_format == "json":
                click.echo(as_json(facts))
            else:
                owner = service.leases().find_owner(plan_id)
                click.echo("\n".join(map(printable_line, overview(facts, owner))))
        else:
            content = file_content(service, plan_id, filename)
            # A file or a pipe gets the bytes; a terminal would obey some of them.
            shown = printable(content.decode("utf-8", "backslashreplace")) if sys.stdout.isatty() else content
            click.echo(shown, nl=False)


def follow(*, plan_id: str, root: str, run_root: Path, seconds: float = 1.0) -> None:
    """Print what happens in a plan as it happens, until nobody works on it.

    Raises PlanNotFoundError, ConfigurationError; DatabaseUnavailableError where the database goes away meanwhile.
    """
    expected = expected_tasks_of(root, run_root)
    with open_for_reading() as service:
        before = None
        while True:
            facts = gather(service, plan_id, expected)
            for line in news(before, facts):
                click.echo(printable_line(line))
            if not facts.active:
                return
            before = facts
            time.sleep(seconds)
