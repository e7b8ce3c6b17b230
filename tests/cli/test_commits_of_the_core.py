"""The commits of the real core: imports first, each compiles, each task's can be reverted alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from refactor.cli import main

if TYPE_CHECKING:
    from .conftest import Git

BASE = """\
import luigi


class PlanTask:
    def get_plan_id(self):
        return self.run_id_dir.name

    def local_target(self, name):
        return luigi.LocalTarget(self.run_id_dir / name)

    def get_database_service(self):
        return open_service()
"""
HEAD = """\
import json
from base import PlanTask


def ask(llm, prompt):
    return llm.complete(prompt).text


"""
TASK = """\
class {name}(PlanTask):
    def requires(self):
        return self.clone({requires})

    def output(self):
        return self.local_target("{name}.txt")

    def run_with_llm(self, llm):
        with self.input().open("r") as f:
            prompt = f.read()
        answer = ask(llm, prompt)

        with self.output().open("w") as f:
            f.write(answer)


"""


@pytest.fixture
def repository(here: Path, git: Git) -> Path:
    (here / "base.py").write_text(BASE)
    (here / "one.py").write_text(
        HEAD + "".join(TASK.format(name=name, requires=needs) for name, needs in ("CB", "BA", "AS"))
    )
    (here / "two.py").write_bytes(
        (HEAD + TASK.format(name="D", requires="C").rstrip()).replace("\n", "\r\n").encode()
    )
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-q", "-m", "first")
    git("tag", "first")
    return here


def refactor(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), prog_name="refactor")


def commits(git: Git, since: str = "first") -> dict[str, str]:
    """Subjects and commits, oldest first."""
    lines = git("log", "--reverse", "--format=%s\t%H", f"{since}..").splitlines()
    return dict(line.split("\t") for line in lines)


def unrefactored() -> list[str]:
    lines = refactor("check", "--no-cache").stdout.splitlines()
    assert all(" DBF000 " in line for line in lines)
    return [line.split(" DBF000 ")[1].split()[0] for line in lines]


def test_one_commit_for_the_imports_of_all_files_then_one_a_task(repository: Path, git: Git) -> None:
    result = refactor("apply", "--all", "--commit")

    assert result.exit_code == 0, result.output
    assert list(commits(git)) == [
        "Add the imports of the database steps",
        *(f"Refactor {name}: database before files" for name in "ABCD"),
    ]
    imports, *tasks = commits(git).values()
    changed = git("show", "--format=", "--unified=0", imports).splitlines()
    lines = [line for line in changed if line[:1] in "+-" and line[:4] not in {"+++ ", "--- "}]
    assert {line[:8] for line in lines} == {"+import ", "+from dat"[:8]}
    assert {"+++ b/one.py", "+++ b/two.py"} < set(changed)
    body = git("show", "--format=%b", "--no-patch", imports)
    assert all(line[1:].split("  #")[0] in body for line in lines)
    assert ["import" in git("show", "--format=", commit) for commit in tasks] == [False] * 4
    for commit in (imports, *tasks):
        for name in ("one.py", "two.py"):
            compile(git("show", f"{commit}:{name}"), name, "exec")


def test_the_commit_of_the_imports_is_clean_by_itself(repository: Path, git: Git) -> None:
    refactor("apply", "--all", "--commit")
    git("checkout", "-q", next(iter(commits(git).values())))

    assert unrefactored() == ["C", "B", "A", "D"]
    assert refactor("verify", "--against", "first").exit_code == 0


@pytest.mark.parametrize("name", "ABCD")
def test_each_task_s_commit_can_be_reverted_alone_and_made_again(
    repository: Path, git: Git, name: str
) -> None:
    refactor("apply", "--all", "--commit")
    git("tag", "all")

    git("revert", "--no-edit", commits(git)[f"Refactor {name}: database before files"])

    assert unrefactored() == [name]
    assert refactor("verify", "--against", "first").exit_code == 0
    assert refactor("apply", "--all", "--commit").exit_code == 0
    assert list(commits(git, "HEAD~1")) == [f"Refactor {name}: database before files"]
    assert git("diff", "all") == ""


def test_a_later_batch_brings_no_import_that_is_there(repository: Path, git: Git) -> None:
    refactor("apply", "--task", "A", "--commit")
    refactor("apply", "--task", "B", "D", "--commit")

    assert [subject.split(":")[0] for subject in git("log", "--reverse", "--format=%s").splitlines()] == [
        "first",
        "Add the imports of the database steps",
        "Refactor A",
        "Add the imports of the database steps",
        "Refactor B",
        "Refactor D",
    ]
    assert git("show", "--format=", "--name-only", "HEAD~2") == "two.py\n"


def test_revert_takes_the_imports_out_last_where_nothing_uses_them(repository: Path, git: Git) -> None:
    refactor("apply", "--all", "--commit")
    git("tag", "all")

    assert refactor("revert", "--task", "B", "--commit").exit_code == 0
    assert list(commits(git, "all")) == ["Take the database steps out of B"]
    assert unrefactored() == ["B"]
    assert refactor("revert", "--all", "--commit").exit_code == 0

    assert list(commits(git, "all"))[1:] == [
        *(f"Take the database steps out of {name}" for name in "DCA"),
        "Remove the imports that only the database steps used",
    ]
    assert git("diff", "first") == ""


def test_the_command_has_to_be_content_with_the_imports_too(repository: Path, git: Git) -> None:
    result = refactor("apply", "--all", "--commit", "--verify-with", "! grep -q 'import time' two.py")

    assert "one.py: error: the imports were not committed: `! grep" in result.stderr
    assert "; 2 files are as they were" in result.stderr
    assert (commits(git), git("status", "--porcelain"), result.exit_code) == ({}, "", 1)
    assert "If it is that which a linter minds, leave that rule out for this run" in result.stderr


def test_a_hook_that_minds_unused_imports_is_answered(repository: Path, git: Git) -> None:
    hook = repository / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ngit diff --cached | grep -q '^+import' || exit 0\necho unused >&2; exit 1\n")
    hook.chmod(0o755)

    result = refactor("apply", "--all", "--commit")

    assert "the imports were not committed: git commit: unused; 2 files are as they were\n" in result.stderr
    assert "SKIP=ruff" in result.stderr
    assert (commits(git), git("status", "--porcelain"), result.exit_code) == ({}, "", 1)
