"""The executor tries models in order and books each attempt on the model that made it."""

from collections.abc import Callable

import pytest
from pydantic import BaseModel

from pipeline.database.records import StoredAnswer
from pipeline.database.service import DatabaseService
from pipeline.errors import ConfigurationError, DatabaseUnavailableError, LLMError
from pipeline.llm.answers import DatabaseAnswerLog
from pipeline.llm.base import LLM, LLMResponse, ResponseT
from pipeline.llm.executor import LLMExecutor, PipelineStopRequested
from pipeline.llm.offline import OfflineLLM, OfflineSettings


class Answer(BaseModel):
    text: str


class ScriptedLLM(LLM):
    """Gives the answers, or raises the errors, that it was made with, one a call."""

    def __init__(self, model: str, *script: LLMResponse[Answer] | Exception) -> None:
        self.model = model
        self.script = list(script)
        self.calls = 0

    def complete(
        self, system_prompt: str, user_prompt: str, response_model: type[ResponseT]
    ) -> LLMResponse[ResponseT]:
        step = self.script[self.calls]
        self.calls += 1
        if isinstance(step, Exception):
            raise step
        return step  # type: ignore[return-value]


def answer(text: str, input_tokens: int | None = 3, output_tokens: int | None = 4) -> LLMResponse[Answer]:
    parsed = Answer(text=text)
    return LLMResponse(parsed, parsed.model_dump_json(), input_tokens, output_tokens)


def ask(llm: LLM) -> str:
    return llm.complete("s", "u", Answer).parsed.text


@pytest.mark.parametrize(
    ("error", "asks_the_next"),
    [
        (OSError("No space left on device"), False),
        (DatabaseUnavailableError("away"), False),
        (ConnectionResetError("by the endpoint"), True),
        (TimeoutError("of the endpoint"), True),
    ],
)
def test_only_the_models_own_faults_are_tried_with_the_next(error: Exception, asks_the_next: bool) -> None:
    spare = ScriptedLLM("b", answer("tea"))
    executor = LLMExecutor([ScriptedLLM("a", error), spare])
    if asks_the_next:
        assert executor.run(ask) == "tea"
    else:
        with pytest.raises(type(error), match=str(error)):
            executor.run(ask)
    assert spare.calls == asks_the_next


def ask_twice(llm: LLM) -> str:
    return ask(llm) + ask(llm)


def test_the_first_model_that_answers_wins() -> None:
    first, second, third = (
        ScriptedLLM("a", LLMError("busy")),
        ScriptedLLM("b", answer("tea")),
        ScriptedLLM("c", answer("never")),
    )
    executor = LLMExecutor([first, second, third])
    assert executor.get_last_attempt() is None
    assert executor.run(ask) == "tea"
    assert [(attempt.llm_model, attempt.success) for attempt in executor.attempts] == [
        ("a", False),
        ("b", True),
    ]
    last = executor.get_last_attempt()
    assert last is not None
    assert (last.llm_model, last.result, last.input_tokens, last.output_tokens, last.total_tokens) == (
        "b",
        "tea",
        3,
        4,
        7,
    )
    assert last.duration >= 0
    assert third.calls == 0


@pytest.mark.parametrize(
    ("responses", "expected"),
    [
        ([answer("x", 1, 2), answer("y", 10, 20)], (11, 22, 33)),
        ([answer("x", 1, None), answer("y", 10, 20)], (11, None, None)),
        ([answer("x", None, None), answer("y", None, None)], (None, None, None)),
        ([answer("x", 0, 0), answer("y", 0, 0)], (0, 0, 0)),
    ],
)
def test_tokens_are_summed_and_never_guessed(
    responses: list[LLMResponse[Answer]], expected: tuple[int | None, ...]
) -> None:
    executor = LLMExecutor([ScriptedLLM("a", *responses)])
    executor.run(ask_twice)
    last = executor.get_last_attempt()
    assert last is not None
    assert (last.input_tokens, last.output_tokens, last.total_tokens) == expected


def test_an_attempt_without_a_call_has_no_tokens() -> None:
    executor = LLMExecutor([ScriptedLLM("a")])
    assert executor.run(lambda _: "fixed") == "fixed"
    last = executor.get_last_attempt()
    assert last is not None
    assert last.total_tokens is None


