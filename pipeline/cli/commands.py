"""The `pipeline` command: each command parses, calls, prints and exits. Imports wait until needed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from pipeline.cli.support import (
    EXIT_OK,
    EXIT_UNFINISHED,
    conclude,
    expected_tasks_of,
    open_for_reading,
    open_service,
    parse_start_time,
    read_prompt,
    reported_errors,
    run_settings,
)

if TYPE_CHECKING:
    from typing import BinaryIO

DEFAULT_ROOT = "pipeline.example.tasks:FullPlanPipeline"

_run_root_option = click.option(
    "--run-root",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("run"),
    show_default=True,
    envvar="PIPELINE_RUN_ROOT",
    help="Directory that holds the run directories.",
)
_root_option = click.option(
    "--root",
    default=DEFAULT_ROOT,
    show_default=True,
    envvar="PIPELINE_ROOT",
    metavar="MODULE:CLASS",
    help="The task that requires all others.",
)
_format_option = click.option(
    "--output-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people or for scripts.",
)
_workers_option = click.option(
    "-w", "--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Worker processes."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-v", "--verbose", count=True, help="Say more; twice for everything.")
@click.option("-q", "--quiet", is_flag=True, help="Say only what went wrong.")
@click.version_option(package_name="luigi-database-first")
@click.pass_context
def main(context: click.Context, verbose: int, quiet: bool) -> None:
    """Run plans whose every LLM result is in the database before it is in a file.

    Exit status: 0 done, 1 tasks failed or problems found, 2 bad usage, bad configuration or an
    internal error, 129 hung up, 130 interrupted, 131 told to quit, 143 told to end. The database is
    the one that PIPELINE_DATABASE_URL names.
    """
    from pipeline.logs import set_up_logging

    context.obj = quiet
    set_up_logging(-1 if quiet else verbose)


@main.command()
@click.option("--prompt", help="What to plan.")
@click.option(
    "--prompt-file",
    type=click.File("rb"),
    help="File with what to plan, in UTF-8; - for standard input.",
)
@click.option("--plan-id", help="Id of the new plan; made up by default.")
@click.option(
    "--llm-model",
    "llm_models",
    multiple=True,
    default=("offline",),
    show_default=True,
    help="Model to use; repeat for fallbacks, best first.",
)
@click.option("--fast", is_flag=True, help="Skip details.")
@click.option("--start-time", metavar="ISO8601", help="When the plan starts; now by default.")
@_workers_option
@_root_option
@_run_root_option
@click.pass_obj
def run(
    quiet: bool,
    *,
    prompt: str | None,
    prompt_file: BinaryIO | None,
    plan_id: str | None,
    llm_models: tuple[str, ...],
    fast: bool,
    start_time: str | None,
    workers: int,
    root: str,
    run_root: Path,
) -> NoReturn:
    """Create a plan and run all of its tasks."""
    if (prompt is None) == (prompt_file is None):
        raise click.UsageError("give either --prompt or --prompt-file")
    text = prompt if prompt is not None else read_prompt(prompt_file)  # type: ignore[arg-type]
    with reported_errors():
        from pipeline.llm.registry import get_llm
        from pipeline.names import check_plan_id
        from pipeline.running.lifecycle import new_plan_id, start_plan
        from pipeline.speed_vs_detail import SpeedVsDetailEnum

        if not text.strip():
            raise click.UsageError("the prompt is empty")
        started_at = parse_start_time(start_time)
        plan_id = new_plan_id(started_at) if plan_id is None else check_plan_id(plan_id)
        for name in llm_models:
            # A model that does not exist should not be found out by the first task.
            get_llm(name)
        settings = run_settings(root, run_root, workers, quiet=quiet)
        with open_service(ready=True) as service:
            outcome = start_plan(
                service,
                settings,
                plan_id,
                prompt=text,
                started_at=started_at,
                speed_vs_detail=(
                    SpeedVsDetailEnum.FAST_BUT_SKIP_DETAILS
                    if fast
                    else SpeedVsDetailEnum.ALL_DETAILS_BUT_SLOW
                ),
                llm_models=llm_models,
            )
    conclude(plan_id, run_root, outcome)


@main.command()
@click.argument("plan_id")
@_workers_option
@_root_option
@_run_root_option
@click.pass_context
def resume(context: click.Context, plan_id: str, workers: int, root: str, run_root: Path) -> NoReturn:
    """Regenerate a plan's missing files from the database, then go on with it."""
    with reported_errors():
        from pipeline.running.lifecycle import resume_plan

        settings = run_settings(root, run_root, workers, quiet=context.obj)
        verbose = bool(context.find_root().params["verbose"])
        with open_service(ready=True) as service:
            outcome = resume_plan(service, settings, plan_id, verbose=verbose)
    conclude(plan_id, run_root, outcome)


@main.command()
@click.argument("plan_id")
@click.argument("filename", required=False)
@_format_option
@_root_option
@_run_root_option
def show(plan_id: str, filename: str | None, output_format: str, root: str, run_root: Path) -> None:
    """Show what the database holds of a plan, or the content of one of its files.

    Also while the plan is running, and where there are no files.
    """
    if filename is not None and output_format != "text":
        raise click.UsageError("--output-format is for what is known of a plan; a file is given as it is")
    with reported_errors():
        from pipeline.cli.as_json import as_json
        from pipeline.plans.show import file_content, overview
        from pipeline.terminal import printable, printable_line

        with open_for_reading() as service:
            if filename is None:
                from pipeline.report.gather import gather

                facts = gather(service, plan_id, expected_tasks_of(root, run_root))
                if output_format == "json":
                    click.echo(as_json(facts))
                else:
                    click.echo("\n".join(map(printable_line, overview(facts))))
            else:
                content = file_content(service, plan_id, filename)
                # A file or a pipe gets the bytes; a terminal would obey some of them.
                shown = (
                    printable(content.decode("utf-8", "backslashreplace")) if sys.stdout.isatty() else content
                )
                click.echo(shown, nl=False)


