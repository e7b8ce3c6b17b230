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
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from codemods.errors import SourceError
    from codemods.model import FileRewrite
    from codemods.rewriting.initialising import Initialisation
    from codemods.rewriting.providers import Provider

_INSTALLED = (
    "before the first run: pipeline db upgrade; it makes the tables in the database of PIPELINE_DATABASE_URL, else in "
    "pipeline.db in the working directory"
)

_VENDORED = (
    "the module needs SQLAlchemy, and makes its tables when a task first writes, in the database of "
    "PIPELINE_DATABASE_URL, else in pipeline.db in the working directory"
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
    help="The file for that class with --rebase; for the module with --service vendored, or the one to --update.",
)
@click.option(
    "--service",
    type=click.Choice(["own", "installed", "vendored", "auto"]),
    default="auto",
    show_default=True,
    help="Whose database service is opened: a class of yours; this distribution's as it is installed; the same written "
    "into your project as one module that needs SQLAlchemy alone; the first of these that can be had.",
)
@click.option("--update", is_flag=True, help="Renew the module that --service vendored has written.")
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
    service: str,
    update: bool,
    style: str | None,
    revert: bool,
    diff: bool,
) -> None:
    """Add what the base class lacks: get_plan_id() and get_database_service()."""
    others = rebase or plan_id is not None or style is not None or service != "auto"
    if revert and (others or update or into is not None):
        raise click.UsageError("--revert goes with --diff alone")
    if update and others:
        raise click.UsageError("--update goes with --into and --diff alone")
    if into is not None and not (rebase or update or service == "vendored"):
        raise click.UsageError("--into goes with --rebase, --service vendored or --update")
    if plan_id is not None and not plan_id.strip():
        raise click.UsageError("--plan-id is empty")
    if revert:
        _revert(paths, config, diff)
    if update:
        _update(paths, config, into, diff)
    if rebase and _rebase(paths, config, plan_id, into, style, service, diff):
        return
    from codemods.errors import InitialisationError
    from codemods.model import FileRewrite
    from codemods.rewriting.initialising import initialise
    from refactor.project.display import display
    from refactor.project.opening import open_project

    project = open_project(paths, config, lambda task: False, style=style)
    sources = [one.source for one in project.inspections]
    try:
        found = initialise(sources, project.configuration.settings, plan_id, service, into)
    except InitialisationError:
        options.tell_problems(project.problems)
        if project.reports:
            raise
        options.tell_emptiness(paths, config, project.configuration, always=True)
        click.get_current_context().exit(2)
    opened = [one.provider for one in found if one.provider is not None]
    rewrites = [*_modules(opened), *(FileRewrite(one.before, one.after, ()) for one in found if one.added)]
    problems = list(project.problems)
    _carry_out(rewrites, [], problems, diff)
    for one in found:
        click.echo(_line(one, dry=diff), err=diff)
    for one in found:
        if one.insert_only is not None:
            where = f"{display(one.insert_only.service.module.path)}:{one.insert_only.method.lineno}"
            click.echo(f"{where}: DBF604 {one.insert_only.message}. It should replace that row:", err=True)
            click.echo(textwrap.indent(one.insert_only.upsert, "    "), err=True)
    if not diff:
        _tell_next(opened, paths, config)
    click.get_current_context().exit(int(bool(problems) or (diff and bool(rewrites))))


