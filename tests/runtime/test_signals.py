"""Signals end a run in order: quietly, with nothing pending and nobody left behind; SIGTERM after a grace."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.database.engine import get_engine
from pipeline.database.service import DatabaseService
from tests.runtime.command import PLAN, REPOSITORY, TINY, Command, assert_ended
from tests.runtime.crashes import assert_as_undisturbed
from tests.runtime.namespaces import children, needs_a_namespace
from tests.shared import CHAOS

WIDE = "tests.runtime.wide_pipeline:Wide"
SIGNALS = [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGQUIT, 131), (signal.SIGINT, 130)]
EVERY_WAY = [(*how, whom) for whom in ("parent", "group") for how in SIGNALS]
AS_THE_FIRST = [(*how, workers) for workers in ("1", "4") for how in SIGNALS[:3]]

HINT = "pipeline: plan p1: interrupted; go on with: pipeline resume p1"


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def start(
    command: Command, *options: str, before: tuple[str, ...] = (), latency: str = "120", grace: str = "0"
) -> subprocess.Popen[bytes]:
    """A run in a process group of its own, as a terminal's job is one; its models never answer by default."""
    command.directory.mkdir(exist_ok=True)
    script = "from pipeline.cli.main import main; main()"
    return subprocess.Popen(
        [*before, sys.executable, "-c", script, "run", *PLAN, *options],
        cwd=command.directory,
        env={
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            "PIPELINE_DATABASE_URL": command.database_url,
            "PIPELINE_ROOT": command.root,
            "PIPELINE_OFFLINE_CALL_LOG": str(command.call_log),
            "PIPELINE_OFFLINE_LATENCY": latency,
            "PIPELINE_GRACE": grace,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def assert_stopped_in_order(
    command: Command, process: subprocess.Popen[bytes], status: int, begun: float
) -> None:
    errors = process.communicate(timeout=60)[1].decode()
    assert time.monotonic() - begun < 20
    assert (process.returncode, errors.splitlines()) == (status, ["plan p1", HINT])
    service = DatabaseService(get_engine(command.database_url))
    assert service.get_plan("p1").status == "stopped"
    assert set(service.count_interactions("p1")) == {"failed"}


@pytest.mark.parametrize(("number", "status"), SIGNALS)
def test_a_signal_ends_a_run_as_ctrl_c_does(
    number: signal.Signals, status: int, sqlite_command: Command, undisturbed: Command
) -> None:
    process = start(sqlite_command)
    wait_for(sqlite_command.calls)
    begun = time.monotonic()
    process.send_signal(number)
    assert_stopped_in_order(sqlite_command, process, status, begun)
    assert_ended(sqlite_command("resume", "p1"), 0)
    assert_as_undisturbed(sqlite_command, undisturbed)


@pytest.mark.postgres
@pytest.mark.parametrize(("number", "status", "whom"), EVERY_WAY if CHAOS else [EVERY_WAY[0], EVERY_WAY[-1]])
def test_four_workers_end_with_their_parent(
    number: signal.Signals, status: int, whom: str, postgres_command: Command
) -> None:
    command = Command(postgres_command.directory, postgres_command.database_url, WIDE)
    process = start(command, "--workers", "4")
    wait_for(lambda: len(command.calls()) >= 4)
    workers = children(process.pid)
    assert len(workers) >= 4
    begun = time.monotonic()
    (os.kill if whom == "parent" else os.killpg)(process.pid, number)
    assert_stopped_in_order(command, process, status, begun)
    assert [pid for pid in workers if is_alive(pid)] == []
    assert_ended(command("resume", "p1", "--workers", "4"), 0)


@needs_a_namespace
@pytest.mark.parametrize(
    ("number", "status", "workers"), AS_THE_FIRST if CHAOS else [AS_THE_FIRST[0], AS_THE_FIRST[-1]]
)
def test_the_first_process_of_a_container_heeds_signals(
    number: signal.Signals, status: int, workers: str, sqlite_command: Command
) -> None:
    command = Command(sqlite_command.directory, sqlite_command.database_url, WIDE)
    process = start(command, "--workers", workers, before=("unshare", "--pid", "--fork"))
    wait_for(lambda: len(command.calls()) >= int(workers))
    (first,) = children(process.pid)
    descendants = children(first)
    begun = time.monotonic()
    os.kill(first, number)
    assert_stopped_in_order(command, process, status, begun)
    assert [pid for pid in [first, *descendants] if is_alive(pid)] == []
    assert_ended(command("resume", "p1"), 0)


def test_a_signal_that_is_ignored_stays_ignored(sqlite_command: Command) -> None:
    """As below `nohup`."""
    command = sqlite_command
    process = start(command, before=("sh", "-c", 'trap "" HUP; exec "$@"', "sh"))
    wait_for(command.calls)
    process.send_signal(signal.SIGHUP)
    time.sleep(0.5)
    assert process.poll() is None
    begun = time.monotonic()
    process.terminate()
    assert_stopped_in_order(command, process, 143, begun)


def test_a_worker_that_does_not_heed_the_signal_is_killed(sqlite_command: Command) -> None:
    command = Command(
        sqlite_command.directory, sqlite_command.database_url, "tests.runtime.stubborn_pipeline:Stubborn"
    )
    process = start(command, "--workers", "2")
    wait_for((command.run_dir / "begun").exists)
    (worker,) = children(process.pid)
    begun = time.monotonic()
    process.terminate()
    process.communicate(timeout=60)
    assert (process.returncode, is_alive(worker)) == (143, False)
    assert time.monotonic() - begun < 20


def test_a_task_that_swallows_the_signal_is_the_last_one(sqlite_command: Command) -> None:
    command = Command(
        sqlite_command.directory,
        sqlite_command.database_url,
        "tests.runtime.stubborn_pipeline:AfterSwallowing",
    )
    process = start(command)
    wait_for((command.run_dir / "begun").exists)
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 143
    assert not (command.run_dir / "after.txt").exists()


# -- the grace


def assert_given_back(command: Command) -> None:
    owner = DatabaseService(get_engine(command.database_url)).leases().find_owner("p1")
    assert owner is not None
    assert owner.given_back


@pytest.mark.parametrize(
    ("root", "workers", "whom", "answered"),
    [
        (TINY, "1", "parent", 2),
        (WIDE, "4", "group", 4),
        pytest.param(WIDE, "4", "first", 4, marks=needs_a_namespace),
    ],
)
def test_what_is_being_asked_is_answered_and_nothing_more_is(
    root: str, workers: str, whom: str, answered: int, sqlite_command: Command
) -> None:
    """Each of the tasks asks more than once."""
    command = Command(sqlite_command.directory, sqlite_command.database_url, root)
    before = ("unshare", "--pid", "--fork") if whom == "first" else ()
    process = start(command, "--workers", workers, before=before, latency="2", grace="25")
    wait_for(lambda: len(command.calls()) == answered)
    told = children(process.pid)[0] if whom == "first" else process.pid
    descendants = children(told)
    begun = time.monotonic()
    (os.killpg if whom == "group" else os.kill)(told, signal.SIGTERM)
    errors = process.communicate(timeout=60)[1].decode()
    assert (process.returncode, errors.splitlines()[-1]) == (143, HINT), errors
    assert time.monotonic() - begun < 12
    assert [pid for pid in [told, *descendants] if is_alive(pid)] == []
    service = DatabaseService(get_engine(command.database_url))
    assert service.get_plan("p1").status == "stopped"
    assert service.count_interactions("p1")["completed"] == answered
    assert "pending" not in service.count_interactions("p1")
    assert_given_back(command)
    assert len(command.calls()) == answered
    if root == TINY:
        assert_ended(command("resume", "p1"), 0)
        assert len(set(command.calls())) == len(command.calls())


@pytest.mark.parametrize("workers", ["1", "4"] if CHAOS else ["4"])
def test_what_takes_longer_than_the_grace_is_interrupted(workers: str, sqlite_command: Command) -> None:
    command = Command(sqlite_command.directory, sqlite_command.database_url, WIDE)
    process = start(command, "--workers", workers, grace="5")
    wait_for(lambda: len(command.calls()) == int(workers))
    descendants = children(process.pid)
    begun = time.monotonic()
    process.terminate()
    assert_stopped_in_order(command, process, 143, begun)
    assert time.monotonic() - begun >= 4
    assert [pid for pid in descendants if is_alive(pid)] == []
    assert_given_back(command)


def test_whoever_sits_at_the_keyboard_need_not_wait_for_the_grace(sqlite_command: Command) -> None:
    process = start(sqlite_command, grace="600")
    wait_for(sqlite_command.calls)
    process.terminate()
    time.sleep(0.5)
    assert process.poll() is None
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert_stopped_in_order(sqlite_command, process, 130, begun)


@pytest.mark.parametrize("workers", ["1", "2"] if CHAOS else ["2"])
def test_the_process_ends_within_the_grace_whatever_its_tasks_and_the_database_do(
    workers: str, sqlite_command: Command
) -> None:
    command = Command(
        sqlite_command.directory, sqlite_command.database_url, "tests.runtime.stubborn_pipeline:Stubborn"
    )
    process = start(command, "--workers", workers, grace="3")
    wait_for((command.run_dir / "begun").exists)
    descendants = children(process.pid)
    with get_engine(command.database_url).connect() as connection, connection.begin():
        # Nobody else can write now; SQLite waits for half a minute for that.
        begun = time.monotonic()
        process.terminate()
        process.communicate(timeout=60)
    assert process.returncode == 143
    assert time.monotonic() - begun < 15
    assert [pid for pid in descendants if is_alive(pid)] == []
