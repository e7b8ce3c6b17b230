"""`refactor report --format markdown`, and what a report says of an earlier one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.report import projects

STATE = (
    b'{"format": "luigi-database-first report 1", "made": "x", "tasks": '
    b'[{"path": "p", "task": "A", "state": "fine", "codes": {}}]}'
)


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return projects.every_kind(tmp_path / "plan")


def test_says_what_decides(plan: Path) -> None:
    result = projects.run("report", "plan", "--format", "markdown", "-q")
    assert result.exit_code == 0, result.output
    text = result.stdout
    assert text.startswith("## ⛔ Not ready to merge\n")
    assert "- 0 of 4 tasks are refactored, 2 to do, 1 refused, 1 defective." in text
    assert "    refactor check plan\n" in text
    assert "### DBR101 call cannot be bracketed: refusal in 1 task" in text
    assert "### DBF700 a file is written before its row: 1 finding in 1 task" in text
    assert "**What to do:** Compute the content first, persist it, write the file last." in text
    assert "| **all** | **0** | **2** | **1** | **1** | **1** |" in text
    assert result.stderr == ""


def test_names_from_code_are_never_markup(plan: Path) -> None:
    text = projects.run("report", "plan", "--format", "markdown", "-q").stdout
    without_ours = re.sub(r"</?(?:details|summary)>", "", text)
    assert "<" not in without_ours
    assert 'tasks &lt;b&gt;&amp;"x".py' in text


def test_the_page_and_the_markdown_at_once(plan: Path) -> None:
    result = projects.run("report", "plan", "--format", "markdown", "--html", "out.html")
    assert result.exit_code == 0
    assert result.stdout.startswith("## ")
    assert Path("out.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert projects.run("report", "plan", "--format", "json", "--html", "-").exit_code == 2


def test_one_number_for_refactored(plan: Path) -> None:
    """The page, its Markdown, `and `status` count the same, also where an exempt task looks refactored."""
    exempt = projects.BY_HAND.replace(
        "class PitchTask(PlanTask):", "class OldTask(PlanTask):  # refactor: exempt by hand"
    )
    with (plan / projects.FILE).open("a", encoding="utf-8") as file:
        file.write("\n\n" + exempt)
    status = projects.run("status", "plan").stderr
    (counted,) = re.findall(r"(\d+) of (\d+) tasks refactored", status)
    report = projects.run("report", "plan", "--html", "out.html")
    assert f"{counted[0]} of {counted[1]} tasks are refactored" in report.stderr
    documents = json.loads(projects.run("status", "plan", "--output-format", "json").stdout)
    states = {task["task"]: task["state"] for task in documents["tasks"]}
    told = json.loads(projects.run("report", "plan", "--format", "json").stdout)
    assert {task["task"]: task["state"] for task in told["tasks"]} == states
    assert states["PitchTask"] == "defective"


@pytest.mark.parametrize("earlier", ["page", "json"])
def test_what_has_changed_since(plan: Path, earlier: str) -> None:
    if earlier == "page":
        assert projects.run("report", "plan", "--html", "earlier").exit_code == 0
    else:
        Path("earlier").write_text(
            projects.run("report", "plan", "--format", "json").stdout, encoding="utf-8"
        )
    same = projects.run("report", "plan", "--format", "markdown", "--since", "earlier").stdout
    assert "No task, finding or refusal has changed." in same
    projects.run("apply", "--task", "SummariseTask", "plan")
    source = plan / projects.FILE
    text = source.read_text(encoding="utf-8").replace("class HostileTask", "class FriendlyTask")
    source.write_text(
        text.replace('[Summarise.execute(llm, one) for one in ("a", "b")]', "1"), encoding="utf-8"
    )
    result = projects.run(
        "report", "plan", "--format", "markdown", "--html", "now.html", "--since", "earlier"
    )
    assert result.exit_code == 0, result.output
    told = result.stdout.partition("### DB")[0]
    assert "1 tasks are refactored; 0 were." in told
    assert "- **to do → refactored** (1): SummariseTask" in told
    assert "- **new, to do** (1): FriendlyTask" in told
    assert "- **no longer there** (1): HostileTask" in told
    assert "- DBR101: 1 → **0**" in told
    page = Path("now.html").read_text(encoding="utf-8")
    assert "Since the report of" in page
    assert "to do → refactored</b>" in page


def test_a_task_that_moved_to_another_place_is_the_same(plan: Path) -> None:
    assert projects.run("report", "plan", "--html", "earlier.html").exit_code == 0
    plan.rename(plan.with_name("elsewhere"))
    text = projects.run("report", "elsewhere", "--format", "markdown", "--since", "earlier.html").stdout
    assert "No task, finding or refusal has changed." in text


def test_a_report_that_is_none_is_refused(plan: Path) -> None:
    for name, content in (
        ("code.py", b"x = 1"),
        ("bytes", b"\xff\xfe"),
        ("other.json", b'{"format": "something"}'),
        ("list.json", b"[1]"),
        (
            "broken.json",
            b'{"format": "luigi-database-first report 1", "made": "x", "tasks": [{"task": "A"}]}',
        ),
        ("state.json", STATE),
    ):
        Path(name).write_bytes(content)
        result = projects.run("report", "plan", "--html", "out.html", "--since", name)
        assert result.exit_code == 2, name
        assert f"{name}: is no report" in result.stderr
        assert not Path("out.html").exists()
    assert projects.run("report", "plan", "--html", "out.html", "--since", "missing").exit_code == 2


def test_a_hostile_name_stays_data_in_the_page(plan: Path) -> None:
    page_of = projects.run("report", "plan", "--html", "-", "-q").stdout
    (data,) = re.findall(
        r'<script type="application/json" id="report-data">(.*?)</script>', page_of, re.DOTALL
    )
    assert "<" not in data
    assert json.loads(data)["tasks"][0]["path"] == f"plan/{projects.FILE}"


def test_the_next_command(plan: Path, tmp_path: Path) -> None:
    def next_of(*arguments: str) -> str:
        text = projects.run("report", *arguments, "--format", "markdown", "-q").stdout
        return text.partition("Next:\n\n    ")[2].partition("\n")[0]

    original = projects.write_project(
        tmp_path / "before", projects.EXEMPT, projects.TODO, projects.BY_HAND_BEFORE
    )
    assert next_of("plan") == "refactor check plan"
    assert next_of("plan", "--against", "before") == "refactor apply --task PitchTask --from before plan"
    assert next_of("before") == "refactor apply --stage level-01 before"
    assert original.is_dir()
    refused = projects.write_project(tmp_path / "refused dir", projects.REFUSED)
    assert next_of(refused.name) == "refactor explain ReviewTask 'refused dir'"
    (tmp_path / "before" / "plan.py").write_text(
        "import luigi\n\n\nclass PlanTask(luigi.Task):\n    pass\n", encoding="utf-8"
    )
    assert next_of("before") == "refactor init before"
