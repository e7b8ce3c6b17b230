"""`refactor init`."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING

import click

from refactor import options

if TYPE_CHECKING:
    from pathlib import Path

    from codemods.rewriting.initialising import Initialisation

_NEXT = (
    "next: pipeline db upgrade makes the tables; the database is the one of PIPELINE_DATABASE_URL, "
    "else pipeline.db in the working directory"
)


@click.command()
@options.common
@click.option(
    "--diff", is_flag=True, help="Write nothing, print the diff; exit 1 if there would be a change."
)
def init(paths: tuple[Path, ...], config: Path | None, diff: bool) -> None:
    """Add what the base class lacks: get_plan_id() and get_database_service()."""
    from codemods.model import FileRewrite
    from codemods.rewriting.initialising import OWN_RUNTIME, initialise
    from refactor.changes.diff import unified
    from refactor.changes.writing import write_all
    from refactor.project.display import display
    from refactor.project.opening import open_project

    project = open_project(paths, config)
    found = initialise([one.source for one in project.inspections], project.configuration.settings)
    rewrites = [FileRewrite(one.before, one.after, ()) for one in found if one.added]
    problems = list(project.problems)
    if diff:
        sys.stdout.buffer.write(unified(rewrites))
        sys.stdout.buffer.flush()
    else:
        problems += write_all(rewrites)[1]
    for one in found:
        click.echo(_line(one, dry=diff), err=diff)
    for one in found:
        if one.insert_only is not None:
            where = f"{display(one.insert_only.service.module.path)}:{one.insert_only.method.lineno}"
            click.echo(f"{where}: DBF604 {one.insert_only.message}. It should replace that row:", err=True)
            click.echo(textwrap.indent(one.insert_only.upsert, "    "), err=True)
    if not diff and any(one.added and one.provider == OWN_RUNTIME for one in found):
        click.echo(_NEXT)
    for problem in problems:
        click.echo(str(problem), err=True)
    click.get_current_context().exit(int(bool(problems) or (diff and bool(rewrites))))


def _line(one: Initialisation, *, dry: bool) -> str:
    where = f"{one.before.path}:{one.line}: {one.name}"
    if not one.added:
        return f"{where}: has what the steps need"
    added = " and ".join(f"{name}()" for name in one.added)
    source = ""
    if one.provider is not None:
        source = f", by {one.provider.module}.{one.provider.name}"
        source += (
            "" if one.provider.path is not None else " of this distribution (no service found in the tree)"
        )
    return f"{where}: {'would get' if dry else 'got'} {added}{source}"
