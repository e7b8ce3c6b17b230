"""The console script: the commands by name, each imported when called, and the last boundary for errors."""

from __future__ import annotations

import errno
import gc
import importlib

import click

from refactor.examples import epilog

COMMANDS = {
    "init": "Add what the base class lacks.",
    "status": "Show progress by stage and the next batch.",
    "explain": "Say what the tool understood of a task, or why it refuses.",
    "apply": "Rewrite tasks so that the database comes before the files.",
    "check": "Find tasks that are not refactored and defects in those that are.",
    "verify": "Prove that only insertions happened.",
    "report": "Write a page for reviewers: progress, graph, diffs, evidence.",
    "revert": "Take the inserted steps out again.",
    "rule": "Explain a rule of check.",
    "lsp": "Answer an editor: findings, the refactoring of a task, explanations.",
    "completion": "Print the script that completes commands, tasks and rules.",
}
"""Every command in the order of work, with its line in `--help`; `refactor.commands.<name>` defines it."""


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, for the help and for completion."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports the command."""
        if cmd_name not in COMMANDS:
            return None
        command = getattr(importlib.import_module(f"refactor.commands.{cmd_name}"), cmd_name)
        if not isinstance(command, click.Command):
            return None
        command.epilog = epilog(cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds the command; an unknown one is answered with the nearest names."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from refactor.project.display import did_you_mean

            raise click.UsageError(f"no such command {args[0]!r}{did_you_mean(args[0], COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        """Runs the command; turns what it raises into a line and an exit status, 2, or 130 for Ctrl-C."""
        # A short process that builds large trees: looking for cycles in them takes a tenth of its time.
        gc.disable()
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            ctx.exit(130)
        except Exception as error:
            # A reader that went away (`| head`) is click's to handle.
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise
            ctx.exit(_failed(ctx, error))


def _show_version(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from refactor.version import tool_version

        click.echo(f"refactor, version {tool_version()}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
def main() -> None:
    """Rewrite Luigi tasks that call LLMs so that every result is in the database before it is in a file.

    Exit status: 0 clean or all applied; 1 refusals, findings, or a change that --diff or --check found; 2 bad
    usage, bad configuration, internal error; 130 interrupted.
    """


_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


def _failed(ctx: click.Context, error: Exception) -> int:
    """Tells an error on standard error; gives the exit status."""
    from codemods.errors import RefactorError

    if isinstance(error, RefactorError):
        from refactor.changes.writing import InterruptedRunError

        click.echo(f"refactor: {error}", err=True)
        return 130 if isinstance(error, InterruptedRunError) else 2
    if isinstance(error, OSError) and error.errno in _FULL and error.filename is None:
        # Files that the tool writes are told of by their writers, by name: this was standard output.
        click.echo(f"refactor: standard output cannot be written: {error.strerror}", err=True)
        return 2
    if ctx.meta.get("refactor.verbose"):
        import traceback

        click.echo("".join(traceback.format_exception(error)), err=True, nl=False)
    what = " ".join(f"{type(error).__name__}: {error}".split())
    more = "" if ctx.meta.get("refactor.verbose") else " with the output of the same command and -v"
    click.echo(
        f"refactor: internal error: {what}; this is a defect of the tool, please report it{more}", err=True
    )
    return 2
