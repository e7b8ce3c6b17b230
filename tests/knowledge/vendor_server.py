"""A local server that speaks the protocols of the vendors, as far as one answer needs them."""

from __future__ import annotations

import gc
import json
import threading
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

SAID, ANSWERING, INPUT, OUTPUT = '{"tea": "☕"}', "answering-2", 11, 7
CACHED, REASONED = 5, 3
"""Of the tokens: what a cache gave, and what was reasoning. Some vendors count these beside the others."""
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
        "usage": {
            "prompt_tokens": INPUT,
            "completion_tokens": OUTPUT,
            "total_tokens": INPUT + OUTPUT,
            "prompt_tokens_details": {"cached_tokens": CACHED},
            "completion_tokens_details": {"reasoning_tokens": REASONED},
        },
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
            "input_tokens_details": {"cached_tokens": CACHED},
            "output_tokens_details": {"reasoning_tokens": REASONED},
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
        "usage": {"input_tokens": INPUT, "output_tokens": OUTPUT, "cache_read_input_tokens": CACHED},
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


def _gemini(request: dict[str, Any]) -> dict[str, Any]:
    part: dict[str, Any] = (
        {"functionCall": {"name": "add", "args": {"a": 1}}} if request.get("tools") else {"text": SAID}
    )
    content = {"role": "model", "parts": [part]}
    return {
        "candidates": [{"content": content, "finishReason": "STOP", "index": 0}],
        "modelVersion": ANSWERING,
        "responseId": "a-1",
        "usageMetadata": {
            "promptTokenCount": INPUT,
            "candidatesTokenCount": OUTPUT,
            "totalTokenCount": INPUT + OUTPUT + REASONED,
            "cachedContentTokenCount": CACHED,
            "thoughtsTokenCount": REASONED,
        },
    }


def _cohere(request: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": [{"type": "text", "text": SAID}]}
    if request.get("tools"):
        message = {"role": "assistant", "tool_calls": [{"id": "c-1", "type": "function", "function": CALL}]}
    return {
        "id": "a-1",
        "finish_reason": "TOOL_CALL" if request.get("tools") else "COMPLETE",
        "message": message,
        "usage": {"tokens": {"input_tokens": INPUT, "output_tokens": OUTPUT}},
    }


def _bedrock(request: dict[str, Any]) -> dict[str, Any]:
    tools = bool(request.get("toolConfig"))
    part = {"toolUse": {"toolUseId": "c-1", "name": "add", "input": {"a": 1}}} if tools else {"text": SAID}
    return {
        "output": {"message": {"role": "assistant", "content": [part]}},
        "stopReason": "tool_use" if tools else "end_turn",
        "usage": {
            "inputTokens": INPUT,
            "outputTokens": OUTPUT,
            "totalTokens": INPUT + OUTPUT,
            "cacheReadInputTokens": CACHED,
        },
        "metrics": {"latencyMs": 1},
    }


PIECES = ('{"tea"', ": ", '"☕"}')
"""What is said, in parts."""


def _chat_parts(request: dict[str, Any]) -> list[dict[str, Any]]:
    whole = _chat(request)
    said = whole["choices"][0]["message"]
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": "" if said["content"] else None}]
    for call in said.get("tool_calls", ()):
        function = call["function"]
        deltas.append(
            {"tool_calls": [{**call, "index": 0, "function": {"name": function["name"], "arguments": ""}}]}
        )
        deltas += [
            {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}
            for piece in (function["arguments"][:3], function["arguments"][3:])
        ]
    deltas += [{"content": piece} for piece in PIECES] if said["content"] else []
    head = {
        "id": "a-1",
        "object": "chat.completion.chunk",
        "created": whole["created"],
        "model": ANSWERING,
    }
    parts = [{**head, "choices": [{"index": 0, "delta": d, "finish_reason": None}]} for d in deltas]
    reason = whole["choices"][0]["finish_reason"]
    parts.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
    if (request.get("stream_options") or {}).get("include_usage"):
        parts.append({**head, "choices": [], "usage": whole["usage"]})
    elif "stream_options" not in request:
        # As Mistral and Together have it.
        parts[-1]["usage"] = whole["usage"]
    return parts


def _responses_parts(request: dict[str, Any]) -> list[dict[str, Any]]:
    whole = _responses(request)
    at = {"item_id": "m-1", "output_index": 0, "content_index": 0, "logprobs": []}
    item = {**whole["output"][0], "content": []}
    said = whole["output"][0]["content"][0]
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": {**whole, "status": "in_progress", "output": []}},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.content_part.added", **at, "part": {**said, "text": ""}},
        *({"type": "response.output_text.delta", **at, "delta": piece} for piece in PIECES),
        {"type": "response.output_text.done", **at, "text": SAID},
        {"type": "response.output_item.done", "output_index": 0, "item": whole["output"][0]},
        {"type": "response.completed", "response": whole},
    ]
    return [{**event, "sequence_number": number} for number, event in enumerate(events)]


