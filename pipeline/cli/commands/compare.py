"""`pipeline compare`: two plans side by side."""

from __future__ import annotations

import click

from pipeline.cli.options import format_option


@click.command()
@click.argument("a")
@click.argument("b")
@format_option
def compare(a: str, b: str, output_format: str) -> None:
    """Compare two plans in the database: which files differ, how many calls there were, and what they took.

    The text shows what differs, and the sums; the JSON has everything. Also while the plans are running.
    """
    from pipeline.cli.actions import compare as action

    action.compare(a=a, b=b, output_format=output_format)
