"""A local server that speaks the chat completions protocol, and answers as the offline model would."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pipeline.llm.answer_from_schema import build_answer

PATH = "/v1/chat/completions"


@dataclass(frozen=True)
class Reply:
    """What goes over the wire; `None` as body closes the connection without an answer.

    Where more bytes are announced than there are, it breaks off within the answer.
    """

    status: int = 200
    body: bytes | None = b""
    content_type: str = "application/json"
    announced: int | None = None


Behaviour = Callable[["OpenAIServer", dict[str, Any]], Reply]


@dataclass
class OpenAIServer:
    """The server's address, the key that it wants, what it was asked, and how it behaves for each model."""

    base_url: str
    key: str
    requests: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    behaviours: dict[str, Behaviour] = field(default_factory=dict)

    def reply(self, path: str, authorization: str | None, request: dict[str, Any]) -> Reply:
        self.paths.append(path)
        self.requests.append(request)
        if authorization != f"Bearer {self.key}":
            return failure(
                401, f"Incorrect API key provided: {(authorization or '').removeprefix('Bearer ')}."
            )
        return self.behaviours.get(request["model"], answer_in_full)(self, request)


def completion(request: dict[str, Any], content: str | None, **changes: Any) -> Reply:
    """A chat completion with one choice, its parts replaced by `changes`."""
    words = sum(len(message["content"].split()) for message in request["messages"])
    message = {"role": "assistant", "content": content, "refusal": None}
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_760_000_000,
        "model": request["model"],
        "choices": [{"index": 0, "finish_reason": "stop", "logprobs": None, "message": message}],
        "usage": {
            "prompt_tokens": words,
            "completion_tokens": len((content or "").split()),
            "total_tokens": words + len((content or "").split()),
        },
        **changes,
    }
    return Reply(body=json.dumps(body).encode())


def streamed(
    request: dict[str, Any], *parts: str, ends: bool = True, usage: dict[str, int] | None = None
) -> Reply:
    """A completion in parts, as events: the text, why it ends, the counts."""
    head = {"id": "chatcmpl-9", "object": "chat.completion.chunk", "created": 1, "model": request["model"]}

    def chunk(delta: dict[str, str], reason: str | None = None) -> dict[str, Any]:
        return {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}

    chunks = [chunk({"role": "assistant", "content": ""}), *(chunk({"content": part}) for part in parts)]
    if ends:
        chunks += [chunk({}, "stop"), {**head, "choices": [], "usage": usage}]
    events = [f"data: {json.dumps(event)}\n\n" for event in chunks] + ["data: [DONE]\n\n"]
    return Reply(body="".join(events).encode(), content_type="text/event-stream")


def failure(status: int, message: str) -> Reply:
    """An error as endpoints word it."""
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": None}
    return Reply(status, json.dumps({"error": error}).encode())


def answer_in_full(_: OpenAIServer, request: dict[str, Any]) -> Reply:
    """Answer what the schema in the request asks for, as pipeline.llm.offline would."""
    system, user = (message["content"] for message in request["messages"])
    schema = request["response_format"]["json_schema"]["schema"]
    seed = json.dumps([system, user, schema], sort_keys=True)
    return completion(request, json.dumps(build_answer(schema, seed=seed), ensure_ascii=False))


@contextmanager
def serve(key: str) -> Iterator[OpenAIServer]:
    """Serve while the body runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            reply = server.reply(self.path, self.headers["Authorization"], request)
            if reply.body is None:
                self.close_connection = True
                return
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(reply.announced or len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)
            if reply.announced is not None:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server = OpenAIServer(f"http://127.0.0.1:{http.server_port}/v1", key)
    thread = threading.Thread(target=http.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
