"""DBF000: a task that is not refactored. Found by the engine, for it is about what is not there."""

from __future__ import annotations

from codemods.checking.declaration import RIGHT, SEED, Example, Rule

_UNREFACTORED = """\
import json
from pathlib import Path

import luigi

from plan import PlanTask
from summarise import Summarise


class SummariseTask(PlanTask):
    def output(self):
        return luigi.LocalTarget(self.run_id_dir / "summary.json")

    def run_with_llm(self, llm):
        with self.input().open("r") as f:
            query = f.read()
        summary = Summarise.execute(llm, query)
        with self.output().open("w") as f:
            json.dump(summary.to_dict(), f, indent=2)
"""
_RAISES = """\
from plan import PlanTask


class SetupTask(PlanTask):
    def run(self):
        raise AssertionError("made before the pipeline starts")
"""
_EXEMPT = _UNREFACTORED.replace(
    "class SummariseTask(PlanTask):",
    "class SummariseTask(PlanTask):  # refactor: exempt kept by the web server",
)

RULE = Rule(
    code="DBF000",
    name="unrefactored",
    summary="the task is not refactored",
    wrong="The task calls an LLM or writes files and never asks for the database service.",
    why="What it makes is only in files, and files are lost when the container restarts.",
    remedy="`refactor apply --task NAME` inserts the steps, or says why it cannot. A task that needs none is exempt: "
    "`# refactor: exempt reason` in the header of its class.",
    valid=(RIGHT, SEED, Example(_RAISES), Example(_EXEMPT)),
    invalid=(Example(_UNREFACTORED, before=_UNREFACTORED, after=RIGHT.code),),
)
