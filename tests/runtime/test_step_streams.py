"""Streams in the steps, without a package: each way to end one, and what its row has then."""

# ruff: noqa: PT012, the block is what is tested

import json
import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.database.answer_facts import FACTS, facts_of
from pipeline.database.streamed_answers import answer_of_parts, kept_part
from tests.runtime.test_database_steps import BrokenError, Database

COLUMNS = FACTS | {"error_type", "first_chunk_seconds"}


@pytest.fixture
def database() -> Database:
    return Database()


def words(*texts: str, error: BaseException | None = None) -> Iterator[str]:
    yield from texts
    if error is not None:
        raise error


class Managed:
    """A stream in a `with`, that says how it was left."""

    def __init__(self) -> None:
        self.left: list[object] = []
        self.note = ""

    def __enter__(self) -> "Managed":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.left.append(kind)

    def __iter__(self) -> Iterator[str]:
        return words("a", "b")


def test_texts_are_joined_and_complete_the_call_with_the_last(database: Database) -> None:
    with database.steps(columns=COLUMNS) as steps:
        stream = steps.llm_call(prompt="p").stream(words("a", "b"))
        assert next(stream) == "a"
        assert database.statuses == ["pending"]
        assert list(stream) == ["b"]
        assert database.statuses == ["completed"]
        assert list(stream) == []
    row = database.calls[1]
    assert (row["response_text"], row["llm_model"]) == ("ab", "first")
    assert 0 <= row["first_chunk_seconds"] <= row["duration_seconds"]


def test_a_service_without_the_column_is_not_given_the_first_part(database: Database) -> None:
    with database.steps() as steps:
        list(steps.llm_call(prompt="p").stream(words("a")))
    assert "first_chunk_seconds" not in database.calls[1]


def test_a_stream_that_breaks_off_has_failed_with_its_error(database: Database) -> None:
    with database.steps(columns=COLUMNS) as steps:
        stream = steps.llm_call(prompt="p").stream(words("a", error=ConnectionError("gone")))
        with pytest.raises(ConnectionError):
            list(stream)
        row = database.calls[1]
        assert (row["status"], row["error_message"]) == ("failed", "ConnectionError: gone")
    assert row["error_type"] == "ConnectionError"


def test_what_was_read_when_nobody_reads_on_is_the_answer(database: Database) -> None:
    with database.steps() as steps:
        for _ in steps.llm_call(prompt="p").stream(words("a", "b")):
            break
        assert database.statuses == ["pending"]
    assert database.calls[1]["response_text"] == "a"
    assert database.statuses == ["completed"]


