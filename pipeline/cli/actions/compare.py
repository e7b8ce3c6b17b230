"""`pipeline compare`: two plans side by side."""

from __future__ import annotations

import click

from pipeline.cli.as_json import as_json
from pipeline.cli.services import open_for_reading
from pipeline.llm.prices import load_prices
from pipeline.plans.compare import compare_plans, comparison_lines
from pipeline.terminal import printable_line


def compare(*, a: str, b: str, output_format: str) -> None:
    """Print how two plans differ. Raises PlanNotFoundError, ConfigurationError, DatabaseError."""
    prices = load_prices()
    with open_for_reading() as service:
        comparison = compare_plans(service, a, b, prices)
    if output_format == "json":
        click.echo(as_json(comparison))
        return
    click.echo("\n".join(map(printable_line, comparison_lines(comparison))))
