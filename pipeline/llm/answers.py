"""Keeps each model's answer in the database from the moment it arrives.

Between a model's answer and the rows that a task makes of it a process can die. An answer that has
been kept is found again when the task is run again, so that it is not paid for twice. The second
run's interaction is booked with the model of the answer found, and points to the interaction that paid
for it (`replayed_from`): it takes no tokens of its own.
"""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field

from pydantic import BaseModel, ValidationError

from pipeline.database.records import StoredAnswer
from pipeline.database.recovery import BegunTask
from pipeline.database.service import DatabaseService
from pipeline.database.values import storable
from pipeline.faults import FaultPoint, fault_point
from pipeline.llm.base import LLMResponse, ResponseT
from pipeline.llm.executor import KeptAnswer
from pipeline.llm.response_schema import response_schema_text


@dataclass(slots=True)
class _Attempt:
    """The requests of one attempt: a task may ask the same thing more than once, and means it."""

    seen: Counter[str] = field(default_factory=Counter)
    keys: list[str] = field(default_factory=list)


class DatabaseAnswerLog:
    """The answers given to one task of one plan; `begun` is what the service said when that task began."""

    def __init__(
        self, service: DatabaseService, plan_id: str, task: str, begun: BegunTask | None = None
    ) -> None:
        self._service = service
        self._plan_id = plan_id
        self._task = task
        self._begun = begun
        self._current = _Attempt()
        self._all_keys: set[str] = set()
        self._kept: set[str] | None = None

    def begin(self) -> None:
        """Note that an attempt begins: its requests are counted from one."""
        self._current = _Attempt()

    def find(
        self, system_prompt: str, user_prompt: str, response_model: type[ResponseT]
    ) -> KeptAnswer[ResponseT] | None:
        """Return the answer kept for this request, None if there is none or it does not fit any more."""
        # The answer before this one has waited for company long enough: a model's time is minutes.
        self._service.flush()
        key = self._next_key(system_prompt, user_prompt, response_model)
        stored = self._service.find_answer(self._plan_id, key) if key in self._known_keys() else None
        if stored is None:
            return None
        try:
            parsed = response_model.model_validate_json(stored.text)
        except ValidationError:
            return None
        response = LLMResponse(parsed, stored.text, stored.input_tokens, stored.output_tokens)
        return KeptAnswer(stored.llm_model, response, stored.interaction_id)

    def keep(self, llm_model: str, response: LLMResponse[ResponseT], paid_by: int | None = None) -> None:
        """Keep the answer to the request that find was asked for last, and which interaction paid for it."""
        fault_point(FaultPoint.LLM_ANSWERED)
        # Text that would be changed on its way through the database is not the answer any more.
        if storable(response.text) == response.text:
            answer = StoredAnswer(
                llm_model, response.text, response.input_tokens, response.output_tokens, paid_by
            )
            self._service.keep_answer(self._plan_id, self._current.keys[-1], answer)
            if self._kept is not None:
                self._kept.add(self._current.keys[-1])

    def forget(self) -> None:
        """Drop the answers found or kept since the attempt began: the work did not accept them."""
        self._drop(self._current.keys)

    def forget_all(self) -> None:
        """Drop all answers found or kept through this log: what came of them is no good."""
        self._drop(list(self._all_keys))

    def _drop(self, keys: list[str]) -> None:
        if keys:
            self._service.forget_answers(self._plan_id, keys)

    def _known_keys(self) -> set[str]:
        # Nobody else keeps answers for this task, so what there is needs to be asked for once. The note
        # that the task has begun brings it along, unless the database was away when that was written.
        if self._kept is None:
            noted = None if self._begun is None else self._begun.answer_keys
            self._kept = set(self._service.list_answer_keys(self._plan_id) if noted is None else noted)
        return self._kept

    def _next_key(self, system_prompt: str, user_prompt: str, response_model: type[BaseModel]) -> str:
        # Without the model's name: whichever model answered, the answer has been paid for.
        request = json.dumps([self._task, system_prompt, user_prompt, response_schema_text(response_model)])
        self._current.seen[request] += 1
        numbered = f"{self._current.seen[request]} {request}"
        key = hashlib.sha256(numbered.encode("utf-8", "surrogatepass")).hexdigest()
        self._current.keys.append(key)
        self._all_keys.add(key)
        return key
