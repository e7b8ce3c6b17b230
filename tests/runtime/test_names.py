"""No name from the command line or the database leads out of a run directory."""

from pathlib import Path

import pytest

from pipeline.errors import InvalidNameError
from pipeline.names import check_filename, check_plan_id, plan_directory, plan_file

HOSTILE = [
    "",
    ".",
    "..",
    "../x",
    "a/b",
    "/etc/passwd",
    "a\\b",
    "a\x00b",
    "a\nb",
    ".hidden",
    "x" * 256,
    "\ud800",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_names_are_refused(name: str) -> None:
    with pytest.raises(InvalidNameError):
        plan_file(Path("run"), name)


@pytest.mark.parametrize("name", [*HOSTILE, "a b", "é", "-rf", "x" * 129, "p1\n"])
def test_hostile_plan_ids_are_refused(name: str) -> None:
    with pytest.raises(InvalidNameError):
        plan_directory(Path("run"), name)


@pytest.mark.parametrize("name", ["001-1-start_time.json", "a b.md", "é.txt", "..x"[2:], "a..b"])
def test_ordinary_file_names_are_taken(name: str) -> None:
    assert check_filename(name) == name


@pytest.mark.parametrize("name", ["plan-20251001-080000-a1b2c3", "1", "a.b_c-d", "x" * 128])
def test_ordinary_plan_ids_are_taken(name: str) -> None:
    assert check_plan_id(name) == name
