"""The database steps as a block: what is recorded on every way out of it, on any service."""

# ruff: noqa: PT012, the block is what is tested

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import luigi
import pytest

from codemods.settings import Settings
from codemods.tasks.discovery import row_stage
from pipeline.database import step_values
from pipeline.database.steps import DatabaseSteps
from pipeline.errors import ConfigurationError

KEPT = {"error_type", "input_tokens", "output_tokens", "total_tokens"}


class Database:
    """What any number of services have recorded; `broken` says which operations fail."""

    def __init__(self) -> None:
        self.calls: dict[int, dict[str, Any]] = {}
        self.files: dict[str, dict[str, Any]] = {}
        self.opened: list[Service] = []
        self.broken: Callable[[str, Mapping[str, Any]], bool] = lambda *_: False
        self.lock = threading.Lock()

    def open(self) -> "Service":
        self.opened.append(Service(self))
        return self.opened[-1]

    def steps(self, **options: Any) -> DatabaseSteps:
        return DatabaseSteps(self.open, "plan", "outline", model="first", **options)

    @property
    def statuses(self) -> list[str]:
        return [call["status"] for call in self.calls.values()]


class BrokenError(Exception):
    pass


class Service:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.thread = threading.get_ident()
        self.is_closed = False

    def _require(self, operation: str, data: Mapping[str, Any]) -> None:
        assert not self.is_closed
        if self.database.broken(operation, data):
            raise BrokenError(operation)

    def create_llm_interaction(self, data: Mapping[str, Any]) -> Any:
        self._require("create", data)
        with self.database.lock:
            number = len(self.database.calls) + 1
            self.database.calls[number] = dict(data)
        return SimpleNamespace(id=number)

    def update_llm_interaction(self, interaction_id: int, data: Mapping[str, Any]) -> None:
        self._require("update", data)
        self.database.calls[interaction_id].update(data)

    def create_plan_content(self, data: Mapping[str, Any]) -> None:
        self._require("content", data)
        self.database.files[data["filename"]] = dict(data)

    def close(self) -> None:
        self._require("close", {})
        self.is_closed = True


@pytest.fixture
def database() -> Database:
    return Database()


def test_a_call_is_recorded_before_and_after_it(database: Database) -> None:
    attempt = SimpleNamespace(llm_model="second", input_tokens=3, output_tokens=None, total_tokens=5)
    executor = SimpleNamespace(get_last_attempt=lambda: attempt)
    with database.steps(columns=KEPT) as steps:
        call = steps.llm_call(prompt="Say.", executor=executor)
        assert database.calls[1] == {
            "plan_id": "plan",
            "llm_model": "first",
            "stage": "outline",
            "status": "pending",
            "prompt_text": "Say.",
        }
        call.complete("Said.", answer=object())
    done = database.calls[1]
    assert (done["status"], done["response_text"], done["llm_model"]) == ("completed", "Said.", "second")
    assert (done["input_tokens"], done["total_tokens"], "output_tokens" in done) == (3, 5, False)
    assert done["duration_seconds"] >= 0
    assert done["completed_at"].tzinfo is None
    assert [s.is_closed for s in database.opened] == [True]


def test_a_service_that_computes_sizes_and_times_is_not_given_them(database: Database) -> None:
    with database.steps(is_complete=True) as steps:
        steps.llm_call(prompt="a").complete("b")
        steps.persist("a.md", "é")
    assert "completed_at" not in database.calls[1]
    assert database.files["a.md"] == {
        "plan_id": "plan",
        "stage": "outline",
        "filename": "a.md",
        "content_type": "markdown",
        "content": "é",
    }


@pytest.mark.parametrize(
    ("prompt", "stored"),
    [
        ("text", "text"),
        ([{"role": "user", "content": "é"}], '[{"role": "user", "content": "é"}]'),
        ({"context": SimpleNamespace(a=1)}, '{"context": {"a": 1}}'),
    ],
)
def test_the_whole_prompt_is_text_or_json(database: Database, prompt: object, stored: str) -> None:
    with database.steps() as steps:
        steps.llm_call(prompt=prompt).complete("b")
    assert database.calls[1]["prompt_text"] == stored


@pytest.mark.parametrize(
    ("raw", "answer", "stored"),
    [
        ("raw", object(), "raw"),
        ({"a": 1}, None, '{"a": 1}'),
        (None, "answer", "answer"),
        (None, SimpleNamespace(to_dict=lambda: {"a": "é"}), '{\n  "a": "\\u00e9"\n}'),
        (None, SimpleNamespace(text="said"), "said"),
    ],
)
def test_the_answer_is_text(database: Database, raw: object, answer: object, stored: str) -> None:
    with database.steps() as steps:
        steps.llm_call(prompt="a").complete(raw, answer=answer)
    assert database.calls[1]["response_text"] == stored


