"""Longer than a test run should take: `make chaos`, or CHAOS=1."""

import random
import subprocess
import time
from itertools import product

import pytest

from pipeline.faults import FaultPoint
from tests.postgres import PostgresServer
from tests.runtime.command import Command, assert_ended
from tests.runtime.crashes import assert_as_undisturbed, assert_resumable_after_kill, repeated_calls, wipe
from tests.shared import CHAOS

pytestmark = pytest.mark.skipif(not CHAOS, reason="long; set CHAOS=1")

PASSES = {
    FaultPoint.INTERACTION_CREATED: 5,
    FaultPoint.LLM_ANSWERED: 5,
    FaultPoint.ANSWER_COMMITTED: 5,
    FaultPoint.INTERACTION_COMPLETED: 5,
    FaultPoint.CONTENT_BEFORE_COMMIT: 6,
    FaultPoint.CONTENT_COMMITTED: 6,
    FaultPoint.RESTORE_BEFORE_REPLACE: 2,
    FaultPoint.RESTORE_REPLACED: 2,
}
EVERY_MOMENT = [(point, count) for point, last in PASSES.items() for count in range(1, last + 1)]


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("database", "moment"), list(product(["sqlite_command", "postgres_command"], EVERY_MOMENT))
)
def test_a_kill_at_every_moment(
    database: str, moment: tuple[FaultPoint, int], request: pytest.FixtureRequest, undisturbed: Command
) -> None:
    assert_resumable_after_kill(request.getfixturevalue(database), undisturbed, *moment)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("database", ["sqlite_command", "postgres_command"])
@pytest.mark.postgres
def test_kills_at_random_times(
    database: str, seed: int, request: pytest.FixtureRequest, undisturbed: Command
) -> None:
    """Up to five kills from outside, the directory wiped after every other one."""
    command: Command = request.getfixturevalue(database)
    chance = random.Random(seed)
    begin = command.start_run
    for number in range(5):
        process = begin(PIPELINE_OFFLINE_LATENCY="0.1")
        try:
            process.wait(chance.uniform(0.8, 2.0))
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate()
        if number % 2:
            wipe(command.run_dir)
        begin = command.start_resume if plan_exists(command) else command.start_run
    process = begin()
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert_as_undisturbed(command, undisturbed)
    assert repeated_calls(command) <= 5


@pytest.mark.postgres
@pytest.mark.parametrize("seed", range(3))
def test_a_server_that_crashes_again_and_again(
    seed: int, postgres_command: Command, postgres_server: PostgresServer, undisturbed: Command
) -> None:
    chance = random.Random(seed)
    process = postgres_command.start_run(PIPELINE_OFFLINE_LATENCY="0.3")
    while process.poll() is None:
        time.sleep(chance.uniform(1.0, 3.0))
        postgres_server.crash()
        time.sleep(chance.uniform(0.0, 0.5))
        postgres_server.start()
    errors = process.communicate()[1]
    assert process.returncode == 0, errors.decode()
    assert_as_undisturbed(postgres_command, undisturbed)
    assert repeated_calls(postgres_command) == 0


def plan_exists(command: Command) -> bool:
    shown = command("show", "p1")
    return shown.returncode == 0


def test_the_runs_above_are_of_the_tiny_pipeline(undisturbed: Command) -> None:
    assert_ended(undisturbed("doctor", "p1", "--check"), 0)
