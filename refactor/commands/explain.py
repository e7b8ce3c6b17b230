"""`refactor explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from refactor import completing, options

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from refactor.project.opening import Project
    from refactor.project.selection import Selection


@click.command()
@click.argument("task", shell_complete=completing.tasks)
@options.common
@options.output_format
def explain(task: str, paths: tuple[Path, ...], config: Path | None, output_format: str) -> None:
    """Say what the tool understood of TASK, which steps go where, or why it refuses."""
    from refactor.checks.defects import with_defects
    from refactor.output import explaining
    from refactor.project.opening import open_project
    from refactor.project.selection import Selection

    wanted = Selection(frozenset({task}))
    project = open_project(paths, config, wanted.names)
    options.check_names(wanted, project)
    project = with_defects(project, wanted)
    if output_format == "json":
        from refactor.output.as_json import explain_document

        click.echo(explain_document([r for r in project.reports if wanted(r)], project.problems))
        options.tell_problems(project.problems)
        click.get_current_context().exit(1 if project.problems else 0)
    click.echo(
        "\n".join(explaining.explain(report) for report in project.reports if wanted(report)), nl=False
    )
    for line in _about_service(project, wanted):
        click.echo(line)
    options.tell_problems(project.problems)
    click.get_current_context().exit(1 if project.problems else 0)


def _about_service(project: Project, wanted: Selection) -> Iterator[str]:
    """What is wrong with the database service that the task opens, and the lines that make it right."""
    from codemods.tasks.insert_only import insert_only_service_of
    from refactor.project.display import display

    sources = tuple(inspection.source for inspection in project.inspections)
    for inspection in project.inspections:
        for report in inspection.reports:
            found = (
                insert_only_service_of(inspection.source, report.task.name, sources)
                if wanted(report)
                else None
            )
            if found is not None:
                yield ""
                yield f"Its database service ({display(found.service.module.path)}:{found.method.lineno}): DBF604"
                yield f"  {found.message}. It should replace that row:"
                yield from (f"      {line}" for line in found.upsert.splitlines())
