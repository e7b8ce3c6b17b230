"""What a plan is booked with is what the endpoint took: with fallbacks, kills and answers found again."""

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from pipeline.database.engine import get_engine
from pipeline.database.models import LLMInteraction, table_of
from pipeline.database.service import DatabaseService
from pipeline.llm.answers import DatabaseAnswerLog
from pipeline.llm.base import LLM, LLMResponse
from pipeline.llm.exchanges import AnswerFacts
from pipeline.llm.executor import LLMExecutor
from pipeline.llm.token_meter import TokenMeter
from tests.openai_server import OpenAIServer, Reply, answer_in_full, completion, serve
from tests.runtime.command import KILLED, Command, assert_ended
from tests.runtime.crashes import wipe
from tests.runtime.test_recording import CALL, Scripted, ask, bracketed, rows, said

KEY = "wq-5512-very-secret"
PRICES = """
[prices.a]
currency = "USD"
input_per_million = 1000000
output_per_million = 2000000
cached_input_per_million = 500000

[prices.b]
currency = "USD"
input_per_million = 10
output_per_million = 20

[prices.other]
currency = "EUR"
input_per_million = 1
output_per_million = 1
"""


@pytest.fixture
def prices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "llm.toml"
    path.write_text(PRICES)
    monkeypatch.setenv("PIPELINE_LLM_CONFIG", str(path))
    return path


def metered(service: DatabaseService) -> tuple[DatabaseService, TokenMeter]:
    meter = TokenMeter()
    return DatabaseService(service._engine, service._policy, meter), meter


def test_each_attempt_costs_what_its_own_model_takes(service: DatabaseService, prices: Path) -> None:
    booking, meter = metered(service)
    models: list[LLM] = [
        Scripted("a", said("no", 10, 5), RuntimeError("x")),
        Scripted("b", said("x", 100_000, 50_000)),
    ]

    def work(llm: LLM) -> str:
        text = ask(llm)
        return text if llm.model == "b" else ask(llm)

    bracketed(booking, lambda: LLMExecutor(models, meter=meter).run(work))
    # One of the ten was in the cache, which `said` tells.
    assert rows(booking, "llm_model", "cost", "currency") == [("b", 2.0, "USD"), ("a", 19.5, "USD")]


@pytest.mark.parametrize(
    ("model", "tokens"), [("unpriced", (1, 1)), ("a", (None, 1)), ("a", (1, None))], ids=str
)
def test_what_is_not_known_costs_an_unknown_amount(
    service: DatabaseService, prices: Path, model: str, tokens: tuple[int | None, int | None]
) -> None:
    booking, meter = metered(service)
    bracketed(
        booking,
        lambda: LLMExecutor([Scripted(model, said("x", *tokens))], meter=meter).run(ask),
        llm_model=model,
    )
    assert rows(booking, "cost", "currency") == [(None, None)]


def test_two_currencies_behind_one_call_have_no_sum(service: DatabaseService, prices: Path) -> None:
    booking, meter = metered(service)

    def work() -> str:
        first = LLMExecutor([Scripted("a", said("x"))], meter=meter).run(ask)
        return first + LLMExecutor([Scripted("other", said("y"))], meter=meter).run(ask)

    bracketed(booking, work)
    assert rows(booking, "input_tokens", "cost", "currency") == [(6, None, None)]


def test_tokens_that_a_task_gives_are_priced_by_their_model(service: DatabaseService, prices: Path) -> None:
    tokens = {"input_tokens": 4, "output_tokens": 3}
    bracketed(service, lambda: "x", **tokens)
    bracketed(service, lambda: "x", llm_model="b", cached_input_tokens=1, **tokens)
    bracketed(service, lambda: "x", cost=7, currency="DKK", **tokens)
    assert rows(service, "cost", "currency") == [(10.0, "USD"), (0.0001, "USD"), (7.0, "DKK")]


