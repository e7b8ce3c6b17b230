"""What is recorded is what was sent and said: attempts, models, tokens, how answers ended, who paid."""

import json
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select

from pipeline.database.models import LLMInteraction, table_of
from pipeline.database.service import DatabaseService
from pipeline.errors import LLMError, UnusableAnswerError
from pipeline.llm.answers import DatabaseAnswerLog
from pipeline.llm.base import LLM, LLMResponse, ResponseT
from pipeline.llm.exchanges import AnswerFacts
from pipeline.llm.executor import LLMExecutor
from pipeline.llm.registry import get_llm
from pipeline.llm.token_meter import TokenMeter
from pipeline.plan_task import PlanTask
from tests.openai_server import OpenAIServer, completion, serve
from tests.runtime.tiny_pipeline import Answer

KEY = "wq-8821-very-secret"
FACTS = AnswerFacts("here", '{"temperature": 0}', None, "r-1", "stop", 1, 2)
CALL = {"plan_id": "p", "llm_model": "a", "stage": "s", "prompt_text": "grow tea"}


def said(text: str, inputs: int | None = 3, outputs: int | None = 4) -> LLMResponse[Answer]:
    answer = Answer(summary=text, items=[])
    return LLMResponse(answer, answer.model_dump_json(), inputs, outputs, FACTS)


class Scripted(LLM):
    """Answers, or fails, as it is told."""

    def __init__(self, model: str, *script: LLMResponse[Answer] | Exception) -> None:
        self.model = model
        self.script = list(script)

    def complete(
        self, system_prompt: str, user_prompt: str, response_model: type[ResponseT]
    ) -> LLMResponse[ResponseT]:
        step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        return step  # type: ignore[return-value]


def ask(llm: LLM) -> str:
    return llm.complete("be brief", "grow tea", Answer).parsed.summary


def rows(service: DatabaseService, *names: str) -> list[tuple[Any, ...]]:
    columns = table_of(LLMInteraction).c
    statement = select(*(columns[name] for name in names)).order_by(columns.id)
    with service._engine.begin() as connection:
        return [tuple(row) for row in connection.execute(statement)]


@pytest.fixture
def meter() -> TokenMeter:
    return TokenMeter()


@pytest.fixture
def metered(service: DatabaseService, meter: TokenMeter) -> DatabaseService:
    return DatabaseService(service._engine, service._policy, meter)


def bracketed(service: DatabaseService, work: Callable[[], object], **ending: object) -> int:
    """What the inserted steps do around a call."""
    made = service.create_llm_interaction(CALL)
    try:
        answer = work()
    except Exception as error:
        failed = {"status": "failed", "error_message": f"{type(error).__name__}: {error}", **ending}
        service.update_llm_interaction(made.id, failed)
        raise
    service.update_llm_interaction(made.id, {"status": "completed", "response_text": str(answer), **ending})
    return made.id


def test_a_fallback_behind_one_call_leaves_a_row_of_each_attempt(
    metered: DatabaseService, meter: TokenMeter
) -> None:
    cause = OSError("socket closed")
    error = LLMError("busy")
    error.__cause__ = cause
    executor = LLMExecutor(
        [
            Scripted("a", error),
            Scripted("b", UnusableAnswerError("cut", "half", 10, 20)),
            Scripted("c", said("x")),
        ],
        meter=meter,
    )
    call = bracketed(metered, lambda: executor.run(ask), duration_seconds=60.0)
    names = (
        "attempt",
        "attempt_of",
        "requested_model",
        "llm_model",
        "status",
        "input_tokens",
        "output_tokens",
    )
    assert rows(metered, *names) == [
        (3, None, "a", "c", "completed", 3, 4),
        (1, call, "a", "a", "failed", None, None),
        (2, call, "b", "b", "failed", 10, 20),
    ]
    names = ("plan_id", "stage", "prompt_text", "response_text", "error_type", "error_message")
    assert rows(metered, *names) == [
        ("p", "s", "grow tea", "x", None, None),
        ("p", "s", "grow tea", None, "LLMError", "LLMError: busy (from OSError: socket closed)"),
        ("p", "s", "grow tea", "half", "UnusableAnswerError", "UnusableAnswerError: cut"),
    ]
    durations = [duration for (duration,) in rows(metered, "duration_seconds")]
    assert sum(durations) == pytest.approx(60.0)
    assert all(began <= ended for began, ended in rows(metered, "created_at", "completed_at")[1:])


