"""`pipeline stop`: take a plan back from the workers."""

from __future__ import annotations

import click


@click.command()
@click.argument("plan_id")
@click.option("--wait", is_flag=True, help="Wait until no worker is at work on it.")
def stop(plan_id: str, *, wait: bool) -> None:
    """Have the workers begin no further task of a plan; what they are running ends first.

    Then `pipeline resume` goes on with it on one machine, `pipeline submit --resume` on several.
    """
    from pipeline.cli.actions import stop as action

    action.stop(plan_id, wait=wait)
