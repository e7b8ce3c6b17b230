"""What a check finds in the real pipeline: in the refactor by hand, in the legacy code, and in what apply makes of it.

Needs REFACTOR_TARGET: a directory with checkouts `8518b34`, `037b4d7` and `f3d82be` of the pipeline.
"""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from codemods import api
from codemods.checking.engine import Checker
from codemods.checking.finding import Finding
from codemods.settings import Settings
from codemods.source import SourceFile, decode
from refactor.cli import main

pytestmark = [
    pytest.mark.target,
    pytest.mark.skipif("REFACTOR_TARGET" not in os.environ, reason="REFACTOR_TARGET names no checkouts"),
]
SETTINGS = Settings()
PIPELINE = Path("planexe", "plan", "run_plan_pipeline.py")

RIGHT = {
    "DeduplicateLeversTask",
    "FocusOnVitalFewLeversTask",
    "StrategicDecisionsMarkdownTask",
    "ScenariosMarkdownTask",
    "PhysicalLocationsTask",
    "CurrencyStrategyTask",
    "IdentifyRisksTask",
    "DistillAssumptionsTask",
    "ConsolidateGovernanceTask",
    "TeamMarkdownTask",
    "MarkdownWithDocumentsToCreateAndFindTask",
    "WBSProjectLevel1AndLevel2Task",
    "WBSProjectLevel1AndLevel2AndLevel3Task",
}
LACKING_MEMBERS = {
    "PotentialLeversTask",
    "EnrichLeversTask",
    "CandidateScenariosTask",
    "SelectScenarioTask",
    "MakeAssumptionsTask",
    "PreProjectAssessmentTask",
    "DataCollectionTask",
    "IdentifyDocumentsTask",
    "FilterDocumentsToFindTask",
    "FilterDocumentsToCreateTask",
    "ConvertPitchToMarkdownTask",
}
FILE_FIRST = {
    "CreateScheduleTask",
    "ReviewPlanTask",
    "ExecutiveSummaryTask",
    "QuestionsAndAnswersTask",
    "PremortemTask",
    "ReportTask",
}
LEFT_PENDING = {
    "DraftDocumentsToFindTask",
    "DraftDocumentsToCreateTask",
    "EstimateTaskDurationsTask",
    "CreateWBSLevel3Task",
}


def source(revision: str) -> SourceFile:
    path = Path(os.environ["REFACTOR_TARGET"], revision, PIPELINE)
    return decode(path.read_bytes(), path)


@cache
def found(revision: str) -> tuple[Finding, ...]:
    return Checker(SETTINGS).check(source(revision))


def tasks(revision: str, code: str) -> set[str]:
    return {finding.task for finding in found(revision) if finding.code == code}


def test_the_thirteen_right_tasks_are_not_accused() -> None:
    assert RIGHT & {finding.task for finding in found("f3d82be")} == set()


def test_undefined_time_is_found_in_24_tasks() -> None:
    accused = {f.task for f in found("f3d82be") if f.code == "DBF950" and f.message == "time is not defined"}
    assert len(accused) == 24


def test_missing_members_are_found() -> None:
    assert tasks("f3d82be", "DBF951") == LACKING_MEMBERS
    assert tasks("f3d82be", "DBF952") == {"ReviewPlanTask", "PremortemTask"}


def test_files_before_their_rows_are_found() -> None:
    assert tasks("f3d82be", "DBF700") == FILE_FIRST


def test_the_three_files_of_the_expert_review_are_found() -> None:
    accused = [f.task for f in found("f3d82be") if f.code == "DBF601"]
    assert accused == ["ExpertReviewTask"] * 3


def test_untracked_calls_are_found() -> None:
    assert tasks("f3d82be", "DBF300") == {"ConsolidateAssumptionsMarkdownTask"}


def test_the_four_loops_that_can_stay_pending_are_found() -> None:
    assert tasks("f3d82be", "DBF801") == LEFT_PENDING


def test_cut_prompts_are_found_in_34_tasks() -> None:
    assert len(tasks("f3d82be", "DBF303")) == 34


def test_nothing_else_is_found_in_the_refactor_by_hand() -> None:
    by_code: dict[str, int] = defaultdict(int)
    for finding in found("f3d82be"):
        by_code[finding.code] += 1
    assert dict(by_code) == {
        "DBF000": 1,  # the closing task, which was left out
        "DBF300": 1,
        "DBF303": 34,
        "DBF501": 3,
        "DBF601": 3,
        "DBF700": 13,
        "DBF801": 4,
        "DBF950": 25,  # and one name that was removed while a log call still reads it
        "DBF951": 13,
        "DBF952": 2,
    }


def test_the_legacy_code_has_55_unrefactored_tasks_and_one_missing_member() -> None:
    assert len(tasks("037b4d7", "DBF000")) == 55
    rest = [(f.task, f.code, f.message) for f in found("037b4d7") if f.code != "DBF000"]
    assert rest == [("PotentialLeversTask", "DBF951", "IdentifyPotentialLevers has no member to_clean_json")]


def test_after_apply_only_the_missing_member_is_left() -> None:
    inspection = api.inspect([source("037b4d7")], SETTINGS)[0]
    after = api.apply(inspection, lambda report: True, SETTINGS).after
    left = [(f.task, f.code) for f in Checker(SETTINGS).check(after)]
    assert left == [("PotentialLeversTask", "DBF951")]


def test_the_refactor_by_hand_done_afresh_from_the_original_is_clean(tmp_path: Path) -> None:
    target = Path(os.environ["REFACTOR_TARGET"]).resolve()
    shutil.copytree(target / "f3d82be" / "planexe", tmp_path / "planexe", ignore=_no_python)
    file, original = str(tmp_path / PIPELINE), str(target / "037b4d7" / PIPELINE)

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, list(arguments), catch_exceptions=False)
        return result.exit_code, result.output

    assert run("apply", "--all", "--from", original, file)[0] == 0
    assert run("verify", "--against", original, file)[0] == 0
    # The one task that 037b4d7 has refactored already, and with a defect, is taken from before that.
    found = run("check", "--no-cache", "--statistics", file)[1].splitlines()[0]
    assert found == "1  DBF951  missing-member"
    before = str(target / "8518b34" / PIPELINE)
    assert run("apply", "--task", "PotentialLeversTask", "--from", before, file)[0] == 0
    assert run("check", "--no-cache", file)[0] == 0


def _no_python(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if not name.endswith(".py") and not Path(folder, name).is_dir()]