def _anthropic_parts(request: dict[str, Any]) -> list[dict[str, Any]]:
    whole = _anthropic(request)
    block = whole["content"][0]
    if block["type"] == "text":
        begun, deltas = {"type": "text", "text": ""}, [{"type": "text_delta", "text": p} for p in PIECES]
    else:
        begun = {**block, "input": {}}
        deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in ('{"a"', ": 1}")]
    usage = {**whole["usage"], "output_tokens": 1}
    message = {**whole, "content": [], "stop_reason": None, "usage": usage}
    ended = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    return [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": begun},
        *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": ended, "usage": {"output_tokens": OUTPUT}},
        {"type": "message_stop"},
    ]


def _ollama_parts(request: dict[str, Any]) -> list[dict[str, Any]]:
    whole = _ollama(request)

    def said(text: str) -> dict[str, Any]:
        return (
            {"response": text} if "prompt" in request else {"message": {"role": "assistant", "content": text}}
        )

    head = {"model": ANSWERING, "created_at": whole["created_at"], "done": False}
    return [*({**head, **said(piece)} for piece in PIECES), {**whole, **said("")}]


def _gemini_parts(request: dict[str, Any]) -> list[dict[str, Any]]:
    whole = _gemini(request)
    head = {"modelVersion": ANSWERING, "responseId": "a-1"}
    parts = [
        {**head, "candidates": [{"content": {"role": "model", "parts": [{"text": piece}]}, "index": 0}]}
        for piece in PIECES
    ]
    parts[-1]["candidates"][0]["finishReason"] = "STOP"
    parts[-1]["usageMetadata"] = whole["usageMetadata"]
    return parts


def _cohere_parts(request: dict[str, Any]) -> list[dict[str, Any]]:
    whole = _cohere(request)
    begun = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}

    def content(text: str) -> dict[str, Any]:
        return {"message": {"content": {"text": text}}}

    return [
        {"type": "message-start", "id": "a-1", "delta": {"message": begun}},
        {
            "type": "content-start",
            "index": 0,
            "delta": {"message": {"content": {"type": "text", "text": ""}}},
        },
        *({"type": "content-delta", "index": 0, "delta": content(piece)} for piece in PIECES),
        {"type": "content-end", "index": 0},
        {"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": whole["usage"]}},
    ]


_PARTS_BY_END = {
    "/chat/completions": _chat_parts,
    "/responses": _responses_parts,
    "/v1/messages": _anthropic_parts,
    "/api/chat": _ollama_parts,
    "/api/generate": _ollama_parts,
    ":streamGenerateContent": _gemini_parts,
    "/v2/chat": _cohere_parts,
}


def _streamed(path: str, request: dict[str, Any]) -> tuple[str, bytes]:
    """The media type and the body of an answer in parts."""
    parts = next(make for end, make in _PARTS_BY_END.items() if path.endswith(end))(request)
    if path.startswith("/api/"):
        return "application/x-ndjson", "".join(f"{json.dumps(part)}\n" for part in parts).encode()
    lines = []
    for part in parts:
        named = f"event: {part['type']}\n" if "type" in part else ""
        lines.append(f"{named}data: {json.dumps(part)}\n\n")
    if path.endswith("/chat/completions"):
        lines.append("data: [DONE]\n\n")
    return "text/event-stream", "".join(lines).encode()


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
            media_type = "application/json"
            if request.get("stream") or path.endswith(":streamGenerateContent"):
                media_type, body = _streamed(path, request)
            else:
                answer = next(make for end, make in _BY_END.items() if path.endswith(end))
                body = json.dumps(answer(request)).encode()
            self.send_response(200)
            self.send_header("Content-Type", media_type)
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
        with warnings.catch_warnings():
            # Clients that the packages leave to the garbage collector, and that another test would be blamed for.
            warnings.simplefilter("ignore")
            gc.collect()
        http.shutdown()
        thread.join()
        http.server_close()
