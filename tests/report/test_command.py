"""`refactor report` as a user calls it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.report import projects


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return projects.every_kind(tmp_path / "plan")


def test_writes_the_page_and_leaves_the_tasks_alone(plan: Path) -> None:
    before = {path: path.read_bytes() for path in plan.iterdir()}
    result = projects.run("report", "plan", "--html", "out.html")
    assert result.exit_code == 0, result.output
    assert "report written to out.html" in result.stderr
    assert "Not ready to merge" in result.stderr
    page = Path("out.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert page.rstrip().endswith("</html>")
    assert {path: path.read_bytes() for path in plan.iterdir()} == before
    assert sorted(path.name for path in Path.cwd().iterdir()) == ["out.html", "plan"]


def test_standard_output_holds_the_page_only(plan: Path) -> None:
    result = projects.run("report", "plan", "--html", "-", "-q")
    assert result.exit_code == 0
    assert result.stdout.startswith("<!doctype html>")
    assert result.stderr == ""


def test_writes_over_an_older_report(plan: Path) -> None:
    assert projects.run("report", "plan", "--html", "out.html").exit_code == 0
    Path("out.html").write_text("<!doctype html><title>old</title>", encoding="utf-8")
    Path("out.html").chmod(0o640)
    assert projects.run("report", "plan", "--html", "out.html").exit_code == 0
    assert "SummariseTask" in Path("out.html").read_text(encoding="utf-8")
    assert Path("out.html").stat().st_mode & 0o777 == 0o640


def test_never_writes_over_another_file(plan: Path) -> None:
    source = plan / "plan.py"
    before = source.read_bytes()
    result = projects.run("report", "plan", "--html", "plan/plan.py")
    assert result.exit_code == 2
    assert "plan.py: is there and is no HTML page; name another file or remove it" in result.stderr
    assert source.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--html", "no/such/out.html"], "no/such/out.html: there is no directory no/such"),
        (["--html", "out.html", "--against", "nothing"], "--against nothing: "),
        ([], "say what to write: --html FILE, --format markdown or --format json"),
        (["--html", "plan"], "is a directory"),
    ],
)
def test_bad_usage_writes_nothing(plan: Path, arguments: list[str], said: str) -> None:
    result = projects.run("report", "plan", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not Path("out.html").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_that_may_not_be_written(plan: Path) -> None:
    Path("closed").mkdir(mode=0o500)
    result = projects.run("report", "plan", "--html", "closed/out.html")
    assert result.exit_code == 2
    assert "closed/out.html: cannot be written" in result.stderr


def test_a_failed_write_leaves_what_was_there(plan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("out.html").write_text("<!doctype html>old", encoding="utf-8")

    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    result = projects.run("report", "plan", "--html", "out.html")
    assert result.exit_code == 2
    assert "out.html: cannot be written: No space left on device" in result.stderr
    assert Path("out.html").read_text(encoding="utf-8") == "<!doctype html>old"
    assert sorted(path.name for path in Path.cwd().iterdir()) == ["out.html", "plan"]


def test_a_file_with_errors_is_told_and_counts(plan: Path) -> None:
    (plan / "bad.py").write_text("class BadTask(PlanTask:\n    def run_inner(self): pass\n", encoding="utf-8")
    result = projects.run("report", "plan", "--html", "out.html")
    assert result.exit_code == 1
    assert "plan/bad.py:1" in result.stderr
    assert "bad.py:1" in Path("out.html").read_text(encoding="utf-8")


def test_no_tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shop").mkdir()
    text = (
        "import luigi\n\n\nclass A(luigi.Task):\n    plan_id = luigi.Parameter()\n\n    def run(self): ...\n"
    )
    (Path("shop") / "a.py").write_text(text)
    result = projects.run("report", "shop", "--html", "out.html")
    assert result.exit_code == 0
    page = Path("out.html").read_text(encoding="utf-8")
    assert "No tasks found" in page
    assert "base-classes" in page
    assert "refactor init --rebase shop" in page
    assert "PlanTask" in projects.run("report", "shop", "--format", "markdown").output


def test_the_same_input_gives_the_same_page(plan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    for name in ("one.html", "two.html"):
        assert projects.run("report", "plan", "--html", name).exit_code == 0
    assert Path("one.html").read_bytes() == Path("two.html").read_bytes()
    assert "2023-11-14 22:13 UTC" in Path("one.html").read_text(encoding="utf-8")


def test_a_later_revision_in_git(plan: Path) -> None:
    import subprocess

    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "before")
    assert projects.run("apply", "--all", "plan").exit_code == 1  # one is refused
    result = projects.run("report", "plan", "--html", "out.html", "--against", "HEAD")
    assert result.exit_code == 0, result.output
    page = Path("out.html").read_text(encoding="utf-8")
    assert "compared with <code>HEAD</code>" in page
    assert "verified against HEAD: all 7 original lines are there" in page
