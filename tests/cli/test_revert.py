"""`revert`: the original bytes come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .sources import task

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Refactor


@pytest.fixture
def pipeline(refactor: Refactor, here: Path) -> bytes:
    data = b"\xef\xbb\xbf" + (task("A") + task("B")).replace("\n", "\r\n").encode()
    (here / "pipeline.py").write_bytes(data)
    assert refactor("apply", "--all").exit_code == 0
    return data


def test_all(refactor: Refactor, here: Path, pipeline: bytes) -> None:
    result = refactor("revert", "--all")

    assert result.stdout == "pipeline.py:1: A: reverted\npipeline.py:4: B: reverted\n"
    assert result.stderr == "2 reverted, 0 refused, 0 exempt, 0 not refactored\n"
    assert result.exit_code == 0
    assert (here / "pipeline.py").read_bytes() == pipeline


def test_one_and_again(refactor: Refactor, here: Path, pipeline: bytes) -> None:
    assert refactor("revert", "--task", "B").exit_code == 0
    again = refactor("revert", "--task", "B")

    assert again.stdout == "pipeline.py:5: B: unchanged (todo)\n"
    assert again.exit_code == 0
    assert (here / "pipeline.py").read_bytes().count(b"# done") == 1


def test_diff_writes_nothing(refactor: Refactor, here: Path, pipeline: bytes) -> None:
    before = (here / "pipeline.py").read_bytes()

    result = refactor("revert", "--all", "--diff")

    assert result.stdout_bytes.count(b"\n-        # done\r\n") == 2
    assert result.exit_code == 1
    assert (here / "pipeline.py").read_bytes() == before


def test_it_wants_to_be_told_what(refactor: Refactor, pipeline: bytes) -> None:
    assert refactor("revert").exit_code == 2
    assert refactor("revert", "--task", "C").exit_code == 2


def test_a_task_that_apply_refuses_has_nothing_to_revert(
    refactor: Refactor, here: Path, pipeline: bytes
) -> None:
    (here / "other.py").write_text(task("R", "refused"))

    result = refactor("revert", "--all")

    assert "other.py:1: R: unchanged (refused)\n" in result.stdout
    assert result.stderr == "2 reverted, 0 refused, 0 exempt, 1 not refactored\n"
    assert result.exit_code == 0
