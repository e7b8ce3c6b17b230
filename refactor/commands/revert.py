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
@click.option("--commit", is_flag=True, help="One git commit a task, dependent tasks first.")
@options.allow_dirty
def revert(
    *,
    paths: tuple[Path, ...],
    config: Path | None,
    tasks: tuple[str, ...],
    everything: bool,
    diff: bool,
    commit: bool,
    allow_dirty: bool,
) -> None:
    """Take the inserted steps out of the tasks named again."""
    options.exclusive(diff=diff, commit=commit)
    options.only_with_commit(commit, allow_dirty=allow_dirty)
    wanted = options.selection(tasks, (), everything, "--task NAME or --all")

    from refactor.changes import run as rewriting
    from refactor.project.opening import open_project

    project = open_project(paths, config, wanted.names)
    options.check_names(wanted, project)
    if commit:
        run = options.committed(project, wanted, rewriting.REVERT, allow_dirty=allow_dirty)
    else:
        run = options.rewritten(project, wanted, rewriting.REVERT, dry=diff)
    options.finish(run, diff=diff)
