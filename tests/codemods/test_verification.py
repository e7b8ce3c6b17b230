"""`verify` proves insertions, and names every other change."""

from pathlib import Path

import pytest

from codemods import api
from codemods.settings import Settings
from codemods.source import SourceFile

SETTINGS = Settings()
HERE = Path(__file__).parent / "task_of_a_test.py"

ORIGINAL = '''\
import json
import logging

from pipeline.example.domain.swot import SWOTAnalysis
from pipeline.example.filenames import FilenameEnum
from pipeline.plan_task import PlanTask

logger = logging.getLogger(__name__)


class SetupTask(PlanTask):
    def run(self):
        raise AssertionError("created by the caller")


class SwotTask(PlanTask):
    def requires(self):
        return self.clone(SetupTask)

    def output(self):
        return {
            "raw": self.local_target(FilenameEnum.SWOT_RAW),
            "markdown": self.local_target(FilenameEnum.SWOT_MARKDOWN),
        }

    def run_with_llm(self, llm):
        logger.info("Reading the plan.")
        # The plan as the user wrote it.
        with self.input().open("r") as f:
            query = f.read()

        try:
            swot = SWOTAnalysis.execute(llm, query)
        except Exception as e:
            logger.error("SWOT failed: %s", e)
            raise

        # Save both.
        with self.output()["raw"].open("w") as f:
            json.dump(swot.to_dict(), f, indent=2)
        text = """
  indented as it is
"""
        with self.output()["markdown"].open("w") as f:
            f.write(text + "done")
'''


def source(text: str) -> SourceFile:
    return SourceFile(HERE, text)


def refactored(text: str = ORIGINAL) -> str:
    inspection = api.inspect([source(text)], SETTINGS)[0]
    rewrite = api.apply(inspection, lambda report: True, SETTINGS)
    assert rewrite.changed == ("SwotTask",), [r.reason for r in rewrite.reports]
    return rewrite.after.text


def findings(after: str, before: str = ORIGINAL) -> list[str]:
    report = api.verify(source(before), source(after), SETTINGS)
    return [finding.message for finding in report.findings]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_what_apply_does_is_proven(newline: str) -> None:
    """The tool's own rewrite has no finding and is named as proven."""
    before = ORIGINAL.replace("\n", newline)
    report = api.verify(source(before), source(refactored(before)), SETTINGS)
    assert (list(report.tasks), list(report.findings)) == (["SwotTask"], [])


def test_an_unchanged_file_is_proven() -> None:
    """Nothing changed, nothing to say."""
    assert findings(ORIGINAL) == []


@pytest.mark.parametrize("again", ["import json\n", "import logging as logs\n", "from json import dumps\n"])
def test_an_import_that_stands_there_twice_stays_twice(again: str) -> None:
    before = ORIGINAL.replace("import logging\n", f"{again}import logging\n{again}")
    after = refactored(before)
    assert findings(after, before) == []
    assert findings(after.replace(again, "", 1), before) != []


