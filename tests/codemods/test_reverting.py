"""`revert` gives the original bytes back, or leaves a task alone and says why."""

from __future__ import annotations

import ast
from pathlib import Path
from textwrap import dedent, indent

import pytest

from codemods import api
from codemods.model import FileRewrite, TaskState
from codemods.settings import Settings
from codemods.source import SourceFile
from tests.codemods.test_verification import ORIGINAL, SETTINGS, source

SECOND = ORIGINAL + ORIGINAL[ORIGINAL.index("\n\nclass SwotTask") :].replace(
    "SwotTask", "SecondTask"
).replace("SWOT_", "TEAM_").replace("TEAM_RAW", "REVIEW_TEAM_RAW")


def apply(text: str, only: str = "") -> str:
    inspection = api.inspect([source(text)], SETTINGS)[0]
    return api.apply(inspection, lambda r: not only or r.task.name == only, SETTINGS).after.text


def revert(text: str, only: str = "") -> FileRewrite:
    inspection = api.inspect([source(text)], SETTINGS)[0]
    return api.revert(inspection, lambda r: not only or r.task.name == only, SETTINGS)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("unit", ["    ", "\t", "  "])
@pytest.mark.parametrize("end", ["", "\n\n\n"])
def test_the_original_comes_back(newline: str, unit: str, end: str) -> None:
    """Whatever the file's line ends, indentation and end are."""
    text = ORIGINAL.rstrip("\n")
    kept = '        text = """\n  indented as it is\n"""\n'
    before, after = text.split(kept)
    text = (
        before.replace("    ", unit) + kept.replace("        ", unit * 2, 1) + after.replace("    ", unit)
    ) + end
    text = text.replace("\n", newline)
    changed = apply(text)
    assert changed != text
    assert revert(changed).after.text == text


def test_one_task_of_two_is_reverted() -> None:
    """The other one keeps its steps, and the imports they need."""
    both = apply(SECOND)
    one = revert(both, "SwotTask")
    assert one.changed == ("SwotTask",)
    assert one.after.text == apply(SECOND, "SecondTask")
    assert revert(one.after.text).after.text == SECOND


def test_an_edited_step_is_left_alone() -> None:
    """What was changed by hand is not thrown away."""
    edited = apply(ORIGINAL).replace('"status": "pending",', '"status": "pending", "note": "by hand",')
    result = revert(edited)
    assert result.after.text == edited
    report = next(r for r in result.reports if r.task.name == "SwotTask")
    assert report.refusal is not None
    assert (report.state, report.refusal.code) == (TaskState.DONE, "DBR911")
    assert "is no step as this tool writes it: interaction_id = " in report.reason


def test_a_task_done_by_hand_is_left_alone() -> None:
    """Steps that this tool did not write are not its to take out."""
    by_hand = ORIGINAL.replace(
        '        logger.info("Reading the plan.")\n',
        "        db_service = self.get_database_service()\n        db_service.close()\n",
    )
    assert revert(by_hand).after.text == by_hand


def test_a_file_without_steps_is_unchanged() -> None:
    """Nothing to revert."""
    assert revert(ORIGINAL).after.text == ORIGINAL


@pytest.mark.parametrize(
    "line", ["", " " * 12, " " * 16, " " * 30, " " * 16 + "# deeper than its suite", "\t"]
)
def test_lines_that_the_parser_gives_to_an_inserted_block_come_back(line: str) -> None:
    """A handler's first line, behind the `if` inserted there, is the end of that one's body."""
    handler = "        except Exception as e:\n"
    text = ORIGINAL.replace(handler, f"{handler}{line}\n")
    changed = apply(text)
    assert changed != text
    assert revert(changed).after.text == text


FRAME = """\
import json
import logging

import luigi

from llms import get_llm
from base import BaseTask

logger = logging.getLogger(__name__)


def save_rows(path, rows):
    with open(path, "w") as f:
        for row in rows:
            f.write(str(row))


class OneTask(BaseTask):
    model = luigi.Parameter(default="small")
    rows = luigi.ListParameter()

    def output(self):
        return luigi.LocalTarget(f"{self.run_dir}/l.txt")

"""
BASE = """\
import os

import luigi


class BaseTask(luigi.Task):
    run_dir = luigi.Parameter()

    def get_plan_id(self):
        return os.path.basename(self.run_dir)

    def get_database_service(self):
        return Service()
"""
LLMS = """\
class Client:
    def __init__(self, name):
        self.model = name

    def ask(self, prompt):
        return prompt


def get_llm(name):
    return Client(name)
"""
BODIES = {
    "an assignment in a replayed loop": """
        with self.output().open("w") as f:
            for i in range(3):
                line = str(i)
                f.write(line)
    """,
    "loops in loops with names bound in all of them": """
        with self.output().open("w") as f:
            f.write("head")
            for i, row in enumerate(self.rows):
                cells = [str(cell) for cell in row]
                if cells:
                    for cell in cells:
                        text = str(i) + cell
                        logger.info("writing %s", text)
                        f.write(text)
                else:
                    f.write("-")
    """,
    "a count and a log line": """
        with open(self.output().path, "w") as f:
            for row in self.rows:
                total = len(row)
                logger.debug("row")
                f.write(f"{total}: {row}")
    """,
    "a comprehension in a scratch call": """
        rows = self.rows
        save_rows(self.output().path, [tuple(r) for r in rows])
    """,
    "a comprehension and a lambda in a scratch call": """
        pairs = sorted({r: k for k, r in enumerate(self.rows)}.items(), key=lambda r: r[1])
        save_rows(self.output().path, sorted((r for r in pairs), key=lambda r: str(r)))
    """,
    "a model call": """
        llm = get_llm(self.model)
        text = llm.ask("q")
        # Step 1: Read inputs.
        data = 1
        with self.output().open("w") as f:
            f.write(text)
    """,
}