def _rebase(
    paths: tuple[Path, ...],
    config: Path | None,
    plan_id: str | None,
    into: Path | None,
    style: str | None,
    service: str,
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
    done = rebase(sources, settings, plan_id, into, service)
    rewrites = [*_modules(done.providers), *done.modules, *done.rewrites]
    _carry_out(rewrites, [], problems, diff)
    click.echo(
        f"{len(done.classes)} class{'es' * (len(done.classes) != 1)} in {len(done.rewrites)} "
        f"file{'s' * (len(done.rewrites) != 1)} {'would get' if diff else 'got'} {done.name} as a base, proven to be "
        f"all that changes, with its import; {done.name} is in "
        + (", ".join(display(m.before.path) for m in done.modules) or "the module that is there"),
        err=diff,
    )
    click.echo(f"a plan's id is {done.plan_id}", err=diff)
    for provider in dict.fromkeys(done.providers):
        click.echo(f"the service: {_origin(provider, dry=diff)}", err=diff)
    for path in done.left:
        click.echo(
            f"{display(path)}: left as it is: it cannot be told from which directory its imports start; "
            "refactor init --rebase --into FILE for it, with a file beside or above it",
            err=True,
        )
    if not diff:
        _tell_next(done.providers, paths, config)
    click.get_current_context().exit(int(bool(problems or done.left) or diff))
    return True


def _update(paths: tuple[Path, ...], config: Path | None, into: Path | None, diff: bool) -> None:
    """Renews the modules that a vendored service is in."""
    from codemods.knowledge.vendored import vendored_module
    from codemods.rewriting.renewing import renewed
    from refactor.project import config as configuration
    from refactor.project.display import display
    from refactor.project.files import read_all
    from refactor.vendoring.module import module_text

    loaded = configuration.load(config, paths)
    sources, problems = read_all(paths or loaded.paths)
    done = renewed(sources, module_text(), into)
    changed = [one for one in done if one.before.text != one.after.text]
    _carry_out(changed, [], problems, diff)
    for one in done:
        old, new = vendored_module(one.before.text), vendored_module(one.after.text)
        versions = f"from version {old.version if old else '?'} to {new.version if new else '?'}"
        what = (
            f"{'would be renewed' if diff else 'renewed'}, {versions}" if one in changed else "is the newest"
        )
        click.echo(f"{display(one.before.path)}: {what}", err=diff)
    if changed and not diff:
        click.echo("next: pipeline db upgrade brings the tables of each database to the newest")
    click.get_current_context().exit(int(bool(problems) or (diff and bool(changed))))


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


def _modules(opened: Iterable[Provider]) -> list[FileRewrite]:
    """The modules of vendored services that are not there yet, each with an empty text before."""
    from codemods.model import FileRewrite
    from codemods.rewriting.providers import VENDORED
    from codemods.source import SourceFile
    from refactor.vendoring.module import module_text

    paths = {one.path for one in opened if one.kind == VENDORED and one.path is not None}
    empty = [SourceFile(path, "") for path in sorted(paths) if not path.exists()]
    return [FileRewrite(one, one.with_text(module_text()), ()) for one in empty]


def _tell_next(opened: Iterable[Provider], paths: tuple[Path, ...], config: Path | None) -> None:
    """Says what a service needs before the first run, and the next command."""
    from codemods.rewriting.providers import INSTALLED, VENDORED

    kinds = {one.kind for one in opened}
    if INSTALLED in kinds:
        click.echo(_INSTALLED)
    elif VENDORED in kinds:
        click.echo(_VENDORED)
    click.echo(f"next: refactor status{options.repeated(paths, config)}")


def _origin(provider: Provider, *, dry: bool) -> str:
    """What opens a service, where it is, and why it was taken."""
    from codemods.rewriting.providers import INSTALLED, VENDORED
    from refactor.project.display import display

    name = f"{provider.module}.{provider.name}"
    if provider.kind == INSTALLED:
        return f"{name} of this distribution ({provider.why})"
    if provider.kind == VENDORED and provider.path is not None and not provider.is_there:
        return f"{name}, {'to be ' if dry else ''}written to {display(provider.path)} ({provider.why})"
    return f"{name} ({provider.why})"


def _line(one: Initialisation, *, dry: bool) -> str:
    where = f"{one.before.path}:{one.line}: {one.name}"
    if not one.added:
        return f"{where}: has what the steps need"
    added = " and ".join(f"{name}()" for name in one.added)
    source = ""
    if one.provider is not None:
        source = f", by {_origin(one.provider, dry=dry)}"
    return f"{where}: {'would get' if dry else 'got'} {added}{source}"
