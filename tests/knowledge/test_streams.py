"""Streams of the vendors' own packages, read as they are and read while they are recorded: nobody sees a difference.

Each is skipped where its package is not installed; the extra `sdks` has them.
"""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.database.answer_facts import FACTS
from pipeline.database.streamed_answers import part_as_data
from tests.knowledge.vendor_server import (
    ANSWERING,
    CACHED,
    INPUT,
    OUTPUT,
    PIECES,
    REASONED,
    SAID,
    VendorServer,
    serve_vendors,
)
from tests.runtime.test_database_steps import Database

if TYPE_CHECKING:
    from pipeline.database.steps import DatabaseSteps

COLUMNS = FACTS | {"error_type", "first_chunk_seconds"}
MESSAGES = [{"role": "user", "content": "hällo"}]
CHAT = {"model": "m", "messages": MESSAGES, "stream": True}
USAGE = {"stream_options": {"include_usage": True}}
TOOL = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}
CLAUDE = {"model": "m", "max_tokens": 9, "messages": MESSAGES}
CLAUDE_TOOL = {"name": "add", "input_schema": {"type": "object"}}


@dataclass(frozen=True)
class Stream:
    """How a package gives a stream.

    Attributes:
        package: the package, as it is imported.
        name: for the test's id.
        ask: makes the stream, given the package and the server's address.
        text: where the text of the answer is in `response_text`; empty for a call of a tool.
        reason: why the answer ends.
        model: the model that answered; empty where the parts do not tell.
        is_async: whether `ask` is to be awaited and the stream read by `async for`.
        tokens: whether the parts tell what it took.
    """

    package: str
    name: str
    ask: Callable[[Any, str], Any]
    text: str
    reason: str = "stop"
    model: str = ANSWERING
    is_async: bool = False
    tokens: bool = True


def openai(m: Any, url: str) -> Any:
    return m.OpenAI(base_url=f"{url}/v1", api_key="k")


def anthropic(m: Any, url: str) -> Any:
    return m.Anthropic(base_url=url, api_key="k")


KEPT: list[Any] = []
"""Clients that are closed when nobody has them any more."""


def google(m: Any, url: str) -> Any:
    KEPT.append(m.Client(api_key="k", http_options={"base_url": url}))
    return KEPT[-1]


