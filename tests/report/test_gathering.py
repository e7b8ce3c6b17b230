"""What the report says of each kind of task."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods.model import Step, TaskState
from refactor.changes.verifying import older
from refactor.project.opening import open_project
from refactor.report_page.gathering import Report, gather
from refactor.report_page.model import Question, TaskPage, Verdict
from refactor.report_page.verdict import Level, overall
from tests.report import projects

SERVICE, STATES, PERSISTENCE, ERRORS, UNCHANGED = Question


def report_of(directory: Path, against: Path | None = None) -> Report:
    before = older(str(against), [directory]) if against else None
    return gather(open_project([directory], None), before, str(against or ""))


def task(report: Report, name: str) -> TaskPage:
    return next(page for page in report.tasks if page.report.task.name == name)


def verdicts(page: TaskPage) -> dict[Question, Verdict]:
    return {answer.question: answer.verdict for answer in page.answers}


def evidence(page: TaskPage, question: Question) -> list[tuple[str, tuple[int, ...]]]:
    (answer,) = [answer for answer in page.answers if answer.question is question]
    return [(piece.text, piece.lines) for piece in answer.evidence]


def new_lines(page: TaskPage) -> dict[int, str]:
    return {row.new: page.diff.new_lines[row.new_index] for row in page.diff.rows if row.new is not None}


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return report_of(projects.every_kind(tmp_path_factory.mktemp("kinds")))


def test_states(kinds: Report) -> None:
    assert {page.report.task.name: page.state for page in kinds.tasks} == {
        "StartTask": TaskState.EXEMPT,
        "SummariseTask": TaskState.TODO,
        "ReviewTask": TaskState.REFUSED,
        "PitchTask": TaskState.DEFECTIVE,
        "HostileTask": TaskState.TODO,
    }
    assert overall(kinds).level is Level.BLOCKED


def test_to_do_shows_what_apply_would_write(kinds: Report) -> None:
    page = task(kinds, "SummariseTask")
    assert set(verdicts(page).values()) == {Verdict.YES}
    assert page.diff.steps == tuple(Step(n) for n in "1345689")
    assert page.diff.count("removed") == 0
    assert page.diff.count("same") == 7
    assert "import time" not in page.diff.imports  # the module has it
    assert any("datetime" in line for line in page.diff.imports)
    assert page.findings == ()


def test_evidence_names_the_lines_that_show_it(kinds: Report) -> None:
    page = task(kinds, "SummariseTask")
    lines = new_lines(page)
    wanted = {
        SERVICE: ("get_plan_id()", "get_database_service()", ".close()"),
        STATES: (
            "Summarise.execute",
            "create_llm_interaction",
            "update_llm_interaction",
            "update_llm_interaction",
        ),
        ERRORS: (
            "try:",
            "except BaseException",
            "update_llm_interaction",
            "raise",
            "if db_service is not None",
        ),
    }
    for question, texts in wanted.items():
        found = [piece for piece in evidence(page, question) if piece[1]]
        assert len(found) == len(texts)
        for (told, numbers), text in zip(found, texts, strict=True):
            assert [text in lines[number] for number in numbers] == [True], told
    ((told, (row, write)), _) = evidence(page, PERSISTENCE)
    assert told == "summary.json: 1 row before the file, content from the writer's source"
    assert "create_plan_content" in lines[row]
    assert "save_raw" in lines[write]
    assert evidence(page, UNCHANGED)[0][0].startswith(
        "verified against the present text: all 7 original lines"
    )


def test_defective_says_why(kinds: Report) -> None:
    page = task(kinds, "PitchTask")
    codes = {finding.code for finding in page.findings}
    assert "DBF700" in codes
    assert verdicts(page)[PERSISTENCE] is Verdict.NO
    assert verdicts(page)[UNCHANGED] is Verdict.UNKNOWN
    assert verdicts(page)[SERVICE] is Verdict.YES
    assert evidence(page, PERSISTENCE)[0][0].startswith("DBF700: ")
    assert "--against" in evidence(page, UNCHANGED)[0][0]
    assert page.diff.old_title == ""
    assert page.diff.steps == ()


def test_refused_stays_as_it_is(kinds: Report) -> None:
    page = task(kinds, "ReviewTask")
    assert page.answers == ()
    assert page.refusal_rule.code == "DBR101"
    # In the file as it is, not as it would be with the tasks above it refactored.
    assert "Summarise.execute(llm, one) for one" in new_lines(page)[page.report.refusal.line]


def test_by_hand_is_compared_with_the_revision(tmp_path: Path) -> None:
    now = projects.write_project(tmp_path / "now", projects.BY_HAND)
    then = projects.write_project(tmp_path / "then", projects.BY_HAND_BEFORE)
    report = report_of(now, then)
    page = task(report, "PitchTask")
    assert verdicts(page)[UNCHANGED] is Verdict.NO
    removed = [page.diff.old_lines[row.old_index].strip() for row in page.diff.rows if row.kind == "removed"]
    assert removed == ["# A comment that was lost."]
    assert page.diff.steps == ()
    assert report.outside == ()


def test_reverting_in_memory_gives_the_original(tmp_path: Path) -> None:
    directory = projects.write_project(tmp_path, projects.TODO)
    original = (directory / projects.FILE).read_text(encoding="utf-8")
    planned = task(report_of(directory), "SummariseTask")
    assert projects.run("apply", "--all", directory).exit_code == 0
    done = report_of(directory)
    page = task(done, "SummariseTask")
    assert page.state is TaskState.DONE
    assert page.diff.old_lines == planned.diff.old_lines
    assert page.diff.new_lines == planned.diff.new_lines
    assert [row.label for row in page.diff.rows] == [row.label for row in planned.diff.rows]
    assert set(verdicts(page).values()) == {Verdict.YES}
    assert "the text with the steps taken out" in evidence(page, UNCHANGED)[0][0]
    assert overall(done).level is Level.READY
    assert (directory / projects.FILE).read_text(encoding="utf-8") != original


def test_a_step_that_was_edited_is_no_longer_the_tools(tmp_path: Path) -> None:
    then = projects.write_project(tmp_path / "then", projects.TODO)
    now = projects.write_project(tmp_path / "now", projects.TODO)
    assert projects.run("apply", "--all", now).exit_code == 0
    file = now / projects.FILE
    file.write_text(
        file.read_text(encoding="utf-8").replace("# Step 4: the LLM call, timed", "# Step 4: mine")
    )
    alone = task(report_of(now), "SummariseTask")
    assert alone.diff.steps == ()
    assert verdicts(alone)[UNCHANGED] is Verdict.UNKNOWN
    compared = task(report_of(now, then), "SummariseTask")
    assert compared.diff.steps == ()
    assert compared.diff.count("added") > 25
    assert verdicts(compared)[UNCHANGED] is Verdict.YES


def test_a_change_outside_of_the_entry_method_is_shown(tmp_path: Path) -> None:
    then = projects.write_project(tmp_path / "then", projects.TODO)
    now = projects.write_project(tmp_path / "now", projects.TODO.replace("summary.json", "other.json"))
    assert projects.run("apply", "--all", now).exit_code == 0
    page = task(report_of(now, then), "SummariseTask")
    assert verdicts(page)[UNCHANGED] is Verdict.NO
    removed = [page.diff.old_lines[row.old_index] for row in page.diff.rows if row.kind == "removed"]
    assert len(removed) == 1
    assert "summary.json" in removed[0]
    assert page.diff.steps == tuple(Step(n) for n in "1345689")


def test_a_change_outside_of_every_task_is_told(tmp_path: Path) -> None:
    then = projects.write_project(tmp_path / "then", projects.TODO)
    now = projects.write_project(tmp_path / "now", projects.TODO)
    file = now / projects.FILE
    file.write_text(
        file.read_text(encoding="utf-8").replace("import luigi\n", "import luigi.task\n"), encoding="utf-8"
    )
    report = report_of(now, then)
    assert len(report.outside) == 1
    assert "'import luigi'" in report.outside[0]
    assert overall(report).level is Level.BLOCKED


def test_a_file_that_the_revision_lacks(tmp_path: Path) -> None:
    then = projects.write_project(tmp_path / "then")
    (then / projects.FILE).unlink()
    now = projects.write_project(tmp_path / "now", projects.TODO)
    page = task(report_of(now, then), "SummariseTask")
    assert page.diff.old_title == "Original"
    assert verdicts(page)[UNCHANGED] is Verdict.YES


def test_a_file_that_does_not_parse_is_told(tmp_path: Path) -> None:
    directory = projects.write_project(tmp_path, projects.TODO)
    (directory / "bad.py").write_text("class BadTask(PlanTask):\n    def run_inner(self:\n", encoding="utf-8")
    report = report_of(directory)
    assert [problem.path.name for problem in report.problems] == ["bad.py"]
    assert len(report.tasks) == 1
    assert overall(report).level is Level.ATTENTION


def test_a_defect_of_a_rule_is_told_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from codemods.checking.engine import Checker
    from codemods.errors import CrashError

    def crash(self: Checker, source: object) -> None:
        raise ZeroDivisionError("in a rule")

    monkeypatch.setattr(Checker, "check", crash)
    report = report_of(projects.write_project(tmp_path, projects.TODO))
    assert {type(problem) for problem in report.problems} == {CrashError}
    page = task(report, "SummariseTask")
    assert page.diff is not None
    assert set(verdicts(page).values()) == {Verdict.UNKNOWN}