@main.command()
@click.argument("plan_id")
@click.option(
    "--html",
    "html_path",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    required=True,
    metavar="FILE",
    help="File to write, - for standard output.",
)
@_root_option
@_run_root_option
@click.pass_obj
def report(quiet: bool, *, plan_id: str, html_path: Path, root: str, run_root: Path) -> None:
    """Write a page on a plan: tasks in time, slowest tasks, tokens and cost, failures, files.

    The page is one file that needs no network. Works while the plan is running, and for plans that
    failed. Cost needs prices: tables [prices.MODEL] in the file that PIPELINE_LLM_CONFIG names.
    """
    with reported_errors():
        from pipeline.llm.prices import load_prices
        from pipeline.llm.registry import register_endpoint_secrets
        from pipeline.report.gather import gather
        from pipeline.report.page import render, write_page

        register_endpoint_secrets()
        prices = load_prices()
        with open_for_reading() as service:
            facts = gather(service, plan_id, expected_tasks_of(root, run_root), prices=prices)
        page = render(facts, prices)
        if str(html_path) == "-":
            click.echo(page, nl=False)
        else:
            write_page(html_path, page)
    if str(html_path) != "-" and not quiet:
        click.echo(f"wrote {html_path}", err=True)


@main.command()
@click.argument("plan_id")
@click.option("--check", is_flag=True, help="Repair nothing; exit 1 if there is something to repair.")
@click.option(
    "--replace",
    is_flag=True,
    help="Take the database's word also for files of which no record shows that they are wrong; "
    "they are kept beside the new ones.",
)
@_format_option
@_run_root_option
def doctor(plan_id: str, *, check: bool, replace: bool, output_format: str, run_root: Path) -> NoReturn:
    """Compare a plan's files with the database, repair them, close stale LLM interactions.

    A file is replaced only where something shows that it is wrong and its row is right, and is kept
    beside the new one as .NAME.kept-1. What the database cannot give back is reported.
    """
    if check and replace:
        raise click.UsageError("--check repairs nothing, so there is nothing to --replace")
    with reported_errors():
        from pipeline.cli.as_json import as_json
        from pipeline.names import plan_directory
        from pipeline.plans.doctor import examine, summary
        from pipeline.running.plan_lock import hold_plan
        from pipeline.terminal import printable_line

        with open_for_reading() if check else open_service() as service:
            plan = service.get_plan(plan_id)
            with hold_plan(run_root, plan_id):
                diagnosis = examine(
                    service, plan, plan_directory(run_root, plan_id), repair=not check, replace=replace
                )
    if output_format == "json":
        click.echo(as_json(diagnosis))
    else:
        for finding in diagnosis.findings:
            repaired = " (repaired)" if finding.repaired else ""
            click.echo(printable_line(f"{finding.subject}: {finding.problem}{repaired}"))
        click.echo(printable_line(summary(diagnosis)), err=True)
    sys.exit(EXIT_OK if diagnosis.healthy else EXIT_UNFINISHED)


@main.command()
@click.argument("plan_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_run_root_option
def delete(plan_id: str, *, yes: bool, run_root: Path) -> None:
    """Delete a plan from the database, with everything that is stored for it. Files stay.

    Also what is left of a plan whose own row is gone. Nothing brings it back.
    """
    with reported_errors():
        from pipeline.names import check_plan_id
        from pipeline.running.plan_lock import hold_plan

        check_plan_id(plan_id)
        with open_service() as service:
            if not yes:
                click.confirm(f"delete plan {plan_id} and all that is stored for it?", abort=True, err=True)
            with hold_plan(run_root, plan_id):
                counts = service.delete_plan(plan_id)
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    click.echo(f"deleted plan {plan_id}{f': {told}' if told else ''}", err=True)


@main.group()
def db() -> None:
    """Migrate the database."""


@db.command()
def upgrade() -> None:
    """Bring the tables to the newest revision."""
    with reported_errors():
        from pipeline.database import migrate

        migrate.upgrade()
        click.echo(f"the database is at revision {migrate.current_revision()}", err=True)


@db.command()
def check() -> NoReturn:
    """Exit 1 unless the tables are as this version needs them."""
    with reported_errors():
        from pipeline.database import migrate
        from pipeline.database.engine import get_reading_engine
        from pipeline.database.retry import RetryPolicy

        engine, policy = get_reading_engine(), RetryPolicy.for_reading()
        problems = migrate.check(engine, policy)
        state = migrate.schema_state(engine, policy)
    for problem in problems:
        click.echo(problem)
    if not problems:
        fits = f"newer than {migrate.head_revision()}, which works with it" if state.is_newer else ""
        click.echo(
            f"the database is at revision {state.current}, {fits or 'as this version needs it'}", err=True
        )
    sys.exit(EXIT_UNFINISHED if problems else EXIT_OK)
