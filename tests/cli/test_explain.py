"""`explain`: what a colleague would say about a task."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codemods.refusals import REFUSALS

from .sources import EVERY_STATE, EXEMPT_START, task

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Refactor


@pytest.fixture(autouse=True)
def pipeline(here: Path) -> Path:
    (here / "pyproject.toml").write_text(EXEMPT_START)
    file = here / "pipeline.py"
    file.write_text(EVERY_STATE)
    return file


def test_a_task_to_do(refactor: Refactor) -> None:
    result = refactor("explain", "TodoTask")

    assert result.stdout == (
        "TodoTask (pipeline.py:1) can be refactored.\n"
        "\n"
        'Its work is in run_inner(). It belongs to the stage pipeline; its rows carry stage "todo".\n'
        "It reads setup and purpose.\n"
        "\n"
        "Line 3: it calls an LLM, in a loop: Summarise.execute\n"
        "  prompt:       plan_prompt\n"
        "  result:       summary\n"
        "  response:     json.dumps(summary.to_dict())\n"
        "\n"
        'Line 4: it writes its output "raw" (json): summary.save_raw\n'
        "  file name:    FilenameEnum.RAW.value = 007-raw.json\n"
        "  content:      json.dumps(summary.to_dict(), indent=2)\n"
        "  found in:     the writer's source\n"
        "  confirmation: the file is compared with the row after the write, and the row set right if they\n"
        "                differ\n"
        "\n"
        "What is inserted:\n"
        "  step 1, at the head of the method: ask for the plan id\n"
        "  step 3, before line 3: record the LLM call as pending, with the whole prompt\n"
        "  step 9, in the finally of that try: close the database service\n"
        "\n"
        "Added at the top of the module: import json\n"
    )
    assert result.exit_code == 0


def test_a_refused_task_is_told_why_and_what_helps(refactor: Refactor) -> None:
    result = refactor("explain", "RefusedTask")

    rule = REFUSALS["DBR002"]
    flat = " ".join(result.stdout.split())
    assert flat.startswith("RefusedTask (pipeline.py:11) is refused and stays as it is.")
    assert f"Why: DBR002, {rule.title} line 12, column 5: the suite is on one line." in flat
    assert f"What would help: {' '.join(rule.remedy.split())}" in flat
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("DoneTask", "is done"),
        ("StartTask", "is exempt and stays as it is"),
        ("DefectiveTask", "A file is written before its row.".lower()),
    ],
)
def test_the_other_states(refactor: Refactor, name: str, words: str) -> None:
    result = refactor("explain", name)

    assert words in result.stdout.lower()
    assert result.exit_code == 0


def test_the_same_name_twice_is_explained_twice(refactor: Refactor, here: Path) -> None:
    (here / "other.py").write_text(task("TodoTask"))

    assert refactor("explain", "TodoTask").stdout.count("can be refactored") == 2
    assert refactor("explain", "TodoTask", "other.py").stdout.startswith("TodoTask (other.py:1)")


def test_an_unknown_task_is_2(refactor: Refactor) -> None:
    result = refactor("explain", "todotask")

    assert result.stderr == "refactor: no task is called todotask; did you mean TodoTask?\n"
    assert (result.stdout, result.exit_code) == ("", 2)