IN_CHAT, IN_CLAUDE = "choices[0].message.content", "content[0].text"
STREAMS = (
    Stream("openai", "chat", lambda m, url: openai(m, url).chat.completions.create(**CHAT, **USAGE), IN_CHAT),
    Stream(
        "openai",
        "tools",
        lambda m, url: openai(m, url).chat.completions.create(**CHAT, **USAGE, tools=[TOOL]),
        "",
        "tool_calls",
    ),
    Stream(
        "openai",
        "chat-async",
        lambda m, url: m.AsyncOpenAI(base_url=f"{url}/v1", api_key="k").chat.completions.create(
            **CHAT, **USAGE
        ),
        IN_CHAT,
        is_async=True,
    ),
    Stream(
        "openai",
        "responses",
        lambda m, url: openai(m, url).responses.create(model="m", input="hällo", stream=True),
        "output[0].content[0].text",
        "completed",
    ),
    Stream(
        "anthropic",
        "messages",
        lambda m, url: anthropic(m, url).messages.create(**CLAUDE, stream=True),
        IN_CLAUDE,
        "end_turn",
    ),
    Stream(
        "anthropic",
        "tools",
        lambda m, url: anthropic(m, url).messages.create(**CLAUDE, stream=True, tools=[CLAUDE_TOOL]),
        "",
        "tool_use",
    ),
    Stream(
        "anthropic",
        "messages-async",
        lambda m, url: m.AsyncAnthropic(base_url=url, api_key="k").messages.create(**CLAUDE, stream=True),
        IN_CLAUDE,
        "end_turn",
        is_async=True,
    ),
    Stream(
        "groq",
        "chat",
        lambda m, url: m.Groq(base_url=url, api_key="k").chat.completions.create(**CHAT),
        IN_CHAT,
    ),
    Stream(
        "together",
        "chat",
        lambda m, url: m.Together(base_url=f"{url}/v1", api_key="k").chat.completions.create(**CHAT),
        IN_CHAT,
    ),
    Stream(
        "mistralai.client",
        "chat",
        lambda m, url: m.Mistral(server_url=url, api_key="k").chat.stream(model="m", messages=MESSAGES),
        IN_CHAT,
    ),
    Stream(
        "litellm",
        "chat",
        lambda m, url: m.completion(
            **{**CHAT, "model": "openai/m"}, **USAGE, api_base=f"{url}/v1", api_key="k"
        ),
        IN_CHAT,
        model="",
    ),
    Stream(
        "ollama",
        "chat",
        lambda m, url: m.Client(host=url).chat(**CHAT),
        "message.content",
    ),
    Stream(
        "ollama",
        "generate",
        lambda m, url: m.Client(host=url).generate(model="m", prompt="hällo", stream=True),
        "response",
    ),
    Stream(
        "google.genai",
        "generate_content_stream",
        lambda m, url: google(m, url).models.generate_content_stream(model="m", contents="hällo"),
        "candidates[0].content.parts[0].text",
        "STOP",
    ),
    Stream(
        "cohere",
        "chat",
        lambda m, url: m.ClientV2(base_url=url, api_key="k").chat_stream(model="m", messages=MESSAGES),
        "message.content[0].text",
        "COMPLETE",
        model="",
    ),
)
ALL = pytest.mark.parametrize("stream", STREAMS, ids=lambda s: f"{s.package}-{s.name}")


@pytest.fixture(scope="module")
def server() -> Iterator[VendorServer]:
    with serve_vendors() as server, pytest.MonkeyPatch.context() as patch:
        # Else LiteLLM looks for its prices in the net when it is imported.
        patch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
        yield server


def read(stream: Stream, url: str, steps: DatabaseSteps | None = None, most: int = 1000) -> list[Any]:
    """The first parts of a stream, recorded where there are steps."""
    module = importlib.import_module(stream.package)

    def recorded(found: Any) -> Any:
        return found if steps is None else steps.llm_call(prompt="hällo", model="m").stream(found)

    async def read_later(asked: Awaitable[Any]) -> list[Any]:
        return [part async for part, _ in azip(recorded(await asked), range(most))]

    if stream.is_async:
        return asyncio.run(read_later(stream.ask(module, url)))
    return [part for part, _ in zip(recorded(stream.ask(module, url)), range(most), strict=False)]


async def azip(stream: Any, numbers: range) -> AsyncIterator[tuple[Any, int]]:
    for number in numbers:
        try:
            yield await anext(aiter(stream)), number
        except StopAsyncIteration:
            return


@ALL
@pytest.mark.filterwarnings("ignore")
def test_a_stream_is_read_as_before_and_is_in_its_row(stream: Stream, server: VendorServer) -> None:
    pytest.importorskip(stream.package)
    database = Database()
    before = read(stream, server.url)
    with database.steps(columns=COLUMNS) as steps:
        after = read(stream, server.url, steps)
        row = database.calls[1]
        assert row["status"] == "completed"
    assert [type(part) for part in after] == [type(part) for part in before]
    assert [without_times(part) for part in after] == [without_times(part) for part in before]
    answer = json.loads(row["response_text"])
    if stream.text:
        assert at(answer, stream.text) == SAID
    else:
        assert json.dumps({"a": 1}) in {
            json.dumps(arguments) if isinstance(arguments, dict) else arguments
            for arguments in values_of(answer, {"arguments", "input"})
        }
    assert row["llm_model"] == (stream.model or "m")
    assert row["finish_reason"] == stream.reason
    if stream.tokens:
        sent = INPUT + (CACHED if stream.package == "anthropic" else 0)
        said = OUTPUT + (REASONED if stream.package == "google.genai" else 0)
        counts = (row["input_tokens"], row["output_tokens"], row["total_tokens"])
        assert counts == (sent, said, sent + said)
    assert 0 < row["first_chunk_seconds"] <= row["duration_seconds"]


