"""`pipeline list`: the plans in the database."""

from __future__ import annotations

import click


@click.command(name="list")
@click.option(
    "--status",
    "statuses",
    multiple=True,
    type=click.Choice(["created", "running", "completed", "failed", "stopped"]),
    help="Only plans of this status; repeat for more.",
)
@click.option(
    "--unowned", is_flag=True, help="Only plans that nobody is at work on, as far as the database knows."
)
@click.option(
    "--older-than", type=click.IntRange(min=0), metavar="DAYS", help="Only plans unchanged for so long."
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help="At most so many, newest first.",
)
@click.option(
    "--output-format",
    type=click.Choice(["text", "id", "json"]),
    default="text",
    show_default=True,
    help="For people, the plans' ids only, or for scripts.",
)
def list_(
    statuses: tuple[str, ...], *, unowned: bool, older_than: int | None, limit: int, output_format: str
) -> None:
    """List the plans in the database, the newest first: status, last change, files, who is at work."""
    from pipeline.cli.actions import list as action

    action.list_plans(
        statuses=statuses, unowned=unowned, older_than=older_than, limit=limit, output_format=output_format
    )


# What the group looks for is called as the command is.
list = list_  # noqa: A001
