"""Killed at a fault point or any moment, the run directory deleted: `pipeline resume` ends as if nothing had been."""

import random
import time
from collections.abc import Callable

import pytest

from pipeline.faults import FaultPoint
from tests.pipeline.conftest import MakeRun
from tests.pipeline.runs import KILLED, Run, Setting, assert_as_undisturbed, assert_ended
from tests.shared import CHAOS

Undisturbed = Callable[[Setting], Run]
DETAILED = Setting()
FAST = Setting(fast=True)

CHOSEN = [
    ("sqlite", FaultPoint.INTERACTION_CREATED, 37),
    ("postgres", FaultPoint.LLM_ANSWERED, 20),
    ("sqlite", FaultPoint.ANSWER_COMMITTED, 41),
    ("postgres", FaultPoint.INTERACTION_COMPLETED, 33),
    ("sqlite", FaultPoint.CONTENT_BEFORE_COMMIT, 60),
    ("postgres", FaultPoint.CONTENT_COMMITTED, 77),
]
# How often a run passes each; every third time, on the two databases in turn.
PASSES = {
    FaultPoint.INTERACTION_CREATED: 60,
    FaultPoint.LLM_ANSWERED: 65,
    FaultPoint.ANSWER_COMMITTED: 65,
    FaultPoint.INTERACTION_COMPLETED: 60,
    FaultPoint.CONTENT_BEFORE_COMMIT: 115,
    FaultPoint.CONTENT_COMMITTED: 115,
}
EVERY_THIRD = [
    (("sqlite", "postgres")[count % 2], point, count)
    for point, last in PASSES.items()
    for count in range(1, last, 3)
]
# Between the answer and its commit, which is that of the first content made of it.
COSTS_A_CALL = {FaultPoint.LLM_ANSWERED, FaultPoint.CONTENT_BEFORE_COMMIT}


@pytest.mark.postgres
@pytest.mark.parametrize(("database", "point", "count"), EVERY_THIRD if CHAOS else CHOSEN)
def test_a_kill_at_a_fault_point(
    database: str, point: FaultPoint, count: int, make_run: MakeRun, undisturbed: Undisturbed
) -> None:
    run = make_run(database, FAST)
    assert_ended(run.begin(PIPELINE_FAULT=f"{point}:{count}"), KILLED)
    assert_resumed_without_a_call_too_many(run, undisturbed(FAST), may_lose=point in COSTS_A_CALL)


def test_a_kill_while_files_come_back(make_run: MakeRun, undisturbed: Undisturbed) -> None:
    run = make_run("sqlite", FAST)
    assert_ended(run.begin(PIPELINE_FAULT="content_committed:90"), KILLED)
    run.wipe()
    for point, count in ((FaultPoint.RESTORE_BEFORE_REPLACE, 30), (FaultPoint.RESTORE_REPLACED, 50)):
        assert_ended(run.resume(PIPELINE_FAULT=f"{point}:{count}"), KILLED)
    (begun, *_) = run.directory.glob("run/p1/.*.partial")
    assert_ended(run.resume())
    assert not begun.exists()
    assert_as_undisturbed(run, undisturbed(FAST))
    assert run.requests() == undisturbed(FAST).requests()


@pytest.mark.postgres
@pytest.mark.parametrize("number", range(200 if CHAOS else 4))
def test_a_kill_at_a_random_moment(number: int, make_run: MakeRun, undisturbed: Undisturbed) -> None:
    """One to three kills of a process and its workers, wherever they are."""
    chance = random.Random(number)
    database = ("sqlite", "postgres")[number % 2]
    workers = ("--workers", "4") if number % 4 > 1 else ()
    setting = chance.choice([DETAILED, FAST]) if CHAOS else FAST
    run = make_run(database, setting)
    process = run.begin(*workers, PIPELINE_OFFLINE_LATENCY="0.01")
    most = chance.randint(1, 3) if CHAOS else 1
    for kills in range(1, most + 1):
        time.sleep(chance.uniform(0.2, 2.0 if setting.fast else 3.0))
        if process.kill() == 0 or kills == most:
            break
        run.wipe()
        begin = run.resume if plan_is_there(run) else run.begin
        process = begin(*workers, PIPELINE_OFFLINE_LATENCY="0.01")
    if plan_is_there(run):
        may_lose = kills * (4 if workers else 1)
        assert_resumed_without_a_call_too_many(run, undisturbed(setting), *workers, may_lose=may_lose)
    else:
        assert_ended(run.begin(*workers))
        assert_as_undisturbed(run, undisturbed(setting))


def plan_is_there(run: Run) -> bool:
    return bool(run.rows("SELECT 1 FROM plans WHERE plan_id = :plan"))


def assert_resumed_without_a_call_too_many(run: Run, reference: Run, *options: str, may_lose: int) -> None:
    """Resumed, it is as undisturbed, and asked anew for nothing but the answers that were on their way."""
    wait_for_the_dead(run)
    lost = run.requests().total() - len(run.rows("SELECT 1 FROM llm_answers WHERE plan_id = :plan"))
    assert lost <= may_lose
    run.wipe()
    assert_ended(run.resume(*options))
    assert_as_undisturbed(run, reference)
    assert run.requests().keys() == reference.requests().keys()
    # An answer that had been committed is not asked for again; one that had not must be.
    assert run.requests().total() == reference.requests().total() + lost


def wait_for_the_dead(run: Run) -> None:
    """Wait until PostgreSQL has ended what a killed client had begun; SQLite's clients die with their work."""
    if run.database_url.startswith("sqlite"):
        return
    others = (
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND backend_type = 'client backend' AND :plan <> ''"
    )
    deadline = time.monotonic() + 20
    while run.rows(others):
        assert time.monotonic() < deadline
        time.sleep(0.02)