def test_where_every_model_fails_the_row_of_the_call_is_that_of_the_last(
    metered: DatabaseService, meter: TokenMeter
) -> None:
    executor = LLMExecutor([Scripted("a", ValueError("1")), Scripted("b", KeyError("2"))], meter=meter)
    with pytest.raises(LLMError):
        bracketed(metered, lambda: executor.run(ask))
    assert rows(metered, "attempt", "llm_model", "status", "error_type", "error_message") == [
        (
            2,
            "b",
            "failed",
            "LLMError",
            "LLMError: no model gave a usable answer: a: ValueError: 1; b: KeyError: '2'",
        ),
        (1, "a", "failed", "ValueError", "ValueError: 1"),
    ]


def test_several_runs_of_one_executor_behind_one_call(metered: DatabaseService, meter: TokenMeter) -> None:
    executor = LLMExecutor(
        [
            Scripted("a", LLMError("1"), said("y", 100, 200), LLMError("3"), LLMError("4")),
            Scripted("b", said("x"), said("z", 1000, 2000), LLMError("5")),
        ],
        meter=meter,
    )

    def work() -> str:
        texts = [executor.run(ask) for _ in range(3)]
        with pytest.raises(LLMError):
            executor.run(ask)
        return "".join(texts)

    bracketed(metered, work)
    assert rows(metered, "attempt", "llm_model", "status", "input_tokens", "output_tokens") == [
        (2, "b", "completed", 1103, 2204),
        *[(1, "a", "failed", None, None)] * 3,
        (2, "b", "failed", None, None),
    ]
    # Each request is there with what was said in between, without the answer that is the response.
    (messages,) = rows(metered, "messages")[0]
    assert [(m["role"], m["content"]) for m in json.loads(messages)] == [
        ("system", "be brief"),
        ("user", "grow tea"),
        ("assistant", said("x").text),
        ("system", "be brief"),
        ("user", "grow tea"),
        ("assistant", said("y").text),
        ("system", "be brief"),
        ("user", "grow tea"),
    ]


def test_a_task_that_is_run_once_for_each_model_numbers_its_rows(
    metered: DatabaseService, meter: TokenMeter
) -> None:
    executor = LLMExecutor([Scripted("a", LLMError("busy")), Scripted("b", said("x"))], meter=meter)
    executor.run(lambda llm: bracketed(metered, lambda: ask(llm)))
    names = ("attempt", "attempt_of", "llm_model", "status", "input_tokens", "finish_reason")
    # Whatever the pending row had been given as the model.
    assert rows(metered, *names) == [
        (1, None, "a", "failed", None, None),
        (2, None, "b", "completed", 3, "stop"),
    ]


def test_an_error_after_the_answer_leaves_the_model_that_answered(
    metered: DatabaseService, meter: TokenMeter
) -> None:
    executor = LLMExecutor([Scripted("a", LLMError("busy")), Scripted("b", said("x"))], meter=meter)

    def work() -> None:
        executor.run(ask)
        raise ValueError("no use")

    with pytest.raises(ValueError, match="no use"):
        bracketed(metered, work)
    assert rows(metered, "attempt", "llm_model", "status", "error_type", "input_tokens") == [
        (2, "b", "failed", "ValueError", 3),
        (1, "a", "failed", "LLMError", None),
    ]


def test_a_model_that_is_given_stays_if_it_answered_and_not_if_it_did_not(
    metered: DatabaseService, meter: TokenMeter
) -> None:
    executor = LLMExecutor(
        [Scripted("a", said("x"), LLMError("busy")), Scripted("b", said("y"))], meter=meter
    )

    def twice() -> None:
        executor.run(ask)
        executor.run(ask)

    bracketed(metered, twice, llm_model="a")
    executor.llm_models = (Scripted("a", LLMError("busy")), Scripted("b", said("y")))
    bracketed(metered, lambda: executor.run(ask), llm_model="a")
    assert [model for model, of in rows(metered, "llm_model", "attempt_of") if of is None] == ["a", "b"]


