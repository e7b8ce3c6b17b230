"""`refactor check` as people and programs use it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from codemods.checking.declaration import PATTERN
from refactor.checks import jobs as checking_jobs
from refactor.cli import main

CUT = PATTERN.replace('"prompt_text": query,', '"prompt_text": query[:10000],')
ROW = 1 + CUT[: CUT.index('"prompt_text"')].count("\n")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tasks.py").write_text(CUT)
    return tmp_path


def run(*arguments: str, data: str | None = None) -> Result:
    return CliRunner().invoke(main, ["check", *arguments], input=data, catch_exceptions=False)


def document(*arguments: str) -> dict[str, object]:
    result: dict[str, object] = json.loads(run(*arguments, "--output-format", "json").stdout)
    return result


def test_a_finding_is_one_line_and_the_status_is_1() -> None:
    result = run()
    assert result.stdout == f"tasks.py:{ROW}:32: DBF303 the recorded prompt is cut: query[:10000]\n"
    assert result.stderr == "Found 1 finding in 1 task.\n"
    assert result.exit_code == 1


def test_a_file_that_another_one_imports_is_named_as_it_was_given(project: Path) -> None:
    name = CUT.partition("class ")[2].partition("(")[0]
    (project / "a_heir.py").write_text(f"from tasks import {name}\n\n\nclass HeirTask({name}):\n    pass\n")
    assert run("--no-cache", "--jobs", "1").stdout.splitlines()[-1].startswith(f"tasks.py:{ROW}:32: DBF303")


def test_nothing_found_is_status_0(project: Path) -> None:
    (project / "tasks.py").write_text(PATTERN)
    result = run()
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "No findings.\n")


def test_exit_zero_tells_but_does_not_fail() -> None:
    result = run("--exit-zero")
    assert result.exit_code == 0
    assert "DBF303" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["--select", "DBF303"], 1),
        (["--select", "DBF3"], 1),
        (["--select", "DBF7,DBF303"], 1),
        (["--select", "DBF7"], 0),
        (["--ignore", "DBF3"], 0),
        (["--ignore", "DBF303"], 0),
        (["--ignore", "DBF3", "--select", "DBF303"], 1),
        (["--select", "ALL", "--ignore", "DBF303"], 0),
        (["--ignore", "ALL"], 0),
    ],
)
def test_rules_are_selected_by_prefix_and_the_longer_prefix_wins(arguments: list[str], found: int) -> None:
    assert len(document(*arguments)["findings"]) == found  # type: ignore[arg-type]


def test_an_unknown_rule_is_bad_usage_with_a_suggestion() -> None:
    result = run("--select", "DBF33")
    assert result.exit_code == 2
    assert "no rule is called DBF33" in result.output


def test_json_has_the_documented_keys() -> None:
    found = document()["findings"][0]  # type: ignore[index]
    assert found == {
        "code": "DBF303",
        "name": "cut-prompt",
        "message": "the recorded prompt is cut: query[:10000]",
        "path": "tasks.py",
        "location": {"row": ROW, "column": 32},
        "end_location": {"row": ROW, "column": 45},
        "task": "SummariseTask",
        "strict": False,
        "fix": None,
    }


def test_full_shows_the_code_with_carets_under_what_is_wrong() -> None:
    lines = run("--output-format", "full").stdout.splitlines()
    frame = next(i for i, line in enumerate(lines) if "query[:10000]," in line)
    assert lines[frame + 1].index("^") == lines[frame].index("query[:10000]")
    assert lines[frame + 1].count("^") == len("query[:10000]")
    assert any(line.strip().startswith("= help: Record the whole prompt.") for line in lines)


def test_carets_stand_right_after_tabs_and_wide_letters(project: Path) -> None:
    text = CUT.replace('"status": "pending",', '"status": "pending",').replace(
        '"prompt_text": query[:10000],', '"計画": 1, "prompt_text": query[:10000],'
    )
    (project / "tasks.py").write_text(text, encoding="utf-8")
    lines = run("--output-format", "full").stdout.splitlines()
    frame = next(i for i, line in enumerate(lines) if "query[:10000]," in line)
    assert lines[frame + 1].index("^") == lines[frame].index("query[:10000]") + 2


def test_github_annotations_carry_file_line_and_title() -> None:
    assert run("--output-format", "github").stdout == (
        f"::error title=refactor (DBF303),file=tasks.py,line={ROW},col=32,endLine={ROW},endColumn=45::"
        "DBF303 SummariseTask: the recorded prompt is cut: query[:10000]\n"
    )


def test_statistics_count_the_rules() -> None:
    assert run("--statistics").stdout == "1  DBF303  cut-prompt\n"


def test_the_report_can_go_to_a_file(project: Path) -> None:
    result = run("--output-file", "report.txt")
    assert result.stdout == ""
    assert "DBF303" in (project / "report.txt").read_text()


def test_standard_input_is_checked_under_its_name() -> None:
    result = run("-", "--stdin-filename", "other/tasks.py", data=CUT)
    assert result.stdout.startswith(f"other/tasks.py:{ROW}:32: DBF303")
    assert result.exit_code == 1


def test_standard_input_shows_its_own_text_in_frames() -> None:
    assert "query[:10000]," in run("-", "--output-format", "full", data=CUT).stdout


def test_exit_zero_does_not_cover_what_could_not_be_checked(project: Path) -> None:
    (project / "broken.py").write_text("class A(PlanTask):\n    def run(self:\n")
    assert run("--exit-zero").exit_code == 1


@pytest.mark.parametrize("arguments", [["-", "tasks.py"], ["-", "--fix"], ["--update-baseline"]])
def test_options_that_do_not_go_together_are_bad_usage(arguments: list[str]) -> None:
    assert run(*arguments, data=CUT).exit_code == 2


def test_a_report_that_cannot_be_written_is_bad_usage() -> None:
    result = run("--output-file", "nowhere/report.txt")
    assert result.exit_code == 2
    assert "nowhere/report.txt: cannot be written: No such file or directory" in result.output


def test_a_file_that_does_not_parse_is_reported_and_the_others_are_checked(project: Path) -> None:
    (project / "broken.py").write_text("class A(PlanTask):\n    def run(self:\n")
    (project / "latin.py").write_bytes(b"class A(PlanTask):\n    x = '\xe9'\n")
    (project / "deep.py").write_text(f"class A(PlanTask):\n    x = {'(' * 5000}1{')' * 5000}\n")
    result = run()
    codes = {line.split(":")[0]: line.split()[1] for line in result.stdout.splitlines()}
    assert codes == {"broken.py": "DBF999", "latin.py": "DBF999", "deep.py": "DBF999", "tasks.py": "DBF303"}
    assert result.exit_code == 1


def test_a_crash_of_a_rule_is_the_finding_of_that_file(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from codemods.checking.engine import Checker

    honest = Checker.check

    def check(self: Checker, source: object) -> object:
        if source.path.name == "other.py":  # type: ignore[attr-defined]
            raise RecursionError("deep")
        return honest(self, source)  # type: ignore[arg-type]

    monkeypatch.setattr(Checker, "check", check)
    (project / "other.py").write_text(CUT)
    result = run("--no-cache")
    assert [line.split()[1] for line in result.stdout.splitlines()] == ["DBF999", "DBF303"]
    assert "RecursionError: deep" in result.stdout
    assert result.exit_code == 1


def test_ignoring_rules_never_hides_a_file_that_cannot_be_checked(project: Path) -> None:
    (project / "broken.py").write_text("class A(PlanTask):\n    def run(self:\n")
    assert "DBF999" in run("--select", "DBF700").stdout


@pytest.mark.parametrize(
    "text",
    [
        "def broken(:\n",
        "def run(:\n",
        "class A:\n    x = truncate(:\n",
        "class A:\n    def runner(:\n",
    ],
)
def test_a_file_that_cannot_hold_a_task_is_not_parsed(project: Path, text: str) -> None:
    (project / "plain.py").write_text(text)
    assert "plain.py" not in run().stdout


@pytest.mark.parametrize("text", ["class A(PlanTask\n", "class A(B):\n    async def  run_inner (self\n"])
def test_a_file_that_can_hold_a_task_is_parsed(project: Path, text: str) -> None:
    (project / "task.py").write_text(text)
    assert "task.py:" in run().stdout


def test_a_file_that_is_named_alone_is_parsed_in_any_case(project: Path) -> None:
    (project / "plain.py").write_text("def broken(:\n")
    assert run("plain.py").exit_code == 1


def test_several_processes_find_the_same(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking_jobs, "BYTES_A_PROCESS", 1)
    started: list[object] = []
    honest = checking_jobs.ProcessPoolExecutor
    monkeypatch.setattr(
        checking_jobs, "ProcessPoolExecutor", lambda *a, **k: started.append(a) or honest(*a, **k)
    )
    for number in range(4):
        (project / f"more_{number}.py").write_text(CUT)
    assert run("-j", "2", "--no-cache").stdout == run("--no-cache").stdout
    assert len(started) == 1


def test_for_little_work_no_process_is_started(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking_jobs, "ProcessPoolExecutor", None)
    (project / "more.py").write_text(CUT)
    assert len(run("-j", "2", "--no-cache").stdout.splitlines()) == 2


def test_check_reads_without_importing_what_rewrites() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from refactor.cli import main; main(['check', 'tasks.py', '--no-cache'], standalone_mode=False); "
        "sys.exit('libcst' in sys.modules or 'luigi' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    assert done.returncode == 0, done.stderr


UNDONE = """\
import json
import luigi
from pipeline.plan_task import PlanTask
from summarise import Summarise


