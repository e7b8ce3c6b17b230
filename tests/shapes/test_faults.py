"""What the rewritten shapes do when the model or the database fails, or somebody presses Ctrl-C: at every moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.database.service import DatabaseService
from pipeline.errors import DatabaseError, LLMError
from tests.shapes import laws
from tests.shapes.bench import Bench, Event, Fault, Outcome
from tests.shapes.catalogue import SHAPES, Shape
from tests.shapes.rewriting import rewritten

if TYPE_CHECKING:
    from types import ModuleType

all_shapes = pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
asking_shapes = pytest.mark.parametrize("shape", [s for s in SHAPES if s.calls], ids=lambda shape: shape.name)

SAID_BY_HANDLERS = {"the model let us down", "Chapter 1 failed", "Chapter 2 failed", "Chapter 3 failed"}


def load_both(bench: Bench, shape: Shape) -> tuple[ModuleType, ModuleType]:
    r = rewritten(shape)
    return bench.load(r.before.to_bytes()), bench.load(r.after.to_bytes())


def causes(error: BaseException | None) -> list[BaseException]:
    """An error and what it was raised from."""
    return [] if error is None else [error, *causes(error.__cause__)]


def asked_after(outcome: Outcome, event: Event) -> bool:
    """Whether a model was asked after something had happened; events may be equal, so it is this very one."""
    position = next(i for i, e in enumerate(outcome.events) if e is event)
    return any(e.kind == "ask" for e in outcome.events[position:])


def check_every_file_has_a_row(outcome: Outcome) -> None:
    for filename, data in outcome.files.items():
        assert outcome.content(filename) == data


@asking_shapes
def test_an_error_of_the_model_is_booked_and_ends_as_it_did(bench: Bench, shape: Shape):
    """At each call in turn: the same exception and the same files as before; the interaction is `failed`."""
    before, after = load_both(bench, shape)
    tasks = rewritten(shape).tasks
    for number in range(len(bench.run(before, tasks).prompts)):
        fault = Fault("model", number, LLMError("the model is asleep"))
        expected, outcome = bench.run(before, tasks, fault), bench.run(after, tasks, fault)
        laws.check_same_behaviour(expected, outcome)
        check_every_file_has_a_row(outcome)
        laws.check_rows_come_before_files(outcome)
        laws.check_calls_are_bracketed(outcome)
        laws.check_service_is_closed(outcome)
        failed = [i for i in outcome.interactions if i.status == "failed"]
        assert len(failed) == 1
        assert "the model is asleep" in failed[0].error_message or "was left" in failed[0].error_message
        assert failed[0].completed_at is not None
        assert failed[0].response_text is None


@asking_shapes
def test_ctrl_c_during_a_call_leaves_nothing_pending(bench: Bench, shape: Shape):
    """KeyboardInterrupt is nobody's to swallow: it comes out, after the interaction was marked."""
    before, after = load_both(bench, shape)
    tasks = rewritten(shape).tasks
    for number in range(len(bench.run(before, tasks).prompts)):
        outcome = bench.run(after, tasks, Fault("model", number, KeyboardInterrupt()))
        assert isinstance(outcome.error, KeyboardInterrupt)
        laws.check_nothing_is_pending(outcome)
        laws.check_service_is_closed(outcome)
        assert [i.status for i in outcome.interactions].count("failed") == 1
        assert len(outcome.prompts) == number + 1


@all_shapes
def test_an_error_of_the_database_stops_the_task_and_is_told_as_such(bench: Bench, shape: Shape):
    """At each operation in turn: no further question, no file without its row, nothing pending, the error kept."""
    _, after = load_both(bench, shape)
    tasks = rewritten(shape).tasks
    whole = bench.run(after, tasks)
    assert whole.error is None
    for number in range(len(whole.database_operations)):
        refusal = DatabaseError(f"the database refuses operation {number}")
        outcome = bench.run(after, tasks, Fault("database", number, refusal))
        assert refusal in causes(outcome.error) or "a database step failed" in str(outcome.error)
        assert not SAID_BY_HANDLERS & {str(e) for e in causes(outcome.error)}
        if shape.same_bytes:
            check_every_file_has_a_row(outcome)
        else:
            # Where the bytes are known only from the file, it is the row's correction that was refused.
            assert set(outcome.files) <= set(outcome.rows)
        laws.check_rows_come_before_files(outcome)
        laws.check_nothing_is_pending(outcome)
        laws.check_service_is_closed_if_opened(outcome)
        if not shape.asks_in_finally:
            assert not asked_after(outcome, outcome.database_operations[number])


@pytest.mark.parametrize("operation", ["get_plan_id", "get_database_service", "close"])
def test_no_handler_of_a_caller_takes_an_error_of_the_frame_for_its_own(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, operation: str
):
    """What a method with steps does beside its steps, to begin and to end, is the database's too."""
    r = rewritten(next(s for s in SHAPES if s.name == "guarded_methods"))
    module = bench.load(r.after.to_bytes())
    owner = DatabaseService if operation == "close" else module.StoriesTask
    original, refusal, done = getattr(owner, operation), DatabaseError("refused"), []

    def refuse(self: object, *given: object) -> object:
        done.append(operation)
        result = original(self, *given)
        # The entry method comes first, but for closing: there it is the innermost one.
        if len(done) == (1 if operation == "close" else 2):
            raise refusal
        return result

    monkeypatch.setattr(owner, operation, refuse)
    outcome = bench.run(module, r.tasks)
    assert refusal in causes(outcome.error)
    assert not SAID_BY_HANDLERS & {str(e) for e in causes(outcome.error)}
    assert outcome.files == {}
