"""Tasks of somebody's own on plain Luigi, with the steps; and one on PlanTask whose file is not its row."""

import luigi

from pipeline.database.service import DatabaseService
from pipeline.plan_task import PlanTask


class Plain(luigi.Task):
    run_dir = luigi.Parameter()

    def store(self, name: str, content: str) -> None:
        plan_id = str(self.run_dir).rpartition("/")[2]
        data = {"plan_id": plan_id, "llm_model": "m", "stage": "note", "prompt_text": "p"}
        with DatabaseService() as service:
            interaction = service.create_llm_interaction(data)
            service.update_llm_interaction(interaction.id, {"status": "completed", "response_text": "r"})
            service.create_plan_content(
                {"plan_id": plan_id, "filename": name, "stage": "note", "content": content}
            )


class Note(Plain):
    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(f"{self.run_dir}/charts/note.txt")

    def run(self) -> None:
        self.store("charts/note.txt", "note\n")
        with self.output().open("w") as file:
            file.write("note\n")


class Dated(Plain):
    """Names its file from the working directory, whatever the run directory."""

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget("out/2026-01-05/dated.txt")

    def run(self) -> None:
        self.store("out/2026-01-05/dated.txt", "dated\n")
        with self.output().open("w") as file:
            file.write("dated\n")


class Packed(PlanTask):
    """What it stores is text, what it writes is compressed."""

    def output(self) -> luigi.LocalTarget:
        gzip = luigi.format.TextFormat() >> luigi.format.Gzip
        return luigi.LocalTarget(self.run_id_dir / "packed" / "p.dat", format=gzip)

    def run_inner(self) -> None:
        with self.get_database_service() as service:
            service.create_plan_content(
                {
                    "plan_id": self.get_plan_id(),
                    "filename": "packed/p.dat",
                    "stage": "packed",
                    "content": "text",
                }
            )
        with self.output().open("w") as file:
            file.write("text")


class Unpacked(PlanTask):
    """The root: reads it."""

    def requires(self) -> luigi.Task:
        return self.clone(Packed)

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(self.run_id_dir / "charts" / "text.md")

    def run_inner(self) -> None:
        with self.input().open("r") as file:
            text = file.read()
        with self.get_database_service() as service:
            service.create_plan_content(
                {
                    "plan_id": self.get_plan_id(),
                    "filename": "charts/text.md",
                    "stage": "unpacked",
                    "content": text,
                }
            )
        with self.output().open("w") as file:
            file.write(text)
