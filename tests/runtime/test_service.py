"""The database service on SQLite and PostgreSQL: what is stored is what was handed over, once."""

import logging
import threading
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Engine, text

from pipeline.database.engine import make_engine
from pipeline.database.records import StoredAnswer
from pipeline.database.retry import RetryPolicy
from pipeline.database.service import DatabaseService
from pipeline.errors import ConfigurationError, DatabaseError, InvalidNameError, PlanNotFoundError

INTERACTION = {"plan_id": "p", "llm_model": "m", "stage": "s", "prompt_text": "t", "status": "pending"}
MOMENT = datetime(2025, 10, 1, 8, 0, tzinfo=UTC)


def rows(service: DatabaseService, query: str) -> list[dict[str, Any]]:
    with service._engine.begin() as connection:
        return [dict(row._mapping) for row in connection.execute(text(query))]


def content(**changes: Any) -> dict[str, Any]:
    return {
        "plan_id": "p",
        "filename": "a.md",
        "stage": "s",
        "content_type": "text/markdown",
        "content": "one",
        "content_size_bytes": 3,
        **changes,
    }


def test_an_interaction_goes_from_pending_to_completed(service: DatabaseService) -> None:
    interaction = service.create_llm_interaction(INTERACTION)
    service.update_llm_interaction(
        interaction.id,
        {
            "status": "completed",
            "llm_model": "fallback",
            "response_text": "r" * 20_000,
            "completed_at": datetime(2025, 10, 1, 10, 0, tzinfo=timezone(timedelta(hours=2))),
            "duration_seconds": 1.5,
            "input_tokens": 3,
            "output_tokens": None,
            "total_tokens": None,
        },
    )
    (row,) = rows(service, "SELECT * FROM llm_interactions")
    assert (row["status"], row["llm_model"], row["response_text"]) == ("completed", "fallback", "r" * 20_000)
    assert (row["duration_seconds"], row["input_tokens"], row["output_tokens"]) == (1.5, 3, None)
    assert service.count_interactions("p") == {"completed": 1}


@pytest.mark.parametrize(
    "moment", [MOMENT, MOMENT.replace(tzinfo=None), MOMENT.astimezone(timezone(timedelta(hours=-5)))]
)
def test_moments_are_utc_whether_naive_or_aware(service: DatabaseService, moment: datetime) -> None:
    plan = service.create_plan(
        "p",
        prompt="x",
        started_at=moment.astimezone(UTC) if moment.tzinfo else MOMENT,
        speed_vs_detail="f",
        llm_models=["m"],
    )
    assert plan.started_at == MOMENT
    interaction = service.create_llm_interaction(INTERACTION)
    service.update_llm_interaction(interaction.id, {"completed_at": moment})
    from sqlalchemy import select

    from pipeline.database.models import LLMInteraction

    with service._engine.begin() as connection:
        assert connection.execute(select(LLMInteraction.completed_at)).scalar_one() == MOMENT


def test_the_same_interaction_inserted_twice_is_one_row(service: DatabaseService) -> None:
    """What a retry does when the answer to the COMMIT got lost."""
    keyed = {**INTERACTION, "interaction_key": "k"}
    first, second = service.create_llm_interaction(keyed), service.create_llm_interaction(keyed)
    assert first == second
    assert len(rows(service, "SELECT id FROM llm_interactions")) == 1


def test_two_interactions_with_equal_values_are_two_rows(service: DatabaseService) -> None:
    assert service.create_llm_interaction(INTERACTION) != service.create_llm_interaction(INTERACTION)


def test_content_is_replaced_not_repeated(service: DatabaseService) -> None:
    service.create_plan_content(content())
    (before,) = rows(service, "SELECT id, created_at FROM plan_content")
    service.create_plan_content(content(content="zwölf", content_size_bytes=6, stage="other"))
    (after,) = rows(service, "SELECT id, created_at FROM plan_content")
    assert after == before
    (info,) = service.list_content("p")
    assert (info.filename, info.stage, info.size_bytes) == ("a.md", "other", 6)
    assert service.get_content("p", "a.md") == "zwölf".encode()


@pytest.mark.parametrize(
    "value",
    [
        "",
        "a\r\nb\rc\n",
        "\ufeffBOM",
        "\U0001f375 tea",
        "nul \x00 inside",
        b"\xff\x00\x80",
        b"plain",
        "x" * 3_000_000,
    ],
    ids=["empty", "line-ends", "bom", "astral", "nul", "binary", "bytes", "3MB"],
)
def test_content_comes_back_byte_for_byte(service: DatabaseService, value: str | bytes) -> None:
    raw = value.encode() if isinstance(value, str) else value
    service.create_plan_content(content(content=value, content_size_bytes=len(raw)))
    assert service.get_content("p", "a.md") == raw


def test_prompts_that_no_column_takes_are_stored_readably(service: DatabaseService) -> None:
    service.create_llm_interaction({**INTERACTION, "prompt_text": "a\x00b\ud800c"})
    assert rows(service, "SELECT prompt_text FROM llm_interactions") == [{"prompt_text": "a\\x00b\\ud800c"}]


