"""Writes the rows of a plan as tasks would, at moments of the test's choice."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pipeline.database.records import PlanRecord
from pipeline.database.service import DatabaseService
from pipeline.llm.prices import Price
from pipeline.report.facts import PlanFacts, Task
from pipeline.report.gather import gather
from pipeline.report.task_graph import ExpectedTask

PROMPT = "Grow tea"
STARTED_AT = datetime(2025, 10, 1, 8, tzinfo=UTC)


def expected(name: str, *needs: str, files: tuple[str, ...] | None = None) -> ExpectedTask:
    """A task that writes one file and is called by the database as here, but for capitals."""
    filenames = (f"{name.lower()}.md",) if files is None else files
    return ExpectedTask(f"{name}_key", name, name.lower(), needs, filenames)


GRAPH = (expected("Goals"), expected("Risks", "Goals"), expected("Report", "Risks"))


@dataclass
class RecordedPlan:
    """A plan and what its tasks have left of themselves."""

    service: DatabaseService
    plan_id: str = "p1"
    models: tuple[str, ...] = ("large", "small")
    status: str = "running"
    prompt: str = PROMPT

    def __post_init__(self) -> None:
        self.service.create_plan(
            self.plan_id,
            prompt=self.prompt,
            started_at=STARTED_AT,
            speed_vs_detail="all_details_but_slow",
            llm_models=self.models,
        )
        self.service.set_plan_status(self.plan_id, self.status)
        # From here on, so that the rows are those of this run.
        self.now = datetime.now(UTC)

    def becomes(self, status: str) -> None:
        self.service.set_plan_status(self.plan_id, status)

    def call(
        self,
        stage: str,
        model: str = "large",
        *,
        status: str = "completed",
        begins: float = 0.0,
        seconds: float = 1.0,
        tokens: tuple[int | None, int | None] = (None, None),
        error: str | None = None,
    ) -> None:
        began = self.now + timedelta(seconds=begins)
        data = {"plan_id": self.plan_id, "llm_model": model, "stage": stage, "prompt_text": "p"}
        interaction = self.service.create_llm_interaction({**data, "created_at": began})
        if status == "pending":
            return
        change: dict[str, object] = {
            "status": status,
            "completed_at": began + timedelta(seconds=seconds),
            "input_tokens": tokens[0],
            "output_tokens": tokens[1],
        }
        change |= (
            {"duration_seconds": seconds} if status == "completed" else {"error_message": error or "broken"}
        )
        self.service.update_llm_interaction(interaction.id, change)

    def file(self, filename: str, stage: str | None = None, content: str = "content") -> None:
        self.service.create_plan_content(
            {
                "plan_id": self.plan_id,
                "filename": filename,
                "stage": stage or filename.partition(".")[0],
                "content": content,
            }
        )

    def facts(
        self,
        graph: tuple[ExpectedTask, ...] = GRAPH,
        prices: dict[str, Price] | None = None,
        later: float = 60.0,
    ) -> PlanFacts:
        def expect_tasks(_: PlanRecord) -> tuple[ExpectedTask, ...]:
            return graph

        now = self.now + timedelta(seconds=later)
        return gather(self.service, self.plan_id, expect_tasks, prices=prices, now=now)

    def task(self, name: str, graph: tuple[ExpectedTask, ...] = GRAPH) -> Task:
        (task,) = (task for task in self.facts(graph).tasks if task.name == name)
        return task