def test_columns_that_are_given_are_not_replaced(metered: DatabaseService, meter: TokenMeter) -> None:
    executor = LLMExecutor([Scripted("a", said("x"))], meter=meter)
    bracketed(metered, lambda: executor.run(ask), input_tokens=77, finish_reason="mine", messages=[{"a": 1}])
    assert rows(metered, "input_tokens", "output_tokens", "finish_reason", "messages") == [
        (77, None, "mine", '[{"a": 1}]')
    ]


def test_ending_an_interaction_again_adds_no_rows(metered: DatabaseService, meter: TokenMeter) -> None:
    executor = LLMExecutor([Scripted("a", LLMError("busy")), Scripted("b", said("x"))], meter=meter)
    call = bracketed(metered, lambda: executor.run(ask))
    for status in ("failed", "completed"):
        metered.update_llm_interaction(call, {"status": status})
    assert rows(metered, "attempt", "status", "input_tokens") == [(2, "completed", 3), (1, "failed", None)]


def test_interactions_of_threads_each_count_their_own(metered: DatabaseService, meter: TokenMeter) -> None:
    meet = Barrier(2, timeout=30)

    def work(model: str, tokens: int) -> None:
        executor = LLMExecutor(
            [Scripted(f"{model}1", LLMError("busy")), Scripted(model, said(model, tokens, 1))], meter=meter
        )

        def slowly() -> str:
            meet.wait()
            answer = executor.run(ask)
            meet.wait()
            return answer

        bracketed(metered, slowly)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, ["a", "b"], [10, 20]))
    calls = {(m, t) for m, of, t in rows(metered, "llm_model", "attempt_of", "input_tokens") if of is None}
    assert calls == {("a", 10), ("b", 20)}
    assert len(rows(metered, "id")) == 4


def replaying(service: DatabaseService, script: Scripted) -> tuple[DatabaseService, LLMExecutor]:
    """A process of its own, as far as the answers are concerned."""
    meter = TokenMeter()
    answers = DatabaseAnswerLog(service, "p", "Task")
    metered = DatabaseService(service._engine, service._policy, meter)
    return metered, LLMExecutor([script], answers=answers, meter=meter)


def test_a_replayed_answer_points_to_who_paid_and_takes_nothing(service: DatabaseService) -> None:
    first, executor = replaying(service, Scripted("a", said("x")))
    paid = bracketed(first, lambda: executor.run(ask))
    again, executor = replaying(service, Scripted("b"))
    bracketed(again, lambda: executor.run(ask))
    names = ("llm_model", "status", "replayed_from", "input_tokens", "output_tokens", "total_tokens")
    assert rows(service, *names) == [
        ("a", "completed", None, 3, 4, 7),
        ("a", "completed", paid, 0, 0, 0),
    ]


def test_what_a_dead_process_paid_is_booked_on_its_row(service: DatabaseService) -> None:
    """Killed after two answers were kept, of which the second had no counts."""
    first, executor = replaying(service, Scripted("a", said("x"), said("y", 5, None)))
    paid = first.create_llm_interaction(CALL).id
    executor.run(lambda llm: ask(llm) + ask(llm))
    nothing = service.create_llm_interaction(CALL).id
    assert service.fail_pending_interactions("p", "gone") == 2
    again, executor = replaying(service, Scripted("b", said("z", 50, 60)))
    bracketed(again, lambda: executor.run(lambda llm: ask(llm) + ask(llm) + ask(llm)))
    assert rows(service, "id", "replayed_from", "input_tokens", "output_tokens", "total_tokens") == [
        (paid, None, 8, None, None),
        (nothing, None, None, None, None),
        (nothing + 1, paid, 50, 60, 110),
    ]


