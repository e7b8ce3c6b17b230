"""What endpoints put around an answer, and beside it, never costs the answer, nor what is known of its cost."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from pipeline.database.service import DatabaseService
from pipeline.errors import LLMError
from pipeline.llm.executor import LLMExecutor
from pipeline.llm.openai_compatible import OpenAICompatibleLLM
from pipeline.llm.registry import get_llm
from pipeline.llm.token_meter import TokenMeter
from tests.openai_server import OpenAIServer, Reply, completion, serve
from tests.runtime.tiny_pipeline import Answer

KEY = "wq-7712-very-secret"
PLAIN = '{"summary": "tea", "items": ["```", "<think>no</think>"]}'


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[OpenAIServer]:
    with serve(KEY) as server:
        path = tmp_path / "llm.toml"
        path.write_text(
            "".join(
                f'[models.{name}]\nbase_url = "{server.base_url}"\napi_key_env = "EXAMPLE_KEY"\n'
                'response_format = "json_object"\n'
                for name in ("small", "spare")
            )
        )
        monkeypatch.setenv("PIPELINE_LLM_CONFIG", str(path))
        monkeypatch.setenv("EXAMPLE_KEY", KEY)
        yield server


def ask(server: OpenAIServer, content: object, **changes: object) -> tuple[Answer, int | None, int | None]:
    def reply(_: OpenAIServer, request: dict[str, object]) -> Reply:
        plain = json.loads(completion(request, "").body or b"")
        plain["choices"][0]["message"]["content"] = content
        return Reply(body=json.dumps({**plain, **changes}).encode())

    server.behaviours["small"] = reply
    llm = get_llm("small")
    assert isinstance(llm, OpenAICompatibleLLM)
    response = llm.complete("s", "u", Answer)
    # What is kept is found again.
    assert Answer.model_validate_json(response.text) == response.parsed
    return response.parsed, response.input_tokens, response.output_tokens


@pytest.mark.parametrize(
    "usage",
    [
        [1, 2],
        "many",
        7,
        {},
        {"prompt_tokens": 2**40, "completion_tokens": 2**40},
        {"prompt_tokens": 10.5, "completion_tokens": -1},
        {"prompt_tokens": "12", "completion_tokens": None},
        {"prompt_tokens": [1], "completion_tokens": {"a": 1}},
        None,
    ],
    ids=str,
)
def test_no_kind_of_usage_costs_an_answer(server: OpenAIServer, usage: object) -> None:
    answer, inputs, outputs = ask(server, PLAIN, usage=usage)
    assert (answer.summary, inputs, outputs) == ("tea", None, None)


def test_one_usable_count_is_kept_beside_one_that_is_not(server: OpenAIServer) -> None:
    assert ask(server, PLAIN, usage={"prompt_tokens": 3, "completion_tokens": -1})[1:] == (3, None)


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        f"```json\n{PLAIN}\n```",
        f"```\n{PLAIN}\n```\n",
        f"~~~JSON\r\n{PLAIN}\r\n~~~",
        f"Here is the plan:\n\n```json\n{PLAIN}\n```\n\nGood luck!",
        f"<think>\nshould it be {{tea}}?\n</think>\n\n{PLAIN}",
        f"<THINKING>hm</THINKING>```json\n{PLAIN}\n```",
        f"so, tea.\n</think>\n{PLAIN}",
        f"\ufeff{PLAIN}",
        f"\ufeff```json\n{PLAIN}\n```",
        f"\n\n  {PLAIN}  \n",
        [{"type": "text", "text": PLAIN}],
        [{"type": "text", "text": PLAIN[:9]}, {"type": "output_text", "text": PLAIN[9:]}],
        [{"type": "reasoning", "text": "hm"}, {"type": "text", "text": {"value": PLAIN}}],
    ],
)
def test_what_is_around_an_answer_is_taken_off(server: OpenAIServer, content: object) -> None:
    assert ask(server, content)[0] == Answer.model_validate_json(PLAIN)


@pytest.mark.parametrize(
    "content",
    [
        f"```json\n{PLAIN}\n```\nor\n```json\n{PLAIN}\n```",
        "<think>I cannot",
        [{"type": "image_url"}],
        {"a": 1},
        7,
    ],
)
def test_what_cannot_be_told_apart_is_no_answer(server: OpenAIServer, content: object) -> None:
    with pytest.raises(LLMError, match="does not fit Answer"):
        ask(server, content)


@pytest.mark.parametrize(
    ("finish_reason", "message", "said"),
    [
        ("length", {"content": '{"summary": "te'}, '{"summary": "te'),
        ("stop", {"content": None, "refusal": "I grow no tea"}, "I grow no tea"),
        ("stop", {"content": '{"other": 1}'}, '{"other": 1}'),
        ("stop", {"content": "no JSON, Bearer abc.def-123"}, "no JSON, Bearer [redacted]"),
    ],
    ids=["cut", "refused", "unfit", "prose"],
)
def test_an_unusable_answer_is_booked_with_its_tokens_and_what_it_said(
    server: OpenAIServer, service: DatabaseService, finish_reason: str, message: dict[str, object], said: str
) -> None:
    usage = {"prompt_tokens": 40, "completion_tokens": 2, "total_tokens": 42}
    choice = {"index": 0, "finish_reason": finish_reason, "message": {"role": "assistant", **message}}
    server.behaviours["small"] = lambda _, request: completion(request, "", choices=[choice], usage=usage)
    server.behaviours["spare"] = lambda _, request: completion(request, PLAIN, usage=usage)
    meter = TokenMeter()
    metered = DatabaseService(service._engine, service._policy, meter)
    interaction = {"plan_id": "p", "llm_model": "small", "stage": "s", "prompt_text": "t"}

    def work(llm: object) -> Answer:
        made = metered.create_llm_interaction({**interaction, "llm_model": llm.model})  # type: ignore[attr-defined]
        try:
            response = llm.complete("s", "u", Answer)  # type: ignore[attr-defined]
        except Exception as error:
            metered.update_llm_interaction(made.id, {"status": "failed", "error_message": str(error)})
            raise
        metered.update_llm_interaction(made.id, {"status": "completed", "response_text": response.text})
        return Answer.model_validate(response.parsed)

    executor = LLMExecutor([get_llm("small"), get_llm("spare")], meter=meter)
    assert executor.run(work).summary == "tea"
    assert [attempt.total_tokens for attempt in executor.attempts] == [42, 42]
    with service._engine.begin() as connection:
        columns = "llm_model, status, response_text, input_tokens, output_tokens, total_tokens"
        rows = connection.execute(text(f"SELECT {columns} FROM llm_interactions ORDER BY id")).all()
    assert [tuple(row) for row in rows] == [
        ("small", "failed", said, 40, 2, 42),
        ("spare", "completed", PLAIN, 40, 2, 42),
    ]
