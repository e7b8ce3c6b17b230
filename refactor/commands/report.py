"""`refactor report`."""

from __future__ import annotations

from pathlib import Path

import click

from refactor import options


@click.command()
@options.common
@click.option(
    "--html",
    "target",
    required=True,
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The page to write; - for standard output.",
)
@click.option(
    "--against",
    metavar="REV|PATH",
    help="A git revision, a file or a directory that has the originals; otherwise the steps are taken out in memory.",
)
def report(paths: tuple[Path, ...], config: Path | None, target: Path, against: str | None) -> None:
    """Write one HTML page for reviewers: progress, dependency graph, diffs by step, and the evidence.

    The page needs no network and no other file. The tasks are read, never changed.
    """
    from refactor.changes.verifying import older
    from refactor.project.opening import open_project
    from refactor.report_page import writing
    from refactor.report_page.gathering import gather
    from refactor.report_page.page import render
    from refactor.report_page.verdict import overall

    writing.check_target(target)
    project = open_project(paths, config)
    looked_at = paths or project.configuration.paths
    before = older(against, looked_at) if against is not None else None
    gathered = gather(project, before, against or "")
    writing.write_page(target, render(gathered, writing.head(looked_at)))
    options.tell_problems(gathered.problems)
    verdict = overall(gathered)
    options.tell(f"{verdict.headline}: {' '.join(verdict.reasons)}")
    if str(target) != "-":
        options.tell(f"report written to {target}")
    click.get_current_context().exit(writing.status(gathered.problems))
