"""The style `steps`: the same laws on the same shapes, the block around each task, and what is refused in it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from codemods import api
from codemods.model import TaskState
from codemods.rewriting.apply import entries
from codemods.rewriting.transform import method_span
from codemods.settings import STEPS
from codemods.source import SourceFile
from pipeline.errors import DatabaseError, LLMError
from refactor.report_page.steps import step_labels
from tests.shapes import laws
from tests.shapes.bench import Bench, Fault
from tests.shapes.cases import PATH, WITHOUT_LLM, WRITE, Case
from tests.shapes.catalogue import SHAPES, Shape
from tests.shapes.rewriting import SETTINGS, rewrite, rewritten
from tests.shapes.test_faults import SAID_BY_HANDLERS, causes, check_every_file_has_a_row
from tests.shapes.test_running import check_all_laws

if TYPE_CHECKING:
    from pytest_snapshot.plugin import Snapshot

IN_STEPS = replace(SETTINGS, style=STEPS)
INLINE_ONLY = ("guarded_methods", "returned_answers")
WRITTEN_SO = tuple(shape for shape in SHAPES if shape.name not in INLINE_ONLY)
RUN = (
    "calls_in_suites",
    "conditional_expression",
    "executor_inner",
    "fragile_prompt",
    "helper_methods",
    "loop_nested_function",
    "loop_swallow",
    "loop_with_exits",
    "orchestrated",
    "other_models",
    "reraise",
    "stamped_writer",
    "temporary_path",
    "try_finally_around",
    "walrus",
    "with_around",
)
"""A third of the shapes, each of another kind."""
MOST_LINES = 18
"""Of a module; the most are in those that write a file once more into a buffer."""
SHOWN = ("four_outputs", "fragile_prompt", "loop_swallow", "one_call", "orchestrated", "stamped_writer")

executed = pytest.mark.parametrize(
    "shape", [s for s in SHAPES if s.name in RUN], ids=lambda shape: shape.name
)


def check_text(shape: Shape) -> None:
    """Only insertions, in the entry methods alone, in few lines; pyflakes and a second apply are content."""
    r = rewritten(shape, STEPS)
    laws.check_only_insertions(r.before.text, r.after.text)
    laws.check_statements_are_kept(r.before.text, r.after.text, r.tasks)
    laws.check_outside_is_untouched(r.before.text, r.after.text, r.tasks)
    laws.check_pyflakes_has_nothing_new(r.before.text, r.after.text)
    (inspection,) = api.inspect([r.after], IN_STEPS)
    states = {report.task.name: report.state for report in inspection.reports}
    assert {states[task] for task in r.tasks} == {TaskState.DONE}
    assert api.apply(inspection, lambda _: True, IN_STEPS).after.to_bytes() == r.after.to_bytes()
    reverted = api.revert(inspection, lambda report: report.task.name in r.tasks, IN_STEPS)
    assert reverted.after.to_bytes() == r.before.to_bytes()
    assert len(r.after.lines) - len(r.before.lines) <= MOST_LINES


@pytest.mark.parametrize("shape", WRITTEN_SO, ids=lambda shape: shape.name)
def test_steps_are_inserted_and_taken_out(shape: Shape) -> None:
    """Byte by byte; the block and its calls are a few lines."""
    check_text(shape)


@pytest.mark.parametrize("name", SHOWN)
def test_the_rewritten_module_reads_like_its_snapshot(name: str, snapshot: Snapshot) -> None:
    snapshot.snapshot_dir = f"{__file__.rpartition('/')[0]}/snapshots/steps"
    shape = next(s for s in SHAPES if s.name == name)
    snapshot.assert_match(rewritten(shape, STEPS).after.text, f"{name}.txt")


@executed
def test_a_run_keeps_the_laws(bench: Bench, shape: Shape) -> None:
    """Undisturbed; with the model failing at each call, and the database at each operation."""
    r = rewritten(shape, STEPS)
    before, after = bench.load(r.before.to_bytes()), bench.load(r.after.to_bytes())
    expected, whole = bench.run(before, r.tasks), bench.run(after, r.tasks)
    check_all_laws(expected, whole, shape)
    for number in range(len(expected.prompts)):
        fault = Fault("model", number, LLMError("the model is asleep"))
        outcome = bench.run(after, r.tasks, fault)
        laws.check_same_behaviour(bench.run(before, r.tasks, fault), outcome)
        laws.check_calls_are_bracketed(outcome)
        laws.check_service_is_closed(outcome)
        (failed,) = (i for i in outcome.interactions if i.status == "failed")
        assert "the model is asleep" in failed.error_message or "was left" in failed.error_message
    for number in range(len(whole.database_operations)):
        refusal = DatabaseError(f"the database refuses operation {number}")
        outcome = bench.run(after, r.tasks, Fault("database", number, refusal))
        assert refusal in causes(outcome.error)
        assert not SAID_BY_HANDLERS & {str(e) for e in causes(outcome.error)}
        assert set(outcome.files) <= set(outcome.rows)
        if shape.same_bytes:
            check_every_file_has_a_row(outcome)
        laws.check_rows_come_before_files(outcome)
        laws.check_nothing_is_pending(outcome)
        laws.check_service_is_closed_if_opened(outcome)


def test_the_executor_tells_which_model_answered(bench: Bench) -> None:
    """As in the other style, without a line for it."""
    r = rewritten(next(s for s in SHAPES if s.name == "executor_inner"), STEPS)
    fault = Fault("model", 0, LLMError("out of credit"))
    outcome = bench.run(bench.load(r.after.to_bytes()), r.tasks, fault, models=("first", "second"))
    interaction, attempt = outcome.interactions
    assert (interaction.llm_model, interaction.status) == ("second", "completed")
    assert (attempt.llm_model, attempt.status) == ("first", "failed")


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("executor_inner", ".1.....3....5566.."),
        ("calls_in_suites", ".1..3...83..5556."),
    ],
)
def test_the_page_for_reviewers_tells_the_step_of_each_line(name: str, steps: str) -> None:
    """The header of the block and the `else` of a `try`, which stand in no insertion as they are, too."""
    source = next(s for s in SHAPES if s.name == name).source
    (inspection,) = api.inspect([source], IN_STEPS)
    report = inspection.reports[0]
    assert report.analysis is not None
    key = report.task.name, report.task.line
    after = api.apply(inspection, lambda one: one is report, IN_STEPS).after
    (method,) = (m for (task, _), m in entries(after, IN_STEPS).items() if task == report.task.name)
    first, last = method_span(method)
    labels = step_labels(
        source, entries(source, IN_STEPS)[key], report.analysis.insertions, "".join(after.lines[first:last])
    )
    assert labels is not None
    assert "".join(label.step if label else "." for label in labels) == steps


@pytest.mark.parametrize("name", INLINE_ONLY)
def test_what_has_no_steps_of_this_style_is_refused(name: str) -> None:
    """Never written in the other style instead."""
    shape = next(s for s in SHAPES if s.name == name)
    result = rewrite(shape.source, IN_STEPS)
    codes = {r.task.name: r.refusal.code for r in result.reports if r.refusal is not None}
    assert set(codes.values()) == {"DBR007"}
    assert result.after.text == shape.source.text


OWN_BASE = """\
import luigi