def test_when_all_fail_the_error_names_each_and_no_key() -> None:
    executor = LLMExecutor(
        [ScriptedLLM("a", LLMError("busy")), ScriptedLLM("b", ValueError("bad key sk-abcdef123456"))]
    )
    with pytest.raises(LLMError) as caught:
        executor.run(ask)
    assert str(caught.value) == (
        "no model gave a usable answer: a: LLMError: busy; b: ValueError: bad key [redacted]"
    )
    assert isinstance(caught.value.__cause__, ValueError)


def test_a_database_that_is_away_is_not_the_models_fault() -> None:
    fallback = ScriptedLLM("b", answer("never"))
    executor = LLMExecutor([ScriptedLLM("a", DatabaseUnavailableError("away")), fallback])
    with pytest.raises(DatabaseUnavailableError):
        executor.run(ask)
    assert fallback.calls == 0


def test_a_stop_is_obeyed_before_an_attempt_never_after_an_answer() -> None:
    stops = iter([False, True])
    llm = ScriptedLLM("a", answer("kept"), answer("never"))
    executor = LLMExecutor([llm], should_stop_callback=lambda: next(stops))
    assert executor.run(ask) == "kept"
    with pytest.raises(PipelineStopRequested):
        executor.run(ask)
    assert llm.calls == 1


def test_an_executor_needs_a_model() -> None:
    with pytest.raises(ConfigurationError):
        LLMExecutor([])


@pytest.fixture
def open_executor(service: DatabaseService) -> Callable[..., LLMExecutor]:
    """Makes executors as a task does that is run again after a crash."""
    return lambda *models: LLMExecutor(models, answers=DatabaseAnswerLog(service, "p", "Task"))


def test_an_answer_is_kept_for_the_next_run(open_executor: Callable[..., LLMExecutor]) -> None:
    """The same question twice is two answers, in the same order, booked on the model that gave them."""
    assert open_executor(ScriptedLLM("b", answer("x"), answer("y", None, 9))).run(ask_twice) == "xy"
    again = open_executor(ScriptedLLM("a"))
    assert again.run(ask_twice) == "xy"
    last = again.get_last_attempt()
    assert last is not None
    assert (last.llm_model, last.input_tokens, last.output_tokens) == ("b", None, 13)


def test_an_answer_that_the_work_rejects_is_not_kept(open_executor: Callable[..., LLMExecutor]) -> None:
    def reject(llm: LLM) -> str:
        ask(llm)
        raise ValueError("no good")

    with pytest.raises(LLMError):
        open_executor(ScriptedLLM("a", answer("bad"))).run(reject)
    assert open_executor(ScriptedLLM("a", answer("good"))).run(ask) == "good"


def test_an_answer_survives_a_database_that_goes_away(open_executor: Callable[..., LLMExecutor]) -> None:
    def lose_the_database(llm: LLM) -> str:
        ask(llm)
        raise DatabaseUnavailableError("away")

    first = open_executor(ScriptedLLM("a", answer("kept")))
    with pytest.raises(DatabaseUnavailableError):
        first.run(lose_the_database)
    # In a new process, and in this one, where Luigi may run the same task once more.
    assert open_executor(ScriptedLLM("a")).run(ask) == "kept"
    assert first.run(ask) == "kept"


def test_an_answer_that_does_not_fit_any_more_is_asked_for_again(service: DatabaseService) -> None:
    log = DatabaseAnswerLog(service, "p", "Task")
    log.begin()
    assert log.find("s", "u", Answer) is None
    service.keep_answer("p", log._current.keys[0], StoredAnswer("a", '{"other": 1}', None, None))
    log.begin()
    assert log.find("s", "u", Answer) is None


def test_kept_answers_belong_to_one_task_of_one_plan(service: DatabaseService) -> None:
    def run(plan_id: str, task: str, text: str) -> str:
        log = DatabaseAnswerLog(service, plan_id, task)
        return LLMExecutor([ScriptedLLM("a", answer(text))], answers=log).run(ask)

    assert run("p", "One", "1") == "1"
    assert run("p", "Two", "2") == "2"
    assert run("q", "One", "3") == "3"
    assert run("p", "One", "never") == "1"


def test_the_offline_model_falls_back_like_any_other() -> None:
    settings = OfflineSettings(failing_models=frozenset({"offline-a"}))
    executor = LLMExecutor([OfflineLLM("offline-a", settings), OfflineLLM("offline-b", settings)])
    assert executor.run(ask) == ask(OfflineLLM("offline", OfflineSettings()))
