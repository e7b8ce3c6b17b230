"""The console script: the commands by name, each imported when called."""

from __future__ import annotations

import importlib

import click

from pipeline.cli.errors import reported_errors
from pipeline.logs import set_up_logging

COMMANDS = {
    "compare": "Compare two plans: files, calls, tokens, cost.",
    "db": "Migrate the database.",
    "delete": "Delete a plan from the database, with everything that is stored for it.",
    "doctor": "Compare a plan's files with the database, repair them, close stale LLM interactions.",
    "export": "Write a plan's calls of models, or all of its files, for other programs.",
    "health": "Say whether this machine's runs live and the database is ready, by exit status.",
    "import": "Make a plan of a file that `export --format plan` wrote.",
    "list": "List the plans in the database: status, last change, files, who is at work.",
    "report": "Write a page on a plan: tasks in time, slowest tasks, tokens and cost, failures, files.",
    "rerun": "Make a new plan of an old one: what comes before a task is taken over, the rest is run.",
    "resume": "Regenerate a plan's missing files from the database, then go on with it.",
    "run": "Create a plan and run all of its tasks.",
    "submit": "Create a plan and hand it to workers on any machine.",
    "stop": "Take a plan back from the workers.",
    "worker": "Run tasks of the plans that are submitted.",
    "serve": "Serve plans over HTTP: pages to create, watch and read them, an API, live events.",
    "show": "Show what the database holds of a plan, or the content of one of its files.",
    "trace": "Send a plan to a collector of OpenTelemetry.",
}
"""Every command, with its line in `--help`; `pipeline.cli.commands.<name>` defines it."""


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, for the help and for completion."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports the command."""
        if cmd_name not in COMMANDS:
            return None
        # Not a name that a function could have.
        name = "import_plan" if cmd_name == "import" else cmd_name
        command = getattr(importlib.import_module(f"pipeline.cli.commands.{name}"), name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        """Runs the command, its import included; every error is one line and an exit status."""
        with reported_errors():
            return super().invoke(ctx)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-v", "--verbose", count=True, help="Say more; twice for everything.")
@click.option("-q", "--quiet", is_flag=True, help="Say only what went wrong.")
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    envvar="PIPELINE_LOG_FORMAT",
    help="What goes to standard error: lines for people, or a JSON document a line.",
)
@click.version_option(package_name="luigi-database-first")
@click.pass_context
def main(context: click.Context, verbose: int, quiet: bool, log_format: str) -> None:
    """Run plans whose every LLM result is in the database before it is in a file.

    Exit status: 0 done, 1 tasks failed or problems found, 2 bad usage, bad configuration or an
    internal error, 129 hung up, 130 interrupted, 131 told to quit, 143 told to end. The database is
    the one that PIPELINE_DATABASE_URL names.
    """
    context.obj = quiet
    set_up_logging(-1 if quiet else verbose, as_json=log_format == "json")
