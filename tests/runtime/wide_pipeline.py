"""Sixteen independent tasks that read back what they wrote, to be run by several workers."""

import luigi

from pipeline.llm.base import LLM
from pipeline.plan_task import PlanTask
from tests.runtime.tiny_pipeline import Answer


class Leaf(PlanTask):
    number = luigi.IntParameter()

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(self.run_id_dir / f"leaf-{self.number}.txt")

    def run_with_llm(self, llm: LLM) -> None:
        database = self.get_database_service()
        plan_id, name = self.get_plan_id(), f"leaf-{self.number}.txt"
        for round_ in range(5):
            interaction = database.create_llm_interaction(
                {"plan_id": plan_id, "llm_model": llm.model, "stage": name, "prompt_text": f"{name} {round_}"}
            )
            answer = llm.complete("system", f"{name} {round_}", Answer)
            database.update_llm_interaction(
                interaction.id, {"status": "completed", "response_text": answer.text}
            )
            content = f"{name} {round_} {answer.parsed.summary}"
            database.create_plan_content(
                {"plan_id": plan_id, "filename": name, "stage": name, "content": content}
            )
            if database.get_content(plan_id, name) != content.encode():
                raise RuntimeError(f"{name} got a row of somebody else")
        (self.run_id_dir / name).write_text(content, encoding="utf-8")


class Wide(PlanTask):
    """The root."""

    def requires(self) -> list[luigi.Task]:
        return [self.clone(Leaf, number=number) for number in range(16)]

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(self.run_id_dir / "wide.txt")

    def run_inner(self) -> None:
        database = self.get_database_service()
        database.create_plan_content(
            {"plan_id": self.get_plan_id(), "filename": "wide.txt", "stage": "wide", "content": "done"}
        )
        (self.run_id_dir / "wide.txt").write_text("done", encoding="utf-8")
