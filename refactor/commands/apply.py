"""`refactor apply`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from refactor import options

if TYPE_CHECKING:
    from pathlib import Path


@click.command(cls=options.ManyValues)
@options.common
@options.naming(stages=True)
@click.option(
    "--diff", is_flag=True, help="Write nothing, print the diff; exit 1 if there would be a change."
)
@click.option(
    "--check", is_flag=True, help="Write nothing, print the summary; exit 1 if there would be a change."
)
@click.option("--interactive", is_flag=True, help="Ask about each task: y, n, e (explain), q.")
@click.option("--commit", is_flag=True, help="Commit the added imports, then each task, in dependency order.")
@options.allow_dirty
@click.option(
    "--verify-with",
    "command",
    metavar="CMD",
    help="With --commit: run this shell command in the repository's root after each change, before its commit;"
    " where it fails, undo that change and stop.",
)
@click.option(
    "--style",
    type=click.Choice(["inline", "steps"]),
    help="How the steps are written, whatever the configuration says; tasks that are done in the other style are"
    " restated.",
)
@click.option(
    "--from",
    "revision",
    metavar="REV|PATH",
    help="Begin from the tasks as they were there, in place of what they are now.",
)
@options.output_format
def apply(
    *,
    paths: tuple[Path, ...],
    config: Path | None,
    tasks: tuple[str, ...],
    stages: tuple[str, ...],
    everything: bool,
    diff: bool,
    check: bool,
    interactive: bool,
    commit: bool,
    allow_dirty: bool,
    command: str | None,
    style: str | None,
    revision: str | None,
    output_format: str,
) -> None:
    """Rewrite the tasks named, in PATHS or else the configured paths: the database comes before the files."""
    options.exclusive(diff=diff, check=check, interactive=interactive)
    options.exclusive(diff=diff, check=check, commit=commit)
    options.exclusive(diff=diff, interactive=interactive, output_format=output_format == "json")
    if revision is not None and (commit or interactive):
        raise click.UsageError("--from goes with neither --commit nor --interactive")
    options.only_with_commit(commit, allow_dirty=allow_dirty, verify_with=command is not None)
    wanted = options.selection(tasks, stages, everything, "--task NAME, --stage NAME or --all")

    from refactor.changes import run as rewriting
    from refactor.changes.restating import in_other_style, restate
    from refactor.checks.defects import with_defects
    from refactor.project.opening import open_project

    project = open_project(paths, config, wanted.names, style=style)
    options.check_names(wanted, project)
    if revision is None:
        # What is done is judged as `status` and `check` do; where it begins anew nothing is done yet.
        project = with_defects(project, wanted)
    chosen: rewriting.Selector = wanted
    restated = in_other_style(project, wanted) if style is not None and revision is None else frozenset()
    if restated and (commit or interactive):
        raise click.UsageError(
            "tasks that are done in the other style are restated without --commit and --interactive"
        )
    if interactive:
        from refactor.changes.interactive import accepted

        if commit:
            # Nobody should answer fifty questions to be told then that the tree is dirty.
            options.require_repositories(project, wanted, rewriting.APPLY, allow_dirty=allow_dirty)

        chosen = accepted(project, wanted)
    if commit:
        run = options.committed(project, chosen, rewriting.APPLY, allow_dirty=allow_dirty, command=command)
    elif revision is not None:
        from refactor.changes.from_revision import rewrite_from

        where = paths or project.configuration.paths
        run = rewrite_from(project, wanted, revision, where, dry=diff or check)
        run = run if run.dry else rewriting.write(run, project.reports)
    elif restated:
        run = restate(project, wanted, restated, dry=diff or check)
        run = run if run.dry else rewriting.write(run, project.reports)
    else:
        run = options.rewritten(project, chosen, rewriting.APPLY, dry=diff or check)
    options.finish(run, diff=diff, check=check, output_format=output_format)
