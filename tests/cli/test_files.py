"""Which files are looked at."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from refactor.project.files import find_files

from .sources import task

if TYPE_CHECKING:
    import pytest

    from codemods.errors import SourceError

    from .conftest import Refactor


def found(*paths: str) -> list[str]:
    return [candidate.path.as_posix() for candidate in find_files([Path(path) for path in paths], [])]


def test_directories_are_walked_sorted_without_what_nobody_maintains(here: Path) -> None:
    for name in (
        "b/z.py",
        "b/a.py",
        "a.py",
        "a.txt",
        ".git/hooks/x.py",
        ".venv/x.py",
        "node_modules/m/x.py",
        "b/__pycache__/x.py",
        "myenv/lib/x.py",
        ".hidden/kept.py",
        "build/x.py",
    ):
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).touch()
    (here / "myenv" / "pyvenv.cfg").touch()

    assert found(".") == [".hidden/kept.py", "a.py", "b/a.py", "b/z.py"]
    assert found("b", "a.py") == ["a.py", "b/a.py", "b/z.py"]


def test_a_named_file_needs_no_suffix(here: Path) -> None:
    (here / "script").touch()

    assert found("script") == ["script"]


def test_linked_directories_are_not_followed(here: Path) -> None:
    (here / "loop").symlink_to(".")
    (here / "a.py").touch()

    assert found(".") == ["a.py"]


def test_a_file_that_cannot_hold_a_task_is_not_parsed_unless_named(refactor: Refactor, here: Path) -> None:
    (here / "template.py").write_text("{{ not python }} =\n")

    assert refactor("apply", "--all").exit_code == 0
    named = refactor("apply", "--all", "template.py")

    assert named.exit_code == 1
    assert "template.py:1:" in named.stderr


def test_a_missing_path_is_2(refactor: Refactor, here: Path) -> None:
    for command in (["apply", "--all"], ["status"], ["explain", "A"], ["revert", "--all"]):
        result = refactor(*command, "nowhere")
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr == "refactor: nowhere: no such file or directory\n"


def test_a_pipe_does_not_hang_the_run(refactor: Refactor, here: Path) -> None:
    os.mkfifo(here / "pipe.py")

    result = refactor("apply", "--all")

    assert "pipe.py: error: is not a regular file" in result.stderr
    assert result.exit_code == 1


def test_an_unreadable_file_is_an_error_of_that_file(
    refactor: Refactor, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "a.py").write_text(task("A"))
    (here / "b.py").write_text(task("B"))
    real = Path.read_bytes

    def read_bytes(path: Path) -> bytes:
        if path.name == "a.py":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    result = refactor("status", "--format", "json")

    assert "a.py: error: cannot be read: Permission denied" in result.stderr
    assert '"task": "B"' in result.stdout
    assert result.exit_code == 1


def test_a_broken_link_in_a_directory_is_an_error(refactor: Refactor, here: Path) -> None:
    (here / "gone.py").symlink_to("nowhere.py")

    result = refactor("apply", "--all", "--check")

    assert "gone.py: error: cannot be read" in result.stderr
    assert result.exit_code == 1


def test_an_unreadable_directory_is_a_problem(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "sub").mkdir()
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("sub"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    problems: list[SourceError] = []

    assert find_files([Path()], problems) == ()
    assert [str(problem) for problem in problems] == ["sub: cannot be read: Permission denied"]
