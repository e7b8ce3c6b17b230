"""PostgreSQL killed and started every five seconds, four plans at once: all finish, nothing is lost. `CHAOS=1`."""

import threading
import time
from collections.abc import Callable

import pytest

from tests.pipeline.conftest import MakeRun
from tests.pipeline.runs import DIGITAL, PHYSICAL, Run, Setting, assert_as_undisturbed, assert_ended
from tests.postgres import PostgresServer
from tests.shared import CHAOS

SETTINGS = [Setting(PHYSICAL), Setting(DIGITAL), Setting(PHYSICAL, fast=True), Setting(DIGITAL, fast=True)]
SECONDS_BETWEEN_CRASHES = 5.0


@pytest.mark.postgres
@pytest.mark.skipif(not CHAOS, reason="long; set CHAOS=1")
def test_four_plans_outlive_a_server_that_crashes_every_five_seconds(
    make_run: MakeRun,
    undisturbed: Callable[[Setting], Run],
    postgres_server: PostgresServer,
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    first = make_run("postgres")
    runs = [
        Run(first.zygote, first.directory / f"p{number}", setting, first.database_url, f"p{number}")
        for number, setting in enumerate(SETTINGS)
    ]
    references = [undisturbed(setting) for setting in SETTINGS]
    over = threading.Event()
    crashes = 0

    def crash_again_and_again() -> None:
        nonlocal crashes
        while not over.wait(SECONDS_BETWEEN_CRASHES):
            postgres_server.crash()
            crashes += 1
            time.sleep(0.2)
            postgres_server.start()

    processes = [
        run.begin("--workers", str(1 + 3 * (number % 2)), PIPELINE_OFFLINE_LATENCY="0.5")
        for number, run in enumerate(runs)
    ]
    crasher = threading.Thread(target=crash_again_and_again)
    crasher.start()
    try:
        for process in processes:
            assert_ended(process)
    finally:
        over.set()
        crasher.join()
    record_testsuite_property("crashes", crashes)
    assert crashes >= 5
    for run, reference in zip(runs, references, strict=True):
        assert_as_undisturbed(run, reference)
        # Every answer was kept the first time it came.
        assert run.requests() == reference.requests()
