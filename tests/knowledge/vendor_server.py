"""A local server that speaks the protocols of the vendors, as far as one answer needs them."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

SAID, ANSWERING, INPUT, OUTPUT = '{"tea": "☕"}', "answering-2", 11, 7
CALL = {"name": "add", "arguments": '{"a": 1}'}


@dataclass
class VendorServer:
    """The server's address, and what it was sent: paths and bodies."""

    url: str
    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def _chat(request: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": SAID}
    reason = "stop"
    if request.get("tools"):
        call = {"id": "c-1", "type": "function", "function": CALL}
        message, reason = {"role": "assistant", "content": None, "tool_calls": [call]}, "tool_calls"
    return {
        "id": "a-1",
        "object": "chat.completion",
        "created": 1_760_000_000,
        "model": ANSWERING,
        "choices": [{"index": 0, "finish_reason": reason, "message": message}],
        "usage": {"prompt_tokens": INPUT, "completion_tokens": OUTPUT, "total_tokens": INPUT + OUTPUT},
    }


def _responses(_: dict[str, Any]) -> dict[str, Any]:
    part = {"type": "output_text", "text": SAID, "annotations": []}
    said = {"id": "m-1", "type": "message", "role": "assistant", "status": "completed", "content": [part]}
    return {
        "id": "a-1",
        "object": "response",
        "created_at": 1_760_000_000,
        "status": "completed",
        "model": ANSWERING,
        "output": [said],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": INPUT,
            "output_tokens": OUTPUT,
            "total_tokens": INPUT + OUTPUT,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens_details": {"reasoning_tokens": 0},
        },
    }


def _anthropic(request: dict[str, Any]) -> dict[str, Any]:
    tools = bool(request.get("tools"))
    call = {"type": "tool_use", "id": "c-1", "name": "add", "input": {"a": 1}}
    return {
        "id": "a-1",
        "type": "message",
        "role": "assistant",
        "model": ANSWERING,
        "content": [call] if tools else [{"type": "text", "text": SAID}],
        "stop_reason": "tool_use" if tools else "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": INPUT, "output_tokens": OUTPUT},
    }


def _ollama(request: dict[str, Any]) -> dict[str, Any]:
    said = {"response": SAID} if "prompt" in request else {"message": {"role": "assistant", "content": SAID}}
    return {
        "model": ANSWERING,
        "created_at": "2025-10-01T00:00:00Z",
        "done": True,
        "done_reason": "stop",
        "prompt_eval_count": INPUT,
        "eval_count": OUTPUT,
        **said,
    }


def _gemini(_: dict[str, Any]) -> dict[str, Any]:
    content = {"role": "model", "parts": [{"text": SAID}]}
    return {
        "candidates": [{"content": content, "finishReason": "STOP", "index": 0}],
        "modelVersion": ANSWERING,
        "responseId": "a-1",
        "usageMetadata": {
            "promptTokenCount": INPUT,
            "candidatesTokenCount": OUTPUT,
            "totalTokenCount": INPUT + OUTPUT,
        },
    }


def _cohere(_: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "a-1",
        "finish_reason": "COMPLETE",
        "message": {"role": "assistant", "content": [{"type": "text", "text": SAID}]},
        "usage": {"tokens": {"input_tokens": INPUT, "output_tokens": OUTPUT}},
    }


def _bedrock(_: dict[str, Any]) -> dict[str, Any]:
    return {
        "output": {"message": {"role": "assistant", "content": [{"text": SAID}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": INPUT, "outputTokens": OUTPUT, "totalTokens": INPUT + OUTPUT},
        "metrics": {"latencyMs": 1},
    }


_BY_END = {
    "/chat/completions": _chat,
    "/responses": _responses,
    "/v1/messages": _anthropic,
    "/api/chat": _ollama,
    "/api/generate": _ollama,
    ":generateContent": _gemini,
    "/v2/chat": _cohere,
    "/converse": _bedrock,
}


@contextmanager
def serve_vendors() -> Iterator[VendorServer]:
    """Serve while the body runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"] or 0))
            path = self.path.partition("?")[0]
            request = json.loads(raw)
            server.sent.append((path, request))
            answer = next(make for end, make in _BY_END.items() if path.endswith(end))
            body = json.dumps(answer(request)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server = VendorServer(f"http://127.0.0.1:{http.server_port}")
    thread = threading.Thread(target=http.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