DAMAGE = {
    "a lost comment": ("            # Save both.\n", ""),
    "a changed comment": ("# The plan as the user wrote it.", "# The plan."),
    "a lost log call": ('            logger.info("Reading the plan.")\n', ""),
    "a log call in a handler lost": ('                logger.error("SWOT failed: %s", e)\n', ""),
    "a changed statement": ("query = f.read()", "query = f.read().strip()"),
    "a cut prompt": ("SWOTAnalysis.execute(llm, query)", "SWOTAnalysis.execute(llm, query[:1000])"),
    "a changed string": ("  indented as it is\n", "    indented as it is\n"),
    "a changed requires()": ("return self.clone(SetupTask)", "return [self.clone(SetupTask)]"),
    "a changed output()": ("FilenameEnum.SWOT_MARKDOWN),", "FilenameEnum.SWOT_RAW),"),
    "a changed signature": ("def run_with_llm(self, llm):", "def run_with_llm(self, llm, extra=None):"),
    "a handler that takes less": ("except Exception as e:", "except ValueError as e:"),
    "a swallowing handler around the method": (
        "                })\n            raise\n        finally:",
        "                })\n        finally:",
    ),
    "a name of the original bound again": (
        "            db_service.create_plan_content({",
        "            text = ''\n            db_service.create_plan_content({",
    ),
    "an early return": (
        "            db_service.create_plan_content({",
        "            return\n            db_service.create_plan_content({",
    ),
    "another module-level line": ("logger = logging", "DEBUG = True\nlogger = logging"),
    "a lost import": ("import logging\n", ""),
    "a lost class": (
        'class SetupTask(PlanTask):\n    def run(self):\n        raise AssertionError("created by the caller")\n',
        "",
    ),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_found(kind: str) -> None:
    """Each kind of damage, done to the tool's own rewrite, has a finding."""
    old, new = DAMAGE[kind]
    after = refactored()
    assert old in after
    assert findings(after.replace(old, new, 1))


def test_a_widened_try_is_named() -> None:
    """A database call moved into the original try would be reported as an error of the model."""
    after = refactored()
    call = "                swot = SWOTAnalysis.execute(llm, query)\n"
    widened = after.replace(
        call, f'{call}                db_service.create_plan_content({{"content": swot}})\n'
    )
    assert any("try was widened" in message for message in findings(widened))


def test_statements_moved_into_an_inserted_try_are_found() -> None:
    """Original statements under another try are not where they were, though every line is still there."""
    lines = refactored().splitlines(keepends=True)
    first = next(i for i, line in enumerate(lines) if "json.dump(swot" in line)
    wrapped = [*lines[: first - 1], "            try:\n", *("    " + x for x in lines[first - 1 : first + 1])]
    wrapped += ["            finally:\n", "                pass\n", *lines[first + 1 :]]
    assert findings("".join(wrapped))


def test_reordered_writes_are_found() -> None:
    """Two original statements that changed places."""
    lines = ORIGINAL.splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if '["raw"].open' in line)
    swapped = [*lines[:at], *lines[at + 5 : at + 7], *lines[at + 2 : at + 5], *lines[at : at + 2]]
    assert sorted(swapped) == sorted(lines)
    assert findings(refactored("".join(swapped)))


def test_a_method_added_to_the_base_class_is_an_insertion() -> None:
    """What `init` does passes the proof; the same method on a task does not."""
    base = "class PlanTask:\n    x = 1\n\n    def run(self):\n        pass\n"
    added = "    def get_plan_id(self):\n        return 'x'\n\n"
    changed = base.replace("    def run", f"{added}    def run")
    assert findings(changed, base) == []
    other = base.replace("PlanTask", "Other")
    assert findings(other.replace("    def run", f"{added}    def run"), other)


ANSWERS = """\
from pipeline.example.domain.swot import SWOTAnalysis
from pipeline.plan_task import PlanTask


class SwotTask(PlanTask):
    def output(self):
        return self.local_target("swot.txt")

    def run_with_llm(self, llm):
        text = self.ask(llm, "a")
        with self.output().open("w") as f:
            f.write(text)

    def ask(self, llm, topic: str) -> str:
        topic = "about " + topic
        return llm.complete(topic)
"""

DAMAGE_TO_A_FUNCTION = {
    "a parameter that it does not share": (", topic\n", "\n"),
    "another answer": ("return answer\n", "return None\n"),
    "an answer that is bound anew": (
        "            return answer\n",
        "            answer = ''\n            return answer\n",
    ),
    "called twice": ("answer = answered()\n", "answered()\n            answer = answered()\n"),
    "called in a loop": ("answer = answered()\n", "for _ in 'ab':\n                answer = answered()\n"),
    "left before": (
        "            answer = answered()\n",
        "            return None\n            answer = answered()\n",
    ),
    "with a decorator": ("        def answered", "        @cached\n        def answered"),
    "with a parameter": ("def answered():", "def answered(llm=None):"),
    "with another statement": (
        '            topic = "about " + topic\n',
        '            topic = "on " + topic\n',
    ),
}


def test_statements_in_a_function_of_their_own_are_proven() -> None:
    """What a method returns as its answer has a name in between, and is the same."""
    assert findings(refactored(ANSWERS), ANSWERS) == []


@pytest.mark.parametrize("kind", DAMAGE_TO_A_FUNCTION)
def test_damage_to_such_a_function_is_found(kind: str) -> None:
    """The function is called once, gives what is returned, and means what the statements meant."""
    old, new = DAMAGE_TO_A_FUNCTION[kind]
    after = refactored(ANSWERS)
    assert old in after
    assert findings(after.replace(old, new, 1), ANSWERS)
