"""The options that several commands of `pipeline` have."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.running.grace import GRACE_SECONDS

DEFAULT_ROOT = "pipeline.example.tasks:FullPlanPipeline"

run_root_option = click.option(
    "--run-root",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("run"),
    show_default=True,
    envvar="PIPELINE_RUN_ROOT",
    help="Directory that holds the run directories.",
)
root_option = click.option(
    "--root",
    default=DEFAULT_ROOT,
    show_default=True,
    envvar="PIPELINE_ROOT",
    metavar="MODULE:CLASS",
    help="The task that requires all others.",
)
format_option = click.option(
    "--output-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people or for scripts.",
)
run_format_option = click.option(
    "--output-format",
    type=click.Choice(["text", "id", "json"]),
    default="text",
    show_default=True,
    help="What goes to standard output: nothing, the plan's id once the plan exists, or the outcome at the end.",
)
workers_option = click.option(
    "-w", "--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Worker processes."
)
lease_option = click.option(
    "--lease",
    type=click.IntRange(min=1, max=86_400),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="How long the plan stays this process's after its last heartbeat.",
)
grace_option = click.option(
    "--grace",
    type=click.IntRange(min=0, max=86_400),
    default=GRACE_SECONDS,
    show_default=True,
    envvar="PIPELINE_GRACE",
    metavar="SECONDS",
    help="How long to take after SIGTERM at most: what is running may end first, nothing new begins.",
)
scheduler_option = click.option(
    "--scheduler",
    envvar="PIPELINE_SCHEDULER",
    metavar="URL",
    help="Where luigid listens, as http://HOST:8082.",
)
