"""`refactor init`."""

from __future__ import annotations

import pathlib
import sys
import textwrap
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from refactor import options

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from codemods.errors import SourceError
    from codemods.model import FileRewrite
    from codemods.rewriting.initialising import Initialisation

_NEXT = (
    "next: pipeline db upgrade makes the tables; the database is the one of PIPELINE_DATABASE_URL, "
    "else pipeline.db in the working directory"
)


@click.command()
@options.common
@click.option(
    "--rebase",
    is_flag=True,
    help="Where tasks derive straight from luigi.Task or a library's class: put a class with the methods in front.",
)
@click.option("--plan-id", metavar="EXPR", help="The plan's id, as an expression of self.")
@click.option(
    "--into",
    metavar="FILE",
    type=click.Path(path_type=pathlib.Path, dir_okay=False),
    help="With --rebase: the file for that class.",
)
@click.option(
    "--style",
    type=click.Choice(["inline", "steps"]),
    help="What the steps need in this style, whatever the configuration says; steps: database_steps(), too.",
)
@click.option("--revert", is_flag=True, help="Take out again what --rebase has put in.")
@click.option(
    "--diff", is_flag=True, help="Write nothing, print the diff; exit 1 if there would be a change."
)
def init(
    paths: tuple[Path, ...],
    config: Path | None,
    rebase: bool,
    plan_id: str | None,
    into: Path | None,
    style: str | None,
    revert: bool,
    diff: bool,
) -> None:
    """Add what the base class lacks: get_plan_id() and get_database_service()."""
    if revert and (rebase or plan_id is not None or into is not None or style is not None):
        raise click.UsageError("--revert goes with --diff alone")
    if into is not None and not rebase:
        raise click.UsageError("--into goes with --rebase")
    if plan_id is not None and not plan_id.strip():
        raise click.UsageError("--plan-id is empty")
    if revert:
        _revert(paths, config, diff)
    if rebase and _rebase(paths, config, plan_id, into, style, diff):
        return
    from codemods.model import FileRewrite
    from codemods.rewriting.initialising import initialise
    from codemods.rewriting.providers import OWN_RUNTIME
    from refactor.changes.diff import unified
    from refactor.changes.writing import write_all
    from refactor.project.display import display
    from refactor.project.opening import open_project

    project = open_project(paths, config, lambda task: False, style=style)
    found = initialise([one.source for one in project.inspections], project.configuration.settings, plan_id)
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


def _rebase(
    paths: tuple[Path, ...],
    config: Path | None,
    plan_id: str | None,
    into: Path | None,
    style: str | None,
    diff: bool,
) -> bool:
    """Puts the base in front of a library's; False where the tree has a base class of its own to complete."""
    from codemods.rewriting.initialising import configured_classes
    from codemods.rewriting.rebasing import classes_to_rebase, rebase
    from refactor.project import config as configuration
    from refactor.project.display import display
    from refactor.project.files import read_all

    loaded = configuration.load(config, paths)
    sources, problems = read_all(paths or loaded.paths)
    own = configured_classes(sources, loaded.settings, with_database_bases=False)
    if own or not classes_to_rebase(sources, loaded.settings):
        return False
    settings = loaded.settings if style is None else replace(loaded.settings, style=style)
    done = rebase(sources, settings, plan_id, into)
    rewrites = [*done.modules, *done.rewrites]
    _carry_out(rewrites, [], problems, diff)
    click.echo(
        f"{len(done.classes)} class{'es' * (len(done.classes) != 1)} in {len(done.rewrites)} "
        f"file{'s' * (len(done.rewrites) != 1)} {'would get' if diff else 'got'} {done.name} as a base, proven to be "
        f"all that changes, with its import; {done.name} is in "
        + (", ".join(display(m.before.path) for m in done.modules) or "the module that is there"),
        err=diff,
    )
    for path in done.left:
        click.echo(
            f"{display(path)}: left as it is: it cannot be told from which directory its imports start; "
            "refactor init --rebase --into FILE for it, with a file beside or above it",
            err=True,
        )
    if not diff:
        click.echo(_NEXT)
    click.get_current_context().exit(int(bool(problems or done.left) or diff))
    return True


def _revert(paths: tuple[Path, ...], config: Path | None, diff: bool) -> None:
    """Takes the base out of all class headers and removes its module."""
    from codemods.model import FileRewrite
    from codemods.rewriting.rebasing import taken_back
    from refactor.project import config as configuration
    from refactor.project.files import read_all, read_bytes, read_source

    loaded = configuration.load(config, paths)
    sources, problems = read_all(paths or loaded.paths)
    rewrites, modules = taken_back(sources)
    gone = [read_source(path, read_bytes(path)) for path in modules]
    _carry_out(
        [*rewrites, *(FileRewrite(one, one.with_text(""), ()) for one in gone)], modules, problems, diff
    )
    changed = f"{len(rewrites)} file{'s' * (len(rewrites) != 1)}"
    click.echo(f"{changed} {'would be' if diff else 'are'} as before --rebase", err=diff)
    click.get_current_context().exit(int(bool(problems) or (diff and bool(rewrites))))


def _carry_out(
    rewrites: Sequence[FileRewrite], removed: Sequence[Path], problems: list[SourceError], diff: bool
) -> None:
    """Shows the changes, or makes them: new files first, so that what imports them finds them."""
    from refactor.changes.diff import unified
    from refactor.changes.writing import create, write_all

    if diff:
        sys.stdout.buffer.write(unified(rewrites))
        sys.stdout.buffer.flush()
    else:
        for one in rewrites:
            if not one.before.text:
                create(one.before.path, one.after.to_bytes())
        failed = write_all([one for one in rewrites if one.before.text and one.after.text])[1]
        problems += failed
        # A file that could not be written still imports the module; one that does not parse was never changed.
        for path in removed if not failed else ():
            path.unlink()
    for problem in problems:
        click.echo(str(problem), err=True)


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
