"""`status`: where every task stands and what comes next."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from refactor.output import terminal
from refactor.project.order import in_dependency_order

from .sources import BASE, EVERY_STATE, EXEMPT_START, task
from .terminals import on_terminal

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Refactor

STAGES = """
[tool.refactor]
exempt = ["StartTask"]
[tool.refactor.stages]
closing = ["ReportTask"]
middle = ["LeversTask", "ChoiceTask"]
opening = ["StartTask", "PurposeTask"]
"""
PIPELINE = (
    task("ReportTask", requires="LeversTask")
    + task("ChoiceTask", requires="LeversTask")
    + task("LeversTask", requires="PurposeTask")
    + task("PurposeTask", "done", requires="StartTask")
    + task("StartTask")
    + BASE
)


@pytest.fixture
def pipeline(here: Path) -> Path:
    (here / "pyproject.toml").write_text(STAGES)
    file = here / "pipeline.py"
    file.write_text(PIPELINE)
    return file


def test_text_is_a_table_by_stage_in_dependency_order(refactor: Refactor, pipeline: Path) -> None:
    result = refactor("status")

    assert result.stdout == (
        "stage    done  to do  exempt  refused  defect\n"
        "opening     1      0       1        0       0\n"
        "middle      0      2       0        0       0\n"
        "closing     0      1       0        0       0\n"
        "total       1      3       1        0       0\n"
        "\n"
        "Next batch: middle (2 to do)\n"
        "  LeversTask, ChoiceTask\n"
        "  refactor apply --stage middle\n"
    )
    assert result.stderr == "1 of 4 tasks refactored, 3 to do\n"
    assert result.exit_code == 0


def test_the_next_command_names_the_same_files(refactor: Refactor, pipeline: Path) -> None:
    (pipeline.parent / "a b.toml").write_text(STAGES)
    pipeline.rename(pipeline.parent / "my pipeline.py")

    result = refactor("status", "--config", "a b.toml", "my pipeline.py")

    assert result.stdout.endswith("\n  refactor apply --stage middle --config 'a b.toml' 'my pipeline.py'\n")


def test_v_lists_every_task_below_its_stage(refactor: Refactor, pipeline: Path) -> None:
    result = refactor("status", "-v")

    assert (
        "opening\n"
        "  exempt    StartTask (pipeline.py:21)\n"
        "  done      PurposeTask (pipeline.py:16)\n"
        "middle\n"
        "  todo      LeversTask (pipeline.py:11)\n"
    ) in result.stdout


def test_q_leaves_what_stands_in_the_way(refactor: Refactor, here: Path) -> None:
    (here / "pipeline.py").write_text(task("A") + task("R", "refused"))

    result = refactor("status", "-q")

    assert result.stdout == "pipeline.py:5: R: refused DBR002 the suite is on one line\n"
    assert result.stderr == ""


def test_what_stands_in_the_way_is_listed(refactor: Refactor, here: Path) -> None:
    (here / "pyproject.toml").write_text(EXEMPT_START)
    (here / "pipeline.py").write_text(EVERY_STATE)

    result = refactor("status")

    assert "pipeline.py:12: RefusedTask: refused DBR002 the suite is on one line\n" in result.stdout
    assert "pipeline.py:16: DefectiveTask: defective a file is written before its row\n" in result.stdout
    assert result.stderr == "1 of 4 tasks refactored, 1 to do, 1 refused, 1 defective\n"
    assert result.exit_code == 0


@pytest.mark.parametrize("option", ["--format", "--output-format"])
def test_json(refactor: Refactor, pipeline: Path, option: str) -> None:
    result = refactor("status", option, "json")

    document = json.loads(result.stdout)
    assert document["tasks"][0] == {
        "task": "ReportTask",
        "path": "pipeline.py",
        "line": 1,
        "entry": "run_inner",
        "stage": "closing",
        "state": "todo",
        "reason": "",
        "row_after_file": False,
    }
    assert document["summary"] == {
        "done": 1,
        "todo": 3,
        "exempt": 1,
        "refused": 0,
        "defective": 0,
        "total": 5,
        "next_batch": {"stage": "middle", "tasks": ["LeversTask", "ChoiceTask"]},
        "errors": 0,
    }


def test_html_is_one_page_that_loads_nothing(refactor: Refactor, pipeline: Path) -> None:
    (pipeline.parent / "a<b>.py").write_text(task("X", "refused"))

    page = refactor("status", "--format", "html").stdout

    assert page.startswith("<!doctype html>")
    assert "<h1>1 of 5 tasks refactored</h1>" in page
    assert "a&lt;b&gt;.py:1" in page
    assert "DBR002 the suite is on one line" in page
    assert not re.search(r"<script|<link|<img|https?:|@import|url\(", page)


def test_a_broken_file_is_never_0(refactor: Refactor, pipeline: Path) -> None:
    (pipeline.parent / "broken.py").write_text("class A(PlanTask:\n")

    for format_ in ("text", "json", "html"):
        result = refactor("status", "--format", format_)
        assert result.exit_code == 1
        assert "broken.py:1" in result.stderr
        assert result.stdout


def test_nothing_there(refactor: Refactor, here: Path) -> None:
    result = refactor("status")

    assert (result.stdout, result.exit_code) == ("", 0)
    assert result.stderr.startswith("no tasks found: ")
    assert json.loads(refactor("status", "--format", "json").stdout)["summary"]["next_batch"] is None


def test_everything_done_has_no_next_batch(refactor: Refactor, here: Path) -> None:
    (here / "a.py").write_text(task("A", "done"))

    assert "Next batch" not in refactor("status").stdout


@pytest.mark.parametrize("columns", [20, 60, 80, 200])
def test_a_terminal_gets_a_table_that_fits(pipeline: Path, columns: int) -> None:
    (pipeline.parent / "a_rather_long_name_for_a_module_that_holds_one_task.py").write_text(task("LongTask"))

    shown = on_terminal(pipeline.parent, "status", COLUMNS=str(columns))

    plain = shown.plain
    assert plain != shown.text
    width = min(max(columns, terminal.NARROWEST), terminal.WIDEST)
    table = plain.split("\n\n")[0]
    assert max(len(line) for line in table.splitlines()) <= width
    assert re.search(r"stage +done +to do +exempt +refused +defect", table)
    assert re.search(r"opening +1 +· +1 +· +·", plain)
    assert re.search(r"total +1 +4 +1 +0 +0 .*[━╸╺]", plain)
    assert ("20 %" in plain) == (columns >= 80)


def test_no_colour_is_honoured(pipeline: Path) -> None:
    shown = on_terminal(pipeline.parent, "status", NO_COLOR="1")

    assert "opening" in shown.text
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", shown.text)


@pytest.mark.parametrize(
    ("items", "needs", "expected"),
    [
        ("abc", {}, "abc"),
        ("abc", {"a": "c", "c": "b"}, "bca"),
        ("abc", {"a": "b", "b": "a", "c": ""}, "cab"),
        ("ab", {"a": "ax"}, "ab"),
    ],
)
def test_dependency_order_is_stable_and_survives_circles(
    items: str, needs: dict[str, str], expected: str
) -> None:
    assert "".join(in_dependency_order(items, needs)) == expected
