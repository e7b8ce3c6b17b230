"""`pipeline trace`: a plan as a trace of OpenTelemetry."""

from __future__ import annotations

import click


@click.command()
@click.argument("plan_id")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0.1, max=600),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for the collector.",
)
@click.pass_obj
def trace(quiet: bool, *, plan_id: str, timeout: float) -> None:
    """Send a plan to a collector of OpenTelemetry: a span for the plan, each task and each call.

    What was sent and said stays in the database: a span has the number of its row, and checksums. Where the collector
    is looked for is told by OTEL_EXPORTER_OTLP_ENDPOINT. Needs the extra `otel`.
    """
    from pipeline.cli.actions import trace as action

    action.trace(quiet=quiet, plan_id=plan_id, timeout=timeout)