class SummariseTask(PlanTask):
    def output(self):
        return luigi.LocalTarget(self.run_id_dir / "summary.json")

    def run_with_llm(self, llm):
        with self.input().open("r") as f:
            query = f.read()
        summary = Summarise.execute(llm, query)
        with self.output().open("w") as f:
            json.dump(summary.data, f, indent=2)
"""


def test_an_unrefactored_task_carries_the_edit_of_apply(project: Path) -> None:
    (project / "tasks.py").write_text(UNDONE)
    found = document()["findings"][0]  # type: ignore[index]
    assert (found["code"], found["location"], found["fix"]["applicability"]) == (
        "DBF000",
        {"row": 7, "column": 1},
        "safe",
    )
    lines = UNDONE.splitlines(keepends=True)
    for edit in reversed(found["fix"]["edits"]):
        lines[edit["location"]["row"] - 1 : edit["end_location"]["row"] - 1] = [edit["content"]]
    assert run("--fix").exit_code == 0
    assert "".join(lines) == (project / "tasks.py").read_text()


def test_fix_leaves_what_is_ignored_alone(project: Path) -> None:
    (project / "tasks.py").write_text(UNDONE)
    run("--fix", "--ignore", "DBF000")
    assert (project / "tasks.py").read_text() == UNDONE
