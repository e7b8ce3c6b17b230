"""Tries language models in order of priority and remembers what each attempt did."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from pipeline.errors import ConfigurationError, DatabaseError, LLMError, PipelineError, UnusableAnswerError
from pipeline.llm.base import LLM, LLMResponse, ResponseT
from pipeline.llm.token_meter import TokenMeter
from pipeline.redaction import redact

logger = logging.getLogger(__name__)

ResultT = TypeVar("ResultT")
StopCallback = Callable[[], bool]


class PipelineStopRequested(PipelineError):  # noqa: N818 - a request, not a mishap; the name is API
    """Somebody asked the run to stop; no further model is tried."""


@dataclass(frozen=True, slots=True)
class LLMAttempt:
    """What one model did with one piece of work."""

    llm_model: str
    success: bool
    duration: float
    result: Any = None
    exception: Exception | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None

    @property
    def total_tokens(self) -> int | None:
        """Sum of both counts; None unless both are known."""
        if self.input_tokens is None or self.output_tokens is None:
            return None
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True, slots=True)
class KeptAnswer(Generic[ResponseT]):
    """An answer that was given before a crash, and the model that gave it."""

    llm_model: str
    response: LLMResponse[ResponseT]


class AnswerLog(Protocol):
    """Keeps answers across a crash; see pipeline.llm.answers."""

    def begin(self) -> None:
        """Note that an attempt begins."""

    def find(
        self, system_prompt: str, user_prompt: str, response_model: type[ResponseT]
    ) -> KeptAnswer[ResponseT] | None:
        """Return the answer kept for this request, if there is one."""

    def keep(self, llm_model: str, response: LLMResponse[ResponseT]) -> None:
        """Keep the answer to the request that find was asked for last."""

    def forget(self) -> None:
        """Drop the answers found or kept since the attempt began: the work did not accept them."""


class _MeteredLLM(LLM):
    """The model that an attempt gets: counts tokens, and asks the answer log before it asks the model.

    Its name is that of the model behind it, or of the one whose kept answer was found.
    """

    def __init__(self, llm: LLM, answers: AnswerLog | None, meter: TokenMeter) -> None:
        self.model = llm.model
        self.own_meter = TokenMeter()
        self._llm = llm
        self._answers = answers
        self._meter = meter

    def complete(
        self, system_prompt: str, user_prompt: str, response_model: type[ResponseT]
    ) -> LLMResponse[ResponseT]:
        try:
            response = self._find_or_ask(system_prompt, user_prompt, response_model)
        except UnusableAnswerError as answer:
            # It has been paid for all the same.
            self.own_meter.record_unusable(answer)
            self._meter.record_unusable(answer)
            raise
        self.own_meter.record(response)
        self._meter.record(response)
        return response

    def _find_or_ask(
        self, system_prompt: str, user_prompt: str, response_model: type[ResponseT]
    ) -> LLMResponse[ResponseT]:
        if self._answers is None:
            return self._llm.complete(system_prompt, user_prompt, response_model)
        kept = self._answers.find(system_prompt, user_prompt, response_model)
        if kept is not None:
            self.model = kept.llm_model
            return kept.response
        response = self._llm.complete(system_prompt, user_prompt, response_model)
        self.model = self._llm.model
        self._answers.keep(self.model, response)
        return response


class LLMExecutor:
    """Runs work with the first model that manages it.

    `llm_models` in order of priority. `should_stop_callback` is asked before each attempt, never
    after one: an answer that has been paid for is always handed over. `meter` counts every response.
    """

    def __init__(
        self,
        llm_models: Sequence[LLM],
        should_stop_callback: StopCallback | None = None,
        answers: AnswerLog | None = None,
        meter: TokenMeter | None = None,
    ) -> None:
        if not llm_models:
            raise ConfigurationError("no LLM given")
        self.llm_models = tuple(llm_models)
        self.should_stop_callback = should_stop_callback
        self.attempts: list[LLMAttempt] = []
        self._answers = answers
        self._meter = TokenMeter() if meter is None else meter

    def run(self, execute_function: Callable[[LLM], ResultT]) -> ResultT:
        """Return what `execute_function` returns for the first model with which it does not raise.

        Raises PipelineStopRequested if asked to stop, the error itself if it is no fault of the
        model, else LLMError with the last model's error as its cause.
        """
        failures: list[LLMAttempt] = []
        for llm in self.llm_models:
            if self.should_stop_callback is not None and self.should_stop_callback():
                raise PipelineStopRequested(f"stop requested before an attempt with {llm.model}")
            attempt = self._attempt(llm, execute_function)
            self.attempts.append(attempt)
            error = attempt.exception
            if error is None:
                return attempt.result  # type: ignore[no-any-return]
            if isinstance(error, PipelineStopRequested) or no_fault_of_the_model(error):
                raise error
            failures.append(attempt)
            logger.warning("%s failed: %s", llm.model, redact(_describe(error)))
        tried = "; ".join(f"{attempt.llm_model}: {_describe(attempt.exception)}" for attempt in failures)
        raise LLMError(redact(f"no model gave a usable answer: {tried}")) from failures[-1].exception

    def get_last_attempt(self) -> LLMAttempt | None:
        """Return the most recent attempt, None before the first."""
        return self.attempts[-1] if self.attempts else None

    def _attempt(self, llm: LLM, execute_function: Callable[[LLM], ResultT]) -> LLMAttempt:
        metered = _MeteredLLM(llm, self._answers, self._meter)
        if self._answers is not None:
            self._answers.begin()
        result: ResultT | None = None
        exception: Exception | None = None
        start = time.perf_counter()
        try:
            result = execute_function(metered)
        except Exception as error:
            exception = error
        duration = time.perf_counter() - start
        if self._answers is not None and exception is not None and not no_fault_of_the_model(exception):
            self._answers.forget()
        tokens = metered.own_meter.since(0)
        return LLMAttempt(
            llm_model=metered.model,
            success=exception is None,
            duration=duration,
            result=result,
            exception=exception,
            input_tokens=tokens["input_tokens"],
            output_tokens=tokens["output_tokens"],
        )


def no_fault_of_the_model(error: Exception) -> bool:
    """Whether the database or the disk failed: another model cannot mend that, nor is an answer to blame."""
    if isinstance(error, ConnectionError | TimeoutError):
        return False
    return isinstance(error, DatabaseError | OSError)


def _describe(error: Exception | None) -> str:
    return f"{type(error).__name__}: {error}"
