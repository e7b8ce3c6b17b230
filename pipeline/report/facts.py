"""What is known of a plan: its tasks, their calls of models, their files. Frozen; knows no database."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

_NUMBER = re.compile(r"([0-9]{1,18})")


class TaskState(StrEnum):
    """Where a task stands."""

    DONE = "done"
    RUNNING = "running"
    FAILED = "failed"
    UNFINISHED = "unfinished"
    """Begun, or free to begin, when the run ended without it."""
    WAITING = "waiting"


class CallState(StrEnum):
    """What became of one LLM interaction."""

    COMPLETED = "completed"
    FAILED = "failed"
    PENDING = "pending"
    ABANDONED = "abandoned"
    """Its process is gone, so neither its end nor its outcome is known."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in one currency."""

    currency: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Call:
    """One LLM interaction of a task. What is not known is None, never estimated.

    `seconds` and `ended_at` of a pending call are those so far. `fallback` says that another model
    than the plan's first choice answered.
    """

    model: str
    state: CallState
    started_at: datetime
    ended_at: datetime | None
    seconds: float | None
    input_tokens: int | None
    output_tokens: int | None
    total_tokens: int | None
    cost: Money | None
    error: str | None
    fallback: bool


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file whose content the database holds."""

    name: str
    content_type: str
    size_bytes: int
    written_at: datetime

    def sort_key(self) -> list[tuple[int, str]]:
        """Return what to sort by, so that 2 comes before 10."""
        return [(int(part), "") if part.isdecimal() else (0, part) for part in _NUMBER.split(self.name)]


@dataclass(frozen=True, slots=True)
class Task:
    """A task of a plan. `needs` are the names of the tasks that it requires."""

    name: str
    stage: str
    state: TaskState
    needs: tuple[str, ...]
    calls: tuple[Call, ...]
    files: tuple[StoredFile, ...]

    @property
    def started_at(self) -> datetime | None:
        """The first moment that the database knows of."""
        return min(self._moments(), default=None)

    @property
    def ended_at(self) -> datetime | None:
        """The last moment that the database knows of."""
        return max(self._moments(), default=None)

    @property
    def model_seconds(self) -> float:
        """The time spent in calls, as far as it is known."""
        return sum(call.seconds or 0.0 for call in self.calls)

    def count(self, state: CallState) -> int:
        """Return how many calls are in a state."""
        return sum(call.state is state for call in self.calls)

    def _moments(self) -> list[datetime]:
        moments = [file.written_at for file in self.files]
        for call in self.calls:
            moments.append(call.started_at)
            if call.ended_at is not None:
                moments.append(call.ended_at)
        return moments


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """A plan at the moment `as_of`.

    `active` says that it is being worked on, as far as the database knows; `note`, why not all of
    its tasks are known; `made_by_run`, that `pipeline run` made it, since of no other it is known
    whether anybody works on it.
    """

    plan_id: str
    status: str
    active: bool
    prompt: str | None
    llm_models: tuple[str, ...]
    created_at: datetime | None
    changed_at: datetime | None
    as_of: datetime
    tasks: tuple[Task, ...]
    note: str | None
    made_by_run: bool = True

    @property
    def calls(self) -> tuple[Call, ...]:
        """All calls of all tasks."""
        return tuple(call for task in self.tasks for call in task.calls)

    @property
    def files(self) -> tuple[StoredFile, ...]:
        """All files, by name, with numbers in the order of numbers."""
        return tuple(sorted((file for task in self.tasks for file in task.files), key=StoredFile.sort_key))

    @property
    def last_write(self) -> datetime | None:
        """The last moment at which a call or a file was written, not counting the reader's own clock."""
        moments = [file.written_at for file in self.files]
        for call in self.calls:
            if call.state is CallState.PENDING or call.ended_at is None:
                moments.append(call.started_at)
            else:
                moments.append(call.ended_at)
        return max(moments, default=None)

    def count(self, state: TaskState) -> int:
        """Return how many tasks are in a state."""
        return sum(task.state is state for task in self.tasks)

    def count_calls(self, state: CallState) -> int:
        """Return how many calls are in a state."""
        return sum(call.state is state for call in self.calls)