@ALL
@pytest.mark.filterwarnings("ignore")
def test_a_stream_of_which_nobody_reads_on_has_what_was_read(stream: Stream, server: VendorServer) -> None:
    pytest.importorskip(stream.package)
    database = Database()
    with database.steps(columns=COLUMNS) as steps:
        parts = read(stream, server.url, steps, most=4)
    assert len(parts) <= 4
    row = database.calls[1]
    assert row["status"] == "completed"
    if stream.text:
        assert PIECES[0] in json.dumps(row["response_text"]).replace("\\\\\\", "").replace("\\", "")
        assert PIECES[-1] not in row["response_text"] or len(parts) < 4


def claude_by_events(m: Any, url: str, recorded: Callable[[Any], Any]) -> str:
    with anthropic(m, url).messages.stream(**CLAUDE) as stream:
        events = list(recorded(stream))
    return "".join(event.text for event in events if event.type == "text")


def claude_by_texts(m: Any, url: str, recorded: Callable[[Any], Any]) -> str:
    with anthropic(m, url).messages.stream(**CLAUDE) as stream:
        return "".join(recorded(stream).text_stream)


def claude_at_once(m: Any, url: str, recorded: Callable[[Any], Any]) -> str:
    with anthropic(m, url).messages.stream(**CLAUDE) as stream:
        return str(recorded(stream).get_final_message().content[0].text)


def claude_by_its_manager(m: Any, url: str, recorded: Callable[[Any], Any]) -> str:
    with recorded(anthropic(m, url).messages.stream(**CLAUDE)) as stream:
        return "".join(stream.text_stream)


def claude_later(m: Any, url: str, recorded: Callable[[Any], Any]) -> str:
    async def ask() -> str:
        async with m.AsyncAnthropic(base_url=url, api_key="k").messages.stream(**CLAUDE) as stream:
            return "".join([text async for text in recorded(stream).text_stream])

    return asyncio.run(ask())


def claude_later_at_once(m: Any, url: str, recorded: Callable[[Any], Any]) -> str:
    async def ask() -> str:
        async with m.AsyncAnthropic(base_url=url, api_key="k").messages.stream(**CLAUDE) as stream:
            return str(await recorded(stream).get_final_text())

    return asyncio.run(ask())


def chat_by_events(m: Any, url: str, recorded: Callable[[Any], Any]) -> str:
    with openai(m, url).chat.completions.stream(model="m", messages=MESSAGES, **USAGE) as stream:
        events = list(recorded(stream))
    return "".join(event.delta for event in events if event.type == "content.delta")


def chat_at_once(m: Any, url: str, recorded: Callable[[Any], Any]) -> str:
    with openai(m, url).chat.completions.stream(model="m", messages=MESSAGES, **USAGE) as stream:
        return str(recorded(stream).get_final_completion().choices[0].message.content)


def chat_in_a_with(m: Any, url: str, recorded: Callable[[Any], Any]) -> str:
    with recorded(openai(m, url).chat.completions.create(**CHAT, **USAGE)) as stream:
        return "".join(c.choices[0].delta.content or "" for c in stream if c.choices)


def responses_by_events(m: Any, url: str, recorded: Callable[[Any], Any]) -> str:
    with openai(m, url).responses.stream(model="m", input="hällo") as stream:
        events = list(recorded(stream))
    return "".join(event.delta for event in events if event.type == "response.output_text.delta")


def responses_at_once(m: Any, url: str, recorded: Callable[[Any], Any]) -> str:
    with openai(m, url).responses.stream(model="m", input="hällo") as stream:
        return str(recorded(stream).get_final_response().output_text)


