"""What several commands share: arguments, options, and how a run is told and ended."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from refactor import completing

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from codemods.errors import SourceError
    from codemods.model import TaskReport
    from refactor.changes.run import Run, Selector, Verb
    from refactor.output.live import Watcher
    from refactor.project.config import Configuration
    from refactor.project.opening import Project
    from refactor.project.selection import Selection

Function = TypeVar("Function", bound=Callable[..., Any])

VERBOSE = "refactor.verbose"
QUIET = "refactor.quiet"


class ManyValues(click.Command):
    """A command whose `--task` and `--stage` take one name or several: `--task A B`, `--task A --task B`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Repeats the option before each further name, up to an option, an existing path or a file name."""
        spread: list[str] = []
        option = ""
        for position, word in enumerate(args):
            if word in {"--task", "--stage"}:
                option = word
            elif word.startswith("-"):
                option = ""
            elif option and args[position - 1] != option:
                if Path(word).exists() or "/" in word or word.endswith(".py"):
                    option = ""
                else:
                    spread.append(option)
            spread.append(word)
        return super().parse_args(ctx, spread)


def _remember(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    ctx.meta[f"refactor.{parameter.name}"] = value


def common(function: Function) -> Function:
    """PATHS, `--config`, `-q` and `-v`."""
    for decorate in (
        click.option(
            "-v",
            "--verbose",
            is_flag=True,
            expose_value=False,
            callback=_remember,
            help="Say more; tracebacks of internal errors.",
        ),
        click.option(
            "-q",
            "--quiet",
            is_flag=True,
            expose_value=False,
            callback=_remember,
            help="Only refusals and errors.",
        ),
        click.option(
            "--config",
            type=click.Path(dir_okay=False, path_type=Path),
            help="The TOML file with [tool.refactor]; the nearest pyproject.toml otherwise.",
        ),
        click.argument("paths", nargs=-1, type=click.Path(path_type=Path)),
    ):
        function = decorate(function)
    return function


def naming(*, stages: bool) -> Callable[[Function], Function]:
    """`--task`, `--stage` where wanted, and `--all`."""

    def decorated(function: Function) -> Function:
        function = click.option("--all", "everything", is_flag=True, help="Every task.")(function)
        if stages:
            function = click.option(
                "--stage",
                "stages",
                multiple=True,
                shell_complete=completing.stages,
                help="All tasks of a stage.",
            )(function)
        return click.option(
            "--task",
            "tasks",
            multiple=True,
            shell_complete=completing.tasks,
            help="A task, by its class name.",
        )(function)

    return decorated


allow_dirty = click.option(
    "--allow-dirty",
    is_flag=True,
    help="With --commit: proceed even if the work tree has uncommitted changes.",
)

output_format = click.option(
    "--output-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="What is printed.",
)


def selection(tasks: Sequence[str], stages: Sequence[str], everything: bool, flags: str) -> Selection:
    """The tasks that the options name. Raises click.UsageError where they name none, or all and some."""
    from refactor.project.selection import Selection

    if everything and (tasks or stages):
        raise click.UsageError("--all cannot be combined with --task or --stage")
    if not (everything or tasks or stages):
        raise click.UsageError(f"say which tasks: {flags}")
    return Selection(frozenset(tasks), frozenset(stages), everything)


def check_names(wanted: Selection, project: Project) -> None:
    """Raises UnknownNameError for a name that does not exist, after reporting the files that may define it."""
    from codemods.errors import UnknownNameError

    try:
        wanted.check(project.reports)
    except UnknownNameError:
        tell_problems(project.problems)
        raise


def exclusive(**flags: bool) -> None:
    """Raises click.UsageError where more than one of some flags is given."""
    given = [f"--{name.replace('_', '-')}" for name, value in flags.items() if value]
    if len(given) > 1:
        raise click.UsageError(f"{' and '.join(given)} exclude each other")


def only_with_commit(commit: bool, **given: bool) -> None:
    """Raises click.UsageError where an option is given that needs `--commit` beside it."""
    for name, value in given.items():
        if value and not commit:
            raise click.UsageError(f"--{name.replace('_', '-')} goes with --commit")


def is_quiet() -> bool:
    """Whether `-q` was given."""
    return bool(click.get_current_context().meta.get(QUIET))


def is_verbose() -> bool:
    """Whether `-v` was given."""
    return bool(click.get_current_context().meta.get(VERBOSE))


def tell(line: str) -> None:
    """Prints a line for people to standard error, unless `-q`."""
    if not is_quiet():
        click.echo(line, err=True)


def tell_emptiness(
    paths: tuple[Path, ...], config: Path | None, loaded: Configuration | None = None, *, always: bool = False
) -> None:
    """Says that there is no task, what there is instead, and the command that goes on.

    Args:
        paths: what was named.
        config: the file that `--config` names.
        loaded: the configuration, where it has been read.
        always: whether `-q` does not silence it.
    """
    from refactor.emptiness import instead_of_tasks
    from refactor.project import config as configuration

    loaded = loaded or configuration.load(config, paths)
    said = instead_of_tasks(paths or loaded.paths, loaded.settings, repeated(paths, config))
    if always:
        click.echo(str(said), err=True)
    else:
        tell(str(said))


def tell_problems(problems: Sequence[SourceError]) -> None:
    """Prints each problem to standard error, with the traceback of an internal error where `-v` asks."""
    from codemods.errors import CrashError
    from refactor.output.text import problem_line

    for problem in problems:
        click.echo(problem_line(problem), err=True)
        if isinstance(problem, CrashError) and click.get_current_context().meta.get(VERBOSE):
            import traceback

            click.echo("".join(traceback.format_exception(problem.__cause__)), err=True, nl=False)


def tell_traces(reports: Sequence[TaskReport]) -> None:
    """Prints the tracebacks of internal errors to standard error where `-v` asks."""
    for report in reports if is_verbose() else ():
        if report.refusal is not None and report.refusal.trace:
            click.echo(report.refusal.trace, err=True, nl=False)


def require_repositories(project: Project, selected: Selector, verb: Verb, *, allow_dirty: bool) -> None:
    """Raises DirtyTreeError or GitError where the selected tasks could not be committed."""
    from refactor.changes.committing import Terms, repositories

    repositories(project, selected, verb, Terms(allow_dirty))


def committed(
    project: Project, selected: Selector, verb: Verb, *, allow_dirty: bool, command: str | None = None
) -> Run:
    """Rewrites the selected tasks, one git commit each; shows how far it is."""
    from refactor.changes.committing import Terms, commit_each
    from refactor.output.live import watching

    def watched(total: int) -> AbstractContextManager[Watcher]:
        return watching(total, quiet=is_quiet(), tell=lambda what: tell(f"committed {what}"))

    return commit_each(project, selected, verb, Terms(allow_dirty, command), watched)


def rewritten(project: Project, selected: Selector, verb: Verb, *, dry: bool) -> Run:
    """Rewrites the selected tasks, and writes the files unless dry; shows how far it is."""
    from codemods.model import TaskState
    from refactor.changes import run as rewriting
    from refactor.output.live import watching

    to_do = sum(1 for report in project.reports if selected(report) and report.state is TaskState.TODO)
    # A dry run is often read in a pager, which a bar would draw over.
    with watching(to_do if verb is rewriting.APPLY and not dry else 0, quiet=is_quiet()) as watcher:
        current = ""

        def begin(name: str) -> None:
            nonlocal current
            if current:
                watcher.done(current)
            current = name
            watcher.begin(name)

        run = rewriting.rewrite(project, selected, verb, dry=dry, begin=begin)
    return run if dry else rewriting.write(run, project.reports)


def repeated(paths: Sequence[Path], config: Path | None) -> str:
    """What a further command needs to mean the same files: ` --config FILE PATHS`, as a shell reads it."""
    words = [*(["--config", str(config)] if config is not None else []), *map(str, paths)]
    return "".join(f" {shlex.quote(word)}" for word in words)


def finish(run: Run, *, diff: bool = False, check: bool = False, output_format: str = "text") -> None:
    """Reports a run and ends with its exit status.

    The tasks' lines go to standard output, unless a diff does: then the refused go to standard error.
    Problems and the summary go to standard error.
    """
    from refactor.changes import diff as differ
    from refactor.output import as_json as report_json
    from refactor.output import text as report_text
    from refactor.output.causes import init_command, needs_init, shared_causes

    if output_format == "json":
        click.echo(report_json.run_document(run))
    elif diff:
        differ.show(run.rewrites)
    causes = shared_causes(outcome.report for outcome in run.outcomes if outcome.refused)
    told_once = {id(report) for cause in causes if cause.is_of_the_base for report in cause.tasks}
    for outcome in () if output_format == "json" or check else run.outcomes:
        if id(outcome.report) in told_once and not is_verbose():
            continue
        if outcome.refused or not (diff or is_quiet()):
            click.echo(report_text.task_line(outcome, run, sys.stderr if diff else sys.stdout), err=diff)
        if is_verbose() and not diff:
            click.echo("".join(f"{line}\n" for line in report_text.details(outcome)), nl=False)
    tell_traces([outcome.report for outcome in run.outcomes])
    tell_problems(run.problems)
    if not run.outcomes and not run.problems:
        named = click.get_current_context().params
        tell_emptiness(named.get("paths", ()), named.get("config"))
    else:
        tell(report_text.summary(run))
    if note := report_text.no_calls_note(run):
        tell(note)
    arguments = _arguments()
    for cause in causes:
        tell(cause.line(arguments))
    if not told_once and needs_init(outcome.report for outcome in run.outcomes if outcome.refused):
        tell(f"next: {init_command(arguments)}")
    click.get_current_context().exit(run.status)


def _arguments() -> str:
    """What a further command needs to mean the same files as this one."""
    named = click.get_current_context().params
    return repeated(named.get("paths", ()), named.get("config"))
