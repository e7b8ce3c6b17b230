"""A task of a few lines, for the tables of what is refused and of what is not.

Each case is the body of an entry method. The line that ends in `# <-` is the one that the refusal must name.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent, indent

from tests.shapes.catalogue import DIRECTORY

MARK = "# <-"
PATH = DIRECTORY / "case_of_a_test.py"

HEAD = """\
import json
import os
import random
import shutil
from pathlib import Path

from pipeline.plan_task import PlanTask

from fixtures.shapes.support import results
from fixtures.shapes.support.files import FileName
from fixtures.shapes.support.inputs import Idea, Facts
from fixtures.shapes.support.results import Ledger, Outline


class CaseTask(PlanTask):
    def requires(self):
        return self.clone(Idea)

"""
ONE_FILE = """\
    def output(self):
        return self.local_target(FileName.TEXT)

"""
TWO_FILES = """\
    def output(self):
        return {"raw": self.local_target(FileName.RAW), "text": self.local_target(FileName.TEXT)}

"""
WRITE = """
with self.output().open("w") as f:
    f.write("text")
"""


@dataclass(frozen=True)
class Case:
    """One task.

    Attributes:
        name: for the test's id.
        body: the statements of the entry method.
        code: the refusal, empty where there is none.
        signature: the entry method's.
        files: the `output()`.
        behind: more members of the class.
        calls: how many LLM calls it makes, where the case is about that.
    """

    name: str
    body: str
    code: str = ""
    signature: str = "def run_with_llm(self, llm):"
    files: str = ONE_FILE
    behind: str = ""
    calls: int | None = None

    @property
    def source(self) -> str:
        """The whole module."""
        entry = f"{self.signature}\n{indent(dedent(self.body).strip(), '    ')}\n"
        return HEAD + self.files + indent(entry + dedent(self.behind), "    ")

    @property
    def line(self) -> int:
        """The line that the refusal names."""
        return 1 + next(i for i, line in enumerate(self.source.split("\n")) if line.endswith(MARK))


WITHOUT_LLM = "def run_inner(self):"