def test_a_wrong_size_is_corrected_and_told(
    service: DatabaseService, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        service.create_plan_content(content(content="zwölf", content_size_bytes=5))
    assert service.list_content("p")[0].size_bytes == 6
    assert "5 bytes announced, 6 stored" in caplog.text


def test_a_tampered_row_is_noticed(service: DatabaseService) -> None:
    service.create_plan_content(content())
    with service._engine.begin() as connection:
        connection.execute(text("UPDATE plan_content SET content = 'two'"))
    with pytest.raises(DatabaseError, match=r"plan p, a\.md: .*checksum"):
        service.get_content("p", "a.md")


@pytest.mark.parametrize(
    ("method", "arguments", "message"),
    [
        ("create_llm_interaction", [{**INTERACTION, "tokens": 1}], r"unknown keys \['tokens'\]"),
        (
            "create_llm_interaction",
            [{"plan_id": "p"}],
            r"missing keys \['llm_model', 'prompt",
        ),
        ("create_llm_interaction", [{**INTERACTION, "status": "done"}], "unknown interaction status 'done'"),
        ("update_llm_interaction", [1, {"stage": "x"}], r"unknown keys \['stage'\]"),
        ("update_llm_interaction", [1, {}], "nothing to update"),
        ("update_llm_interaction", [1, {"status": "gone"}], "unknown interaction status 'gone'"),
        ("create_plan_content", [{**content(), "size": 1}], r"unknown keys \['size'\]"),
        ("create_plan_content", [content(content={"a": 1})], "content of a.md is dict, not str or bytes"),
        ("create_plan_content", [content(content="\ud800")], "is not Unicode text"),
        ("set_plan_status", ["p", "great"], "unknown plan status 'great'"),
    ],
)
def test_what_makes_no_sense_is_a_clear_error(
    service: DatabaseService, method: str, arguments: list[Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        getattr(service, method)(*arguments)


BAD_NAMES = [{"plan_id": "../p"}, {"filename": "../a"}, {"filename": "a/../b"}, {"filename": "/a"}]


@pytest.mark.parametrize("changes", BAD_NAMES)
def test_names_are_checked_before_they_are_stored(service: DatabaseService, changes: dict[str, str]) -> None:
    with pytest.raises(InvalidNameError):
        service.create_plan_content(content(**changes))


def test_what_is_not_there_is_said_so(service: DatabaseService) -> None:
    with pytest.raises(PlanNotFoundError):
        service.get_plan("nope")
    with pytest.raises(PlanNotFoundError):
        service.get_content("nope", "a.md")
    with pytest.raises(DatabaseError, match="there is no LLM interaction 99"):
        service.update_llm_interaction(99, {"status": "failed"})


def test_a_plan_is_created_once(service: DatabaseService) -> None:
    def create(prompt: str) -> Any:
        return service.create_plan(
            "p", prompt=prompt, started_at=MOMENT, speed_vs_detail="fast", llm_models=["a", "b"]
        )

    assert create("tea") == create("tea")
    assert (create("tea").llm_models, create("tea").status) == (("a", "b"), "created")
    with pytest.raises(ConfigurationError, match="already a plan p"):
        create("coffee")


def test_only_pending_interactions_are_swept(service: DatabaseService) -> None:
    pending, completed = (service.create_llm_interaction(INTERACTION) for _ in range(2))
    service.create_llm_interaction({**INTERACTION, "plan_id": "other"})
    service.update_llm_interaction(completed.id, {"status": "completed"})
    assert service.fail_pending_interactions("p", "gone") == 1
    assert service.count_interactions("p") == {"completed": 1, "failed": 1}
    assert service.count_interactions("other") == {"pending": 1}
    # A worker that was alive after all still gets its answer in.
    service.update_llm_interaction(pending.id, {"status": "completed"})
    assert service.count_interactions("p") == {"completed": 2}


def test_kept_answers_are_found_replaced_and_forgotten(service: DatabaseService) -> None:
    first, second = StoredAnswer("m", "{}", 1, None), StoredAnswer("n", "[]", None, 2)
    assert service.find_answer("p", "k") is None
    service.keep_answer("p", "k", first)
    service.keep_answer("p", "k", second)
    assert service.find_answer("p", "k") == second
    service.forget_answers("p", ["k"])
    assert service.find_answer("p", "k") is None


def test_sixteen_answers_at_once_share_one_connection(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is held while a model thinks, so a pool of one serves any number of tasks."""
    monkeypatch.setenv("PIPELINE_DATABASE_POOL_SIZE", "1")
    small = make_engine(engine.url)
    assert small.pool.size() == 1
    thinking = threading.Barrier(16)
    errors: list[BaseException] = []

    def task(number: int) -> None:
        try:
            service = DatabaseService(small, RetryPolicy(patience_seconds=0))
            interaction = service.create_llm_interaction({**INTERACTION, "stage": f"s{number}"})
            # All sixteen calls are under way at the same time.
            thinking.wait(30)
            assert small.pool.checkedout() <= 1
            service.update_llm_interaction(interaction.id, {"status": "completed", "response_text": "r"})
            service.create_plan_content(content(filename=f"{number}.md"))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=task, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    small.dispose()
    assert errors == []
    service = DatabaseService(engine)
    assert service.count_interactions("p") == {"completed": 16}
    assert len(service.list_content("p")) == 16


@pytest.mark.parametrize(
    "content", ["0123456", "01234567", "\u2713\U0001f375" * 9, b"\xff\x00" * 20, "", b"\xff" * 6]
)
def test_a_large_content_is_read_in_pieces(
    content: str | bytes, service: DatabaseService, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.database.service._LARGE_BYTES", 4)
    service.create_plan_content({"plan_id": "p", "filename": "a", "stage": "s", "content": content})
    expected = content.encode() if isinstance(content, str) else content
    assert service.get_content("p", "a") == expected
    if len(expected) > 4:
        with engine.begin() as connection:
            connection.execute(text("UPDATE plan_content SET content = 'MDEyMzQ1Njc4'"))
        with pytest.raises(DatabaseError, match="does not have the checksum"):
            service.get_content("p", "a")
