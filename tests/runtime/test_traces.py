"""`pipeline trace`: a plan at a collector, with what is known of each call and nothing of what was said."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pipeline.cli.main import main
from pipeline.database.service import DatabaseService
from pipeline.tracing.current import current_trace_id
from tests.runtime.test_recording import rows

PROMPT, RESPONSE = "grow tea in secret", "it grows in secret"


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["trace", *arguments], catch_exceptions=False)


@contextmanager
def collector(status: int = 200) -> Iterator[SimpleNamespace]:
    """Speaks OTLP over HTTP, and keeps what it gets."""
    service = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")
    got: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.path, service.ExportTraceServiceRequest.FromString(raw), raw))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever)
    thread.start()
    try:
        yield SimpleNamespace(url=f"http://127.0.0.1:{http.server_port}", got=got)
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


@pytest.fixture
def plan(service: DatabaseService) -> int:
    """A call that was answered by the second model, a file, and a call that has no end."""
    made = service.create_llm_interaction(
        {"plan_id": "p", "llm_model": "a", "stage": "s", "prompt_text": PROMPT, "trace_id": "ab" * 16}
    )
    ending = {"status": "completed", "llm_model": "b", "response_text": RESPONSE, "input_tokens": 3}
    told = {"output_tokens": 4, "provider": "openai", "finish_reason": "stop", "response_id": "r-1"}
    service.update_llm_interaction(made.id, {**ending, **told})
    earlier = service.create_llm_interaction(
        {"plan_id": "p", "llm_model": "a", "stage": "s", "prompt_text": PROMPT, "attempt_of": made.id}
    )
    broken = {"status": "failed", "error_type": "LLMError", "error_message": f"no answer to {PROMPT}"}
    service.update_llm_interaction(earlier.id, broken)
    service.create_plan_content({"plan_id": "p", "filename": "f.md", "stage": "t", "content": RESPONSE})
    service.create_llm_interaction({"plan_id": "p", "llm_model": "c", "stage": "t", "prompt_text": PROMPT})
    return made.id


def attributes(span: Any) -> dict[str, Any]:
    kinds = ("string_value", "int_value", "double_value", "bool_value")
    found = {}
    for item in span.attributes:
        kind = item.value.WhichOneof("value")
        values = item.value.array_value.values
        found[item.key] = getattr(item.value, kind) if kind in kinds else [v.string_value for v in values]
    return found


def test_a_plan_is_sent_as_spans_of_one_trace(plan: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with collector() as there:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", there.url)
        result = invoke("p")
        assert result.exit_code == 0, result.stderr
        assert "sent 6 spans of trace " in result.stderr
        assert invoke("p").exit_code == 0
    (path, request, raw), (_, again, _) = there.got
    assert path == "/v1/traces"
    spans = {span.name: span for span in request.resource_spans[0].scope_spans[0].spans}
    assert set(spans) == {"plan p", "task s", "task t", "chat a", "chat b", "chat c"}
    assert len({span.trace_id for span in spans.values()}) == 1
    of = {name: span.parent_span_id for name, span in spans.items()}
    ids = {name: span.span_id for name, span in spans.items()}
    assert of["plan p"] == b""
    assert of["task s"] == of["task t"] == ids["plan p"]
    assert (of["chat b"], of["chat c"]) == (ids["task s"], ids["task t"])
    assert of["chat a"] == ids["chat b"]
    assert attributes(spans["chat b"]) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.conversation.id": "p",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "a",
        "gen_ai.response.model": "b",
        "gen_ai.response.id": "r-1",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 3,
        "gen_ai.usage.output_tokens": 4,
        "pipeline.interaction.id": plan,
        "pipeline.prompt.sha256": sha256(PROMPT.encode()).hexdigest(),
        "pipeline.response.sha256": sha256(RESPONSE.encode()).hexdigest(),
    }
    assert attributes(spans["chat a"])["error.type"] == "LLMError"
    assert (spans["chat a"].status.code, spans["chat b"].status.code) == (2, 0)
    assert [link.trace_id.hex() for link in spans["chat b"].links] == ["ab" * 16]
    assert all(span.start_time_unix_nano <= span.end_time_unix_nano for span in spans.values())
    # What was sent and said is in the database alone.
    assert b"secret" not in raw
    # Sent again it is the same trace.
    repeated = again.resource_spans[0].scope_spans[0].spans
    assert {span.span_id for span in repeated} == set(ids.values())


@pytest.mark.parametrize("kind", ["away", "refuses"])
def test_a_collector_that_does_not_take_it_is_told(
    plan: int, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with collector(400) as there:
        url = there.url if kind == "refuses" else "http://127.0.0.1:9"
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
        result = invoke("p", "--timeout", "0.5")
    assert result.exit_code == 2
    assert "the collector did not take the spans" in result.stderr


def test_without_the_packages_the_extra_is_named(plan: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    result = invoke("p")
    assert result.exit_code == 2
    assert "'otel' extra" in result.stderr
    assert invoke("nope").exit_code == 2


def test_a_call_is_recorded_with_the_trace_that_it_is_part_of(
    service: DatabaseService, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = {"plan_id": "p", "llm_model": "m", "stage": "s", "prompt_text": "x"}
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", None)
    service.create_llm_interaction(call)
    context = SimpleNamespace(trace_id=0xAB, is_valid=True)
    span = SimpleNamespace(get_span_context=lambda: context)
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", SimpleNamespace(get_current_span=lambda: span))
    service.create_llm_interaction(call)
    service.create_llm_interaction({**call, "trace_id": "mine"})
    context.is_valid = False
    service.create_llm_interaction(call)
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", SimpleNamespace())
    assert current_trace_id() is None
    assert rows(service, "trace_id") == [(None,), (f"{0xAB:032x}",), ("mine",), (None,)]
