"""A model that needs no network and no key, and gives the same answer to the same prompt.

Latency, errors, token counts and the length of answers can be set by environment variables as well, so that they reach
the worker processes and the processes that a test starts:

| variable | meaning |
| --- | --- |
| `PIPELINE_OFFLINE_LATENCY` | seconds that each call takes |
| `PIPELINE_OFFLINE_FAILING_MODELS` | names of models, separated by commas, of which each call fails |
| `PIPELINE_OFFLINE_FAIL_MATCHING` | a regular expression; a call whose prompt it matches fails |
| `PIPELINE_OFFLINE_WORDS` | words of each text in an answer; three to seven by default |
| `PIPELINE_OFFLINE_TOKENS` | `count` (words, the default) or `unknown` |
| `PIPELINE_OFFLINE_CALL_LOG` | a file that gets one line (model, hash of the request) for each call |
"""

import hashlib
import json
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from pipeline.errors import ConfigurationError, LLMError
from pipeline.llm.answer_from_schema import build_answer
from pipeline.llm.base import LLM, LLMResponse, ResponseT
from pipeline.llm.response_schema import response_schema

PREFIX = "PIPELINE_OFFLINE_"


@dataclass(frozen=True, slots=True)
class OfflineSettings:
    """How the offline model behaves."""

    latency_seconds: float = 0.0
    failing_models: frozenset[str] = frozenset()
    fail_matching: str | None = None
    words: int | None = None
    counts_tokens: bool = True
    call_log: Path | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "OfflineSettings":
        """Read the settings; raises ConfigurationError for a value that makes no sense."""
        tokens = environ.get(PREFIX + "TOKENS", "count")
        if tokens not in {"count", "unknown"}:
            raise ConfigurationError(f"{PREFIX}TOKENS={tokens!r}: expected 'count' or 'unknown'")
        latency = environ.get(PREFIX + "LATENCY", "0")
        try:
            latency_seconds = float(latency)
            re.compile(environ.get(PREFIX + "FAIL_MATCHING", ""))
        except (ValueError, re.error) as error:
            raise ConfigurationError(f"{PREFIX}LATENCY or {PREFIX}FAIL_MATCHING: {error}") from error
        words = environ.get(PREFIX + "WORDS")
        if words is not None and not (words.isdecimal() and int(words)):
            raise ConfigurationError(f"{PREFIX}WORDS={words!r}: expected a number of at least 1")
        names = environ.get(PREFIX + "FAILING_MODELS", "").split(",")
        call_log = environ.get(PREFIX + "CALL_LOG")
        return cls(
            latency_seconds=latency_seconds,
            failing_models=frozenset(name.strip() for name in names if name.strip()),
            fail_matching=environ.get(PREFIX + "FAIL_MATCHING") or None,
            words=int(words) if words else None,
            counts_tokens=tokens == "count",
            call_log=Path(call_log) if call_log else None,
        )


class OfflineLLM(LLM):
    """Answers from the response model's schema, seeded by the prompt and by nothing else.

    The answer does not depend on the model's name, so that a fallback gives the same plan.
    """

    def __init__(self, model: str = "offline", settings: OfflineSettings | None = None) -> None:
        self.model = model
        self.settings = OfflineSettings.from_environment() if settings is None else settings

    def complete(
        self, system_prompt: str, user_prompt: str, response_model: type[ResponseT]
    ) -> LLMResponse[ResponseT]:
        """Answer; raises LLMError where told to fail, or if no answer fits `response_model`."""
        schema = response_schema(response_model)
        request = json.dumps([system_prompt, user_prompt, schema], sort_keys=True)
        self._log_call(request)
        time.sleep(self.settings.latency_seconds)
        self._fail_if_told(system_prompt, user_prompt)
        text = json.dumps(build_answer(schema, request, self.settings.words), ensure_ascii=False)
        try:
            parsed = response_model.model_validate_json(text)
        except ValidationError as error:
            raise LLMError(
                f"{self.model}: no offline answer fits {response_model.__name__}: {error}"
            ) from error
        counts = self.settings.counts_tokens
        return LLMResponse(
            parsed=parsed,
            text=text,
            input_tokens=len(system_prompt.split()) + len(user_prompt.split()) if counts else None,
            output_tokens=len(text.split()) if counts else None,
        )

    def _fail_if_told(self, system_prompt: str, user_prompt: str) -> None:
        if self.model in self.settings.failing_models:
            raise LLMError(f"{self.model} is told to fail")
        pattern = self.settings.fail_matching
        if pattern and (re.search(pattern, user_prompt) or re.search(pattern, system_prompt)):
            raise LLMError(f"{self.model} is told to fail for this prompt")

    def _log_call(self, request: str) -> None:
        if self.settings.call_log is None:
            return
        digest = hashlib.sha256(request.encode("utf-8", "surrogatepass")).hexdigest()
        # One short write to a file opened for appending: lines of several processes do not mix.
        with self.settings.call_log.open("a", encoding="utf-8") as log:
            log.write(f"{self.model} {digest}\n")
