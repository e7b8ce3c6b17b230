"""Endpoints come from a file, their keys from the environment, and errors give no key away."""

import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from pydantic import BaseModel

from pipeline.errors import ConfigurationError, LLMError
from pipeline.llm.registry import get_llm

CONFIG = """
[models.small]
base_url = "https://llm.example.org/v1"
model = "small-2"
api_key_env = "EXAMPLE_KEY"
timeout_seconds = 30

[models.plain]
api_key_env = "EXAMPLE_KEY"
response_format = "json_object"
"""
KEY = "wq-7712-very-secret"


class Answer(BaseModel):
    text: str


class Endpoint(ModuleType):
    """Stands in for the optional package: records requests, gives the answer it is told to."""

    class OpenAIError(Exception):
        pass

    def __init__(self) -> None:
        super().__init__("openai")
        self.clients: list[dict[str, Any]] = []
        self.requests: list[dict[str, Any]] = []
        self.answer: str | Exception = '{"text": "tea"}'
        self.usage: Any = SimpleNamespace(prompt_tokens=11, completion_tokens=7)

    def OpenAI(self, **options: Any) -> Any:
        self.clients.append(options)
        return SimpleNamespace(chat=SimpleNamespace(completions=SimpleNamespace(create=self._create)))

    def _create(self, **request: Any) -> Any:
        self.requests.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        choice = SimpleNamespace(finish_reason="stop", message=SimpleNamespace(content=self.answer))
        return SimpleNamespace(choices=[choice], usage=self.usage)


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Endpoint:
    path = tmp_path / "llm.toml"
    path.write_text(CONFIG)
    monkeypatch.setenv("PIPELINE_LLM_CONFIG", str(path))
    monkeypatch.setenv("EXAMPLE_KEY", KEY)
    endpoint = Endpoint()
    monkeypatch.setitem(sys.modules, "openai", endpoint)
    return endpoint


def test_a_configured_model_asks_its_endpoint_for_structured_output(endpoint: Endpoint) -> None:
    response = get_llm("small").complete("You grow.", "Tea?", Answer)
    assert (response.parsed, response.input_tokens, response.output_tokens) == (Answer(text="tea"), 11, 7)
    assert endpoint.clients == [{"api_key": KEY, "base_url": "https://llm.example.org/v1", "timeout": 30}]
    (request,) = endpoint.requests
    assert request["model"] == "small-2"
    assert [message["content"] for message in request["messages"]] == ["You grow.", "Tea?"]
    assert request["response_format"]["json_schema"]["schema"] == Answer.model_json_schema()


def test_an_endpoint_without_structured_output_is_told_the_schema(endpoint: Endpoint) -> None:
    get_llm("plain").complete("You grow.", "Tea?", Answer)
    (request,) = endpoint.requests
    assert request["response_format"] == {"type": "json_object"}
    assert json.dumps(Answer.model_json_schema()) in request["messages"][0]["content"]


def test_token_counts_that_are_not_told_stay_unknown(endpoint: Endpoint) -> None:
    endpoint.usage = None
    response = get_llm("small").complete("s", "u", Answer)
    assert (response.input_tokens, response.output_tokens) == (None, None)


def test_an_endpoint_that_quotes_the_key_does_not_give_it_away(endpoint: Endpoint) -> None:
    endpoint.answer = Endpoint.OpenAIError(f"Incorrect API key provided: {KEY}")
    with pytest.raises(LLMError, match=r"small: OpenAIError: .*\[redacted\]") as caught:
        get_llm("small").complete("s", "u", Answer)
    assert KEY not in repr(caught.value)
    # A traceback would print what the error was made of.
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert KEY not in repr(get_llm("small"))


@pytest.mark.parametrize("text", ["", "not json", '{"other": 1}'])
def test_an_answer_that_does_not_fit_is_an_error(endpoint: Endpoint, text: str) -> None:
    endpoint.answer = text
    with pytest.raises(LLMError, match="does not fit Answer"):
        get_llm("small").complete("s", "u", Answer)


def test_a_missing_key_names_its_variable(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EXAMPLE_KEY")
    with pytest.raises(ConfigurationError, match="EXAMPLE_KEY"):
        get_llm("small")


def test_a_missing_package_names_the_extra(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(ConfigurationError, match="'openai' extra"):
        get_llm("small")


def test_an_unknown_model_names_the_known_ones(endpoint: Endpoint) -> None:
    with pytest.raises(ConfigurationError, match="unknown LLM 'big'; known are offline, plain, small"):
        get_llm("big")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[models.x]\napi_key = 'sk-1'", "an API key belongs into the environment"),
        ("[models.x]\nresponse_format = 'xml'", "must be one of json_schema, json_object"),
        ("[other]", "and nothing else"),
        ("= 1", "cannot read"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(
    text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text)
    monkeypatch.setenv("PIPELINE_LLM_CONFIG", str(path))
    with pytest.raises(ConfigurationError, match=message):
        get_llm("x")
