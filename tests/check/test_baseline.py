"""A baseline hides what was there, never what is new, and only ever shrinks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from codemods.checking.declaration import PATTERN
from refactor.cli import main

CUT = PATTERN.replace('"prompt_text": query,', '"prompt_text": query[:10000],')
TWICE = CUT.replace("json.dumps(summary.to_dict()),", "json.dumps(summary.to_dict())[:9],")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tasks.py").write_text(CUT)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["check", "--baseline", "known.json", *arguments], catch_exceptions=False)


def entries(project: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads((project / "known.json").read_text())["findings"]
    return found


def test_adopting_a_baseline_hides_everything_that_is_there(project: Path) -> None:
    assert run("--update-baseline").exit_code == 0
    assert entries(project) == [{"path": "tasks.py", "task": "SummariseTask", "code": "DBF303", "count": 1}]
    result = run()
    assert (result.exit_code, result.stdout) == (0, "")
    assert "1 more in the baseline" in result.stderr


def test_moving_lines_changes_nothing(project: Path) -> None:
    run("--update-baseline")
    (project / "tasks.py").write_text(f"# a comment\n\n{CUT}")
    assert run().exit_code == 0


def test_a_new_finding_is_told(project: Path) -> None:
    run("--update-baseline")
    (project / "tasks.py").write_text(TWICE)
    result = run()
    assert result.exit_code == 1
    assert "DBF501" in result.stdout
    assert "DBF303" not in result.stdout


def test_updating_takes_out_what_is_gone_and_never_adds(project: Path) -> None:
    run("--update-baseline")
    (project / "tasks.py").write_text(TWICE)
    assert run("--update-baseline").exit_code == 1
    assert [entry["code"] for entry in entries(project)] == ["DBF303"]
    (project / "tasks.py").write_text(PATTERN)
    assert "1 of the known findings are gone" in run().stderr
    run("--update-baseline")
    assert entries(project) == []


@pytest.mark.parametrize(
    "arguments",
    [["other.py"], ["--select", "DBF7"], ["--ignore", "DBF303"], ["-", "--stdin-filename", "other.py"]],
)
def test_what_was_not_looked_for_is_not_gone(project: Path, arguments: list[str]) -> None:
    run("--update-baseline")
    (project / "other.py").write_text(PATTERN)
    assert "are gone" not in run(*arguments).stderr
    run("--update-baseline", *arguments)
    assert [entry["code"] for entry in entries(project)] == ["DBF303"]


def test_what_was_in_a_file_that_does_not_exist_any_more_is_gone(project: Path) -> None:
    run("--update-baseline")
    (project / "tasks.py").unlink()
    assert "1 of the known findings are gone" in run().stderr


def test_what_is_in_a_file_that_cannot_be_checked_stays_known(project: Path) -> None:
    run("--update-baseline")
    (project / "tasks.py").write_text(CUT + "(")
    assert "are gone" not in run("--update-baseline").stderr
    assert [entry["code"] for entry in entries(project)] == ["DBF303"]


def test_a_file_that_cannot_be_checked_is_never_known(project: Path) -> None:
    (project / "tasks.py").write_text("class A(PlanTask):\n    def run(self:\n")
    assert run("--update-baseline").exit_code == 1


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"version": 9, "findings": []}', '{"version": 1, "findings": [1]}']
)
def test_a_file_that_is_no_baseline_is_bad_configuration(project: Path, text: str) -> None:
    (project / "known.json").write_text(text)
    assert run().exit_code == 2


def test_a_missing_baseline_says_how_to_make_one() -> None:
    result = run()
    assert result.exit_code == 2
    assert "--update-baseline" in result.output