def test_an_answer_of_which_nobody_knows_who_paid_is_counted(service: DatabaseService) -> None:
    """As those are that an older version kept."""
    _, executor = replaying(service, Scripted("a", said("x")))
    executor.run(ask)
    again, executor = replaying(service, Scripted("b"))
    bracketed(again, lambda: executor.run(ask))
    assert rows(service, "replayed_from", "total_tokens") == [(None, 7)]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[OpenAIServer]:
    with serve(KEY) as server:
        path = tmp_path / "llm.toml"
        path.write_text(
            "".join(
                f'[models.{name}]\nbase_url = "{server.base_url}"\napi_key_env = "EXAMPLE_KEY"\n'
                f'response_format = "{kind}"\n'
                for name, kind in (("small", "json_schema"), ("plain", "json_object"))
            )
        )
        monkeypatch.setenv("PIPELINE_LLM_CONFIG", str(path))
        monkeypatch.setenv("EXAMPLE_KEY", KEY)
        yield server


@pytest.mark.parametrize("model", ["small", "plain"])
def test_what_the_endpoint_got_and_told_is_in_the_row(
    server: OpenAIServer, metered: DatabaseService, meter: TokenMeter, model: str
) -> None:
    usage = {
        "prompt_tokens": 40,
        "completion_tokens": 20,
        "total_tokens": 60,
        "prompt_tokens_details": {"cached_tokens": 30},
        "completion_tokens_details": {"reasoning_tokens": 15},
    }
    received: list[dict[str, Any]] = []

    def behaviour(_: OpenAIServer, request: dict[str, Any]) -> Any:
        received.append(request)
        return completion(request, said("tea").text, usage=usage, id="chatcmpl-77")

    server.behaviours[model] = behaviour
    bracketed(metered, lambda: LLMExecutor([get_llm(model)], meter=meter).run(ask))
    names = ("input_tokens", "output_tokens", "cached_input_tokens", "reasoning_tokens")
    assert rows(metered, *names, "response_id", "finish_reason", "provider") == [
        (40, 20, 30, 15, "chatcmpl-77", "stop", "127.0.0.1")
    ]
    ((messages, parameters),) = rows(metered, "messages", "parameters")
    (sent,) = received
    assert json.loads(messages) == sent.pop("messages")
    assert json.loads(parameters) == sent
    assert KEY not in parameters


def test_the_rows_name_their_task(database_url: str, service: DatabaseService, tmp_path: Path) -> None:
    task = PlanTask(run_id_dir=tmp_path / "p")
    bracketed(task.get_database_service(), lambda: "x")
    assert rows(service, "task_family", "task_id") == [("PlanTask", task.task_id)]


@pytest.mark.parametrize(
    ("column", "given", "stored"),
    [
        ("finish_reason", "x" * 65, None),
        ("finish_reason", 7, None),
        ("response_id", "a\x00b", None),
        ("currency", "EUR", "EUR"),
        ("cost", 0.25, 0.25),
        ("cost", float("nan"), None),
        ("cost", True, None),
        ("first_chunk_seconds", "soon", None),
        ("reasoning_tokens", -1, None),
        ("replayed_from", 2**63, None),
        ("parameters", {"temperature": 0}, '{"temperature": 0}'),
        ("parameters", object(), None),
        ("response_json", "é\x00", "é\\x00"),
        ("trace_id", None, None),
    ],
)
def test_what_does_not_fit_a_column_beside_the_answer_never_costs_the_answer(
    service: DatabaseService, column: str, given: object, stored: object, caplog: pytest.LogCaptureFixture
) -> None:
    call = service.create_llm_interaction({**CALL, column: given}).id
    assert rows(service, column) == [(stored,)]
    with caplog.at_level(logging.WARNING):
        caplog.clear()
        service.update_llm_interaction(call, {"status": "completed", "response_text": "paid", column: given})
    assert rows(service, "response_text", column) == [("paid", stored)]
    assert bool(caplog.records) == (given is not None and stored is None)


def test_a_custom_fact_that_is_too_long_is_left_out(metered: DatabaseService, meter: TokenMeter) -> None:
    response = replace(said("x"), facts=replace(FACTS, finish_reason="x" * 65, provider="y" * 65))
    bracketed(metered, lambda: LLMExecutor([Scripted("a", response)], meter=meter).run(ask))
    assert rows(metered, "response_text", "finish_reason", "provider", "response_id") == [
        ("x", None, None, "r-1")
    ]