class PlanTask(luigi.Task):
    run_dir = luigi.Parameter()

    def get_plan_id(self):
        return "plan"

    def get_database_service(self):
        return open_service()
"""
BLOCK = """
    def database_steps(self):
        return make_steps(self)
"""
WRITING = """

class NoteTask(PlanTask):
    def output(self):
        return luigi.LocalTarget("note.txt")

    def run_inner(self):
        with self.output().open("w") as f:
            f.write("note")
"""


@pytest.mark.parametrize(
    ("source", "stage", "code", "reason"),
    [
        (
            OWN_BASE + WRITING,
            None,
            "DBR003",
            "the class has no database_steps(); refactor init --style steps",
        ),
        (OWN_BASE + BLOCK + WRITING, "other", "DBR007", "takes no stage, and row-stage names one"),
        (OWN_BASE + BLOCK + WRITING, None, None, ""),
    ],
    ids=["no block", "no stage", "a block"],
)
def test_the_block_of_the_base_class(source: str, stage: str | None, code: str | None, reason: str) -> None:
    settings = replace(IN_STEPS, row_stage={"NoteTask": stage} if stage else {})
    (report,) = rewrite(SourceFile(PATH, source), settings).reports
    assert (report.refusal.code if report.refusal else None) == code
    assert reason in report.reason


def test_a_stage_of_the_configuration_is_given_to_the_block() -> None:
    source = SourceFile(PATH, Case("stage", WRITE, signature=WITHOUT_LLM).source)
    settings = replace(IN_STEPS, row_stage={"CaseTask": "the_case"})
    after = rewrite(source, settings).after
    assert 'with self.database_steps(stage="the_case") as steps:' in after.text
    (inspection,) = api.inspect([after], settings)
    assert api.revert(inspection, lambda _: True, settings).after.text == source.text


EDITED = {
    "a comment on the header": ("as steps:\n", "as steps:  # mine\n"),
    "a comment of somebody among the steps": (
        "        steps.persist",
        "        # mine\n            steps.persist",
    ),
    "a statement in front of the block": (
        "        with self.database",
        "        print()\n        with self.database",
    ),
    "a use of the block": ("f.write(idea)", "f.write(idea); print(steps)"),
}


@pytest.mark.parametrize("kind", EDITED)
def test_an_edited_block_is_left_alone(kind: str) -> None:
    """Nothing that may be somebody's is thrown away."""
    writing = WRITE.strip().replace('"text"', "idea")
    body = f'with self.input().open("r") as f:\n    idea = f.read()\n{writing}'
    after = rewrite(SourceFile(PATH, Case("edited", body, signature=WITHOUT_LLM).source), IN_STEPS).after
    old, new = EDITED[kind]
    edited = after.with_text(after.text.replace(old, new, 1))
    assert edited.text != after.text
    (inspection,) = api.inspect([edited], IN_STEPS)
    result = api.revert(inspection, lambda _: True, IN_STEPS)
    assert [r.refusal.code for r in result.reports if r.refusal] == ["DBR911"]
    assert result.after.text == edited.text
