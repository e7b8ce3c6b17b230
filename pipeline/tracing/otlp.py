"""Sends spans to a collector over OTLP, by the packages of OpenTelemetry, which the extra `otel` has."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from pipeline.errors import ConfigurationError, PipelineError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from pipeline.plans.spans import SpanFacts

_AT_A_TIME = 512
_SERVICE = "luigi-database-first"
_TRACE = re.compile(r"[0-9a-f]{32}")


def trace_id_of(plan_id: str) -> int:
    """Return the id of the trace of a plan: the same each time, so that sending it again adds nothing new."""
    return int.from_bytes(hashlib.sha256(f"plan {plan_id}".encode()).digest()[:16]) or 1


def send(plan_id: str, spans: Iterable[SpanFacts], *, timeout_seconds: float | None = None) -> int:
    """Send the spans of a plan and return how many there were.

    Where to is told by the variables of OpenTelemetry, `OTEL_EXPORTER_OTLP_ENDPOINT` first.
    Raises ConfigurationError without the packages, PipelineError where the collector did not take them.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import SpanExportResult
    except ImportError as error:
        raise ConfigurationError(
            "traces need the packages of OpenTelemetry: install this distribution with its 'otel' extra"
        ) from error
    exporter: Any = (
        OTLPSpanExporter() if timeout_seconds is None else OTLPSpanExporter(timeout=timeout_seconds)
    )
    ended = _Ended()
    makes = _Makes(plan_id, ended)
    sent = 0
    try:
        for facts in spans:
            makes.span(facts)
            if len(ended.spans) >= _AT_A_TIME:
                sent += _exported(exporter, ended, SpanExportResult.SUCCESS)
        return sent + _exported(exporter, ended, SpanExportResult.SUCCESS)
    finally:
        exporter.shutdown()


def _exported(exporter: Any, ended: _Ended, success: object) -> int:
    spans, ended.spans = ended.spans, []
    if spans and exporter.export(spans) is not success:
        raise PipelineError(
            "the collector did not take the spans; is it there? OTEL_EXPORTER_OTLP_ENDPOINT says where it is looked for"
        )
    return len(spans)


class _Ended:
    """A processor of spans that keeps those that have ended."""

    def __init__(self) -> None:
        self.spans: list[Any] = []

    def on_start(self, span: object, parent_context: object = None) -> None:
        """Nothing to do."""

    def _on_ending(self, span: object) -> None:
        """Nothing to do."""

    def on_end(self, span: object) -> None:
        """Keep it."""
        self.spans.append(span)

    def shutdown(self) -> None:
        """Nothing to do."""

    def force_flush(self, timeout_millis: int = 0) -> bool:
        """Nothing waits."""
        return True


class _Ids:
    """Gives the ids that are wanted, in place of random ones."""

    def __init__(self, plan_id: str) -> None:
        self._plan_id = plan_id
        self.key = ""

    def span_id(self, key: str) -> int:
        return int.from_bytes(hashlib.sha256(f"{self._plan_id}\n{key}".encode()).digest()[:8]) or 1

    def generate_span_id(self) -> int:
        return self.span_id(self.key)

    def generate_trace_id(self) -> int:
        return trace_id_of(self._plan_id)

    def is_trace_id_random(self) -> bool:
        return False


class _Makes:
    """Makes spans of OpenTelemetry."""

    def __init__(self, plan_id: str, ended: _Ended) -> None:
        from opentelemetry import trace
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.sampling import ALWAYS_ON

        self._trace: Any = trace
        self._ids = _Ids(plan_id)
        ids: Any = self._ids
        resource = Resource.create({"service.name": _SERVICE})
        provider: Any = TracerProvider(sampler=ALWAYS_ON, resource=resource, id_generator=ids)
        provider.add_span_processor(ended)
        self._tracer = provider.get_tracer("pipeline")

    def span(self, facts: SpanFacts) -> None:
        """Begin and end one."""
        trace = self._trace
        self._ids.key = facts.key
        context = trace.set_span_in_context(trace.INVALID_SPAN)
        if facts.parent is not None:
            context = trace.set_span_in_context(
                trace.NonRecordingSpan(self._context(self._ids.generate_trace_id(), facts.parent))
            )
        links = []
        if facts.other_trace is not None and _TRACE.fullmatch(facts.other_trace):
            links = [trace.Link(self._context(int(facts.other_trace, 16), facts.key))]
        span = self._tracer.start_span(
            facts.name,
            context=context,
            kind=trace.SpanKind.CLIENT if facts.is_call else trace.SpanKind.INTERNAL,
            attributes=dict(facts.attributes),
            links=links,
            start_time=_nanoseconds(facts.begin),
        )
        if facts.failed:
            span.set_status(trace.Status(trace.StatusCode.ERROR))
        span.end(end_time=_nanoseconds(facts.end))

    def _context(self, trace_id: int, key: str) -> Any:
        trace = self._trace
        return trace.SpanContext(
            trace_id, self._ids.span_id(key), is_remote=False, trace_flags=trace.TraceFlags(1)
        )


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 10**9 + moment.microsecond * 1000
