"""`apply --interactive`: task by task."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .sources import task

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Refactor


@pytest.fixture(autouse=True)
def pipeline(here: Path) -> Path:
    file = here / "pipeline.py"
    file.write_text(task("A") + task("B", "refused") + task("C") + task("D"))
    return file


def done(file: Path) -> list[str]:
    return [part.split("(")[0] for part in file.read_text().split("class ")[1:] if "# done" in part]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ("y\ny\ny\n", ["A", "C", "D"]),
        ("n\nyes\nno\n", ["C"]),
        ("y\nq\n", ["A"]),
        ("q\n", []),
        ("what\n\ny\nn\nn\n", ["A"]),
        ("Y\nE\nY\nN\n", ["A", "C"]),
    ],
)
def test_what_is_accepted_is_written(
    refactor: Refactor, pipeline: Path, answers: str, expected: list[str]
) -> None:
    refactor("apply", "--all", "--interactive", answers=answers)

    assert done(pipeline) == expected


def test_each_question_shows_the_diff_of_just_that_task(refactor: Refactor, pipeline: Path) -> None:
    result = refactor("apply", "--all", "--interactive", answers="y\ny\nn\n")

    assert result.stdout.count("--- pipeline.py\n") == 3
    assert result.stdout.count("\n+        # done") == 3
    assert "(2 of 3) Refactor C? [y]es, [n]o, [e]xplain, [q]uit: " in result.stderr
    assert "pipeline.py:1: A: refactored" in result.stdout
    assert "pipeline.py:6: B: refused DBR002" in result.stdout
    assert result.exit_code == 1


def test_e_explains_and_asks_again(refactor: Refactor, pipeline: Path) -> None:
    result = refactor("apply", "--task", "A", "--interactive", answers="e\ny\n")

    assert "A (pipeline.py:1) can be refactored." in result.stdout
    assert result.stderr.count("Refactor A?") == 2
    assert result.exit_code == 0


def test_the_end_of_the_input_writes_nothing(refactor: Refactor, pipeline: Path) -> None:
    before = pipeline.read_bytes()

    result = refactor("apply", "--all", "--interactive", answers="y\n")

    assert "interrupted; nothing was written" in result.stderr
    assert result.exit_code == 130
    assert pipeline.read_bytes() == before


def test_a_failing_file_is_reported_not_asked_about(refactor: Refactor, here: Path) -> None:
    (here / "other.py").write_text(task("X", "unprovable"))

    result = refactor("apply", "--interactive", "--all", "other.py", answers="")

    assert "other.py: error: the proof failed" in result.stderr
    assert "Refactor X?" not in result.stderr
    assert result.exit_code == 1
