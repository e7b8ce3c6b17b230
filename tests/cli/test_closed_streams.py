"""A command that is started with a closed stream does its work, as one whose output goes nowhere."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
SOURCE = "class Base: ...\n\n\nclass NoteTask(Base):\n    def run(self):\n        open('a', 'w').write('x')\n"
CLOSED = (">&-", "2>&-", "<&-", ">&- 2>&- <&-")


def _run(program: str, arguments: str, closed: str, directory: Path) -> subprocess.CompletedProcess[str]:
    begin = f"import luigi_database_first as begin, sys; sys.argv[0] = {program!r}; begin.{program}()"
    command = f"{shlex.quote(sys.executable)} -c {shlex.quote(begin)} {arguments} {closed}"
    return subprocess.run(
        command,
        shell=True,
        cwd=directory,
        env={"PYTHONPATH": str(REPOSITORY), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("closed", CLOSED)
@pytest.mark.parametrize(("command", "status"), [("status", 0), ("check --no-cache", 1), ("rule --all", 0)])
def test_refactor(command: str, status: int, closed: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.refactor]\nbase-classes = ["Base"]\n')
    (tmp_path / "t.py").write_text(SOURCE)
    ran = _run("refactor", command, closed, tmp_path)
    assert (ran.returncode, "internal error" in ran.stderr) == (status, False)


@pytest.mark.parametrize("closed", CLOSED)
def test_pipeline(closed: str, tmp_path: Path) -> None:
    run = "run --prompt x --plan-id p --root tests.runtime.tiny_pipeline:Tiny"
    assert _run("pipeline", run, closed, tmp_path).returncode == 0
    listed = _run("pipeline", "list", closed, tmp_path)
    assert (listed.returncode, "Traceback" in listed.stderr) == (0, False)
    assert "completed" in _run("pipeline", "list", "", tmp_path).stdout


def test_findings_are_not_written_over_a_source(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.refactor]\nbase-classes = ["Base"]\n')
    (tmp_path / "t.py").write_text(SOURCE)
    ran = _run("refactor", "check --no-cache --output-file t.py", "", tmp_path)
    assert ran.returncode == 2
    assert "t.py: is there and holds Python" in ran.stderr
    assert (tmp_path / "t.py").read_text() == SOURCE
