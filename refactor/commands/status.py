"""`refactor status`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from refactor import options

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@options.common
@click.option(
    "--format",
    "--output-format",
    "output_format",
    type=click.Choice(["text", "json", "html"]),
    default="text",
    show_default=True,
    help="What is printed.",
)
def status(paths: tuple[Path, ...], config: Path | None, output_format: str) -> None:
    """Show progress by stage, what is refused or defective, and the next batch.

    A task is defective where `refactor check` has something against what is there. -v lists every task.
    """
    from refactor.changes.run import has_crashed
    from refactor.checks.defects import with_defects
    from refactor.output import batches as progress
    from refactor.output import text as report_text
    from refactor.project.opening import open_project

    project = with_defects(open_project(paths, config))
    groups = progress.stages(project.reports)
    batch = progress.next_batch(groups)
    if output_format == "json":
        from refactor.output.as_json import status_document

        click.echo(status_document(project.reports, batch, project.problems))
    elif output_format == "html":
        from refactor.output.html import status_page

        click.echo(status_page(groups, batch, project.problems))
    else:
        from refactor.output.status import Told, print_status

        told = Told.LITTLE if options.is_quiet() else Told.MUCH if options.is_verbose() else Told.USUAL
        print_status(groups, batch, options.repeated(paths, config), told)
    options.tell_traces(project.reports)
    options.tell_problems(project.problems)
    if project.reports:
        options.tell(report_text.progress(project.reports))
    else:
        options.tell_emptiness(paths, config, project.configuration)
    crashed = any(map(has_crashed, project.reports))
    click.get_current_context().exit(2 if crashed else 1 if project.problems else 0)
