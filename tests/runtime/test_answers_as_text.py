"""A row that is completed with the whole answer of a package has in its columns what the answer says of itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipeline.database.answer_facts import FACTS, facts_of
from pipeline.database.interaction_values import interaction_change

CHAT = {
    "id": "c1",
    "object": "chat.completion",
    "model": "gpt-x-2",
    "choices": [{"finish_reason": "length", "message": {"content": "hi"}}],
    "usage": {
        "prompt_tokens": 11,
        "completion_tokens": 7,
        "prompt_tokens_details": {"cached_tokens": 3},
        "completion_tokens_details": {"reasoning_tokens": 2},
    },
}
WHOLE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "chat": (
        CHAT,
        {
            "llm_model": "gpt-x-2",
            "response_id": "c1",
            "finish_reason": "length",
            "input_tokens": 11,
            "output_tokens": 7,
            "total_tokens": 18,
            "cached_input_tokens": 3,
            "reasoning_tokens": 2,
        },
    ),
    "anthropic": (
        {
            "id": "m1",
            "type": "message",
            "role": "assistant",
            "model": "claude-x",
            "content": [{"type": "text", "text": "hi"}],
            "stop_reason": "end_turn",
            "usage": {"input_tokens": 5, "output_tokens": 2, "cache_read_input_tokens": 4},
        },
        {"llm_model": "claude-x", "finish_reason": "end_turn", "input_tokens": 9, "cached_input_tokens": 4},
    ),
    "google": (
        {
            "candidates": [{"finish_reason": "STOP"}],
            "model_version": "gemini-x",
            "usage_metadata": {"prompt_token_count": 3, "candidates_token_count": 1},
        },
        {"llm_model": "gemini-x", "finish_reason": "STOP", "input_tokens": 3, "output_tokens": 1},
    ),
    "ollama": (
        {"model": "llama-x", "done": True, "done_reason": "stop", "prompt_eval_count": 8, "eval_count": 1},
        {"llm_model": "llama-x", "finish_reason": "stop", "input_tokens": 8, "output_tokens": 1},
    ),
}
SAID_BY_A_MODEL = {
    "a text": "usage is high",
    "a model of cars": json.dumps({"model": "Tesla", "usage": {"prompt_tokens": 1}}),
    "choices of its own": json.dumps({"choices": ["a"], "model": "x", "usage": {"prompt_tokens": 5}}),
    "an answer that does not end": json.dumps(CHAT)[:-1],
    "a list": json.dumps([CHAT]),
    "nothing of what it took": json.dumps({"object": "chat.completion", "choices": [], "usage": None}),
    "deep": '{"usage": ' + "[" * 100_000,
}


@pytest.mark.parametrize("package", WHOLE)
def test_the_whole_answer_tells_what_it_took(package: str) -> None:
    answer, expected = WHOLE[package]
    values = interaction_change({"status": "completed", "response_text": json.dumps(answer)})
    assert {name: values.get(name) for name in expected} == expected


@pytest.mark.parametrize("said", SAID_BY_A_MODEL)
def test_what_a_model_says_is_no_answer_of_a_package(said: str) -> None:
    values = interaction_change({"status": "completed", "response_text": SAID_BY_A_MODEL[said]})
    assert values.keys() == {"status", "response_text", "completed_at"}


@pytest.mark.parametrize("name", ["m" * 256, "a\x00b", "\ud800"], ids=["long", "nul", "surrogate"])
def test_what_no_column_takes_is_not_told(name: str) -> None:
    """Else a completed answer would end its task."""
    answer = json.dumps({**CHAT, "model": name, "id": name})
    values = interaction_change({"status": "completed", "response_text": answer})
    assert not values.keys() & {"llm_model", "response_id"}
    assert values["output_tokens"] == 7
    assert facts_of(json.loads(answer), FACTS).keys().isdisjoint({"llm_model", "response_id"})


def test_what_the_task_says_comes_first() -> None:
    given = {"llm_model": "mine", "input_tokens": 1, "finish_reason": None}
    values = interaction_change({"status": "completed", "response_text": json.dumps(CHAT), **given})
    assert {name: values[name] for name in given} == given
    assert values["output_tokens"] == 7


@pytest.mark.parametrize("status", ["failed", "pending", None])
def test_only_a_completed_call_is_answered(status: str | None) -> None:
    change = {"response_text": json.dumps(CHAT)} | ({"status": status} if status else {})
    assert "input_tokens" not in interaction_change(change)
