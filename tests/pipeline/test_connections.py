"""Connections to PostgreSQL: none held while a model answers, none left idle in a transaction, none leaked."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest

from pipeline.database.engine import URL_VARIABLE, get_engine
from pipeline.example.tasks import RedlineGateTask
from pipeline.llm.base import LLM, LLMResponse, ResponseT
from pipeline.llm.offline import OfflineLLM
from tests.pipeline.conftest import MakeRun
from tests.pipeline.runs import Run, Setting, assert_as_undisturbed, assert_ended
from tests.shared import CHAOS

FAST = Setting(fast=True)

Undisturbed = Callable[[Setting], Run]
OTHERS = (
    "SELECT state FROM pg_stat_activity WHERE datname = current_database() "
    "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


class SlowLLM(LLM):
    """Answers when all the tasks of a test are waiting for it."""

    def __init__(self, tasks: int) -> None:
        self.model = "slow"
        self.checked_out: list[int] = []
        # The action is done when all are here and none has been let go.
        self.everybody = threading.Barrier(
            tasks, lambda: self.checked_out.append(get_engine().pool.checkedout())
        )

    def complete(
        self, system_prompt: str, user_prompt: str, response_model: type[ResponseT]
    ) -> LLMResponse[ResponseT]:
        self.everybody.wait(30)
        return OfflineLLM().complete(system_prompt, user_prompt, response_model)


@pytest.mark.postgres
def test_a_pool_of_one_serves_sixteen_tasks_that_wait_for_a_model(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has a pending interaction when the model begins to answer, and there is one connection."""
    llm = SlowLLM(16)
    monkeypatch.setenv("PIPELINE_DATABASE_POOL_SIZE", "1")
    monkeypatch.setattr("pipeline.llm.registry.get_llm", lambda _: llm)
    run = make_run("postgres", FAST)
    monkeypatch.setenv(URL_VARIABLE, run.database_url)
    assert get_engine().pool.size() == 1
    tasks = []
    for number in range(16):
        directory = run.directory / f"p{number}"
        directory.mkdir(parents=True)
        (directory / "001-2-plan.txt").write_text(f"Plan {number}", encoding="utf-8")
        tasks.append(RedlineGateTask(run_id_dir=directory))
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda task: task.run(), tasks))
    assert llm.checked_out == [0]
    service = run.service()
    assert [service.count_interactions(task.get_plan_id()) for task in tasks] == [{"completed": 1}] * 16
    assert all(task.complete() for task in tasks)


@contextmanager
def watch(run: Run) -> Iterator[Counter[str]]:
    """Count the states of all other connections, many times a second, while the body runs."""
    states: Counter[str] = Counter()
    over = threading.Event()

    def look() -> None:
        url = run.database_url.replace("postgres://", "postgresql://")
        with psycopg.connect(url, autocommit=True) as connection:
            while not over.is_set():
                found = [state for (state,) in connection.execute(OTHERS).fetchall()]
                states.update(found)
                states["most"] = max(states["most"], len(found))
                time.sleep(0.01)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield states
    finally:
        over.set()
        watcher.join()


@pytest.mark.postgres
def test_no_connection_is_idle_in_a_transaction_and_none_is_left(
    make_run: MakeRun, undisturbed: Undisturbed
) -> None:
    run = make_run("postgres", FAST)
    get_engine(run.database_url).dispose()
    with watch(run) as states:
        # The server ends what is idle in a transaction for less time than a model takes to answer, and
        # the run would tell. Not for so little time that a busy machine alone could be the reason.
        process = run.begin(
            *("--workers", "4", "--root", "pipeline.example.tasks:PotentialLeversTask"),
            PIPELINE_OFFLINE_LATENCY="2.5",
            PGOPTIONS="-c idle_in_transaction_session_timeout=2000",
        )
        assert_ended(process)
    assert "database unavailable" not in process.messages()
    assert 0 < states["most"] <= 5 * 2
    assert run.files().items() <= undisturbed(FAST).files().items()
    get_engine(run.database_url).dispose()
    with psycopg.connect(run.database_url.replace("postgres://", "postgresql://")) as connection:
        for _ in range(100):
            if not (left := connection.execute(OTHERS).fetchall()):
                break
            time.sleep(0.05)
    assert left == []


@pytest.mark.postgres
def test_runs_side_by_side_get_no_row_of_another(make_run: MakeRun, undisturbed: Undisturbed) -> None:
    """Eight runs of four workers each (three of them by default), half of them of another plan."""
    settings = [FAST, Setting("Publish a podcast on bicycles", fast=True)]
    runs = [
        make_run("postgres", settings[number % 2], plan_id=f"p{number}")
        for number in range(8 if CHAOS else 3)
    ]
    runs = [
        Run(run.zygote, run.directory / run.plan_id, run.setting, run.database_url, run.plan_id)
        for run in runs
    ]
    processes = [run.begin("--workers", "4") for run in runs]
    for process in processes:
        assert_ended(process)
    for run in runs:
        reference = undisturbed(run.setting)
        assert_as_undisturbed(run, reference)
        assert run.requests() == reference.requests()
