"""`pipeline trace`: a plan as a trace of OpenTelemetry."""

from __future__ import annotations

import click

from pipeline.cli.services import open_for_reading
from pipeline.plans.spans import spans_of
from pipeline.tracing.otlp import send, trace_id_of


def trace(*, quiet: bool, plan_id: str, timeout: float) -> None:
    """Send a plan. Raises PlanNotFoundError, ConfigurationError, DatabaseError, PipelineError."""
    with open_for_reading() as service:
        sent = send(plan_id, spans_of(service, plan_id), timeout_seconds=timeout)
    if not quiet:
        click.echo(f"sent {sent} spans of trace {trace_id_of(plan_id):032x}", err=True)
