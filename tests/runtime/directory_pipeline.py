"""Tasks whose outputs are directories, which the database has no rows for.

start inputs -> Chapters -> Book
"""

import os

import luigi

from pipeline.plan_task import PlanTask
from tests.runtime.tiny_pipeline import Inputs

FAILING_VARIABLE = "DIRECTORY_PIPELINE_FAILING"
"""Names the task that fails when it has written half of its directory."""


class DirectoryTask(PlanTask):
    """Writes two files into the directory that is its output."""

    name = ""

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(self.run_id_dir / self.name)

    def run_inner(self) -> None:
        directory = self.run_id_dir / self.name
        directory.mkdir()
        (directory / "1.md").write_text("one", encoding="utf-8")
        if os.environ.get(FAILING_VARIABLE) == self.name:
            raise ValueError("half way")
        (directory / "2.md").write_text("two", encoding="utf-8")


class Chapters(DirectoryTask):
    name = "chapters"

    def requires(self) -> luigi.Task:
        return Inputs(run_id_dir=self.run_id_dir)


class Book(DirectoryTask):
    """The root."""

    name = "book"

    def requires(self) -> luigi.Task:
        return self.clone(Chapters)
