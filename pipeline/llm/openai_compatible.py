"""Models behind an OpenAI-compatible endpoint, through the optional `openai` package."""

import importlib
import json
import os
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from pipeline.errors import ConfigurationError, LLMError
from pipeline.llm.base import LLM, LLMResponse, ResponseT
from pipeline.llm.response_schema import response_schema
from pipeline.redaction import redact, register_secret_variable

if TYPE_CHECKING:
    from pydantic import BaseModel

    from pipeline.llm.registry import EndpointSettings


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
        api_key = os.environ.get(settings.api_key_env)
        if not api_key:
            raise ConfigurationError(f"LLM {name!r} needs an API key in the variable {settings.api_key_env}")
        self._client = self._openai.OpenAI(
            api_key=api_key, base_url=settings.base_url, timeout=settings.timeout_seconds
        )

    def complete(
        self, system_prompt: str, user_prompt: str, response_model: type[ResponseT]
    ) -> LLMResponse[ResponseT]:
        """Ask the endpoint; raises LLMError if it fails or its answer does not fit `response_model`."""
        try:
            completion = self._client.chat.completions.create(
                model=self._settings.model,
                messages=[
                    {"role": "system", "content": self._instructions(system_prompt, response_model)},
                    {"role": "user", "content": user_prompt},
                ],
                response_format=self._response_format(response_model),
            )
        except (self._openai.OpenAIError, ValueError) as error:
            # ValueError: the package lets a body that is no JSON through. Not chained: endpoints quote the
            # key they were given, and a traceback would show it.
            raise LLMError(redact(f"{self.model}: {type(error).__name__}: {error}")) from None
        text = self._text(completion)
        try:
            parsed = response_model.model_validate_json(text)
        except ValidationError as error:
            raise LLMError(
                f"{self.model}: the answer does not fit {response_model.__name__}: {error}"
            ) from error
        usage = completion.usage
        return LLMResponse(
            parsed=parsed,
            text=text,
            input_tokens=usage.prompt_tokens if usage is not None else None,
            output_tokens=usage.completion_tokens if usage is not None else None,
        )

    def _text(self, completion: Any) -> str:
        # The package builds its objects without checking them, so any part may be of any kind.
        try:
            choice = completion.choices[0]
            finish_reason, message = choice.finish_reason, choice.message
            content, refusal = message.content, getattr(message, "refusal", None)
        except (AttributeError, IndexError, TypeError) as error:
            raise LLMError(
                f"{self.model}: the endpoint's reply is no chat completion with an answer"
            ) from error
        if refusal:
            raise LLMError(redact(f"{self.model}: the model refused: {refusal}"))
        if finish_reason == "length":
            raise LLMError(f"{self.model}: the answer was cut off at the limit of tokens")
        return content or ""

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
