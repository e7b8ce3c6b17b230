"""`pipeline report`: a page on a plan."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.services import open_for_reading
from pipeline.cli.settings import expected_tasks_of
from pipeline.llm.prices import load_prices
from pipeline.llm.registry import register_endpoint_secrets
from pipeline.report.gather import gather
from pipeline.report.page import render, write_page


def report(
    *, quiet: bool, plan_id: str, html_path: Path, server: str | None, root: str, run_root: Path
) -> None:
    """Write the page on a plan. Raises PlanNotFoundError, ConfigurationError, OSError."""
    register_endpoint_secrets()
    prices = load_prices()
    with open_for_reading() as service:
        facts = gather(service, plan_id, expected_tasks_of(root, run_root), prices=prices)
    page = render(facts, prices, server)
    if str(html_path) == "-":
        click.echo(page, nl=False)
    else:
        write_page(html_path, page)
    if str(html_path) != "-" and not quiet:
        click.echo(f"wrote {html_path}", err=True)
