"""What is wrong with one file is said of that file; the others are checked, and the exit status is 1."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from refactor.cli import main

HEAD = b"class A(PlanTask):\n    def run(self):\n"
UNDONE = HEAD + b"        self.output().open('w').write('x')\n"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.py").write_bytes(UNDONE)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["check", *arguments], catch_exceptions=False)


def codes(result: Result) -> dict[str, str]:
    return {line.partition(":")[0]: line.split()[1] for line in result.stdout.splitlines()}


BROKEN = {
    "a syntax error": HEAD + b"        x = (\n",
    "NUL bytes": HEAD + b"        x = '\x00'\n",
    "garbage": b"class A(PlanTask)" + bytes(range(256)) * 20,
    "UTF-16 without a mark": b"class A(PlanTask): pass\n".decode().encode("utf-16-le")
    + b"class A(PlanTask): pass",
    "letters of another encoding": HEAD + b"        x = '\xe9'\n",
    "an unknown encoding": b"# -*- coding: klingon -*-\n" + UNDONE,
    "parentheses in parentheses": HEAD + b"        x = " + b"(" * 3000 + b"1" + b")" * 3000 + b"\n",
    "a sum without an end": HEAD + b"        x = " + b"1 + " * 20_000 + b"1\n",
    "calls of calls": HEAD + b"        x = a" + b".b()" * 5000 + b"\n",
    "branches without an end": HEAD
    + b"        if x:\n            pass\n"
    + b"        elif y:\n            pass\n" * 5000,
    "indentation without an end": HEAD + b"".join(b" " * (8 + i) + b"if x:\n" for i in range(200)),
    "syntax of another time": b"class A(PlanTask):\n    def run(self):\n        print 'x'\n",
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_reported_and_the_others_are_checked(project: Path, content: bytes) -> None:
    (project / "bad.py").write_bytes(content)
    for arguments in (["--no-cache"], [], [], ["-j", "2"], ["--exit-zero"]):
        result = run(*arguments)
        assert codes(result) == {"bad.py": "DBF999", "good.py": "DBF000"}
        assert result.exit_code == 1


FINE = {
    "nothing": b"",
    "a line without an end": b"x = '" + b"a" * 1_000_000 + b"'",
    "garbage": bytes(range(256)) * 20,
    "an encoding with a cookie": b"# -*- coding: latin-1 -*-\nclass B(PlanTask):\n    x = '\xe9'\n",
    "a byte order mark": b"\xef\xbb\xbfclass B(PlanTask):\n    x = 1\n",
    "old line ends": b"class B(PlanTask):\r    x = 1\r",
    "UTF-16, which Python does not run": "class A(PlanTask):\n    def run(self:\n".encode("utf-16"),
    "a form feed": b"\x0cclass B(PlanTask):\n    x = 1\n",
}


@pytest.mark.parametrize("content", FINE.values(), ids=FINE.keys())
def test_an_odd_file_is_nothing_to_report(project: Path, content: bytes) -> None:
    (project / "odd.py").write_bytes(content)
    assert codes(run("--no-cache")) == {"good.py": "DBF000"}


def test_a_file_of_many_megabytes_is_checked(project: Path) -> None:
    (project / "huge.py").write_bytes(
        UNDONE + b"# filler filler filler filler filler filler filler\n" * 100_000
    )
    assert codes(run("--no-cache")) == {"good.py": "DBF000", "huge.py": "DBF000"}


def _dangling(path: Path) -> None:
    path.symlink_to("nowhere.py")


def _loop(path: Path) -> None:
    path.symlink_to("other.py")
    path.with_name("other.py").symlink_to(path.name)


PLACES: dict[str, Callable[[Path], None]] = {
    "a link to nothing": _dangling,
    "a loop of links": _loop,
    "a pipe": os.mkfifo,
}


@pytest.mark.parametrize("make", PLACES.values(), ids=PLACES.keys())
def test_what_cannot_be_read_is_reported(project: Path, make: Callable[[Path], None]) -> None:
    make(project / "bad.py")
    found = codes(run("--no-cache"))
    assert (found["bad.py"], found["good.py"]) == ("DBF999", "DBF000")


def test_a_file_that_may_not_be_read_is_reported(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "bad.py").write_bytes(UNDONE)
    honest = Path.read_bytes

    def read_bytes(path: Path) -> bytes:
        if path.name == "bad.py":
            raise PermissionError(13, "Permission denied")
        return honest(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    result = run("--no-cache")
    assert codes(result) == {"bad.py": "DBF999", "good.py": "DBF000"}
    assert "cannot be read: Permission denied" in result.stdout


def test_a_directory_with_the_name_of_a_file_is_entered(project: Path) -> None:
    (project / "folder.py").mkdir()
    (project / "folder.py" / "inner.py").write_bytes(UNDONE)
    assert codes(run("--no-cache")) == {"folder.py/inner.py": "DBF000", "good.py": "DBF000"}


def test_a_directory_that_links_to_itself_is_entered_once(project: Path) -> None:
    (project / "up").symlink_to(project, target_is_directory=True)
    assert codes(run("--no-cache")) == {"good.py": "DBF000"}


@pytest.mark.parametrize("format_", ["concise", "full", "json", "sarif", "github"])
def test_a_name_that_is_no_text_can_be_told(project: Path, format_: str) -> None:
    try:
        Path(os.fsdecode(b"odd_\xff.py")).write_bytes(UNDONE)
    except OSError:
        pytest.skip("the file system takes no such name")
    for _ in range(2):  # the second time from the cache
        result = run("--output-format", format_, "--output-file", "report.txt")
        assert result.exit_code == 1
        assert (project / "report.txt").read_text(encoding="utf-8").count("DBF000") >= 2


@pytest.mark.parametrize("crash", [RecursionError("deep"), MemoryError(), KeyError("x")], ids=type)
def test_a_crash_at_one_task_is_the_finding_of_that_task(
    project: Path, monkeypatch: pytest.MonkeyPatch, crash: Exception
) -> None:
    from codemods.tasks import discovery

    honest = discovery.entry_of

    def entry_of(ref: object, settings: object) -> object:
        if ref.name == "Bad":  # type: ignore[attr-defined]
            raise crash
        return honest(ref, settings)  # type: ignore[arg-type]

    monkeypatch.setattr(discovery, "entry_of", entry_of)
    (project / "bad.py").write_bytes(UNDONE.replace(b"class A", b"class Bad"))
    result = run("--no-cache")
    assert codes(result) == {"bad.py": "DBF998", "good.py": "DBF000"}
    assert result.exit_code == (2 if isinstance(crash, KeyError) else 1)


@pytest.mark.parametrize("command", ["check", "status"])
@pytest.mark.parametrize("name", ["notes.ipynb", "data.json", "tasks.py.orig"])
def test_a_file_that_is_no_python_is_not_found_to_be_clean(project: Path, command: str, name: str) -> None:
    """The JSON of a notebook happens to parse as Python."""
    (project / name).write_text('{"cells": [], "metadata": {}}')
    result = CliRunner().invoke(main, [command, name])
    assert result.exit_code == 2
    assert "not a Python file" in result.stderr


NESTED = b"""
import luigi


class JobTask(luigi.Task):
    def get_plan_id(self):
        return "plan"

    def get_database_service(self):
        raise NotImplementedError


class NoteTask(JobTask):
    def output(self):
        return luigi.LocalTarget("plan/note.txt")

    def run(self):
        with self.output().open("w") as f:
            f.write("hello")
"""


@pytest.mark.parametrize("nested", [None, "base-classes = ['OtherTask']", "exempt = ['NoteTask']"])
def test_fixes_are_computed_with_the_configuration_of_the_check(project: Path, nested: str | None) -> None:
    """A configuration beside the file belongs to another run."""
    (project / "good.py").unlink()
    (project / "pyproject.toml").write_text("[tool.refactor]\nbase-classes = ['JobTask']\n")
    (project / "sub").mkdir()
    (project / "sub" / "jobs.py").write_bytes(NESTED)
    if nested is not None:
        (project / "sub" / "pyproject.toml").write_text(f"[tool.refactor]\n{nested}\n")
    result = run(".", "--no-cache", "--output-format", "json")
    (finding,) = json.loads(result.stdout)["findings"]
    assert finding["code"] == "DBF000"
    assert finding["fix"] is not None
