"""`pipeline health`: whether runs live and the database is ready, for a container's probes."""

from __future__ import annotations

from typing import NoReturn

import click

from pipeline.cli.options import format_option


@click.command()
@click.option(
    "--live", "question", flag_value="live", help="Only whether this machine's runs renew their leases."
)
@click.option(
    "--ready", "question", flag_value="ready", help="Only whether the database answers and is migrated."
)
@format_option
def health(question: str | None, output_format: str) -> NoReturn:
    """Exit 0 if this machine's runs live and the database is ready, else 1, within seconds.

    For a container's probes: --live does not fail while the database is away, so that no run is ended for it.
    """
    from pipeline.cli.actions import health as action

    action.health(question=question, output_format=output_format)
