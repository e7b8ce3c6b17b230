"""What the rewritten shapes do: the same as before, with everything in the database first."""

from __future__ import annotations

import re

import pytest

from tests.shapes import laws
from tests.shapes.bench import Bench, Outcome
from tests.shapes.catalogue import SHAPES, Shape
from tests.shapes.rewriting import rewritten

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
