"""Two tasks that write more than their outputs, and that only when their outputs are there.

start inputs -> Sketch -> Late
"""

import luigi

from pipeline.llm.base import LLM
from tests.runtime.tiny_pipeline import Inputs, TinyTask


class LateTask(TinyTask):
    """Looks done to Luigi before it has asked for the second answer."""

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(self.run_id_dir / f"{self.stage}.md")

    def run_with_llm(self, llm: LLM) -> None:
        self.put(f"{self.stage}.md", self.ask(llm, self.stage).summary)
        assert self.complete()
        self.put(f"{self.stage}-appendix.md", self.ask(llm, f"{self.stage} appendix").summary)

    def put(self, filename: str, content: str) -> None:
        with self.get_database_service() as database:
            database.create_plan_content(
                {"plan_id": self.get_plan_id(), "filename": filename, "stage": self.stage, "content": content}
            )
        (self.run_id_dir / filename).write_text(content, encoding="utf-8")


class Sketch(LateTask):
    stage = "sketch"

    def requires(self) -> luigi.Task:
        return Inputs(run_id_dir=self.run_id_dir)


class Late(LateTask):
    """The root."""

    stage = "late"

    def requires(self) -> luigi.Task:
        return self.clone(Sketch)
