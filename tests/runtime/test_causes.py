"""A failed interaction says what it comes from, and marking it never hides why the task failed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from pipeline.causes import with_causes
from pipeline.database.retry import RetryPolicy
from pipeline.database.service import DatabaseService
from pipeline.errors import DatabaseError, TaskFailedError
from pipeline.plan_task import PlanTask

INTERACTION = {"plan_id": "p", "llm_model": "m", "stage": "s", "prompt_text": "t", "status": "pending"}


class RefusedError(Exception):
    """What an SDK raises."""


class UnsayableError(Exception):
    """Cannot say its text."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.fixture
def service(engine: Engine) -> DatabaseService:
    return DatabaseService(engine, RetryPolicy(patience_seconds=0.05))


def caught(*errors: Exception, explicit: bool = True) -> Exception:
    """The last of some exceptions, each raised because of the one before it."""
    before: Exception | None = None
    for error in errors:
        try:
            if before is None:
                raise error
            try:
                raise before
            except Exception as cause:
                if explicit:
                    raise error from cause
                raise error  # noqa: B904 - the other bond is what is asked for
        except Exception as raised:
            before = raised
    assert before is not None
    return before


def marked(service: DatabaseService, error: Exception, interaction_id: int) -> None:
    """What a refactored task does when its call fails."""
    try:
        raise error
    except BaseException as caught_error:
        service.update_llm_interaction(
            interaction_id,
            {"status": "failed", "error_message": f"{type(caught_error).__name__}: {caught_error}"},
        )
        raise


def interactions(service: DatabaseService) -> list[dict[str, Any]]:
    with service._engine.begin() as connection:
        found = connection.execute(text("SELECT * FROM llm_interactions ORDER BY id"))
        return [dict(row._mapping) for row in found]


def out_of_reach(service: DatabaseService, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(*_: object) -> None:
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(DatabaseService, "_write", write)


def test_the_whole_chain_is_said_down_to_the_first_cause() -> None:
    error = caught(RefusedError("429"), KeyError("choices"), ValueError("the call failed"))
    assert (
        with_causes(error)
        == "ValueError: the call failed (from KeyError: 'choices') (from RefusedError: 429)"
    )


def test_an_error_in_a_handler_says_what_was_handled() -> None:
    error = caught(RefusedError("429"), ValueError("the call failed"), explicit=False)
    assert with_causes(error) == "ValueError: the call failed (while handling RefusedError: 429)"


def test_what_is_hidden_stays_hidden_and_circles_end() -> None:
    hidden = caught(RefusedError("429"), ValueError("v"), explicit=False)
    hidden.__suppress_context__ = True
    assert with_causes(hidden) == "ValueError: v"
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__cause__ = other, one
    assert with_causes(one) == "ValueError: one (from ValueError: other)"


def test_a_cause_without_text_is_said_by_its_type() -> None:
    assert with_causes(caught(UnsayableError(), ValueError("v"))) == "ValueError: v (from UnsayableError)"


def test_what_is_said_already_is_said_once() -> None:
    error = caught(RefusedError("429"), ValueError("the call failed: RefusedError: 429"))
    assert with_causes(error) == "ValueError: the call failed: RefusedError: 429"


def test_the_row_of_a_failed_call_holds_the_first_cause(service: DatabaseService) -> None:
    interaction = service.create_llm_interaction(INTERACTION)
    error = caught(
        RefusedError("429, key sk-abcdefghijklmnopqrstuvwxyz0123456789"), ValueError("the call failed")
    )
    with pytest.raises(ValueError, match="the call failed"):
        marked(service, error, interaction.id)
    (row,) = interactions(service)
    assert row["status"] == "failed"
    assert row["error_message"].startswith("ValueError: the call failed (from RefusedError: 429, key ")
    assert "abcdefghij" not in row["error_message"]


def test_a_message_of_ones_own_is_stored_as_it_is(service: DatabaseService) -> None:
    interaction = service.create_llm_interaction(INTERACTION)
    try:
        raise caught(RefusedError("429"), ValueError("v"))
    except ValueError:
        service.update_llm_interaction(interaction.id, {"status": "failed", "error_message": "no luck"})
    assert interactions(service)[0]["error_message"] == "no luck"


def test_a_database_that_is_away_does_not_replace_the_error(
    service: DatabaseService, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    interaction = service.create_llm_interaction(INTERACTION)
    with monkeypatch.context() as outage:
        out_of_reach(service, outage)
        with pytest.raises(RefusedError, match="429"), service:
            marked(service, RefusedError("429"), interaction.id)
    assert interactions(service)[0]["status"] == "pending"
    assert "could not be marked as failed: the disk is full" in caplog.text
    assert "interactions stay pending" in caplog.text


def test_what_could_not_be_marked_is_marked_at_the_end(
    service: DatabaseService, monkeypatch: pytest.MonkeyPatch
) -> None:
    interaction = service.create_llm_interaction(INTERACTION)
    with monkeypatch.context() as outage:
        out_of_reach(service, outage)
        with pytest.raises(RefusedError):
            marked(service, RefusedError("429"), interaction.id)
    service.close()
    assert interactions(service)[0]["error_message"] == "RefusedError: 429"


def test_a_task_does_not_end_well_with_an_open_row(
    service: DatabaseService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own handler took the error, so no error is on its way that could tell of it."""
    interaction = service.create_llm_interaction(INTERACTION)
    out_of_reach(service, monkeypatch)
    with pytest.raises(RefusedError):
        marked(service, RefusedError("429"), interaction.id)
    try:
        raise KeyError("of somebody else")
    except KeyError:
        with pytest.raises(DatabaseError, match="the disk is full"):
            service.close()


def test_outside_a_handler_errors_of_the_database_are_raised(
    service: DatabaseService, monkeypatch: pytest.MonkeyPatch
) -> None:
    interaction = service.create_llm_interaction(INTERACTION)
    out_of_reach(service, monkeypatch)
    with pytest.raises(DatabaseError, match="the disk is full"):
        service.update_llm_interaction(
            interaction.id, {"status": "failed", "error_message": "RefusedError: 429"}
        )


def test_answers_that_cannot_be_dropped_do_not_replace_the_error(tmp_path: Path) -> None:
    class Answers:
        def forget_all(self) -> None:
            raise DatabaseError("the disk is full")

    class Failing(PlanTask):
        _answer_log: Any = Answers()

        def run_inner(self) -> None:
            raise RefusedError("429")

    with pytest.raises(TaskFailedError, match="429"):
        Failing(run_id_dir=tmp_path).run()
