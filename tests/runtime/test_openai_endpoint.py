"""The `openai` package against a server that speaks the protocol: what is sent, what comes back, what goes wrong."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from pipeline.errors import LLMError
from pipeline.llm.base import LLM
from pipeline.llm.executor import LLMExecutor
from pipeline.llm.registry import get_llm
from tests.openai_server import PATH, OpenAIServer, Reply, completion, failure, serve, streamed

KEY = "wq-7712-very-secret"


class Answer(BaseModel):
    text: str


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[OpenAIServer]:
    with serve(KEY) as server:
        path = tmp_path / "llm.toml"
        table = f'base_url = "{server.base_url}"\napi_key_env = "EXAMPLE_KEY"\ntimeout_seconds = 20\n'
        path.write_text(
            f'[models.small]\nmodel = "small-2"\n{table}'
            f'[models.plain]\nresponse_format = "json_object"\n{table}'
            f"[models.spare]\n{table}"
            f"[models.parts]\nstream = true\n{table}"
        )
        monkeypatch.setenv("PIPELINE_LLM_CONFIG", str(path))
        monkeypatch.setenv("EXAMPLE_KEY", KEY)
        # What the package reads on its own must not matter.
        monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
        yield server


def ask(llm: LLM) -> str:
    return llm.complete("You grow.", "Tea? ☕", Answer).parsed.text


def choice(finish_reason: str, **message: object) -> dict[str, object]:
    return {
        "choices": [{"index": 0, "finish_reason": finish_reason, "message": {"role": "assistant", **message}}]
    }


def test_a_call_goes_over_the_wire_and_comes_back_parsed_with_its_tokens(server: OpenAIServer) -> None:
    response = get_llm("small").complete("You grow.", "Tea? ☕", Answer)
    assert Answer.model_validate_json(response.text) == response.parsed
    assert (response.input_tokens, response.output_tokens) == (4, len(response.text.split()))
    assert server.paths == [PATH]
    (request,) = server.requests
    assert request == {
        "model": "small-2",
        "messages": [
            {"role": "system", "content": "You grow."},
            {"role": "user", "content": "Tea? ☕"},
        ],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "Answer", "schema": Answer.model_json_schema()},
        },
    }


def test_an_endpoint_without_structured_output_is_told_the_schema(server: OpenAIServer) -> None:
    server.behaviours["plain"] = lambda _, request: completion(request, '{"text": "tea"}')
    assert ask(get_llm("plain")) == "tea"
    (request,) = server.requests
    assert request["response_format"] == {"type": "json_object"}
    assert '"title": "Answer"' in request["messages"][0]["content"]


def test_an_answer_in_parts_is_put_together_with_the_time_of_the_first(server: OpenAIServer) -> None:
    usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
    server.behaviours["parts"] = lambda _, asked: streamed(asked, '{"text":', ' "tea ☕"}', usage=usage)
    response = get_llm("parts").complete("s", "u", Answer)
    assert response.parsed.text == "tea ☕"
    assert (response.input_tokens, response.output_tokens) == (11, 7)
    assert (response.facts.response_id, response.facts.finish_reason) == ("chatcmpl-9", "stop")
    first = response.facts.first_chunk_seconds
    assert first is not None
    assert 0 < first < 20
    assert server.requests[0]["stream_options"] == {"include_usage": True}
    assert get_llm("small").complete("s", "u", Answer).facts.first_chunk_seconds is None


@pytest.mark.parametrize("whole", [False, True])
def test_an_answer_in_parts_that_breaks_off_is_an_error(server: OpenAIServer, whole: bool) -> None:
    """Also where the endpoint does not know of parts and answers in one."""
    server.behaviours["parts"] = lambda _, asked: (
        completion(asked, '{"text": "tea"}') if whole else streamed(asked, '{"text": "tea"}', ends=False)
    )
    with pytest.raises(LLMError, match="the stream ended before the answer did"):
        ask(get_llm("parts"))


def test_a_connection_that_breaks_within_an_answer_is_an_error(server: OpenAIServer) -> None:
    def cut(_: OpenAIServer, asked: dict[str, object]) -> Reply:
        whole = streamed(asked, '{"text": "tea"}')
        assert whole.body is not None
        begun = whole.body.partition(b"data: [DONE]")[0]
        return Reply(body=begun, content_type=whole.content_type, announced=10_000)

    server.behaviours["parts"] = cut
    with pytest.raises(LLMError, match="RemoteProtocolError"):
        ask(get_llm("parts"))


def test_counts_that_are_not_told_stay_unknown(server: OpenAIServer) -> None:
    server.behaviours["small-2"] = lambda _, request: completion(request, '{"text": "tea"}', usage=None)
    response = get_llm("small").complete("s", "u", Answer)
    assert (response.input_tokens, response.output_tokens) == (None, None)


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (failure(400, "no such parameter"), "no such parameter"),
        (failure(404, "no such model"), "no such model"),
        (Reply(200, b"<html>Bad gateway</html>", "text/html"), "no chat completion"),
        (Reply(200, b"{", "application/json"), "small: JSONDecodeError"),
        (Reply(200, b"{}", "application/json"), "no chat completion"),
        (Reply(200, b"[]", "application/json"), "no chat completion"),
    ],
    ids=["bad-request", "unknown-model", "html", "cut-json", "nothing", "list"],
)
def test_whatever_the_endpoint_does_wrong_is_an_error_of_the_model(
    server: OpenAIServer, reply: Reply, message: str
) -> None:
    server.behaviours["small-2"] = lambda *_: reply
    with pytest.raises(LLMError, match=message):
        ask(get_llm("small"))


@pytest.mark.parametrize("content", [None, "", "tea", '{"text": "te', '{"other": 1}'])
def test_an_answer_that_does_not_fit_is_an_error(server: OpenAIServer, content: str | None) -> None:
    server.behaviours["small-2"] = lambda _, request: completion(request, content)
    with pytest.raises(LLMError, match="small: the answer does not fit Answer"):
        ask(get_llm("small"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"choices": []}, "no chat completion"),
        ({"choices": [{"index": 0}]}, "no chat completion"),
        (choice("length", content='{"text": "t'), "cut off at the limit of tokens"),
        (choice("stop", content=None, refusal="I do not grow tea."), "refused: I do not grow tea"),
    ],
    ids=["no-choice", "empty-choice", "cut", "refusal"],
)
def test_a_reply_without_an_answer_says_why(
    server: OpenAIServer, changes: dict[str, object], message: str
) -> None:
    server.behaviours["small-2"] = lambda _, request: completion(request, "", **changes)
    with pytest.raises(LLMError, match=f"small: .*{message}"):
        ask(get_llm("small"))


@pytest.mark.parametrize("first", [failure(503, "overloaded"), failure(429, "slow down"), Reply(body=None)])
def test_a_passing_trouble_is_tried_again(server: OpenAIServer, first: Reply) -> None:
    replies = [first]

    def once(_: OpenAIServer, request: dict[str, object]) -> Reply:
        return replies.pop() if replies else completion(request, '{"text": "tea"}')

    server.behaviours["small-2"] = once
    assert ask(get_llm("small")) == "tea"
    assert len(server.requests) == 2


def test_a_server_that_is_not_there_is_an_error_of_the_model(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "gone.toml"
    path.write_text('[models.gone]\nbase_url = "http://127.0.0.1:1/v1"\napi_key_env = "EXAMPLE_KEY"\n')
    monkeypatch.setenv("PIPELINE_LLM_CONFIG", str(path))
    with pytest.raises(LLMError, match="gone: APIConnectionError"):
        ask(get_llm("gone"))


def test_the_next_model_answers_where_the_first_fails(server: OpenAIServer) -> None:
    server.behaviours["small-2"] = lambda *_: failure(400, "busy")
    executor = LLMExecutor([get_llm("small"), get_llm("spare")])
    executor.run(ask)
    assert [(attempt.llm_model, attempt.success) for attempt in executor.attempts] == [
        ("small", False),
        ("spare", True),
    ]


def test_a_refused_key_is_not_repeated(server: OpenAIServer) -> None:
    server.key = "another"
    with pytest.raises(LLMError) as caught:
        LLMExecutor([get_llm("small")]).run(ask)
    assert "Incorrect API key provided: [redacted]" in str(caught.value)
    assert KEY not in str(caught.value)