@pytest.mark.parametrize(
    ("package", "ask", "text", "reason"),
    [
        ("anthropic", claude_by_events, IN_CLAUDE, "end_turn"),
        ("anthropic", claude_by_texts, IN_CLAUDE, "end_turn"),
        ("anthropic", claude_at_once, IN_CLAUDE, "end_turn"),
        ("anthropic", claude_by_its_manager, IN_CLAUDE, "end_turn"),
        ("anthropic", claude_later, IN_CLAUDE, "end_turn"),
        ("anthropic", claude_later_at_once, IN_CLAUDE, "end_turn"),
        ("openai", chat_by_events, IN_CHAT, "stop"),
        ("openai", chat_at_once, IN_CHAT, "stop"),
        ("openai", chat_in_a_with, IN_CHAT, "stop"),
        ("openai", responses_by_events, "output[0].content[0].text", "completed"),
        ("openai", responses_at_once, "output[0].content[0].text", "completed"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
@pytest.mark.filterwarnings("ignore")
def test_a_stream_that_is_managed_is_recorded_however_it_is_read(
    package: str,
    ask: Callable[[Any, str, Callable[[Any], Any]], str],
    text: str,
    reason: str,
    server: VendorServer,
) -> None:
    module = pytest.importorskip(package)
    database = Database()
    with database.steps(columns=COLUMNS) as steps:
        call = steps.llm_call(prompt="hällo", model="m")
        assert ask(module, server.url, call.stream) == SAID
        row = database.calls[1]
        assert row["status"] == "completed"
    answer = json.loads(row["response_text"])
    assert at(answer, text) == SAID
    assert row["llm_model"] == ANSWERING
    assert row["finish_reason"] == reason
    sent = INPUT + (CACHED if package == "anthropic" else 0)
    assert (row["input_tokens"], row["output_tokens"]) == (sent, OUTPUT)
    assert row["cached_input_tokens"] == CACHED


@ALL
@pytest.mark.filterwarnings("ignore")
def test_a_recorded_stream_is_the_stream_to_whoever_asks(stream: Stream, server: VendorServer) -> None:
    module = pytest.importorskip(stream.package)

    def compare(before: Any, after: Any) -> None:
        assert isinstance(after, type(before))
        assert after.__class__ is type(before)
        assert dir(after) == dir(before)
        assert repr(after) == repr(before)
        for name in dir(before):
            if not name.startswith("_") and name not in {"close", "aclose", "until_done"}:
                assert getattr(after, name) == getattr(before, name), name
        for method in ("__iter__", "__next__", "__aiter__", "__anext__"):
            assert hasattr(type(after), method) or not hasattr(type(before), method)
        assert isinstance(after, AsyncIterator) == isinstance(before, AsyncIterator)
        assert isinstance(after, Iterator) == isinstance(before, Iterator)

    async def asked_later(asked: Awaitable[Any]) -> None:
        before = await asked
        compare(before, steps.llm_call(prompt="hällo").stream(before))

    with Database().steps() as steps:
        if stream.is_async:
            asyncio.run(asked_later(stream.ask(module, server.url)))
        else:
            before = stream.ask(module, server.url)
            compare(before, steps.llm_call(prompt="hällo").stream(before))


def without_times(part: Any) -> Any:
    data = part_as_data(part)
    if isinstance(data, dict):
        for name in ("sdk_http_response", "created"):
            data.pop(name, None)
    return data


def at(document: Any, path: str) -> Any:
    for name in path.replace("[", ".").replace("]", "").split("."):
        document = document[int(name)] if name.isdecimal() else document[name]
    return document


def values_of(document: Any, names: set[str]) -> Iterator[Any]:
    if isinstance(document, dict):
        for name, value in document.items():
            if name in names:
                yield value
            yield from values_of(value, names)
    if isinstance(document, list):
        for value in document:
            yield from values_of(value, names)
