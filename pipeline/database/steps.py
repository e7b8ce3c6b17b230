"""The database steps of one task as a block: what it asks models, and what it writes, before it writes it.

with self.database_steps() as steps:
    call = steps.llm_call(prompt=query, executor=llm_executor)
    levers = IdentifyLevers.execute(llm_executor, query)
    raw = json.dumps(levers.to_dict(), indent=2)
    call.complete(raw, answer=levers)
    steps.persist("levers.json", raw)
    levers.save_raw(self.output().path)
"""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from pipeline.causes import described
from pipeline.database.step_calls import LlmCall
from pipeline.database.step_values import (
    asked_model,
    content_of_file,
    digest_of,
    name_of,
    prompt_as_text,
    row_values,
)
from pipeline.errors import ConfigurationError
from pipeline.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from types import TracebackType

    from pipeline.database.step_calls import Service

logger = logging.getLogger(__name__)


class DatabaseSteps:
    """Records the model calls of a task and the files that it writes. Use it by `with`.

    When the block is left, calls that are still open are marked as failed with the exception that leaves it, and the
    services are closed; an error of the database while doing so is logged where an exception is on its way, and
    raised where none is. An error of the database inside of the block comes out of it as it is, even where an `except`
    in between has ended it or made another one of it, and until then no further call and no further file is recorded.
    Threads may share one: each of them has a service of its own.

    Args:
        open_service: opens a database service; called when the block is entered, and once in each further thread.
        plan_id: the plan that the task belongs to.
        stage: the `stage` of the task's rows.
        model: booked where nothing better is known.
        run_directory: the directory that files are named below.
        columns: what the service takes beside the columns of the steps: of `error_type`, `input_tokens`,
            `output_tokens`, `total_tokens`, `cached_input_tokens`, `reasoning_tokens`, `finish_reason`, `response_id`,
            `first_chunk_seconds`, `parameters`.
        is_complete: whether the service computes sizes and times of completion itself.
    """

    def __init__(
        self,
        open_service: Callable[[], Service],
        plan_id: str,
        stage: str,
        *,
        model: str = "unknown",
        run_directory: object = None,
        columns: Collection[str] = (),
        is_complete: bool = False,
    ) -> None:
        self._columns = frozenset(columns)
        self._open_service = open_service
        self._plan_id = plan_id
        self._stage = stage
        self._model = model
        self._run_directory = run_directory
        self._is_complete = is_complete
        self._lock = threading.Lock()
        self._services: dict[int, Service] = {}
        self._calls: list[LlmCall] = []
        self._stored: dict[str, bytes] = {}
        self._problem: Exception | None = None
        self._is_entered = False

    @property
    def columns(self) -> frozenset[str]:
        """What the service takes beside the columns of the steps."""
        return self._columns

    def __enter__(self) -> Self:
        if self._is_entered:
            raise ConfigurationError("database_steps: this block has been entered already")
        self._is_entered = True
        self.service()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        problems = [problem for call in self._calls if (problem := _marked(call, error)) is not None]
        problems += [
            problem for service in self._services.values() if (problem := _closed(service)) is not None
        ]
        self._services.clear()
        self._is_entered = False
        ended = self._problem
        if ended is not None and error is not ended and isinstance(error, Exception | None):
            # What handlers made of it says nothing of what the database said.
            raise ended from ended.__cause__
        if problems and error is None:
            raise problems[0]
        for problem in problems:
            logger.error("leaving the database steps: %s", redact(described(problem)))

    def llm_call(
        self,
        *,
        prompt: object,
        executor: object = None,
        model: object = None,
        stage: str | None = None,
        parameters: object = None,
    ) -> LlmCall:
        """Record that a model is about to be asked, and return the call, whose time begins now.

        Args:
            prompt: the whole prompt: text as it is, anything else as JSON.
            executor: says after the call which model answered, by `get_last_attempt()` or `attempts`.
            model: the model that is asked: its name, or an object with a `model` or `model_name`.
            stage: instead of the task's.
            parameters: how the model is to answer, as data; stored where the service has a column for it.
        """
        asked = asked_model(model, self._model)
        values = {
            "plan_id": self._plan_id,
            "llm_model": asked,
            "stage": stage or self._stage,
            "status": "pending",
            "prompt_text": prompt_as_text(prompt),
        }
        if parameters is not None and "parameters" in self._columns:
            values["parameters"] = prompt_as_text(parameters)
        created = self._go_on(lambda service: service.create_llm_interaction(values))
        call = LlmCall(self, created.id, asked, executor)
        with self._lock:
            self._calls.append(call)
        return call

    def persist(self, name: object, content: str | bytes, *, content_type: str | None = None) -> None:
        """Store the content of a file that is written next.

        Args:
            name: the file's name below the run directory, or a member of an enumeration of such names.
            content: what the file is going to hold.
            content_type: by default that of the name's ending.
        """
        filename = str(getattr(name, "value", name))
        row = row_values(filename, content, content_type)
        if not self._is_complete:
            row["content_size_bytes"] = len(content.encode() if isinstance(content, str) else content)
        values = {"plan_id": self._plan_id, "stage": self._stage, **row}
        self._go_on(lambda service: service.create_plan_content(values))
        self._stored[filename] = digest_of(content)

    def written(self, file: Any, name: object = None) -> None:
        """Store what has been written to a file that is still open, at the end of its block.

        Args:
            file: the handle of `open(path, "w")` or of a Luigi target's `open("w")`.
            name: of the row; by default the path that the file is going to have, below the run directory.
        """
        file.flush()
        temporary = getattr(file, "tmp_path", None)
        held = content_of_file(temporary or file.name)
        if held is None:
            raise ConfigurationError(f"written: there is no file {temporary or file.name}")
        self.persist(name or name_of(file.path if temporary else file.name, self._run_directory), held)

    def read_back(self, target: Any, name: object = None) -> None:
        """Store what a file holds that was written by something that is given its path.

        Nothing is stored where there is no file, or where the row holds that already.

        Args:
            target: a path, or a target with one.
            name: of the row; by default the path below the run directory.
        """
        path = getattr(target, "path", target)
        held = content_of_file(path)
        if held is None:
            return
        filename = str(getattr(name, "value", name)) if name else name_of(path, self._run_directory)
        if self._stored.get(filename) != digest_of(held):
            self.persist(filename, held)

    def end(self, service: Service, interaction_id: Any, values: Mapping[str, Any]) -> None:
        """Set columns of an interaction that ends now."""
        moment = {} if self._is_complete else {"completed_at": datetime.now(UTC).replace(tzinfo=None)}
        service.update_llm_interaction(interaction_id, {**values, **moment})

    def note(self, work: Callable[[Service], Any]) -> Any:
        """Do something with this thread's service; what goes wrong comes out of the block."""
        if not self._is_entered:
            raise ConfigurationError("database_steps: use it by `with`, and inside of its block alone")
        try:
            return work(self.service())
        except Exception as error:
            with self._lock:
                self._problem = self._problem or error
            raise

    def _go_on(self, work: Callable[[Service], Any]) -> Any:
        """Likewise, unless something has gone wrong before: no file is written that has no row."""
        if self._problem is not None:
            raise self._problem
        return self.note(work)

    def service(self) -> Service:
        """The service of this thread."""
        thread = threading.get_ident()
        with self._lock:
            service = self._services.get(thread)
        if service is None:
            service = self._open_service()
            with self._lock:
                self._services[thread] = service
        return service


def _marked(call: LlmCall, error: BaseException | None) -> Exception | None:
    """Ends a call that is still open; gives what went wrong."""
    if call.is_open:
        try:
            call.leave(error)
        except Exception as problem:
            return problem
    return None


def _closed(service: Service) -> Exception | None:
    try:
        service.close()
    except Exception as problem:
        return problem
    return None
