"""`refactor revert`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from refactor import options

if TYPE_CHECKING:
    from pathlib import Path


@click.command(cls=options.ManyValues)
@options.common
@options.naming(stages=False)
@click.option(
    "--diff", is_flag=True, help="Write nothing, print the diff; exit 1 if there would be a change."
)
def revert(
    paths: tuple[Path, ...], config: Path | None, tasks: tuple[str, ...], everything: bool, diff: bool
) -> None:
    """Take the inserted steps out of the tasks named again."""
    wanted = options.selection(tasks, (), everything, "--task NAME or --all")

    from refactor import rewriting
    from refactor.project import open_project

    project = open_project(paths, config)
    options.check_names(wanted, project)
    run = rewriting.rewrite(project, wanted, rewriting.REVERT, dry=diff)
    options.finish(run if diff else rewriting.write(run, project.reports), diff=diff)
