"""Before and after the refactoring: the same files, the same prompts; after it, every bit in the database."""

import ast
import json
from collections.abc import Callable
from datetime import datetime
from itertools import product
from typing import Any

import pytest

from tests.pipeline.conftest import MakeRun
from tests.pipeline.runs import DIGITAL, PHYSICAL, Run, Setting, assert_as_undisturbed, assert_ended
from tests.shared import CHAOS

Undisturbed = Callable[[Setting], Run]

# Each value of each dimension, and the pairs that could matter: processes with a database, failures with
# processes. All 32 combinations with CHAOS=1.
CHOSEN = [
    ("sqlite", 1, Setting(PHYSICAL)),
    ("postgres", 4, Setting(PHYSICAL, first_model_fails=True)),
    ("sqlite", 4, Setting(DIGITAL, fast=True)),
    ("postgres", 1, Setting(DIGITAL, fast=True, first_model_fails=True)),
    ("sqlite", 4, Setting(PHYSICAL, fast=True, first_model_fails=True)),
    ("postgres", 4, Setting(DIGITAL)),
]
ALL = [
    (database, workers, Setting(prompt, fast, fails))
    for database, workers, prompt, fast, fails in product(
        ["sqlite", "postgres"], [1, 4], [PHYSICAL, DIGITAL], [False, True], [False, True]
    )
]


# What a class puts after the prompt that its task hands over.
ADDED_BY_THE_CLASS = {
    "deduplicate_levers": "\n\n<levers>\n",
    "enrich_levers": "\n\nAll levers: ",
    "focus_on_vital_few_levers": "\n\n<levers>\n",
    "candidate_scenarios": "\n\n<levers>\n",
    "select_scenario": "\n\n<scenarios>\n",
}


def named(value: object) -> str:
    if not isinstance(value, Setting):
        return str(value)
    words = ["physical" if value.prompt == PHYSICAL else "digital", "fast" if value.fast else "detailed"]
    return "-".join(words + ["fallback"] * value.first_model_fails)


@pytest.mark.postgres
@pytest.mark.parametrize(("database", "workers", "setting"), ALL if CHAOS else CHOSEN, ids=named)
def test_the_refactored_pipeline_does_what_the_legacy_one_did(
    database: str, workers: int, setting: Setting, make_run: MakeRun, undisturbed: Undisturbed
) -> None:
    legacy = undisturbed(setting)
    run = make_run(database, setting)
    assert_ended(run.begin("--workers", str(workers)))
    assert_as_undisturbed(run, legacy)
    assert run.requests() == legacy.requests()
    assert_every_call_is_booked(run)
    # The settings are what they are called.
    kind = b"physical" if setting.prompt == PHYSICAL else b"digital"
    assert kind in run.files()["002-8-plan_type.md"]
    assert any("error" in call for call in run.calls()) == setting.first_model_fails


def assert_every_call_is_booked(run: Run) -> None:
    """Each call belongs to one completed interaction, which has its prompt, answer and tokens; failures are booked."""
    interactions = run.rows("SELECT * FROM llm_interactions WHERE plan_id = :plan ORDER BY id")
    completed = [row for row in interactions if row["status"] == "completed"]
    answered = [call for call in run.calls() if "answer" in call]
    unclaimed = list(answered)
    for row in completed:
        claimed = claim_calls(row, unclaimed)
        assert claimed, row["stage"]
        assert any(is_whole(row, call["user"]) for call in claimed), (row["stage"], row["prompt_text"])
        for column in ("input_tokens", "output_tokens"):
            assert row[column] == sum(call[column] for call in claimed), row["stage"]
    assert unclaimed == []
    for row in completed:
        assert row["total_tokens"] == row["input_tokens"] + row["output_tokens"]
        assert row["llm_model"] == run.setting.models[-1]
        assert row["error_message"] is None
        assert 0 < row["duration_seconds"] < 60
        assert moment(row["created_at"]) <= moment(row["completed_at"])
    failed = [row for row in interactions if row["status"] == "failed"]
    assert bool(failed) == run.setting.first_model_fails
    for row in failed:
        assert (row["llm_model"], row["response_text"]) == (run.setting.models[0], None)
        assert "told to fail" in row["error_message"]


def claim_calls(row: dict[str, Any], unclaimed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Take from `unclaimed` the calls that an interaction is about: those whose whole answer is in its response."""
    response = texts(data(row["response_text"]))
    claimed = [call for call in unclaimed if texts(json.loads(call["answer"])) <= response]
    for call in claimed:
        unclaimed.remove(call)
    return claimed


def is_whole(row: dict[str, Any], user_prompt: str) -> bool:
    """Whether the stored prompt is what was asked, to the last character, or ends where the class goes on."""
    addition = ADDED_BY_THE_CLASS.get(row["stage"])
    asked = user_prompt.partition(addition)[0] if addition else user_prompt
    return asked in handed_over(row["prompt_text"])


def handed_over(prompt_text: str) -> list[Any]:
    """What a task handed to its call: one text, or several things by their names."""
    try:
        document = json.loads(prompt_text)
    except ValueError:
        return [prompt_text]
    return [prompt_text, *document.values()] if isinstance(document, dict) else [prompt_text]


def moment(value: Any) -> str:
    return value.isoformat(sep=" ") if isinstance(value, datetime) else value


def data(response: str) -> Any:
    """A stored response as data: that of one answer, or of all that a class asked for in one go."""
    try:
        return json.loads(response)
    except ValueError:
        # A result that is a dictionary already is stored as Python writes it.
        return ast.literal_eval(response)


def texts(value: Any) -> set[str]:
    if isinstance(value, dict):
        value = list(value.values())
    return set().union(*map(texts, value)) if isinstance(value, list) else {str(value)}
