"""What makes no sense is refused before it reaches a database, with the key's name, and on both alike."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from pipeline.database.records import StoredAnswer
from pipeline.database.service import DatabaseService
from pipeline.errors import ConfigurationError, DatabaseError
from pipeline.llm.base import LLMResponse
from pipeline.llm.token_meter import TokenMeter
from tests.runtime.tiny_pipeline import Answer

INTERACTION = {"plan_id": "p", "llm_model": "m", "stage": "s", "prompt_text": "t"}
CONTENT = {"plan_id": "p", "filename": "a.md", "stage": "s", "content": "c"}


@pytest.mark.parametrize("value", [["x"], 1, None, b"bytes", {"a": 1}])
@pytest.mark.parametrize("key", ["prompt_text", "llm_model", "stage", "interaction_key"])
def test_a_new_interaction_takes_text(service: DatabaseService, key: str, value: object) -> None:
    with pytest.raises(ConfigurationError, match=rf"create_llm_interaction: {key} is \w+, not str"):
        service.create_llm_interaction({**INTERACTION, key: value})


@pytest.mark.parametrize("value", ["m\0", "\ud800", "x\udfffy", "a" * 256])
@pytest.mark.parametrize("key", ["llm_model", "stage"])
def test_short_columns_take_what_every_database_takes(service: DatabaseService, key: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=f"create_llm_interaction: {key} ") as caught:
        service.create_llm_interaction({**INTERACTION, key: value})
    str(caught.value).encode()
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"response_text": {"a": 1}}, "response_text"),
        ({"response_text": b"x"}, "response_text"),
        ({"llm_model": "m" * 256}, "llm_model"),
        ({"llm_model": None}, "llm_model"),
        ({"duration_seconds": "1 s"}, "duration_seconds"),
        ({"completed_at": "2025-10-01"}, "completed_at"),
        ({"status": ["completed"]}, "status"),
    ],
)
def test_a_change_names_the_key_that_makes_no_sense(
    service: DatabaseService, change: dict[str, Any], key: str
) -> None:
    made = service.create_llm_interaction(INTERACTION)
    with pytest.raises(ConfigurationError, match=key):
        service.update_llm_interaction(made.id, {"status": "completed"} | change)
    assert service.count_interactions("p") == {"pending": 1}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *[("stage", value) for value in ("s" * 129, "s\0", "\ud800", 1, None)],
        *[("content_type", value) for value in ("t" * 65, "t\0", "\udfff", 1)],
    ],
)
def test_content_names_the_key_that_makes_no_sense(service: DatabaseService, key: str, value: object) -> None:
    with pytest.raises(ConfigurationError, match=f"create_plan_content: {key} "):
        service.create_plan_content({**CONTENT, key: value})
    assert service.list_content("p") == ()


@pytest.mark.parametrize(
    "change",
    [{"prompt": 1}, {"started_at": "now"}, {"speed_vs_detail": "x" * 65}, {"llm_models": ["m\0"]}],
)
def test_a_plan_is_checked_before_it_is_made(service: DatabaseService, change: dict[str, Any]) -> None:
    plan = {"prompt": "tea", "started_at": datetime(2025, 10, 1, tzinfo=UTC), "speed_vs_detail": "fast"}
    with pytest.raises(ConfigurationError, match=f"create_plan.*{next(iter(change)).rstrip('s')}"):
        service.create_plan("p", **{**plan, "llm_models": ["m"], **change})  # type: ignore[arg-type]


@pytest.mark.parametrize("data", [None, [("plan_id", "p")], "x"])
def test_what_is_no_mapping_is_told(service: DatabaseService, data: Any) -> None:
    with pytest.raises(ConfigurationError, match="takes a mapping"):
        service.create_llm_interaction(data)


@pytest.mark.parametrize("interaction_id", ["1", None, 1.0, True])
def test_an_id_is_a_number(service: DatabaseService, interaction_id: Any) -> None:
    with pytest.raises(ConfigurationError, match="the id is"):
        service.update_llm_interaction(interaction_id, {"status": "failed"})


@pytest.mark.parametrize("interaction_id", [0, -1, 2**63, 2**70])
def test_an_id_that_no_row_can_have_is_none(service: DatabaseService, interaction_id: int) -> None:
    with pytest.raises(DatabaseError, match="there is no LLM interaction"):
        service.update_llm_interaction(interaction_id, {"status": "failed"})


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        *[(value, value) for value in (0, 7, 2**31 - 1)],
        *[(value, None) for value in (-1, 2**31, 2**40, 2**70, 10.5, "12", [1], True, float("nan"))],
        (10.0, 10),
    ],
)
def test_a_count_that_cannot_be_booked_was_not_given(
    service: DatabaseService, given: object, stored: int | None
) -> None:
    made = service.create_llm_interaction(INTERACTION)
    service.update_llm_interaction(
        made.id, {"status": "completed", "response_text": "paid for", "input_tokens": given}
    )
    service.keep_answer("p", "k", StoredAnswer("m", "{}", given, None))  # type: ignore[arg-type]
    assert service.find_answer("p", "k") == StoredAnswer("m", "{}", stored, None)
    with service._engine.begin() as connection:
        row = connection.execute(text("SELECT response_text, input_tokens FROM llm_interactions")).one()
    assert tuple(row) == ("paid for", stored)


@pytest.mark.parametrize("duration", [float("nan"), float("inf"), -float("inf")])
def test_a_duration_that_is_none_is_not_given(service: DatabaseService, duration: float) -> None:
    made = service.create_llm_interaction(INTERACTION)
    service.update_llm_interaction(made.id, {"status": "completed", "duration_seconds": duration})
    assert service.list_interactions("p")[0].duration_seconds is None


def test_a_sum_that_no_column_takes_was_not_given() -> None:
    meter = TokenMeter()
    for _ in range(2):
        meter.record(LLMResponse(Answer(summary="s", items=[]), "{}", 2**31 - 1, 1))
    assert meter.since(0) == {"input_tokens": None, "output_tokens": 2, "total_tokens": None}
