"""`apply --commit`: one commit a task."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from .sources import task

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Git, Refactor


@pytest.fixture
def pipeline(here: Path, git: Git) -> Path:
    file = here / "pipeline.py"
    file.write_bytes(
        (task("B", requires="A") + task("R", "refused") + task("A")).replace("\n", "\r\n").encode()
    )
    (here / "other.py").write_text(task("C", requires="B"))
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-q", "-m", "first")
    return file


def subjects(git: Git) -> list[str]:
    return git("log", "--reverse", "--format=%s").splitlines()[1:]


def test_one_commit_a_task_in_dependency_order(refactor: Refactor, pipeline: Path, git: Git) -> None:
    result = refactor("apply", "--all", "--commit")

    assert subjects(git) == [f"Refactor {name}: database before files" for name in "ABC"]
    assert git("status", "--porcelain") == ""
    assert "committed A\ncommitted B\ncommitted C\n" in result.stderr
    assert result.stdout == (
        "other.py:1: C: refactored\n"
        "pipeline.py:1: B: refactored\n"
        "pipeline.py:8: R: refused DBR002 the suite is on one line\n"
        "pipeline.py:10: A: refactored\n"
    )
    assert result.exit_code == 1


def test_each_commit_holds_its_task_and_its_message_says_how(
    refactor: Refactor, pipeline: Path, git: Git
) -> None:
    refactor("apply", "--task", "A", "B", "--commit")

    assert git("show", "--format=", "--numstat", "HEAD~1").split() == ["1", "0", "pipeline.py"]
    assert git("show", "--format=%b", "--no-patch", "HEAD~1") == (
        "Stage: pipeline (rows: a)\n"
        "Steps: 1, 3, 9\n"
        "LLM call: Summarise.execute\n"
        "\n"
        "Content:\n"
        "- 007-raw.json: the writer's source, confirmed after the write\n\n"
    )


def test_a_dirty_tree_is_refused_unless_allowed(refactor: Refactor, pipeline: Path, git: Git) -> None:
    (pipeline.parent / "other.py").write_text(task("C"))
    before = pipeline.read_bytes()

    result = refactor("apply", "--task", "A", "--commit")

    assert result.exit_code == 2
    assert "uncommitted changes in other.py; commit them, or allow them with --allow-dirty" in result.stderr
    assert pipeline.read_bytes() == before
    assert refactor("apply", "--task", "A", "--commit", "--allow-dirty").exit_code == 0
    assert git("status", "--porcelain") == " M other.py\n"
    assert subjects(git) == ["Refactor A: database before files"]


def test_what_was_staged_stays_staged(refactor: Refactor, pipeline: Path, git: Git) -> None:
    (pipeline.parent / "staged.py").touch()
    git("add", "staged.py")

    assert refactor("apply", "--task", "A", "--commit").exit_code == 2
    assert refactor("apply", "--task", "A", "--commit", "--allow-dirty").exit_code == 0
    assert git("status", "--porcelain") == "A  staged.py\n"


def test_an_untracked_file_is_refused(refactor: Refactor, pipeline: Path) -> None:
    (pipeline.parent / "new.py").write_text(task("N"))

    result = refactor("apply", "--task", "N", "--commit")

    assert "not known to git: new.py; add and commit it first" in result.stderr
    assert result.exit_code == 2


def test_outside_of_a_repository(refactor: Refactor, here: Path, git: Git) -> None:
    (here / "a.py").write_text(task("A"))

    result = refactor("apply", "--all", "--commit")

    assert "git rev-parse: fatal: not a git repository" in result.stderr
    assert result.exit_code == 2
    assert (here / "a.py").read_text() == task("A")


def test_a_hook_that_says_no_leaves_the_tree_clean(refactor: Refactor, pipeline: Path, git: Git) -> None:
    hook = pipeline.parent / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ntest $(git rev-list --count HEAD) = 1 || { echo no more >&2; exit 1; }\n")
    hook.chmod(0o755)

    result = refactor("apply", "--all", "--commit")

    assert subjects(git) == ["Refactor A: database before files"]
    assert "B was not committed: git commit: no more; pipeline.py is as it was" in result.stderr
    assert git("status", "--porcelain") == ""
    assert "pipeline.py:1: B: unchanged (todo)" in result.stdout
    assert result.exit_code == 1


def test_ctrl_c_says_what_was_committed(
    refactor: Refactor, pipeline: Path, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    from refactor.git import Repository

    real = Repository.commit

    def interrupted(self: Repository, name: str, message: str) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        real(self, name, message)

    monkeypatch.setattr(Repository, "commit", interrupted)
    result = refactor("apply", "--all", "--commit")

    assert "refactor: interrupted; committed: A\n" in result.stderr
    assert result.exit_code == 130
    assert subjects(git) == ["Refactor A: database before files"]
    assert git("status", "--porcelain") == ""


def test_nothing_to_commit(refactor: Refactor, pipeline: Path, git: Git) -> None:
    refactor("apply", "--task", "A", "--commit")

    result = refactor("apply", "--task", "A", "--commit")

    assert (result.exit_code, subjects(git)) == (0, ["Refactor A: database before files"])
