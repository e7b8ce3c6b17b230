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
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The page to write; - for standard output.",
)
@click.option(
    "--format",
    "--output-format",
    "output_format",
    type=click.Choice(["markdown", "json"]),
    help="Print the report, without the diffs, to standard output: for a pull request, or for scripts and --since.",
)
@click.option(
    "--against",
    metavar="REV|PATH",
    help="A git revision, a file or a directory that has the originals; otherwise the steps are taken out in memory.",
)
@click.option(
    "--since",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="An earlier report, as page or JSON: what has changed since.",
)
def report(
    paths: tuple[Path, ...],
    config: Path | None,
    target: Path | None,
    output_format: str | None,
    against: str | None,
    since: Path | None,
) -> None:
    """Write a report for reviewers: one HTML page, or Markdown for a pull request.

    The page has progress, findings by rule, the dependency graph, diffs by step and the evidence; it needs no network
    and no other file. The tasks are read, never changed.
    """
    import json
    from dataclasses import replace

    from refactor.changes.verifying import older
    from refactor.emptiness import instead_of_tasks
    from refactor.project.opening import open_project
    from refactor.report_page import markdown, writing
    from refactor.report_page.gathering import gather
    from refactor.report_page.page import render
    from refactor.report_page.since import changes, read_snapshot, snapshot_document
    from refactor.report_page.verdict import overall

    if target is None and output_format is None:
        raise click.UsageError("say what to write: --html FILE, --format markdown or --format json")
    if output_format is not None and str(target) == "-":
        raise click.UsageError("--html - and --format both write to standard output; give --html a file")
    if target is not None:
        writing.check_target(target)
    earlier = read_snapshot(since) if since is not None else None
    project = open_project(paths, config)
    looked_at = paths or project.configuration.paths
    before = older(against, looked_at) if against is not None else None
    gathered = gather(project, before, against or "")
    head = writing.head(looked_at, options.repeated(paths, config))
    if not gathered.tasks:
        instead = instead_of_tasks(looked_at, project.configuration.settings, head.arguments)
        gathered = replace(gathered, instead=instead)
    changed = changes(earlier, gathered) if earlier is not None else None
    if target is not None:
        writing.write_page(target, render(gathered, head, changed))
    if output_format == "markdown":
        click.echo(markdown.render(gathered, head, changed), nl=False)
    elif output_format == "json":
        click.echo(json.dumps(snapshot_document(gathered, head.made), indent=2))
    options.tell_problems(gathered.problems)
    verdict = overall(gathered, head.arguments)
    options.tell(": ".join(part for part in (verdict.headline, " ".join(verdict.reasons)) if part))
    if verdict.command:
        options.tell(f"next: {verdict.command}")
    if target is not None and str(target) != "-":
        options.tell(f"report written to {target}")
    click.get_current_context().exit(writing.status(gathered.problems))
