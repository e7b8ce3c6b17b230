"""`verify`: against a revision, a file, a directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .sources import task

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Git, Refactor


@pytest.fixture
def pipeline(here: Path, git: Git) -> Path:
    (here / "package").mkdir()
    file = here / "package" / "pipeline.py"
    file.write_text(task("A") + task("B"))
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-q", "-m", "first")
    return file


def test_insertions_only_since_a_revision(refactor: Refactor, pipeline: Path) -> None:
    refactor("apply", "--all")

    for revision in ("HEAD", "main", "refs/heads/main"):
        result = refactor("verify", "--against", revision)
        assert result.stdout == (
            "package/pipeline.py: A: insertions only\npackage/pipeline.py: B: insertions only\n"
        )
        assert result.stderr == "2 tasks in 1 file compared, insertions only\n"
        assert result.exit_code == 0


def test_from_a_folder_inside(refactor: Refactor, pipeline: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(pipeline.parent)

    assert refactor("verify", "pipeline.py", "--against", "HEAD").exit_code == 0


def test_anything_else_is_a_finding(refactor: Refactor, pipeline: Path) -> None:
    pipeline.write_text(task("A") + task("B").replace("self.work()", "self.play()"))

    result = refactor("verify", "--against", "HEAD")

    assert "package/pipeline.py:6: A: this line is gone: self.work()  #" in result.stdout
    assert "package/pipeline.py: B: insertions only" in result.stdout
    assert result.stderr == "2 tasks in 1 file compared, 1 finding\n"
    assert result.exit_code == 1
    assert "insertions only" not in refactor("verify", "-q", "--against", "HEAD").stdout


def test_line_ends_are_those_of_a_checkout(refactor: Refactor, pipeline: Path, git: Git) -> None:
    """What git stores with line feeds and checks out with carriage returns is the same file."""
    (pipeline.parent / ".gitattributes").write_text("*.py text eol=crlf\n")
    git("add", "--renormalize", ".")
    git("add", ".")
    git("commit", "-q", "-m", "crlf")
    pipeline.write_bytes(pipeline.read_bytes().replace(b"\n", b"\r\n"))

    from refactor.project.git import Repository

    repository = Repository.around(pipeline)
    assert repository.content_at("HEAD", "package/pipeline.py") == pipeline.read_bytes()


def test_against_a_file(refactor: Refactor, pipeline: Path, here: Path) -> None:
    (here / "old").write_bytes(pipeline.read_bytes())
    refactor("apply", "--all", "package")

    assert refactor("verify", "package/pipeline.py", "--against", "old").exit_code == 0
    several = refactor("verify", "package", "--against", "old")
    assert several.exit_code == 2
    assert "old is one file; name the one file to compare with it" in several.stderr


def test_against_a_directory(refactor: Refactor, pipeline: Path, here: Path) -> None:
    (here / "old").mkdir()
    (here / "old" / "pipeline.py").write_bytes(pipeline.read_bytes())
    (here / "old" / "gone.py").write_text(task("G"))
    refactor("apply", "--all", "package")

    result = refactor("verify", "package", "--against", "old")

    assert "package/pipeline.py: A: insertions only" in result.stdout
    assert "package/gone.py: error: is in old and can hold tasks, but is gone" in result.stderr
    assert result.exit_code == 1
    assert refactor("verify", "package/pipeline.py", "--against", "old").exit_code == 0


def test_files_that_came_or_went_since_the_revision(refactor: Refactor, pipeline: Path) -> None:
    pipeline.rename(pipeline.with_name("renamed.py"))

    result = refactor("verify", "--against", "HEAD")

    assert "package/renamed.py: error: is not in HEAD; there is nothing to compare it with" in result.stderr
    assert "package/pipeline.py: error: is in HEAD and can hold tasks, but is gone" in result.stderr
    assert "0 tasks in 0 files compared, nothing proven, 2 files with errors" in result.stderr
    assert result.exit_code == 1


def test_a_task_that_was_removed_is_found_although_the_file_holds_none_now(
    refactor: Refactor, pipeline: Path
) -> None:
    pipeline.write_text("# nothing left\n")

    result = refactor("verify", "--against", "HEAD")

    assert result.exit_code == 1
    assert "A: this line is gone" in result.stdout


@pytest.mark.parametrize("against", ["no-such-thing", "--output=x", "HEAD~9"])
def test_what_is_neither_is_2(refactor: Refactor, pipeline: Path, against: str) -> None:
    result = refactor("verify", "--against", against)

    assert result.exit_code == 2
    assert result.stdout == ""
    assert "no such revision, no such path" in result.stderr


def test_nothing_is_2(refactor: Refactor, pipeline: Path) -> None:
    assert refactor("verify", "--against", "").exit_code == 2


def test_what_is_both_is_2(refactor: Refactor, pipeline: Path, here: Path) -> None:
    (here / "main").mkdir()

    result = refactor("verify", "--against", "main")

    assert "main is a revision and a path; write ./main or refs/heads/main" in result.stderr
    assert result.exit_code == 2


def test_without_git_only_paths_work(refactor: Refactor, here: Path, git: Git) -> None:
    (here / "a.py").write_text(task("A"))

    result = refactor("verify", "a.py", "--against", "HEAD")

    assert "there is no git repository here" in result.stderr
    assert result.exit_code == 2


def test_the_option_is_required(refactor: Refactor, pipeline: Path) -> None:
    assert refactor("verify").exit_code == 2


def test_an_old_file_that_does_not_parse_is_an_error_of_that_file(
    refactor: Refactor, pipeline: Path, here: Path
) -> None:
    (here / "old.py").write_text("class A(PlanTask:\n")

    result = refactor("verify", "package/pipeline.py", "--against", "old.py")

    assert "syntax error" in result.stderr
    assert result.exit_code == 1
