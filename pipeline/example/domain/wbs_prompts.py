"""What models are asked about the work breakdown structure.

The ids are given here, not by the model: level by level, `1`, `1.2`, `1.2.3`, `1.2.3.4`.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Self

from pydantic import BaseModel, Field

from pipeline.example.domain.results import Exchange, ResponseT, ask
from pipeline.llm.base import LLM


@dataclass(frozen=True)
class WBSResult(Generic[ResponseT]):
    """One question about the structure, and its answer."""

    exchange: Exchange[ResponseT]

    SYSTEM_PROMPT: ClassVar[str]
    RESPONSE_MODEL: ClassVar[type[BaseModel]]

    @classmethod
    def execute(cls, llm: LLM, query: str) -> Self:
        """Ask `llm` about `query`; raises what the model raises."""
        exchange: Any = ask(llm, cls.SYSTEM_PROMPT, query, cls.RESPONSE_MODEL)
        return cls(exchange)

    @property
    def response(self) -> ResponseT:
        """The answer."""
        return self.exchange.response

    def raw_response_dict(self) -> dict[str, Any]:
        """Return the answer with the prompt that it answers."""
        return {**self.response.model_dump(), "prompt": self.exchange.user_prompt}


class Level1Response(BaseModel):
    """The project in a title."""

    project_title: str = Field(description="At most eight words.")
    final_deliverable: str = Field(description="What exists at the end that did not exist before.")


@dataclass(frozen=True)
class CreateWBSLevel1(WBSResult[Level1Response]):
    """The root of the structure."""

    SYSTEM_PROMPT = "Name the project in at most eight words, and its final deliverable in one sentence."
    RESPONSE_MODEL = Level1Response

    @property
    def project_title(self) -> str:
        """The title."""
        return self.response.project_title

    def cleanedup_dict(self) -> dict[str, Any]:
        """Return the answer with its id."""
        return {"id": "1", **self.response.model_dump()}


class PhaseTask(BaseModel):
    """A task of a phase."""

    title: str
    description: str


class Phase(BaseModel):
    """A phase of the project."""

    phase_title: str
    tasks: list[PhaseTask] = Field(min_length=1)


class Level2Response(BaseModel):
    """The phases in order."""

    phases: list[Phase] = Field(min_length=1)


@dataclass(frozen=True)
class CreateWBSLevel2(WBSResult[Level2Response]):
    """Phases and their tasks."""

    SYSTEM_PROMPT = (
        "Break the project down into its major phases in order, from start to closure, and each phase "
        "into three to six tasks. Together they must cover the deliverable and nothing else."
    )
    RESPONSE_MODEL = Level2Response

    @property
    def phases(self) -> list[dict[str, Any]]:
        """The phases and tasks with their ids."""
        return [
            {
                "id": f"1.{number}",
                "phase_title": phase.phase_title,
                "tasks": [
                    {"id": f"1.{number}.{position}", **task.model_dump()}
                    for position, task in enumerate(phase.tasks, start=1)
                ],
            }
            for number, phase in enumerate(self.response.phases, start=1)
        ]


class TaskDependency(BaseModel):
    """What one task waits for."""

    task_id: str
    depends_on: list[str] = Field(description="Ids of tasks that must be finished before.")
    reason: str


class DependenciesResponse(BaseModel):
    """What each task waits for."""

    dependencies: list[TaskDependency]


@dataclass(frozen=True)
class IdentifyWBSTaskDependencies(WBSResult[DependenciesResponse]):
    """Which task waits for which."""

    SYSTEM_PROMPT = (
        "Say for each task which other tasks must be finished before it can start. Use the ids exactly as "
        "given. Name direct dependencies only, no circles, and none out of habit: what can run side by "
        "side should."
    )
    RESPONSE_MODEL = DependenciesResponse


class TaskDuration(BaseModel):
    """How long one task takes."""

    task_id: str
    days_min: int = Field(ge=1, le=365)
    days_realistic: int = Field(ge=1, le=365)
    days_max: int = Field(ge=1, le=365)
    delay_risks: str
    mitigation: str


class DurationsResponse(BaseModel):
    """How long the tasks take."""

    durations: list[TaskDuration] = Field(min_length=1)


@dataclass(frozen=True)
class EstimateWBSTaskDurations(WBSResult[DurationsResponse]):
    """How long some tasks take, in calendar days."""

    SYSTEM_PROMPT = (
        "Estimate the duration of each of the tasks asked for, by its id, in calendar days: at best, "
        "realistically, at worst. Say what could delay it and what to do about that."
    )
    RESPONSE_MODEL = DurationsResponse

    def durations_of(self, task_ids: list[str]) -> list[dict[str, Any]]:
        """Return an estimate for each id, its days in ascending order.

        By id, or by position where the model has garbled the ids.
        """
        estimates = self.response.durations
        by_id = {estimate.task_id: estimate for estimate in estimates}
        durations = []
        for position, task_id in enumerate(task_ids):
            estimate = by_id.get(task_id, estimates[position % len(estimates)])
            days = sorted([estimate.days_min, estimate.days_realistic, estimate.days_max])
            durations.append(
                {
                    **estimate.model_dump(),
                    "task_id": task_id,
                    **dict(zip(("days_min", "days_realistic", "days_max"), days, strict=True)),
                }
            )
        return durations


class Subtask(BaseModel):
    """A part of a task."""

    title: str
    description: str
    resources: list[str]


class Level3Response(BaseModel):
    """The parts of a task in order."""

    subtasks: list[Subtask] = Field(min_length=1)


@dataclass(frozen=True)
class CreateWBSLevel3(WBSResult[Level3Response]):
    """The subtasks of one task."""

    SYSTEM_PROMPT = (
        "Break one task of the project down into three to five subtasks that one person or crew can "
        "finish. They follow one another; together they are the task."
    )
    RESPONSE_MODEL = Level3Response

    def subtasks_of(self, task_id: str) -> list[dict[str, Any]]:
        """Return the subtasks with their ids below `task_id`."""
        return [
            {"id": f"{task_id}.{position}", "parent_id": task_id, **subtask.model_dump()}
            for position, subtask in enumerate(self.response.subtasks, start=1)
        ]