def test_an_answer_that_is_none_has_no_text(database: Database) -> None:
    with database.steps() as steps:
        steps.llm_call(prompt="a").complete(None)
    assert (database.calls[1]["status"], database.calls[1]["response_text"]) == ("completed", None)


def test_an_answer_that_does_not_say_itself_is_an_error_and_the_call_has_failed(database: Database) -> None:
    with pytest.raises(ConfigurationError, match="give raw="), database.steps() as steps:
        steps.llm_call(prompt="a").complete(answer=object())
    assert database.statuses == ["failed"]


@pytest.mark.parametrize(
    ("model", "booked"),
    [
        ("named", "named"),
        (SimpleNamespace(model="of the client"), "of the client"),
        (SimpleNamespace(model=object()), "SimpleNamespace"),
        (None, "first"),
    ],
)
def test_the_model_that_is_asked(database: Database, model: object, booked: str) -> None:
    with database.steps() as steps:
        steps.llm_call(prompt="a", model=model).complete("b", answer=SimpleNamespace(model=None))
    assert database.calls[1]["llm_model"] == booked


def test_the_last_attempt_that_succeeded_is_booked(database: Database) -> None:
    attempts = [
        SimpleNamespace(success=True, llm_model=SimpleNamespace(name="second")),
        SimpleNamespace(success=False, llm_model=SimpleNamespace(name="third")),
    ]
    with database.steps() as steps:
        steps.llm_call(prompt="a", executor=SimpleNamespace(attempts=attempts)).complete("b")
    assert database.calls[1]["llm_model"] == "second"


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), SystemExit(1)])
def test_an_open_call_fails_with_what_leaves_the_block(database: Database, error: BaseException) -> None:
    with pytest.raises(type(error)) as raised, database.steps(columns=KEPT) as steps:
        steps.llm_call(prompt="a").complete("b")
        steps.llm_call(prompt="c")
        raise error
    assert raised.value is error
    assert database.statuses == ["completed", "failed"]
    assert database.calls[2]["error_type"] == type(error).__name__
    assert [s.is_closed for s in database.opened] == [True]


def test_the_error_has_its_causes(database: Database) -> None:
    with pytest.raises(RuntimeError), database.steps() as steps:
        steps.llm_call(prompt="a")
        try:
            raise TimeoutError("socket")
        except TimeoutError as error:
            raise RuntimeError("failed") from error
    message = database.calls[1]["error_message"]
    assert message == "RuntimeError: failed (from TimeoutError: socket)"


def test_an_error_that_a_handler_swallows_is_the_calls(database: Database) -> None:
    with database.steps() as steps:
        call = steps.llm_call(prompt="a")
        try:
            raise ValueError("no")
        except ValueError as error:
            call.fail(error)
            call.fail(error)
    assert database.calls[1]["error_message"] == "ValueError: no"
    with pytest.raises(ConfigurationError, match="ended already"):
        call.complete("b")


def test_the_error_that_is_being_handled_is_the_calls(database: Database) -> None:
    with database.steps() as steps:
        call = steps.llm_call(prompt="a")
        try:
            raise ValueError("no")
        except ValueError:
            call.fail()
    assert database.calls[1]["error_message"] == "ValueError: no"


def test_a_call_that_is_left_open_has_failed(database: Database) -> None:
    def task() -> None:
        with database.steps() as steps:
            steps.llm_call(prompt="a")
            return

    task()
    assert database.statuses == ["failed"]
    assert "before the call was completed" in database.calls[1]["error_message"]


