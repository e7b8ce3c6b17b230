"""The versions of a file between two commits: a task's methods are rewritten together, or none of them."""

from __future__ import annotations

from codemods import api
from codemods.settings import Settings
from codemods.source import SourceFile
from refactor.changes.intermediate import Intermediate
from tests.shapes.catalogue import DIRECTORY

OTHER = """

class OtherTask(PlanTask):
    def output(self):
        return self.local_target(FileName.TEXT)

    def run_inner(self):
        with self.output().open("w") as f:
            f.write("x")
"""


def test_the_steps_of_helper_methods_come_with_their_task() -> None:
    path = DIRECTORY / "helper_methods.py"
    source = SourceFile(path, path.read_text(encoding="utf-8") + OTHER)
    (inspection,) = api.inspect([source], Settings())
    rewrite = api.apply(inspection, lambda report: True, Settings())
    assert set(rewrite.changed) == {"ChaptersTask", "OtherTask"}
    versions = Intermediate.of(rewrite, Settings())

    def opened(*names: str) -> int:
        return versions.version(names, rewrite.after).text.count(".get_database_service()")

    assert (opened(), opened("ChaptersTask"), opened("OtherTask"), opened("ChaptersTask", "OtherTask")) == (
        0,
        4,
        1,
        5,
    )
    assert versions.version(rewrite.changed, rewrite.after).text == rewrite.after.text