def test_a_stream_in_a_block_that_is_left_by_an_error_has_failed(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.steps() as steps:
        for _ in steps.llm_call(prompt="p").stream(words("a", "b")):
            raise ZeroDivisionError("division")
    assert database.calls[1]["error_message"] == "ZeroDivisionError: division"


@pytest.mark.parametrize("given", [(), ("a",)])
def test_a_stream_that_gives_nothing_or_is_not_read_was_not_answered(
    database: Database, given: tuple[str, ...]
) -> None:
    with database.steps() as steps:
        stream = steps.llm_call(prompt="p").stream(words(*given))
        if not given:
            assert list(stream) == []
    assert (database.calls[1]["status"], database.calls[1]["error_message"]) == (
        "failed",
        "nothing of the stream was read",
    )


def test_closing_a_stream_completes_the_call(database: Database) -> None:
    with database.steps() as steps:
        source = words("a", "b")
        stream = steps.llm_call(prompt="p").stream(source)
        next(stream)
        stream.close()
        assert database.statuses == ["completed"]
        assert list(source) == []


def test_a_with_around_a_stream_is_its_own(database: Database) -> None:
    managed = Managed()
    with database.steps() as steps:
        with steps.llm_call(prompt="p").stream(managed) as stream:
            stream.note = "x"
            assert "".join(stream) == "ab"
        assert (managed.left, managed.note) == ([None], "x")
        with (
            pytest.raises(ZeroDivisionError),
            steps.llm_call(prompt="p").stream(managed) as stream,
        ):
            next(iter(stream))
            raise ZeroDivisionError("division")
    assert managed.left == [None, ZeroDivisionError]
    assert database.statuses == ["completed", "failed"]


def test_parts_that_are_read_here_are_given_one_by_one(database: Database) -> None:
    with database.steps(columns=COLUMNS) as steps:
        call = steps.llm_call(prompt="p")
        for text in words("a", "b"):
            call.part(text)
        call.end_of_stream()
        call.part("c")
        call.end_of_stream()
    assert database.calls[1]["response_text"] == "ab"
    assert "first_chunk_seconds" in database.calls[1]


def test_an_error_of_the_database_comes_out_of_the_stream_and_of_the_block(database: Database) -> None:
    database.broken = lambda operation, data: operation == "update" and data["status"] == "completed"
    with pytest.raises(BrokenError), database.steps() as steps:
        try:
            list(steps.llm_call(prompt="p").stream(words("a")))
        except BrokenError:
            pass
        else:
            pytest.fail("the stream hides it")


def test_parts_without_a_known_form_are_kept_as_they_are() -> None:
    parts = [SimpleNamespace(a=1), {"b": [SimpleNamespace(c="é")]}, "d", 2]
    assert answer_of_parts([kept_part(part) for part in parts]) == [{"a": 1}, {"b": [{"c": "é"}]}, "d", 2]


def test_parts_that_break_their_form_are_kept_as_they_are(caplog: pytest.LogCaptureFixture) -> None:
    parts = [{"choices": [{"index": 0, "text": 7}]}, {"choices": [{"index": 0, "text": "a"}]}]
    with caplog.at_level(logging.WARNING):
        assert answer_of_parts([kept_part(part) for part in parts]) == parts
    assert "part by part: TypeError" in caplog.text


def test_a_part_that_holds_itself_ends() -> None:
    part = SimpleNamespace()
    part.me = part
    assert json.dumps(answer_of_parts([kept_part(part)]))


def test_parts_are_kept_as_they_came(database: Database) -> None:
    """A package that fills one part again and again, or whoever reads them, changes nothing of what was said."""
    part: dict[str, Any] = {"done": False, "response": ""}

    def parts() -> Iterator[dict[str, Any]]:
        for text in ("one ", "two"):
            part["response"] = text
            yield part

    with database.steps() as steps:
        for one in steps.llm_call(prompt="p").stream(parts()):
            one["response"] = None
    assert json.loads(database.calls[1]["response_text"])["response"] == "one two"


def test_a_part_that_cannot_tell_itself_ends_no_loop(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def model_dump(self) -> object:
            raise ValueError("not me")

    with caplog.at_level(logging.WARNING):
        assert answer_of_parts([kept_part(Broken()), {"a": 1}]) == ["Broken", {"a": 1}]
    assert "recorded as its class: ValueError" in caplog.text


def test_two_choices_and_two_calls_of_tools_are_kept_apart() -> None:
    def chunk(index: int, **delta: Any) -> dict[str, Any]:
        return {"id": "1", "choices": [{"index": index, "delta": delta}]}

    def call(index: int, **function: str) -> dict[str, Any]:
        return {"tool_calls": [{"index": index, "function": function}]}

    answer = answer_of_parts(
        [
            chunk(1, content="b"),
            chunk(0, **call(0, name="f", arguments="1")),
            chunk(0, **call(1, name="g", arguments="2")),
            chunk(0, **call(0, arguments="3")),
            chunk(1, content="c", refusal=None),
        ]
    )
    first, second = (choice["message"] for choice in answer["choices"])
    assert [c["function"] for c in first["tool_calls"]] == [
        {"name": "f", "arguments": "13"},
        {"name": "g", "arguments": "2"},
    ]
    assert (first["content"], second["content"]) == (None, "bc")


DETAILS = {"cached_tokens": 5}


@pytest.mark.parametrize(
    ("answer", "facts"),
    [
        (
            {
                "id": "1",
                "model": "a",
                "choices": [{"finish_reason": "length"}],
                "usage": {
                    "prompt_tokens": 9,
                    "completion_tokens": 4,
                    "prompt_tokens_details": DETAILS,
                    "completion_tokens_details": {"reasoning_tokens": 3},
                },
            },
            ("a", "1", "length", 9, 4, 13, 5, 3),
        ),
        (
            {
                "object": "response",
                "id": "1",
                "model": "a",
                "status": "incomplete",
                "usage": {
                    "input_tokens": 9,
                    "output_tokens": 4,
                    "input_tokens_details": DETAILS,
                    "output_tokens_details": {"reasoning_tokens": 3},
                },
            },
            ("a", "1", "incomplete", 9, 4, 13, 5, 3),
        ),
        (
            {
                "type": "message",
                "role": "assistant",
                "content": [],
                "id": "1",
                "model": "a",
                "stop_reason": "max_tokens",
                "usage": {
                    "input_tokens": 2,
                    "cache_read_input_tokens": 5,
                    "cache_creation_input_tokens": 2,
                    "output_tokens": 4,
                },
            },
            ("a", "1", "max_tokens", 9, 4, 13, 5, None),
        ),
        (
            {
                "candidates": [{"finish_reason": "MAX_TOKENS"}],
                "model_version": "a",
                "response_id": "1",
                "usage_metadata": {
                    "prompt_token_count": 9,
                    "candidates_token_count": 1,
                    "thoughts_token_count": 3,
                    "cached_content_token_count": 5,
                },
            },
            ("a", "1", "MAX_TOKENS", 9, 4, 13, 5, 3),
        ),
        (
            {
                "stopReason": "end_turn",
                "usage": {"inputTokens": 4, "cacheReadInputTokens": 5, "outputTokens": 4},
            },
            (None, None, "end_turn", 9, 4, 13, 5, None),
        ),
        ({"model": "a", "id": "1", "status": "done"}, ("a", *[None] * 7)),
        ({"choices": [], "usage": {"prompt_tokens": -1, "completion_tokens": "4"}}, (None,) * 8),
        ({"choices": [], "usage": [1, 2]}, (None,) * 8),
        ("text", (None,) * 8),
    ],
)
def test_what_an_answer_tells_of_itself(answer: object, facts: tuple[object, ...]) -> None:
    names = (
        "llm_model response_id finish_reason input_tokens output_tokens total_tokens "
        "cached_input_tokens reasoning_tokens"
    ).split()
    expected = {name: value for name, value in zip(names, facts, strict=True) if value is not None}
    assert facts_of(answer, FACTS) == expected
    if isinstance(answer, dict):
        as_object = SimpleNamespace(**answer)
        assert facts_of(as_object, FACTS) == expected
    assert facts_of(answer, ()).keys() <= {"llm_model"}


def test_an_answer_that_cannot_be_asked_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        @property
        def choices(self) -> list[object]:
            raise RuntimeError("secret")

    with caplog.at_level(logging.WARNING):
        assert facts_of(Broken(), FACTS) == {}
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("given", "columns", "stored"),
    [
        ({"temperature": 0, "stop": ["é"]}, COLUMNS | {"parameters"}, '{"temperature": 0, "stop": ["é"]}'),
        ({"temperature": 0}, COLUMNS, None),
        (None, COLUMNS | {"parameters"}, None),
    ],
)
def test_parameters_are_stored_where_there_is_a_column(
    database: Database, given: object, columns: frozenset[str], stored: str | None
) -> None:
    with database.steps(columns=columns) as steps:
        steps.llm_call(prompt="p", parameters=given).complete("said")
    assert database.calls[1].get("parameters") == stored


def test_a_whole_answer_tells_what_it_took(database: Database) -> None:
    answer = SimpleNamespace(
        id="1",
        model="second",
        choices=[SimpleNamespace(finish_reason="stop")],
        usage=SimpleNamespace(prompt_tokens=9, completion_tokens=4),
    )
    with database.steps(columns=COLUMNS - {"response_id"}) as steps:
        steps.llm_call(prompt="p").complete("said", answer=answer)
    row = database.calls[1]
    assert (row["llm_model"], row["finish_reason"], row["total_tokens"]) == ("second", "stop", 13)
    assert "response_id" not in row
