"""Tries language models in order of priority and remembers what each attempt did."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, Protocol, TypeVar

from pipeline.errors import ConfigurationError, DatabaseError, LLMError, PipelineError, UnusableAnswerError
from pipeline.llm.base import LLM, LLMResponse, ResponseT
from pipeline.llm.exchanges import Exchange, NotedAttempt
from pipeline.llm.token_meter import TokenMeter
from pipeline.redaction import redact
from pipeline.running.stopping import raise_if_stopped

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
    """An answer that was given before a crash, the model that gave it, and the interaction that paid for it."""

    llm_model: str
    response: LLMResponse[ResponseT]
    paid_by: int | None = None


class AnswerLog(Protocol):
    """Keeps answers across a crash; see pipeline.llm.answers."""

    def begin(self) -> None:
        """Note that an attempt begins."""

    def find(
        self, system_prompt: str, user_prompt: str, response_model: type[ResponseT]
    ) -> KeptAnswer[ResponseT] | None:
        """Return the answer kept for this request, if there is one."""

    def keep(self, llm_model: str, response: LLMResponse[ResponseT], paid_by: int | None) -> None:
        """Keep the answer to the request that find was asked for last, and which interaction paid for it."""

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
        kept = None
        if self._answers is not None:
            kept = self._answers.find(system_prompt, user_prompt, response_model)
        if kept is not None:
            self.model = kept.llm_model
            asked = Exchange(kept.llm_model, system_prompt, user_prompt, replayed_from=kept.paid_by)
            self._record(kept.response, asked)
            return kept.response
        # What has been answered is kept: whoever goes on with the plan asks from here.
        raise_if_stopped()
        asked = Exchange(self._llm.model, system_prompt, user_prompt)
        try:
            response = self._llm.complete(system_prompt, user_prompt, response_model)
        except UnusableAnswerError as answer:
            # It has been paid for all the same.
            self.own_meter.record_unusable(answer, asked)
            self._meter.record_unusable(answer, asked)
            raise
        except Exception:
            self._meter.record_silence(asked)
            raise
        self.model = self._llm.model
        self._record(response, asked)
        if self._answers is not None:
            self._answers.keep(self.model, response, self._meter.payer())
        return response

    def _record(self, response: LLMResponse[ResponseT], asked: Exchange) -> None:
        self.own_meter.record(response, asked)
        self._meter.record(response, asked)


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
        for number, llm in enumerate(self.llm_models, 1):
            if self.should_stop_callback is not None and self.should_stop_callback():
                raise PipelineStopRequested(f"stop requested before an attempt with {llm.model}")
            attempt = self._attempt(number, llm, execute_function)
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

    def _attempt(self, number: int, llm: LLM, execute_function: Callable[[LLM], ResultT]) -> LLMAttempt:
        metered = _MeteredLLM(llm, self._answers, self._meter)
        if self._answers is not None:
            self._answers.begin()
        result: ResultT | None = None
        exception: Exception | None = None
        began_at, first = datetime.now(UTC), self._meter.responses
        self._meter.attempt_begins(number)
        start = time.perf_counter()
        try:
            result = execute_function(metered)
        except Exception as error:
            exception = error
        duration = time.perf_counter() - start
        self._meter.attempt_ended(
            NotedAttempt(number, metered.model, began_at, duration, exception, first, self._meter.responses)
        )
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
