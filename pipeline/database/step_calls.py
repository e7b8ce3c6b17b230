"""A model call of the database steps, and what they ask of a service."""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.causes import described, with_causes
from pipeline.database.answer_facts import FACTS
from pipeline.database.step_streams import HELD_ANSWERS, answer_held_by, recorded_stream
from pipeline.database.step_values import answered_by, response_as_text
from pipeline.database.streamed_answers import answer_of_parts, kept_part
from pipeline.errors import ConfigurationError
from pipeline.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

logger = logging.getLogger(__name__)

_NEVER_COMPLETED = "the block was left before the call was completed"
_NEVER_READ = "nothing of the stream was read"
_NOT_GIVEN = object()


class Service(Protocol):
    """What the steps ask of a database service, whosever it is."""

    def create_llm_interaction(self, data: Mapping[str, Any], /) -> Any:
        """Insert an interaction and return something with its `id`."""

    def update_llm_interaction(self, interaction_id: Any, data: Mapping[str, Any], /) -> object:
        """Set columns of an interaction."""

    def create_plan_content(self, data: Mapping[str, Any], /) -> object:
        """Insert or replace the content of a file."""

    def close(self) -> object:
        """End the use of the service."""


class Block(Protocol):
    """What a call asks of the `with` block that it is made in: `DatabaseSteps`."""

    @property
    def columns(self) -> frozenset[str]:
        """What the service takes beside the columns of the steps."""

    def service(self) -> Service:
        """The service of this thread."""

    def end(self, service: Service, interaction_id: Any, values: Mapping[str, Any]) -> None:
        """Set the last values of an interaction."""

    def note(self, work: Callable[[Service], Any]) -> Any:
        """Do something with the service, and keep its error for the end of the block."""


class LlmCall:
    """One call of a model, recorded from before it is made. `DatabaseSteps.llm_call` gives one."""

    def __init__(self, steps: Block, interaction_id: Any, asked: str, executor: object) -> None:
        self._steps = steps
        self._id = interaction_id
        self._asked = asked
        self._executor = executor
        self._error: str | BaseException = _NEVER_COMPLETED
        self._began = time.perf_counter()
        self._is_open = True
        self._is_streamed = False
        self._parts: list[object] = []
        self._first_part: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether the call is neither completed nor marked as failed."""
        return self._is_open

    def complete(self, raw: object = _NOT_GIVEN, *, answer: object = None) -> None:
        """Record the answer; the time since `llm_call` is the call's.

        Args:
            raw: the response as text, or data that is stored as JSON; None where there is none. Without it the answer
                says itself.
            answer: what the model gave: its model and its text, where it has them, are recorded.

        Raises:
            ConfigurationError: the call has ended already, or nothing says what the answer is as text.
        """
        duration = time.perf_counter() - self._began
        if not self._is_open:
            raise ConfigurationError("complete: this call has ended already")
        is_nothing = raw is None and answer is None
        said = None if raw is _NOT_GIVEN else raw
        values: dict[str, Any] = {
            "status": "completed",
            "response_text": None if is_nothing else response_as_text(said, answer),
            "duration_seconds": duration,
            **answered_by(self._executor, answer, self._asked, self._steps.columns & FACTS),
        }
        self._steps.note(lambda service: self._steps.end(service, self._id, values))
        self._is_open = False

    def stream(self, stream: Any) -> Any:
        """Return a stream that is read as the given one is, and is recorded while that is done.

        The call is completed when the stream has been read to its end, or is closed, or with what has been read of it
        when the block is left; it has failed where the stream breaks off. The answer is put together in the form that
        it has when it comes whole; `first_chunk_seconds` is when the first part came.
        """
        self._is_streamed = True
        return recorded_stream(stream, self)

    def part(self, part: object) -> None:
        """Note a part of an answer that is read here, not by way of `stream`; `end_of_stream` completes the call."""
        if self._is_open:
            self._is_streamed = True
            if self._first_part is None:
                self._first_part = time.perf_counter()
            # As it is now: whoever reads it may change it, or the package may fill it again.
            self._parts.append(kept_part(part))

    def end_of_stream(self, answer: object = None) -> None:
        """Complete the call with the parts that came; once is enough. Without a part it has failed.

        Args:
            answer: what is made of the parts, or a stream that holds what has come of its answer.
        """
        if not self._is_open:
            return
        if any(hasattr(type(answer), name) for name in HELD_ANSWERS):
            answer = answer_held_by(answer)
        if answer is None and not self._parts:
            self.fail(_NEVER_READ)
            return
        said = answer_of_parts(self._parts) if answer is None else kept_part(answer)
        duration = time.perf_counter() - self._began
        values: dict[str, Any] = {
            "status": "completed",
            "response_text": _whole(said),
            "duration_seconds": duration,
            **answered_by(self._executor, said, self._asked, self._steps.columns & FACTS),
        }
        if self._first_part is not None and "first_chunk_seconds" in self._steps.columns:
            values["first_chunk_seconds"] = self._first_part - self._began
        self._steps.note(lambda service: self._steps.end(service, self._id, values))
        self._is_open = False
        self._parts.clear()

    def fail(self, error: BaseException | str | None = None) -> None:
        """Mark the call as failed with an error and its causes; nothing happens where it has ended already.

        An error of the database is logged, and marking is tried once more at the end of the block.

        Args:
            error: an exception or a text; by default the exception that is being handled.
        """
        if not self._is_open:
            return
        self._error = error or sys.exc_info()[1] or _NEVER_COMPLETED
        try:
            self.mark_failed()
        except Exception as problem:
            logger.error("an LLM call could not be marked as failed yet: %s", redact(described(problem)))

    def mark_failed(self) -> None:
        """Mark the call as failed. Raises what the service raises; the call is open then as before."""
        error = self._error
        message = error if isinstance(error, str) else with_causes(error)
        values: dict[str, Any] = {"status": "failed", "error_message": redact(message)}
        if isinstance(error, BaseException) and "error_type" in self._steps.columns:
            values["error_type"] = type(error).__name__
        # What goes wrong here is no reason for the block to fail: it fails of the error that is being recorded.
        self._steps.end(self._steps.service(), self._id, values)
        self._is_open = False

    def leave(self, error: BaseException | None) -> None:
        """End the call when the block is left.

        It fails of the error that the block is left by, unless it has one of its own. A stream of which something was
        read is complete where there is no error: nobody reads on. Raises what the service raises.
        """
        if error is None and self._error is _NEVER_COMPLETED and self._is_streamed:
            if self._parts:
                self.end_of_stream()
                return
            self._error = _NEVER_READ
        if error is not None and self._error is _NEVER_COMPLETED:
            self._error = error
        self.mark_failed()


def _whole(answer: object) -> str:
    """An answer that came in parts, as text."""
    if isinstance(answer, str):
        return answer
    return json.dumps(answer, ensure_ascii=False, default=str)
