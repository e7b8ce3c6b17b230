"""`apply --commit --verify-with CMD`: the user's command has to be content with each change."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from refactor.changes import verify_with

from .conftest import STAND_IN
from .sources import task

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Git, Refactor

AT_B = "[ $(git rev-list --count HEAD) = 2 ]"
"""Succeeds at the second task."""


@pytest.fixture
def pipeline(here: Path, git: Git) -> Path:
    file = here / "pipeline.py"
    file.write_text(task("C", requires="B") + task("B", requires="A") + task("A"))
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-q", "-m", "first")
    return file


def subjects(git: Git) -> list[str]:
    return git("log", "--reverse", "--format=%s").splitlines()[1:]


def refactored(*names: str) -> list[str]:
    return [f"Refactor {name}: database before files" for name in names]


def test_it_sees_each_change_before_it_is_committed_from_the_root(
    refactor: Refactor,
    pipeline: Path,
    git: Git,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    log = tmp_path_factory.mktemp("log") / "log"
    below = pipeline.parent / "below"
    below.mkdir()
    monkeypatch.chdir(below)
    command = f"(pwd; git rev-list --count HEAD; git diff --shortstat) >> {log}"

    result = refactor("apply", "--all", "--commit", "--verify-with", command, "..")

    changed = " 1 file changed, 1 insertion(+)"
    root = str(pipeline.parent)
    assert log.read_text().splitlines() == [root, "1", changed, root, "2", changed, root, "3", changed]
    assert subjects(git) == refactored("A", "B", "C")
    assert result.exit_code == 0


def test_the_first_failure_is_undone_and_ends_the_run_and_what_was_committed_stays(
    refactor: Refactor, pipeline: Path, git: Git
) -> None:
    command = f"if {AT_B}; then seq 100; echo no >&2; exit 3; fi"

    result = refactor("apply", "--all", "--commit", "--verify-with", command)

    assert subjects(git) == refactored("A")
    assert git("status", "--porcelain") == ""
    assert (
        f"error: B was not committed: `{command}` ended with exit status 3; pipeline.py is as it was\n"
        in (result.stderr)
    )
    assert "The end of its output:\n  82\n  83\n" in result.stderr
    assert "  100\n  no\n1 refactored, " in result.stderr
    assert "It fails without the change" not in result.stderr
    assert result.stdout.splitlines()[:2] == [
        "pipeline.py:1: C: unchanged (todo)",
        "pipeline.py:6: B: unchanged (todo)",
    ]
    assert result.stdout.endswith(" A: refactored\n")
    assert result.exit_code == 1


def test_a_command_that_fails_in_any_case_is_told_as_such(
    refactor: Refactor, pipeline: Path, git: Git
) -> None:
    result = refactor("apply", "--all", "--commit", "--verify-with", "false")

    assert "It fails without the change too: fix that first.\n" in result.stderr
    assert (subjects(git), git("status", "--porcelain"), result.exit_code) == ([], "", 1)


def test_one_that_is_killed_is_told_by_its_signal(refactor: Refactor, pipeline: Path, git: Git) -> None:
    result = refactor("apply", "--all", "--commit", "--verify-with", "kill -9 $$")

    assert "`kill -9 $$` was killed by SIGKILL; pipeline.py is as it was" in result.stderr
    assert (git("status", "--porcelain"), result.exit_code) == ("", 1)


def test_one_that_changes_the_file_itself_has_its_change_left_and_not_committed(
    refactor: Refactor, pipeline: Path, git: Git
) -> None:
    result = refactor("apply", "--all", "--commit", "--verify-with", "echo '# mine' >> pipeline.py")

    assert "A was not committed: changed while `echo '# mine' >> pipeline.py` ran" in result.stderr
    assert "pipeline.py was changed by others meanwhile and is left like that" in result.stderr
    assert pipeline.read_text().endswith("# mine\n")
    assert (subjects(git), result.exit_code) == ([], 1)


def test_what_it_leaves_running_holds_nothing_up(refactor: Refactor, pipeline: Path, git: Git) -> None:
    """Such a process has the output open; a pipe would be read for as long as it lives."""
    command = "sleep 600 & echo $! > .git/left"
    try:
        assert refactor("apply", "--task", "A", "--commit", "--verify-with", command).exit_code == 0
        left = int((pipeline.parent / ".git" / "left").read_text())
        os.kill(left, 0)
    finally:
        os.kill(int((pipeline.parent / ".git" / "left").read_text()), signal.SIGKILL)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_an_interrupt_ends_the_command_and_leaves_a_clean_tree(pipeline: Path, git: Git, name: str) -> None:
    started = pipeline.parent / ".git" / "started"
    os.mkfifo(started)
    command = f"if {AT_B}; then sleep 600 & echo $! > .git/started; wait; fi"
    with subprocess.Popen(
        [sys.executable, str(STAND_IN), "apply", "--all", "--commit", "--verify-with", command],
        cwd=pipeline.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # Below `nohup` it would be ignored, as it should.
        preexec_fn=lambda: signal.signal(getattr(signal, name), signal.SIG_DFL),  # noqa: PLW1509
    ) as process:
        child = int(started.read_text())
        process.send_signal(getattr(signal, name))
        assert process.stderr
        said = process.stderr.read()
    started.unlink()

    assert said.endswith("refactor: interrupted; committed: A\n")
    assert process.returncode == 130
    assert subjects(git) == refactored("A")
    assert git("status", "--porcelain") == ""
    # It has been killed; on a busy machine it may not have had its turn to die.
    end = time.monotonic() + 30
    while _is_running(child) and time.monotonic() < end:
        time.sleep(0.05)
    assert not _is_running(child)


def test_an_interrupt_while_the_command_is_being_started_ends_it_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command runs from then on; only this process does not know it by name yet."""
    start = subprocess.Popen
    started: list[int] = []

    def start_and_be_interrupted(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        process = start(*arguments, **options)
        started.append(process.pid)
        signal.raise_signal(signal.SIGINT)
        return process

    monkeypatch.setattr(verify_with.subprocess, "Popen", start_and_be_interrupted)
    with pytest.raises(KeyboardInterrupt):
        verify_with.run_command("sleep 600", tmp_path)
    monkeypatch.undo()
    assert not _is_running(*started)


def _is_running(pid: int) -> bool:
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()
    return state not in {"", "Z"}


@pytest.mark.parametrize("arguments", [["apply", "--all"], ["apply", "--all", "--diff"]])
def test_it_goes_with_commit_only(refactor: Refactor, pipeline: Path, arguments: list[str]) -> None:
    result = refactor(*arguments, "--verify-with", "true")

    assert "--verify-with goes with --commit" in result.stderr
    assert (result.exit_code, result.stdout) == (2, "")
