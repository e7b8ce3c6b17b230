"""`apply --commit` and `revert --commit`: one commit a task."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from .sources import task

if TYPE_CHECKING:
    from collections.abc import Sequence
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
    from refactor.project.git import Repository

    real = Repository.commit

    def interrupted(self: Repository, names: Sequence[str], message: str) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        real(self, names, message)

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


def test_a_repository_without_a_commit(refactor: Refactor, here: Path, git: Git) -> None:
    (here / "a.py").write_text(task("A"))
    git("init", "-q")
    git("add", ".")

    result = refactor("apply", "--all", "--commit")

    assert "has no commit yet; make the first one" in result.stderr
    assert result.exit_code == 2
    assert (here / "a.py").read_text() == task("A")


def test_what_parses_and_does_not_compile_is_not_committed(
    refactor: Refactor, pipeline: Path, git: Git
) -> None:
    pipeline.write_bytes(pipeline.read_bytes() + b"return\n")
    git("commit", "-qam", "broken")

    result = refactor("apply", "--all", "--commit")

    assert (
        "pipeline.py:12: error: does not compile, so it is not committed: 'return' outside" in result.stderr
    )
    assert subjects(git) == ["broken", "Refactor C: database before files"]
    assert "pipeline.py:1: B: unchanged (todo)" in result.stdout
    assert result.exit_code == 1


def test_what_is_accepted_can_be_committed(refactor: Refactor, pipeline: Path, git: Git) -> None:
    result = refactor("apply", "--all", "--commit", "--interactive", answers="n\ny\nq\n")

    assert subjects(git) == ["Refactor B: database before files"]
    assert result.stderr.index("Refactor A?") < result.stderr.index("Refactor B?")
    assert git("status", "--porcelain") == ""


def test_a_dirty_tree_is_told_before_the_first_question(refactor: Refactor, pipeline: Path, git: Git) -> None:
    (pipeline.parent / "other.py").write_text(task("C"))

    result = refactor("apply", "--task", "A", "--commit", "--interactive", answers="y\n")

    assert "uncommitted changes in other.py" in result.stderr
    assert "Refactor A?" not in result.stderr
    assert result.exit_code == 2


def test_revert_commits_too_dependent_tasks_first(refactor: Refactor, pipeline: Path, git: Git) -> None:
    before = pipeline.read_bytes()
    refactor("apply", "--all", "--commit")

    one = refactor("revert", "--task", "B", "--commit")
    rest = refactor("revert", "--all", "--commit")

    assert (one.exit_code, rest.exit_code) == (0, 0)
    assert subjects(git)[3:] == [f"Take the database steps out of {name}" for name in "BCA"]
    assert one.stdout == "pipeline.py:1: B: reverted\n"
    assert git("show", "--format=%b", "--no-patch", "HEAD") == (
        "Stage: pipeline (rows: a)\nrun_inner() is what it was before they were inserted.\n\n"
    )
    assert pipeline.read_bytes() == before
    assert git("status", "--porcelain") == ""


def test_revert_refuses_a_dirty_tree_unless_allowed(refactor: Refactor, pipeline: Path, git: Git) -> None:
    refactor("apply", "--task", "A", "--commit")
    (pipeline.parent / "other.py").write_text(task("C"))

    refused = refactor("revert", "--task", "A", "--commit")
    allowed = refactor("revert", "--task", "A", "--commit", "--allow-dirty")

    assert (refused.exit_code, allowed.exit_code) == (2, 0)
    assert "uncommitted changes in other.py" in refused.stderr
    assert git("status", "--porcelain") == " M other.py\n"
    assert refactor("revert", "--task", "A", "--allow-dirty").exit_code == 2
    assert refactor("revert", "--task", "A", "--commit", "--diff").exit_code == 2
