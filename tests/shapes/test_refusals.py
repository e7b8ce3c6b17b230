"""What is left as it is and why; and, beside each refusal, what looks like it and is not refused."""

from __future__ import annotations

import pytest

from codemods.model import TaskState, VerifyFinding
from codemods.refusals import REFUSALS
from codemods.rewriting import apply as rewriting
from codemods.source import SourceFile
from tests.shapes import laws
from tests.shapes.cases import PATH, WITHOUT_LLM, WRITE, Case
from tests.shapes.neighbour_cases import NOT_REFUSED
from tests.shapes.refused_cases import REFUSED
from tests.shapes.rewriting import rewrite

WITHOUT_RUNTIME = """\
class PlanTask:
    def get_plan_id(self):
        return 1


class CaseTask(PlanTask):  # <-
    def run_inner(self):
        with open("x.txt", "w") as f:
            f.write("x")
"""


def check_refused(source: str, code: str, line: int) -> None:
    before = SourceFile(PATH, source)
    result = rewrite(before)
    (report,) = (r for r in result.reports if r.task.name == "CaseTask")
    assert report.refusal is not None, f"{report.state}: {report.reason}"
    assert (report.refusal.code, report.refusal.line) == (code, line), report.refusal.reason
    assert report.state is TaskState.REFUSED
    assert report.reason == report.refusal.reason
    assert report.refusal.column >= 1
    assert result.changed == ()
    assert result.after.text == before.text


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: f"{case.code}-{case.name}")
def test_a_task_is_refused_where_and_why_the_table_says(case: Case):
    """The code and the line are right, and the file stays as it was."""
    check_refused(case.source, case.code, case.line)


def test_a_base_class_without_the_runtime_is_refused():
    """DBR003 is about the base class, which is why it needs a module of its own."""
    line = 1 + next(i for i, text in enumerate(WITHOUT_RUNTIME.split("\n")) if text.endswith("# <-"))
    check_refused(WITHOUT_RUNTIME, "DBR003", line)


def test_a_method_of_a_class_out_of_sight_is_refused():
    """DBR422 is about the base class as well."""
    source = Case("far", f"self.dump({{}})  # <-{WRITE}", signature=WITHOUT_LLM).source
    source = source.replace("class CaseTask(PlanTask)", "class CaseTask(Dumping, PlanTask)")
    line = 1 + next(i for i, text in enumerate(source.split("\n")) if text.endswith("# <-"))
    check_refused(source, "DBR422", line)


def test_a_task_whose_proof_fails_is_refused(monkeypatch: pytest.MonkeyPatch):
    """DBR901 is the tool's own defect: the task stays as it was all the same."""
    damage = (VerifyFinding("CaseTask", "something is damaged", 1),)
    monkeypatch.setattr(rewriting, "verify_method", lambda *_: damage)
    case = Case("proof", WRITE, signature="def run_inner(self):  # <-")
    check_refused(case.source, "DBR901", case.line)


@pytest.mark.parametrize("case", NOT_REFUSED, ids=lambda case: case.name)
def test_a_neighbour_is_not_refused(case: Case):
    """What only looks like a refused shape is rewritten, within the laws."""
    before = SourceFile(PATH, case.source)
    result = rewrite(before)
    assert [(r.state, r.reason) for r in result.reports] == [(TaskState.DONE, "")]
    if case.calls is not None:
        assert result.after.text.count(".create_llm_interaction(") == case.calls
    laws.check_only_insertions(before.text, result.after.text)
    laws.check_outside_is_untouched(before.text, result.after.text, ("CaseTask",))
    laws.check_pyflakes_has_nothing_new(before.text, result.after.text)


@pytest.mark.parametrize(
    "output",
    [
        "",
        "    def output(self):\n        return []\n\n",
        "    def output(self):\n        return None\n\n",
        "    def output(self):\n        return self.input()\n\n",
    ],
    ids=["none", "empty", "nothing", "its-input"],
)
def test_a_task_without_a_file_of_its_own_is_exempt(output: str):
    """Nothing is to be recorded, so there is nothing to refuse either."""
    source = Case("no-file", "print(self)", signature=WITHOUT_LLM, files=output).source
    (report,) = rewrite(SourceFile(PATH, source)).reports
    assert (report.state, report.reason) == (TaskState.EXEMPT, "calls no LLM and writes no file")


def test_every_refusal_has_a_case():
    """No code without a test, no test without a code; those with tests of their own included."""
    elsewhere = {
        "DBR003",
        "DBR006",
        "DBR007",
        "DBR422",
        "DBR430",
        "DBR431",
        "DBR901",
        "DBR902",
        "DBR903",
        "DBR904",
        "DBR905",
        "DBR911",
    }
    assert {case.code for case in REFUSED} | elsewhere == set(REFUSALS)


def test_one_refused_task_does_not_keep_its_neighbours_back():
    """All or nothing is for each task, not for each file."""
    refused = next(c for c in REFUSED if c.code == "DBR401")
    fine = Case("fine", WRITE).source.partition("class CaseTask")[2]
    result = rewrite(SourceFile(PATH, f"{refused.source}\n\nclass FineTask{fine}"))
    assert result.changed == ("FineTask",)
    assert {r.task.name: r.state for r in result.reports} == {
        "CaseTask": TaskState.REFUSED,
        "FineTask": TaskState.DONE,
    }
    assert laws.method_text(result.after.text, "CaseTask", "run_with_llm") == laws.method_text(
        refused.source, "CaseTask", "run_with_llm"
    )
