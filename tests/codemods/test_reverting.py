"""`revert` gives the original bytes back, or leaves a task alone and says why."""

from __future__ import annotations

import pytest

from codemods import api
from codemods.model import FileRewrite, TaskState
from tests.codemods.test_verification import ORIGINAL, SETTINGS, source

SECOND = ORIGINAL + ORIGINAL[ORIGINAL.index("\n\nclass SwotTask") :].replace(
    "SwotTask", "SecondTask"
).replace("SWOT_", "TEAM_").replace("TEAM_RAW", "REVIEW_TEAM_RAW")


def apply(text: str, only: str = "") -> str:
    inspection = api.inspect([source(text)], SETTINGS)[0]
    return api.apply(inspection, lambda r: not only or r.task.name == only, SETTINGS).after.text


def revert(text: str, only: str = "") -> FileRewrite:
    inspection = api.inspect([source(text)], SETTINGS)[0]
    return api.revert(inspection, lambda r: not only or r.task.name == only, SETTINGS)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("unit", ["    ", "\t", "  "])
@pytest.mark.parametrize("end", ["", "\n\n\n"])
def test_the_original_comes_back(newline: str, unit: str, end: str) -> None:
    """Whatever the file's line ends, indentation and end are."""
    text = ORIGINAL.rstrip("\n")
    kept = '        text = """\n  indented as it is\n"""\n'
    before, after = text.split(kept)
    text = (
        before.replace("    ", unit) + kept.replace("        ", unit * 2, 1) + after.replace("    ", unit)
    ) + end
    text = text.replace("\n", newline)
    changed = apply(text)
    assert changed != text
    assert revert(changed).after.text == text


def test_one_task_of_two_is_reverted() -> None:
    """The other one keeps its steps, and the imports they need."""
    both = apply(SECOND)
    one = revert(both, "SwotTask")
    assert one.changed == ("SwotTask",)
    assert one.after.text == apply(SECOND, "SecondTask")
    assert revert(one.after.text).after.text == SECOND


def test_an_edited_step_is_left_alone() -> None:
    """What was changed by hand is not thrown away."""
    edited = apply(ORIGINAL).replace('"status": "pending",', '"status": "pending", "note": "by hand",')
    result = revert(edited)
    assert result.after.text == edited
    report = next(r for r in result.reports if r.task.name == "SwotTask")
    assert (report.state, "edited since" in report.reason) == (TaskState.DONE, True)


def test_a_task_done_by_hand_is_left_alone() -> None:
    """Steps that this tool did not write are not its to take out."""
    by_hand = ORIGINAL.replace(
        '        logger.info("Reading the plan.")\n',
        "        db_service = self.get_database_service()\n        db_service.close()\n",
    )
    assert revert(by_hand).after.text == by_hand


def test_a_file_without_steps_is_unchanged() -> None:
    """Nothing to revert."""
    assert revert(ORIGINAL).after.text == ORIGINAL


@pytest.mark.parametrize(
    "line", ["", " " * 12, " " * 16, " " * 30, " " * 16 + "# deeper than its suite", "\t"]
)
def test_lines_that_the_parser_gives_to_an_inserted_block_come_back(line: str) -> None:
    """A handler's first line, behind the `if` inserted there, is the end of that one's body."""
    handler = "        except Exception as e:\n"
    text = ORIGINAL.replace(handler, f"{handler}{line}\n")
    changed = apply(text)
    assert changed != text
    assert revert(changed).after.text == text
