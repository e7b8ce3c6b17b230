"""`refactor explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from refactor import options

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("task")
@options.common
def explain(task: str, paths: tuple[Path, ...], config: Path | None) -> None:
    """Say what the tool understood of TASK, which steps go where, or why it refuses."""
    from refactor import explaining
    from refactor.defects import with_defects
    from refactor.project import open_project
    from refactor.selection import Selection

    project = open_project(paths, config)
    wanted = Selection(frozenset({task}))
    options.check_names(wanted, project)
    project = with_defects(project, wanted)
    click.echo(
        "\n".join(explaining.explain(report) for report in project.reports if wanted(report)), nl=False
    )
    options.tell_problems(project.problems)
    click.get_current_context().exit(1 if project.problems else 0)
