"""What the rewritten shapes do: the same as before, with everything in the database first."""

from __future__ import annotations

import re

import pytest

from codemods.settings import Settings
from pipeline.errors import LLMError
from tests.shapes import laws
from tests.shapes.bench import Bench, Fault, Outcome
from tests.shapes.catalogue import SHAPES, Shape
from tests.shapes.rewriting import rewrite, rewritten

ON_POSTGRES = ("one_call", "loop_nested_function", "loop_swallow", "orchestrated", "stamped_writer", "paths")


def run_both(bench: Bench, shape: Shape) -> tuple[Outcome, Outcome]:
    r = rewritten(shape)
    before = bench.run(bench.load(r.before.to_bytes()), r.tasks)
    after = bench.run(bench.load(r.after.to_bytes()), r.tasks)
    return before, after


def check_all_laws(before: Outcome, after: Outcome, shape: Shape) -> None:
    assert after.error is None
    assert after.files
    laws.check_same_behaviour(before, after, same_bytes=shape.same_bytes)
    stages = {stage_of(task) for task in rewritten(shape).tasks}
    laws.check_every_file_has_its_row(after, stages)
    assert {row.stage for row in after.rows.values()} == stages
    assert set(after.rows) == set(after.files)
    laws.check_rows_come_before_files(after)
    laws.check_one_interaction_a_call(after, shape.calls, stages, one_to_one=shape.asks_once_a_call)
    laws.check_calls_are_bracketed(after)
    laws.check_service_is_closed(after)


def stage_of(task: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", task.removesuffix("Task")).lower()


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_run_keeps_the_laws(bench: Bench, shape: Shape):
    """Same prompts and files; each file has its row first, each call its interaction; the service is closed."""
    before, after = run_both(bench, shape)
    assert len(before.prompts) == (shape.calls if shape.answers is None else shape.answers)
    check_all_laws(before, after, shape)


@pytest.mark.postgres
@pytest.mark.parametrize("shape", [s for s in SHAPES if s.name in ON_POSTGRES], ids=lambda shape: shape.name)
def test_a_run_keeps_the_laws_on_postgres(postgres_bench: Bench, shape: Shape):
    """The same on the database of the deployment."""
    check_all_laws(*run_both(postgres_bench, shape), shape)


def shape_named(name: str) -> Shape:
    return next(s for s in SHAPES if s.name == name)


def test_the_model_that_answers_is_the_one_that_is_booked(bench: Bench):
    """The first model fails in run_with_llm: its interaction is failed, the second's is completed."""
    r = rewritten(shape_named("one_call"))
    fault = Fault("model", 0, LLMError("out of credit"))
    outcome = bench.run(bench.load(r.after.to_bytes()), r.tasks, fault, models=("first", "second"))
    assert outcome.error is None
    assert [(i.llm_model, i.status) for i in outcome.interactions] == [
        ("first", "failed"),
        ("second", "completed"),
    ]
    laws.check_every_file_has_its_row(outcome, {"ferry_outline"})


def test_the_executor_tells_which_model_answered(bench: Bench):
    """One call through an executor is booked on the model that answered in the end; the attempt before has a row."""
    r = rewritten(shape_named("executor_inner"))
    fault = Fault("model", 0, LLMError("out of credit"))
    outcome = bench.run(bench.load(r.after.to_bytes()), r.tasks, fault, models=("first", "second"))
    assert outcome.error is None
    interaction, attempt = outcome.interactions
    assert (interaction.llm_model, interaction.status, interaction.attempt) == ("second", "completed", 2)
    assert (attempt.llm_model, attempt.status, attempt.attempt_of) == ("first", "failed", interaction.id)
    assert attempt.error_message == "LLMError: out of credit"
    assert interaction.input_tokens > 0
    assert interaction.output_tokens > 0
    assert interaction.total_tokens == interaction.input_tokens + interaction.output_tokens


def test_a_row_that_could_only_be_set_right_afterwards_is(bench: Bench):
    """The writer puts the time into the file: the row comes first, and then holds what the file holds."""
    r = rewritten(shape_named("stamped_writer"))
    outcome = bench.run(bench.load(r.after.to_bytes()), r.tasks)
    first, second = outcome.of("content")
    (filename,) = outcome.files
    assert not first.there
    assert second.there
    assert second.data["content"].encode() == outcome.files[filename] != first.data["content"].encode()


def test_a_settings_row_stage_is_what_the_rows_get(bench: Bench):
    """`[tool.refactor.row-stage]` wins over the class name."""
    settings = Settings(row_stage={"FerryOutlineTask": "the outline"})
    after = rewrite(shape_named("one_call").source, settings).after
    outcome = bench.run(bench.load(after.to_bytes()), ["FerryOutlineTask"])
    assert {row.stage for row in outcome.rows.values()} == {"the outline"}
    assert [i.stage for i in outcome.interactions] == ["the outline"]


def test_the_files_are_not_written_again_for_nothing(bench: Bench):
    """A writer whose source gives the content is run once: one row a file, no comparison afterwards."""
    for name in ("one_call", "raw_and_clean", "json_dump", "several_inputs", "four_outputs"):
        r = rewritten(shape_named(name))
        outcome = bench.run(bench.load(r.after.to_bytes()), r.tasks)
        assert len(outcome.of("content")) == len(outcome.files)
        assert "written_file" not in r.after.text
        assert "scratch" not in r.after.text
