"""Six tasks in the shapes that refactored tasks have: rows before files, interactions bracketed.

start inputs -> Goals -> Risks -+-> Report -> Tiny
                     `-> Steps -'
"""

import json
import time
from enum import StrEnum

import luigi
from pydantic import BaseModel

from pipeline.example.filenames import FilenameEnum
from pipeline.llm.base import LLM
from pipeline.plan_task import PlanTask


class File(StrEnum):
    GOALS_RAW = "100-1-goals_raw.json"
    GOALS_MARKDOWN = "100-2-goals.md"
    RISKS = "101-1-risks.json"
    STEPS = "102-1-steps.json"
    REPORT = "103-1-report.md"
    DONE = "999-done.txt"


class Answer(BaseModel):
    summary: str
    items: list[str]


class Inputs(luigi.ExternalTask):
    run_id_dir = luigi.PathParameter()

    def output(self) -> dict[str, luigi.LocalTarget]:
        return {
            "start": luigi.LocalTarget(self.run_id_dir / FilenameEnum.START_TIME.value),
            "plan": luigi.LocalTarget(self.run_id_dir / FilenameEnum.INITIAL_PLAN.value),
        }


class TinyTask(PlanTask):
    """Has the steps that the codemod would write out in each task."""

    stage = ""

    def ask(self, llm: LLM, prompt: str) -> Answer:
        database = self.get_database_service()
        interaction_id = database.create_llm_interaction(
            {
                "plan_id": self.get_plan_id(),
                "llm_model": llm.model,
                "stage": self.stage,
                "prompt_text": prompt,
                "status": "pending",
            }
        ).id
        start = time.perf_counter()
        try:
            response = llm.complete(f"You do {self.stage}.", prompt, Answer)
        except Exception as error:
            database.update_llm_interaction(interaction_id, {"status": "failed", "error_message": str(error)})
            raise
        database.update_llm_interaction(
            interaction_id,
            {
                "status": "completed",
                "llm_model": llm.model,
                "response_text": response.text,
                "duration_seconds": time.perf_counter() - start,
                "input_tokens": response.input_tokens,
                "output_tokens": response.output_tokens,
            },
        )
        return response.parsed

    def persist_and_write(self, contents: dict[File, str]) -> None:
        database = self.get_database_service()
        for file, content in contents.items():
            database.create_plan_content(
                {
                    "plan_id": self.get_plan_id(),
                    "filename": file.value,
                    "stage": self.stage,
                    "content_type": "text/plain",
                    "content": content,
                    "content_size_bytes": len(content.encode()),
                }
            )
        for file, content in contents.items():
            self.file_path(file).write_text(content, encoding="utf-8")


class Goals(TinyTask):
    stage = "goals"

    def requires(self) -> luigi.Task:
        return Inputs(run_id_dir=self.run_id_dir)

    def output(self) -> dict[str, luigi.LocalTarget]:
        return {
            "raw": self.local_target(File.GOALS_RAW),
            "markdown": self.local_target(File.GOALS_MARKDOWN),
        }

    def run_with_llm(self, llm: LLM) -> None:
        with self.input()["plan"].open("r") as file:
            prompt = file.read()
        answer = self.ask(llm, prompt)
        self.persist_and_write(
            {
                File.GOALS_RAW: answer.model_dump_json(indent=2),
                File.GOALS_MARKDOWN: "\n".join(f"- {item} \u2713" for item in answer.items) + "\n",
            }
        )


class Derived(TinyTask):
    """Asks twice, the second time with the first answer."""

    file = File.RISKS

    def requires(self) -> luigi.Task:
        return self.clone(Goals)

    def output(self) -> luigi.LocalTarget:
        return self.local_target(self.file)

    def run_inner(self) -> None:
        with self.input()["raw"].open("r") as file:
            prompt = file.read()
        executor = self.create_llm_executor()

        def work(llm: LLM) -> list[Answer]:
            first = self.ask(llm, prompt)
            return [first, self.ask(llm, first.summary)]

        answers = executor.run(work)
        self.persist_and_write({self.file: json.dumps([answer.model_dump() for answer in answers])})


class Risks(Derived):
    stage = "risks"
    file = File.RISKS


class Steps(Derived):
    stage = "steps"
    file = File.STEPS


class Report(TinyTask):
    """Needs no model."""

    stage = "report"

    def requires(self) -> list[luigi.Task]:
        return [self.clone(Risks), self.clone(Steps)]

    def output(self) -> luigi.LocalTarget:
        return self.local_target(File.REPORT)

    def run_inner(self) -> None:
        parts = []
        for target in self.input():
            with target.open("r") as file:
                parts.append(file.read())
        self.persist_and_write({File.REPORT: "\n\n".join(parts)})


class Tiny(TinyTask):
    """The root."""

    stage = "done"

    def requires(self) -> luigi.Task:
        return self.clone(Report)

    def output(self) -> luigi.LocalTarget:
        return self.local_target(File.DONE)

    def run(self) -> None:
        self.persist_and_write({File.DONE: "done\n"})
