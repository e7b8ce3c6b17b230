"""Tasks that have their steps as a block: what is right in them is left alone, what is missing is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods.api import apply, inspect
from codemods.model import TaskState
from codemods.settings import Settings
from codemods.source import SourceFile
from tests.check.tools import codes

BEGIN = "            call = steps.llm_call(prompt=query, model=llm)\n"
ASK = "            item = Item.execute(llm, query)\n"
DUMP = "            raw = json.dumps(item.to_dict())\n"
END = "            call.complete(raw, answer=item)\n"
PERSIST = '            steps.persist("item.json", raw)\n'
WRITE = '            with self.output()["raw"].open("w") as f:\n                f.write(raw)\n'
NOTES = '            with self.output()["notes"].open("w") as g:\n                g.write(query)\n'
WRITTEN = "                steps.written(g)\n"

BLOCK = (
    """\
import json

import luigi

from pipeline.plan_task import PlanTask


class Item:
    def __init__(self, text):
        self.text = text

    @classmethod
    def execute(cls, llm, query):
        return cls(llm.complete(query))

    def to_dict(self):
        return {"text": self.text}


class ItemTask(PlanTask):
    def output(self):
        return {
            "raw": luigi.LocalTarget(str(self.run_id_dir / "item.json")),
            "notes": luigi.LocalTarget(str(self.run_id_dir / "notes.md")),
        }

    def run_with_llm(self, llm):
        query = "What?"
        with self.database_steps() as steps:
"""
    + BEGIN
    + ASK
    + DUMP
    + END
    + PERSIST
    + WRITE
    + NOTES
    + WRITTEN
)


@pytest.mark.parametrize("strict", [False, True])
def test_a_task_with_its_steps_as_a_block_is_right(*, strict: bool) -> None:
    assert codes(BLOCK, strict=strict) == []


def test_it_is_done_and_left_as_it_is() -> None:
    """No second set of steps goes around the block."""
    source = SourceFile(Path("item.py"), BLOCK)
    (inspection,) = inspect([source], Settings())
    assert [report.state for report in inspection.reports] == [TaskState.DONE]
    result = apply(inspection, lambda report: True, Settings())
    assert result.after.text == BLOCK


WRONG = {
    "a call that is not recorded": (BEGIN + ASK + DUMP + END, ASK + DUMP, "DBF300"),
    "a call that is recorded after it was made": (BEGIN + ASK, ASK + BEGIN, "DBF300"),
    "a call that is never completed": (END, "", "DBF500"),
    "a cut prompt": ("prompt=query,", "prompt=query[:1000],", "DBF303"),
    "a cut response": ("complete(raw,", "complete(raw[:1000],", "DBF501"),
    "a file before its row": (PERSIST + WRITE, WRITE + PERSIST, "DBF700"),
    "a member that is not there": ("item.to_dict()", "item.as_dict()", "DBF951"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_wrong_in_a_block_is_found(kind: str) -> None:
    old, new, code = WRONG[kind]
    assert BLOCK.count(old) == 1
    assert code in codes(BLOCK.replace(old, new))


def test_files_that_nothing_persists_are_found() -> None:
    """Where a row is of a file that is read, any output may be that file."""
    assert codes(BLOCK.replace(PERSIST, "")) == []
    assert codes(BLOCK.replace(PERSIST, "").replace(WRITTEN, "")) == ["DBF600", "DBF600"]


def test_a_failed_call_and_further_blocks_are_right() -> None:
    """As `fail` ends a call, and `read_back` tells of any file."""
    code = BLOCK.replace(
        BEGIN + ASK,
        BEGIN
        + "            try:\n    "
        + ASK
        + "            except ValueError as error:\n                call.fail(error)\n                raise\n",
    ).replace(WRITTEN, "            steps.read_back(self.output()['notes'])\n")
    assert codes(code) == []