def test_an_answer_found_again_takes_nothing_whatever_is_given(
    service: DatabaseService, prices: Path
) -> None:
    for _ in range(2):
        booking, meter = metered(service)
        answers = DatabaseAnswerLog(booking, "p", "task")
        executor = LLMExecutor([Scripted("a", said("x", 10, 5))], answers=answers, meter=meter)
        bracketed(booking, lambda run=executor.run: run(ask), input_tokens=10, output_tokens=5)
    assert rows(service, "input_tokens", "output_tokens", "cost", "currency") == [
        (10, 5, 19.5, "USD"),
        (0, 0, 0.0, "USD"),
    ]


def test_what_a_dead_process_was_answered_is_booked_with_its_cost(
    service: DatabaseService, prices: Path
) -> None:
    def say(tokens: int) -> LLMResponse[Any]:
        answer = said("x", tokens, 0)
        return LLMResponse(answer.parsed, answer.text, tokens, 0, AnswerFacts())

    for model in ("b", "a"):
        booking, meter = metered(service)
        booking.create_llm_interaction({**CALL, "llm_model": model})
        answers = DatabaseAnswerLog(booking, "p", f"task {model}")
        executor = LLMExecutor([Scripted(model, say(10), say(20))], answers=answers, meter=meter)
        executor.run(lambda llm: [ask(llm), ask(llm)])
    assert service.fail_pending_interactions("p", "abandoned") == 2
    # How many of the tokens of `a` came from its cache, which are cheaper, nobody knows any more.
    assert rows(service, "input_tokens", "cost", "currency") == [(30, 0.0003, "USD"), (30, None, None)]


# -- with real kills


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with serve(KEY) as server:
        yield server


MODELS = """
[models.picky]
base_url = "{url}"
api_key_env = "EXAMPLE_KEY"

[models.good]
base_url = "{url}"
api_key_env = "EXAMPLE_KEY"

[prices.picky]
currency = "USD"
input_per_million = 1000000
output_per_million = 3000000

[prices.good]
currency = "USD"
input_per_million = 10000000
output_per_million = 70000000
"""


def test_a_run_with_kills_is_booked_with_what_the_endpoint_counted(
    sqlite_command: Command, server: OpenAIServer
) -> None:
    """Killed wherever an answer is safe, its files deleted, twice; the first model never gives a usable answer."""
    command = replace(sqlite_command, root="tests.runtime.tiny_pipeline:Risks")
    command.directory.mkdir()
    config = command.directory / "llm.toml"
    config.write_text(MODELS.format(url=server.base_url))
    environment = {"PIPELINE_LLM_CONFIG": str(config), "EXAMPLE_KEY": KEY}
    counted: list[tuple[str, int, int]] = []

    def counting(_: OpenAIServer, asked: dict[str, Any]) -> Reply:
        reply = (
            completion(asked, "no JSON at all")
            if asked["model"] == "picky"
            else answer_in_full(server, asked)
        )
        usage = json.loads(reply.body or b"")["usage"]
        counted.append((asked["model"], usage["prompt_tokens"], usage["completion_tokens"]))
        return reply

    server.behaviours |= {"picky": counting, "good": counting}
    models = ("--llm-model", "picky", "--llm-model", "good")
    assert_ended(command.run(*models, PIPELINE_FAULT="answer_committed:1", **environment), KILLED)
    wipe(command.run_dir)
    assert_ended(command("resume", "p1", PIPELINE_FAULT="interaction_completed:2", **environment), KILLED)
    wipe(command.run_dir)
    assert_ended(command("resume", "p1", **environment), 0)
    service = DatabaseService(get_engine(command.database_url))
    columns = table_of(LLMInteraction).c
    sums = select(func.sum(columns.input_tokens), func.sum(columns.output_tokens), func.sum(columns.cost))
    with service._engine.begin() as connection:
        booked = connection.execute(sums).one()
        replays = connection.execute(
            select(func.count()).where(columns.replayed_from.is_not(None))
        ).scalar_one()
    assert replays >= 1
    assert tuple(booked[:2]) == (sum(i for _, i, _ in counted), sum(o for _, _, o in counted))
    taken = sum(
        Decimal(i + 3 * o) if model == "picky" else Decimal(10 * i + 70 * o) for model, i, o in counted
    )
    assert booked[2] == pytest.approx(float(taken))
