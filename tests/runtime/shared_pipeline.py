"""Tasks in the shapes that matter to workers on several machines.

Asks yields a task in the middle of its work; Unstored leaves a file without a row, Folder a directory; Outside writes
where no other machine looks.
"""

from collections.abc import Iterator
from pathlib import Path

import luigi

from pipeline.plan_task import PlanTask


class Written(PlanTask):
    name = "written.txt"

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(self.run_id_dir / self.name)

    def write(self, content: str, *, stored: bool = True) -> None:
        if stored:
            self.get_database_service().create_plan_content(
                {"plan_id": self.get_plan_id(), "filename": self.name, "stage": "s", "content": content}
            )
        Path(self.output().path).write_text(content, encoding="utf-8")


class Unstored(Written):
    name = "unstored.txt"

    def run_inner(self) -> None:
        self.write("bytes \u2713", stored=False)


class Part(Written):
    number = luigi.IntParameter()

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"part-{self.number}.txt"

    def requires(self) -> luigi.Task:
        return self.clone(Unstored)

    def run_inner(self) -> None:
        self.write(f"part {self.number}")


class Asks(Written):
    name = "asks.txt"

    def requires(self) -> luigi.Task:
        return self.clone(Unstored)

    def run(self) -> Iterator[list[luigi.Task]]:
        parts = [self.clone(Part, number=number) for number in range(2)]
        yield parts
        self.write(" ".join(part.output().path.rpartition("/")[2] for part in parts))


class Everything(luigi.WrapperTask):
    run_id_dir = luigi.PathParameter()
    speedvsdetail = luigi.Parameter()
    llm_models = luigi.ListParameter()

    def requires(self) -> luigi.Task:
        return Asks(run_id_dir=self.run_id_dir, llm_models=self.llm_models)


class Folder(Written):
    name = "folder"

    def run_inner(self) -> None:
        Path(self.output().path).mkdir()


class Different(Written):
    name = "different.txt"

    def run_inner(self) -> None:
        self.write("row")
        Path(self.output().path).write_text("file", encoding="utf-8")


class Outside(Written):
    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget("elsewhere.txt")


class Nobodys(luigi.ExternalTask):
    run_id_dir = luigi.PathParameter()

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(self.run_id_dir / "nobodys.txt")


class Needy(Written):
    def requires(self) -> luigi.Task:
        return Nobodys(run_id_dir=self.run_id_dir)
