"""Models behind an OpenAI-compatible endpoint, through the optional `openai` package."""

import importlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from pipeline.errors import ConfigurationError, LLMError, UnusableAnswerError
from pipeline.llm.base import LLM, LLMResponse, ResponseT
from pipeline.llm.exchanges import AnswerFacts
from pipeline.llm.response_schema import response_schema
from pipeline.llm.streamed import StreamEndedEarly, collected
from pipeline.llm.token_counts import usable_count
from pipeline.llm.unwrapping import candidates, text_of_content
from pipeline.redaction import redact, register_secret_variable

if TYPE_CHECKING:
    from pydantic import BaseModel

    from pipeline.llm.endpoint_settings import EndpointSettings


class OpenAICompatibleLLM(LLM):
    """One model of one endpoint. The key is read from the environment and kept by the client alone."""

    def __init__(self, name: str, settings: "EndpointSettings") -> None:
        self.model = name
        self._settings = settings
        register_secret_variable(settings.api_key_env)
        try:
            self._openai: Any = importlib.import_module("openai")
        except ImportError as error:
            raise ConfigurationError(
                f"LLM {name!r} needs the 'openai' package: install this distribution with its 'openai' extra"
            ) from error
        # While an answer comes in parts, the package lets the errors of what it stands on through.
        self._transport_error: Any = importlib.import_module("httpx").HTTPError
        api_key = os.environ.get(settings.api_key_env)
        if not api_key:
            raise ConfigurationError(f"LLM {name!r} needs an API key in the variable {settings.api_key_env}")
        self._client = self._openai.OpenAI(
            api_key=api_key, base_url=settings.base_url, timeout=settings.timeout_seconds
        )
        host = urlsplit(str(getattr(self._client, "base_url", settings.base_url or ""))).hostname or ""
        self._provider = "openai" if host == "api.openai.com" else host

    def complete(
        self, system_prompt: str, user_prompt: str, response_model: type[ResponseT]
    ) -> LLMResponse[ResponseT]:
        """Ask the endpoint; raises LLMError if it fails or its answer does not fit `response_model`."""
        parameters: dict[str, Any] = {
            "model": self._settings.model,
            "response_format": self._response_format(response_model),
        }
        if self._settings.stream:
            parameters |= {"stream": True, "stream_options": {"include_usage": True}}
        instructions = self._instructions(system_prompt, response_model)
        begin = time.perf_counter()
        first_chunk_at = None
        try:
            completion = self._client.chat.completions.create(
                messages=[
                    {"role": "system", "content": instructions},
                    {"role": "user", "content": user_prompt},
                ],
                **parameters,
            )
            if self._settings.stream:
                completion, first_chunk_at = collected(completion)
        except (self._openai.OpenAIError, self._transport_error, StreamEndedEarly, ValueError) as error:
            # ValueError: the package lets a body that is no JSON through. Not chained: endpoints quote the
            # key they were given, and a traceback would show it.
            raise LLMError(redact(f"{self.model}: {type(error).__name__}: {error}")) from None
        told = _facts(completion)
        facts = replace(
            told,
            provider=self._provider,
            parameters=json.dumps(parameters),
            system_prompt=instructions,
            first_chunk_seconds=None if first_chunk_at is None else first_chunk_at - begin,
        )
        return self._response(completion, response_model, facts)

    def _response(
        self, completion: Any, response_model: type[ResponseT], facts: AnswerFacts
    ) -> LLMResponse[ResponseT]:
        # The package builds its objects without checking them, so any part may be of any kind.
        usage = getattr(completion, "usage", None)
        inputs, outputs = (_count(usage, name) for name in ("prompt_tokens", "completion_tokens"))
        try:
            choice = completion.choices[0]
            finish_reason, message = choice.finish_reason, choice.message
            content, refusal = message.content, getattr(message, "refusal", None)
        except (AttributeError, IndexError, KeyError, TypeError) as error:
            problem = f"{self.model}: the endpoint's reply is no chat completion with an answer"
            if inputs is None and outputs is None:
                raise LLMError(problem) from error
            raise UnusableAnswerError(problem, "", inputs, outputs, facts) from error
        text = text_of_content(content)
        if refusal:
            problem = redact(f"the model refused: {refusal}")
            raise UnusableAnswerError(
                f"{self.model}: {problem}", text or str(refusal), inputs, outputs, facts
            )
        if finish_reason == "length":
            problem = "the answer was cut off at the limit of tokens"
            raise UnusableAnswerError(f"{self.model}: {problem}", text, inputs, outputs, facts)
        problem = ""
        for candidate in candidates(text):
            try:
                parsed = response_model.model_validate_json(candidate)
            except ValidationError as error:
                # Of the last one, which has the least around it.
                problem = redact(str(error))
            else:
                return LLMResponse(parsed, candidate, inputs, outputs, facts)
        raise UnusableAnswerError(
            f"{self.model}: the answer does not fit {response_model.__name__}: {problem}",
            text,
            inputs,
            outputs,
            facts,
        )

    def _instructions(self, system_prompt: str, response_model: type["BaseModel"]) -> str:
        if self._settings.response_format == "json_schema":
            return system_prompt
        schema = json.dumps(response_schema(response_model))
        return f"{system_prompt}\n\nAnswer with one JSON object that fits this JSON schema:\n{schema}"

    def _response_format(self, response_model: type["BaseModel"]) -> dict[str, Any]:
        if self._settings.response_format == "json_object":
            return {"type": "json_object"}
        schema = {"name": response_model.__name__, "schema": response_schema(response_model)}
        return {"type": "json_schema", "json_schema": schema}


def _facts(completion: Any) -> AnswerFacts:
    choices = getattr(completion, "choices", None)
    first = choices[0] if isinstance(choices, list) and choices else None
    usage = getattr(completion, "usage", None)
    cached = _count(_member(usage, "prompt_tokens_details"), "cached_tokens")
    reasoning = _count(_member(usage, "completion_tokens_details"), "reasoning_tokens")
    return AnswerFacts(
        response_id=_text(completion, "id"),
        finish_reason=_text(first, "finish_reason"),
        cached_input_tokens=cached,
        reasoning_tokens=reasoning,
    )


def _member(holder: object, name: str) -> object:
    return holder.get(name) if isinstance(holder, Mapping) else getattr(holder, name, None)


def _text(holder: object, name: str) -> str | None:
    value = _member(holder, name)
    return value if isinstance(value, str) else None


def _count(usage: object, name: str) -> int | None:
    return usable_count(_member(usage, name))
