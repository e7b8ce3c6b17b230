"""`refactor check`."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import click

from refactor import completing, options

_FORMATS = ("concise", "full", "json", "sarif", "github", "markdown")


@click.command()
@options.common
@click.option(
    "--select",
    "selected",
    multiple=True,
    shell_complete=completing.rules,
    metavar="CODES",
    help="Only these rules, by code or its beginning.",
)
@click.option(
    "--ignore",
    "ignored",
    multiple=True,
    shell_complete=completing.rules,
    metavar="CODES",
    help="Leave these rules out.",
)
@click.option(
    "--strict", is_flag=True, help="Also report judgements: what is not certain, or a matter of taste."
)
@click.option("--fix", is_flag=True, help="Refactor the tasks that are not, where that is safe; then check.")
@click.option(
    "--output-format",
    type=click.Choice(_FORMATS),
    default="concise",
    show_default=True,
    help="Output format.",
)
@click.option(
    "--output-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to, instead of standard output.",
)
@click.option("--statistics", is_flag=True, help="How many findings each rule has, instead of the findings.")
@click.option(
    "--exit-zero",
    is_flag=True,
    help="Exit with 0 although there are findings; a file that cannot be checked still counts.",
)
@click.option(
    "--allow-empty",
    is_flag=True,
    help="That a project holds no task is fine; it is an error otherwise, for nothing was proven.",
)
@click.option(
    "--baseline",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Known findings, which are not reported.",
)
@click.option(
    "--update-baseline", is_flag=True, help="Write the baseline; one that exists only ever shrinks."
)
@click.option("--stdin-filename", type=click.Path(path_type=Path), help="The name of what `-` reads.")
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Processes; 0 for one a core.",
)
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache.")
@click.option(
    "--cache-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".refactor_cache"),
    show_default=True,
    help="Where findings of unchanged files are kept.",
)
def check(
    *,
    paths: tuple[Path, ...],
    config: Path | None,
    selected: tuple[str, ...],
    ignored: tuple[str, ...],
    strict: bool,
    fix: bool,
    output_format: str,
    output_file: Path | None,
    statistics: bool,
    exit_zero: bool,
    allow_empty: bool,
    baseline: Path | None,
    update_baseline: bool,
    stdin_filename: Path | None,
    jobs: int,
    no_cache: bool,
    cache_dir: Path,
) -> None:
    """Find tasks that are not refactored, and defects in those that are. Runs nothing of the code it reads.

    `-` reads standard input. `refactor rule CODE` explains a rule. Suppress a finding on its line with
    `# refactor: ignore[CODE] reason`.
    """
    from codemods.checking.engine import UNREFACTORED
    from refactor.checks import story as check_story
    from refactor.checks.request import Request

    if update_baseline and baseline is None:
        raise click.UsageError("--update-baseline goes with --baseline FILE")
    if Path("-") in paths and (len(paths) > 1 or fix):
        raise click.UsageError("`-` goes alone, without other paths and without --fix")
    request = Request(
        paths=paths,
        config=config,
        wanted=check_story.wanted(selected, ignored, strict=strict),
        fix=fix,
        output_format="statistics" if statistics else output_format,
        baseline=baseline,
        update_baseline=update_baseline,
        stdin=stdin_filename or Path("stdin.py") if Path("-") in paths else None,
        jobs=jobs,
        cache=None if no_cache else cache_dir,
    )
    if output_file is not None and output_file.suffix in {".py", ".pyi"} and output_file.exists():
        # Before anything is read: a slip of the shell must not cost a source file.
        raise click.UsageError(f"--output-file {output_file}: is there and holds Python; name another file")
    # Syntax trees have no cycles; looking for some takes longer than all rules together.
    gc.disable()
    try:
        run = check_story.run(request, sys.stdin.buffer, options.tell)
    finally:
        gc.enable()
    text = check_story.render(run, request)
    if output_file is not None:
        try:
            output_file.write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            raise click.UsageError(f"{output_file}: cannot be written: {error.strerror}") from error
    else:
        click.echo(text, nl=False)
    check_story.tell_traces(run, verbose=bool(click.get_current_context().meta.get(options.VERBOSE)))
    if not (allow_empty or run.findings or run.baselined) and check_story.is_empty(request):
        options.tell_emptiness(paths, config, always=True)
        click.echo("--allow-empty where that is meant", err=True)
        click.get_current_context().exit(2)
    options.tell(check_story.summary(run))
    if any(finding.code == UNREFACTORED for finding in run.findings):
        options.tell(f"next: refactor status{options.repeated(paths, config)}")
    click.get_current_context().exit(run.status if not exit_zero or run.has_unreadable else 0)