def test_an_error_while_marking_never_replaces_the_first_one(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    database.broken = lambda operation, data: operation == "close" or data.get("status") == "failed"
    with caplog.at_level(logging.ERROR), pytest.raises(ValueError, match="first"), database.steps() as steps:
        steps.llm_call(prompt="a")
        raise ValueError("first")
    assert [record.message for record in caplog.records] == [
        "leaving the database steps: BrokenError: update",
        "leaving the database steps: BrokenError: close",
    ]


def test_an_error_while_marking_is_raised_where_nothing_else_is(database: Database) -> None:
    database.broken = lambda operation, data: data.get("status") == "failed"
    with pytest.raises(BrokenError), database.steps() as steps:
        steps.llm_call(prompt="a").fail(ValueError("swallowed"))


def test_what_could_not_be_marked_is_marked_at_the_end(database: Database) -> None:
    away = [True]
    database.broken = lambda operation, data: data.get("status") == "failed" and away[0]
    with database.steps() as steps:
        call = steps.llm_call(prompt="a")
        call.fail(ValueError("swallowed"))
        assert call.is_open
        away.clear()
        away.append(False)
    assert database.calls[1]["error_message"] == "ValueError: swallowed"


@pytest.mark.parametrize("operation", ["create", "content", "update"])
def test_an_error_of_the_database_comes_out_past_a_handler(database: Database, operation: str) -> None:
    database.broken = lambda tried, data: tried == operation and data.get("status") != "failed"
    written = []
    with pytest.raises(BrokenError), database.steps() as steps:
        try:
            call = steps.llm_call(prompt="a")
            call.complete("b")
            steps.persist("a.md", "b")
        except Exception:
            logging.getLogger(__name__).info("swallowed")
        database.broken = lambda *_: False
        try:
            steps.persist("c.md", "c")
            written.append("c.md")
        except BrokenError:
            pass
    assert written == []
    assert "pending" not in database.statuses


def test_an_error_of_the_database_comes_out_as_it_is(database: Database) -> None:
    """Not as what a handler made of it, which would report it as the model's."""
    database.broken = lambda operation, data: data.get("status") == "completed"
    with pytest.raises(BrokenError) as raised, database.steps() as steps:
        try:
            steps.llm_call(prompt="a").complete("b")
        except BrokenError as error:
            raise ValueError("the model is asleep") from error
    assert raised.value.__cause__ is None
    assert database.statuses == ["failed"]


def test_an_error_of_the_database_does_not_replace_an_interrupt(database: Database) -> None:
    database.broken = lambda operation, _: operation == "content"
    with pytest.raises(KeyboardInterrupt), database.steps() as steps:
        try:
            steps.persist("a.md", "a")
        except BrokenError:
            raise KeyboardInterrupt from None


def test_threads_have_services_of_their_own(database: Database) -> None:
    barrier = threading.Barrier(3, timeout=30)

    def ask(number: int) -> None:
        call = steps.llm_call(prompt=str(number))
        barrier.wait()
        if number == 2:
            call.fail(ValueError("two"))
        else:
            call.complete(str(number))

    with database.steps() as steps, ThreadPoolExecutor(3) as pool:
        list(pool.map(ask, range(3)))
    assert sorted(database.statuses) == ["completed", "completed", "failed"]
    assert len(database.opened) == len({s.thread for s in database.opened}) == 4
    assert all(s.is_closed for s in database.opened)


def test_the_block_is_used_by_with_and_once(database: Database) -> None:
    steps = database.steps()
    with pytest.raises(ConfigurationError, match="by `with`"):
        steps.persist("a.md", "a")
    with steps, pytest.raises(ConfigurationError, match="already"):
        steps.__enter__()
    with pytest.raises(ConfigurationError, match="by `with`"):
        steps.persist("a.md", "a")
    assert len(database.opened) == 1
    assert database.files == {}


def test_a_file_is_read_while_it_is_open(database: Database, tmp_path: Path) -> None:
    target = luigi.LocalTarget(tmp_path / "notes" / "a.md")
    with database.steps(run_directory=tmp_path) as steps:
        with target.open("w") as f:
            f.write("é\n")
            steps.written(f)
            assert not target.exists()
        with (tmp_path / "b.csv").open("wb") as g:
            g.write(b"\xff")
            steps.written(g, "c.csv")
    assert database.files["notes/a.md"]["content"] == "é\n"
    assert database.files["notes/a.md"]["content_size_bytes"] == 3
    assert database.files["c.csv"]["content"] == b"\xff"


def test_a_file_is_read_back_where_there_is_one(database: Database, tmp_path: Path) -> None:
    target = luigi.LocalTarget(tmp_path / "a.json")
    with database.steps(run_directory=tmp_path) as steps:
        steps.read_back(target)
        assert database.files == {}
        (tmp_path / "a.json").write_text("{}")
        steps.read_back(target)
        steps.read_back(tmp_path / "a.json", "b.json")
        with pytest.raises(ConfigurationError, match="not below"):
            steps.read_back(__file__)
    assert [(n, r["content"], r["content_type"]) for n, r in database.files.items()] == [
        ("a.json", "{}", "json"),
        ("b.json", "{}", "json"),
    ]


def test_a_file_is_stored_again_where_it_is_not_what_the_row_holds(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "a.md"
    stored = []
    database.broken = lambda operation, data: operation == "content" and stored.append(data["content"])
    with database.steps(run_directory=tmp_path) as steps:
        steps.persist("a.md", "one")
        path.write_text("one")
        steps.read_back(path)
        path.write_text("two")
        steps.read_back(path, "a.md")
    assert stored == ["one", "two"]
    assert database.files["a.md"]["content"] == "two"


@pytest.mark.parametrize("name", ["PotentialLeversTask", "WBSProjectLevel1Task", "Task", "HTMLPage", "A1B"])
def test_a_stage_is_what_the_tool_calls_it(name: str) -> None:
    assert step_values.stage_of(name) == row_stage(name, Settings())