def project(tmp_path: Path, body: str) -> SourceFile:
    settings_body = "\n".join(line[4:] for line in body.strip("\n").splitlines())
    (tmp_path / "base.py").write_text(BASE)
    (tmp_path / "llms.py").write_text(LLMS)
    text = f"{FRAME}    def run(self):\n{indent(dedent(settings_body), '        ')}\n"
    (tmp_path / "t.py").write_text(text)
    return SourceFile(tmp_path / "t.py", text)


OF_PROJECT = Settings(base_classes=("BaseTask",))


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("moved_on", [False, True])
def test_what_other_files_say_by_now_makes_no_difference(
    tmp_path: Path, kind: str, *, moved_on: bool
) -> None:
    """The steps are known by their own form, also where `apply` would insert others today, or refuse."""
    before = project(tmp_path, BODIES[kind])
    applied = api.apply(api.inspect([before], OF_PROJECT)[0], lambda r: True, OF_PROJECT).after
    assert "get_database_service" in applied.text, kind
    if moved_on:
        (tmp_path / "llms.py").write_text("from vendor import get_llm\n")
        (tmp_path / "base.py").write_text("from vendor import BaseTask\n")
    result = api.revert(api.inspect([applied], OF_PROJECT)[0], lambda r: True, OF_PROJECT)
    assert [r.reason for r in result.reports if r.refusal] == []
    assert result.after.text == before.text


EDITS = {
    "a column more": ('"stage": "swot",', '"stage": "swot", "note": 1,'),
    "another status": ('"status": "pending"', '"status": "open"'),
    "a log line among the steps": (
        "            db_service.create_plan_content({",
        "            logger.info(duration_seconds)\n            db_service.create_plan_content({",
    ),
    "a comment in a step": ('"status": "pending",', '"status": "pending",  # as agreed'),
    "a comment above a step": (
        "            db_service.create_plan_content({",
        "            # Ours, see the minutes.\n            db_service.create_plan_content({",
    ),
    "a step that is used later": (
        '            with self.output()["markdown"].open("w") as f:\n',
        '            with self.output()["markdown"].open("w") as f:\n                print(plan_id)\n',
    ),
    "something in the finally": (
        "                db_service.close()\n",
        "                db_service.close()\n            print(1)\n",
    ),
    "something in the handler": (
        "            raise\n        finally",
        "            print(1)\n            raise\n        finally",
    ),
    "another opening": (
        "db_service = self.get_database_service()",
        "db_service = self.get_database_service(1)",
    ),
}


@pytest.mark.parametrize("kind", EDITS)
def test_what_may_be_somebodys_is_kept_and_named(kind: str) -> None:
    """The task stays as it is, with a code and the reason."""
    old, new = EDITS[kind]
    applied = apply(ORIGINAL)
    assert old in applied
    edited = applied.replace(old, new, 1)
    result = revert(edited)
    report = next(r for r in result.reports if r.task.name == "SwotTask")
    assert report.refusal is not None
    assert (report.state, report.refusal.code) == (TaskState.DONE, "DBR911")
    assert result.after.text == edited


@pytest.mark.parametrize("comment", ["  # noqa: BLE001", "  # pragma: no cover", "  # type: ignore[misc]"])
def test_directives_for_other_tools_go_with_the_steps(comment: str) -> None:
    """They say something about a line that is no more."""
    applied = apply(ORIGINAL)
    line = "except BaseException as error:"
    edited = applied.replace(line, line + comment)
    assert edited != applied
    assert revert(edited).after.text == ORIGINAL


def test_an_import_that_a_formatter_has_spread_is_taken_out_whole() -> None:
    """All its lines, or none."""
    applied = apply(ORIGINAL)
    line = "import time  # database-first steps\n"
    spread = "from datetime import (  # database-first steps\n    datetime,\n    timezone,\n)\n"
    assert line in applied
    assert revert(applied.replace(line, line + spread)).after.text == ORIGINAL


def test_what_a_formatter_did_is_said() -> None:
    """The lines that it broke inside of the steps' `try` are no longer those of the original."""
    applied = apply(ORIGINAL)
    assert {r.reason for r in revert(applied).reports if r.state is TaskState.TODO} == {""}
    broken = applied.replace("db_service.create_plan_content({", "db_service.create_plan_content(\n{")
    broken = broken.replace(
        "json.dump(swot.to_dict(), f, indent=2)", "json.dump(\nswot.to_dict(), f, indent=2,\n)"
    )
    result = revert(broken)
    assert result.changed == ("SwotTask",)
    (report,) = (r for r in result.reports if r.state is TaskState.TODO)
    assert "formatted since" in report.reason
    assert ast.dump(ast.parse(result.after.text)) == ast.dump(ast.parse(ORIGINAL))
