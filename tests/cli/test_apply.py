"""`apply`: what is printed where, and how it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from .sources import EVERY_STATE, EXEMPT_START, task

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Refactor, Spawn


@pytest.fixture
def pipeline(here: Path) -> Path:
    (here / "pyproject.toml").write_text(EXEMPT_START)
    file = here / "pipeline.py"
    file.write_text(EVERY_STATE)
    return file


def test_a_line_a_task_on_stdout_and_the_summary_on_stderr(refactor: Refactor, pipeline: Path) -> None:
    result = refactor("apply", "--all")

    assert result.stdout == (
        "pipeline.py:1: TodoTask: refactored\n"
        "pipeline.py:7: DoneTask: unchanged (done)\n"
        "pipeline.py:13: RefusedTask: refused DBR002 the suite is on one line\n"
        "pipeline.py:17: DefectiveTask: unchanged (defective) a file is written before its row\n"
        "pipeline.py:22: StartTask: exempt in the configuration\n"
    )
    assert result.stderr == "1 refactored, 1 refused, 1 exempt, 1 already done, 1 defective\n"
    assert result.exit_code == 1
    assert pipeline.read_text().count("# done") == 2


def test_all_applied_is_0_and_a_second_run_changes_nothing(refactor: Refactor, here: Path) -> None:
    file = here / "pipeline.py"
    file.write_text(task("OneTask") + task("TwoTask"))

    assert refactor("apply", "--all").exit_code == 0
    first = file.read_bytes()
    second = refactor("apply", "--all")

    assert second.exit_code == 0
    assert second.stderr == "0 refactored, 0 refused, 0 exempt, 2 already done\n"
    assert file.read_bytes() == first


@pytest.mark.parametrize(
    ("name", "line", "status"),
    [
        ("TodoTask", "pipeline.py:1: TodoTask: refactored", 0),
        ("DoneTask", "pipeline.py:6: DoneTask: unchanged (done)", 0),
        ("RefusedTask", "pipeline.py:12: RefusedTask: refused DBR002 the suite is on one line", 1),
        ("StartTask", "pipeline.py:21: StartTask: exempt in the configuration", 0),
    ],
)
def test_a_named_task_alone_is_told(
    refactor: Refactor, pipeline: Path, name: str, line: str, status: int
) -> None:
    result = refactor("apply", "--task", name)

    assert (result.stdout, result.exit_code) == (f"{line}\n", status)


@pytest.mark.parametrize("extra", [["--task", "B", "C"], ["--task", "B", "--task", "C"]])
def test_several_names_after_one_option_or_an_option_each(
    refactor: Refactor, here: Path, extra: list[str]
) -> None:
    (here / "one.py").write_text(task("A") + task("B") + task("C"))

    result = refactor("apply", *extra, "one.py")

    assert result.stdout == "one.py:4: B: refactored\none.py:8: C: refactored\n"


def test_a_missing_file_after_a_name_is_a_missing_file(refactor: Refactor, here: Path) -> None:
    (here / "one.py").write_text(task("A"))

    result = refactor("apply", "--task", "A", "two.py")

    assert result.exit_code == 2
    assert "two.py: no such file or directory" in result.stderr


def test_a_stage_is_a_group_of_tasks(refactor: Refactor, here: Path) -> None:
    (here / "pyproject.toml").write_text('[tool.refactor.stages]\nplanning = ["A", "C"]\n')
    (here / "one.py").write_text(task("A") + task("B") + task("C"))

    result = refactor("apply", "--stage", "planning")

    assert result.stdout == "one.py:1: A: refactored\none.py:8: C: refactored\n"


def test_unknown_names_are_2_with_the_nearest_ones(refactor: Refactor, pipeline: Path) -> None:
    before = pipeline.read_bytes()

    task_result = refactor("apply", "--task", "TodTask")
    stage_result = refactor("apply", "--stage", "pipelin")

    assert "no task is called TodTask; did you mean TodoTask" in task_result.stderr
    assert "no stage is called pipelin; did you mean pipeline?" in stage_result.stderr
    assert (task_result.exit_code, stage_result.exit_code) == (2, 2)
    assert pipeline.read_bytes() == before


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--all", "--task", "TodoTask"],
        ["--all", "--diff", "--check"],
        ["--all", "--diff", "--commit"],
        ["--all", "--check", "--interactive"],
        ["--all", "--diff", "--output-format", "json"],
        ["--all", "--allow-dirty"],
        ["--all", "--output-format", "xml"],
        ["--all", "--no-such-option"],
        ["--all", "no-such-path"],
    ],
)
def test_bad_usage_is_2_and_writes_nothing(refactor: Refactor, pipeline: Path, arguments: list[str]) -> None:
    before = pipeline.read_bytes()

    result = refactor("apply", *arguments)

    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr
    assert pipeline.read_bytes() == before


def test_check_prints_only_the_summary_and_writes_nothing(refactor: Refactor, pipeline: Path) -> None:
    before = pipeline.read_bytes()

    result = refactor("apply", "--check", "--task", "TodoTask")

    assert result.stdout == ""
    assert result.stderr == "1 would be refactored, 0 refused, 0 exempt, 0 already done\n"
    assert result.exit_code == 1
    assert pipeline.read_bytes() == before
    assert refactor("apply", "--check", "--task", "DoneTask").exit_code == 0


def test_diff_prints_nothing_else_on_stdout_and_tells_refusals_on_stderr(
    refactor: Refactor, pipeline: Path
) -> None:
    before = pipeline.read_bytes()

    result = refactor("apply", "--diff", "--all")

    assert result.stdout.startswith("--- pipeline.py\n+++ pipeline.py\n@@ ")
    assert "TodoTask:" not in result.stdout.replace("TodoTask(PlanTask):", "")
    assert "pipeline.py:13: RefusedTask: refused DBR002" in result.stderr
    assert result.exit_code == 1
    assert pipeline.read_bytes() == before


def test_diff_without_a_change_is_empty_and_0(refactor: Refactor, pipeline: Path) -> None:
    result = refactor("apply", "--diff", "--task", "DoneTask")

    assert (result.stdout, result.exit_code) == ("", 0)


def test_quiet_leaves_refusals_and_errors(refactor: Refactor, pipeline: Path) -> None:
    result = refactor("apply", "-q", "--all")

    assert result.stdout == "pipeline.py:13: RefusedTask: refused DBR002 the suite is on one line\n"
    assert result.stderr == ""


def test_json_has_one_object_a_task_and_a_summary(refactor: Refactor, pipeline: Path) -> None:
    result = refactor("apply", "--all", "--output-format", "json")

    document = json.loads(result.stdout)
    assert document["tasks"][0] == {
        "task": "TodoTask",
        "path": "pipeline.py",
        "line": 1,
        "entry": "run_inner",
        "stage": "pipeline",
        "state": "done",
        "reason": "",
        "row_after_file": False,
    }
    assert [one["state"] for one in document["tasks"]] == ["done", "done", "refused", "defective", "exempt"]
    assert document["tasks"][2]["reason"] == "DBR002 the suite is on one line"
    assert document["errors"] == []
    assert document["summary"] == {
        "refactored": 1,
        "refused": 1,
        "exempt": 1,
        "already_done": 1,
        "defective": 1,
        "left": 0,
        "errors": 0,
    }
    assert result.exit_code == 1


def test_json_of_a_check_tells_what_the_disk_has(refactor: Refactor, pipeline: Path) -> None:
    result = refactor("apply", "--check", "--task", "TodoTask", "--output-format", "json")

    document = json.loads(result.stdout)
    assert [one["state"] for one in document["tasks"]] == ["todo"]
    assert document["summary"]["would_be_refactored"] == 1


def test_no_task_at_all_is_said(refactor: Refactor, here: Path) -> None:
    result = refactor("apply", "--all")

    assert result.exit_code == 0
    assert result.stderr.startswith("no tasks found: ")


def test_one_bad_file_is_told_by_position_and_the_others_are_handled(refactor: Refactor, here: Path) -> None:
    (here / "a_broken.py").write_text("class A(PlanTask):\n    x = = 1\n")
    (here / "b_latin.py").write_bytes(b"# caf\xe9\nclass B(PlanTask): pass\n")
    (here / "c_cookie.py").write_bytes(b"# coding: klingon\nclass C(PlanTask): pass\n")
    (here / "d_good.py").write_text(task("D"))

    result = refactor("apply", "--all")

    assert "a_broken.py:2:9: error: syntax error: invalid syntax" in result.stderr
    assert "b_latin.py:1: error: " in result.stderr
    assert "c_cookie.py:1: error: unknown or invalid source encoding" in result.stderr
    assert result.stderr.endswith("1 refactored, 0 refused, 0 exempt, 0 already done, 3 files with errors\n")
    assert result.stdout == "d_good.py:1: D: refactored\n"
    assert result.exit_code == 1
    assert "# done" in (here / "d_good.py").read_text()


def test_the_file_that_may_hold_an_unknown_task_is_told(refactor: Refactor, here: Path) -> None:
    (here / "broken.py").write_text("class A(PlanTask:\n")

    result = refactor("apply", "--task", "A")

    assert "broken.py:1:" in result.stderr
    assert "no task is called A" in result.stderr
    assert result.exit_code == 2


def test_a_failed_proof_leaves_that_file_and_handles_the_others(refactor: Refactor, here: Path) -> None:
    (here / "a.py").write_text(task("A", "unprovable"))
    (here / "b.py").write_text(task("B"))

    result = refactor("apply", "--all")

    assert "a.py: error: the proof failed" in result.stderr
    assert result.stdout == "a.py:1: A: unchanged (todo)\nb.py:1: B: refactored\n"
    assert result.exit_code == 1


def test_a_crash_at_one_file_is_2_handles_the_others_and_has_its_traceback_under_v(
    refactor: Refactor, here: Path
) -> None:
    (here / "a.py").write_text(task("A", "crash"))
    (here / "b.py").write_text(task("B"))

    result = refactor("apply", "--all")
    verbose = refactor("apply", "--all", "-v")

    assert "a.py: error: internal error, left as it is (-v shows the traceback): KeyError" in result.stderr
    assert "Traceback" not in result.stderr
    assert "b.py:1: B: refactored" in result.stdout
    assert (result.exit_code, verbose.exit_code) == (2, 2)
    assert "Traceback" in verbose.stderr


def test_text_that_the_encoding_lacks_is_an_error_before_anything_is_written(
    refactor: Refactor, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from codemods import api
    from codemods.model import FileRewrite

    file = here / "a.py"
    file.write_bytes(b"# coding: latin-1\n" + task("A").encode())
    before = file.read_bytes()

    def euro(inspection, selected, settings):  # type: ignore[no-untyped-def]
        after = inspection.source.with_text(inspection.source.text + "# €\n")
        return FileRewrite(inspection.source, after, inspection.reports, ("A",))

    monkeypatch.setattr(api, "apply", euro)
    assert "1 file with errors" in refactor("apply", "--all", "--check").stderr
    result = refactor("apply", "--all")

    assert "does not fit the file's encoding" in result.stderr
    assert result.exit_code == 1
    assert file.read_bytes() == before


def test_as_a_process(spawn: Spawn, here: Path) -> None:
    """The exit status and the bytes are those that a shell sees."""
    (here / "a.py").write_bytes(b"\xef\xbb\xbf" + task("A").replace("\n", "\r\n").encode())

    diff = spawn("apply", "--diff", "--all")
    applied = spawn("apply", "--all")

    assert diff.returncode == 1
    assert diff.stdout.startswith(b"--- a.py\n+++ a.py\n@@ -1,3 +1,4 @@\n \xef\xbb\xbfclass A(PlanTask):\r\n")
    assert applied.returncode == 0
    assert applied.stdout == b"a.py:1: A: refactored\n"
    assert (here / "a.py").read_bytes().startswith(b"\xef\xbb\xbfclass A")


def test_a_reader_that_goes_away_is_no_internal_error(spawn: Spawn, here: Path) -> None:
    import subprocess
    import sys

    from .conftest import STAND_IN

    (here / "a.py").write_text("".join(task(f"T{number}") for number in range(4000)))
    command = [sys.executable, str(STAND_IN), "apply", "--all", "--check", "--output-format", "json"]
    with subprocess.Popen(command, cwd=here, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        said = process.stderr.read()

    assert b"internal error" not in said
    assert b"Traceback" not in said
