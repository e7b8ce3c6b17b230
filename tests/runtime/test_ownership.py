"""A plan has one owner, wherever that runs; whoever was taken for dead and is not writes nothing more."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, Engine, text

from pipeline.cli.main import main
from pipeline.database import migrate
from pipeline.database.engine import get_engine
from pipeline.database.fencing import Fence, lower_fence, raise_fence
from pipeline.database.leases import Leases
from pipeline.database.records import FileNote, StoredAnswer
from pipeline.database.recovery import BegunTask
from pipeline.database.service import DatabaseService
from pipeline.errors import PlanBusyError, PlanLostError
from pipeline.machine import is_alive, process_started
from pipeline.running.ownership import owned
from pipeline.running.stopping import stopped_by_signals
from tests.runtime.command import PLAN, Command, assert_ended
from tests.runtime.conftest import IMPATIENT
from tests.runtime.crashes import CALLS, assert_as_undisturbed, repeated_calls

TABLES = ("plans", "llm_interactions", "plan_content", "llm_answers", "running_tasks", "plan_files")
SLOW = {"PIPELINE_OFFLINE_LATENCY": "600", "PIPELINE_GRACE": "0"}
SHORT = ("--lease", "2")

both = pytest.mark.parametrize(
    "database", ["sqlite_command", pytest.param("postgres_command", marks=pytest.mark.postgres)]
)


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def rows(url: str, tables: tuple[str, ...] = TABLES) -> dict[str, list[tuple[object, ...]]]:
    with get_engine(url).begin() as connection:
        return {
            table: sorted(map(repr, connection.execute(text(f"SELECT * FROM {table}")).all()))
            for table in tables
        }


def execute(url: str, statement: str) -> None:
    with get_engine(url).begin() as connection:
        connection.execute(text(statement))


def elsewhere(command: Command) -> Command:
    """Another machine: another directory, the same database; the calls are counted in one place."""
    return replace(command, directory=command.directory.with_name("elsewhere"))


def resume(command: Command, *options: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    other = elsewhere(command)
    return other("resume", "p1", *options, PIPELINE_OFFLINE_CALL_LOG=str(command.call_log), **environment)


def seem_far_away(url: str) -> None:
    """Have nobody see whether the owner's process lives."""
    execute(url, "UPDATE plan_leases SET machine = 'another', host = 'far-away'")


# -- while the owner lives


@both
def test_whoever_comes_second_is_told_who_owns_the_plan(
    database: str, request: pytest.FixtureRequest
) -> None:
    command: Command = request.getfixturevalue(database)
    first = command.start_run(**SLOW)
    wait_for(command.calls)
    before = rows(command.database_url)
    other = elsewhere(command)
    who = f"process {first.pid} on {os.uname().nodename} (pipeline run)"
    seconds = [
        command.start("resume", "p1"),
        other.start("resume", "p1"),
        other.start("doctor", "p1"),
        other.start("doctor", "--check", "p1"),
        other.start("delete", "p1", "--yes"),
        other.start("run", *PLAN),
    ]
    for second in seconds:
        last = second.communicate(timeout=120)[1].decode().splitlines()[-1]
        assert second.returncode == 1, (second.args, last)
        assert last.startswith(f"pipeline: plan p1 is being worked on by {who} since 20")
        assert "last heard of " in last
        assert last.endswith("`pipeline resume --wait p1` waits for that")
    assert rows(command.database_url) == before
    assert len(command.calls()) == 1
    assert first.poll() is None
    shown = command("show", "p1").stdout.decode()
    assert f"\nowner: {who}, last heard of " in shown
    first.kill()
    first.communicate()
    shown = command("show", "p1").stdout.decode()
    assert f"\nowner: {who} is dead; go on with: pipeline resume p1\n" in shown
    seem_far_away(command.database_url)
    execute(command.database_url, "UPDATE plan_leases SET expires_at = heartbeat_at")
    shown = command("show", "p1").stdout.decode()
    assert re.search(r"\nowner: process \d+ on far-away \(pipeline run\) has not been heard of for ", shown)


@both
def test_an_owner_that_ends_gives_the_plan_back(database: str, request: pytest.FixtureRequest) -> None:
    command: Command = request.getfixturevalue(database)
    leases = Leases(get_engine(command.database_url), IMPATIENT)
    assert_ended(command.run(), 0)
    owner = leases.find_owner("p1")
    assert owner is not None
    assert (owner.given_back, owner.purpose, owner.epoch) == (True, "run", 1)
    stopped = elsewhere(command).start_resume()
    stopped.communicate(timeout=60)
    owner = leases.find_owner("p1")
    assert owner is not None
    assert (owner.given_back, owner.purpose, owner.epoch) == (True, "resume", 2)


def test_a_signal_gives_the_plan_back_too(sqlite_command: Command) -> None:
    first = sqlite_command.start_run(**SLOW)
    wait_for(sqlite_command.calls)
    seem_far_away(sqlite_command.database_url)
    first.terminate()
    first.communicate(timeout=60)
    assert_ended(resume(sqlite_command), 0)


@both
def test_the_lease_is_kept_alive_for_as_long_as_a_call_takes(
    database: str, request: pytest.FixtureRequest
) -> None:
    command: Command = request.getfixturevalue(database)
    first = command.start("run", *PLAN, *SHORT, **SLOW)
    wait_for(command.calls)
    leases = Leases(get_engine(command.database_url), IMPATIENT)

    def has_outlived_its_first_lease() -> bool:
        owner = leases.find_owner("p1")
        assert owner is not None
        assert owner.process_id == first.pid
        return (owner.heartbeat_at - owner.acquired_at).total_seconds() > 2

    wait_for(has_outlived_its_first_lease)
    assert len(command.calls()) == 1
    first.terminate()
    first.communicate(timeout=60)


def test_waiting_ends_with_the_owner(sqlite_command: Command, undisturbed: Command) -> None:
    command = sqlite_command
    first = command.start_run(PIPELINE_OFFLINE_LATENCY="4")
    wait_for(command.calls)
    second = resume(command, "--wait")
    assert_ended(second, 0)
    assert second.stderr.decode().startswith("waiting: plan p1 is being worked on by process ")
    assert (first.wait(60), repeated_calls(command)) == (0, 0)
    first.communicate()
    assert_as_undisturbed(elsewhere(command), undisturbed)


# -- once it is dead


def test_an_owner_that_was_killed_here_is_followed_at_once(
    sqlite_command: Command, undisturbed: Command
) -> None:
    first = sqlite_command.start_run(**SLOW)
    wait_for(sqlite_command.calls)
    first.kill()
    first.communicate()
    assert_ended(resume(sqlite_command), 0)
    assert_as_undisturbed(elsewhere(sqlite_command), undisturbed)


@both
def test_one_that_was_killed_elsewhere_is_followed_when_its_lease_has_run_out(
    database: str, request: pytest.FixtureRequest, undisturbed: Command
) -> None:
    command: Command = request.getfixturevalue(database)
    first = command.start_run(**SLOW)
    wait_for(command.calls)
    first.kill()
    first.communicate()
    seem_far_away(command.database_url)
    refused = resume(command)
    assert refused.returncode == 1
    assert f"process {first.pid} on far-away (pipeline run)" in refused.stderr.decode()
    waiting = elsewhere(command).start(
        "resume", "p1", "--wait", PIPELINE_OFFLINE_CALL_LOG=str(command.call_log)
    )
    assert waiting.stderr is not None
    assert waiting.stderr.readline().startswith(b"waiting: plan p1 is being worked on by process ")
    execute(command.database_url, "UPDATE plan_leases SET expires_at = heartbeat_at")
    waiting.communicate(timeout=120)
    assert waiting.returncode == 0
    assert_as_undisturbed(elsewhere(command), undisturbed)
    assert repeated_calls(command) == 1


# -- zombies


@both
@pytest.mark.parametrize("workers", ["1", "3"])
def test_a_paused_owner_writes_nothing_after_it_was_followed(
    database: str, workers: str, request: pytest.FixtureRequest, undisturbed: Command
) -> None:
    """SIGSTOP for longer than its lease, as a paused container or a machine that was cut off; then SIGCONT."""
    command: Command = request.getfixturevalue(database)
    first = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from pipeline.cli.main import main; main()",
            "run",
            *PLAN,
            "--workers",
            workers,
            *SHORT,
        ],
        cwd=_made(command.directory),
        env={**_environment(command), "PIPELINE_OFFLINE_LATENCY": "1.5"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    # In the middle of its second call, or of its second and third.
    wait_for(lambda: len(command.calls()) >= 2)
    pause(command, first.pid)
    begun_calls = len(rows(command.database_url, ("llm_interactions",))["llm_interactions"])
    on_their_way = begun_calls - len(command.calls())
    second = resume(command, "--wait")
    assert_ended(second, 0)
    before = rows(command.database_url), elsewhere(command).files()
    calls = len(command.calls())
    os.killpg(first.pid, signal.SIGCONT)
    begun = time.monotonic()
    errors = first.communicate(timeout=60)[1].decode()
    assert time.monotonic() - begun < 20
    assert first.returncode == 1, errors
    told = errors.splitlines()[-1]
    assert told.startswith("pipeline: plan p1 is no longer this process's: process "), errors
    assert " (pipeline resume) took it over at " in told
    assert "Traceback" not in errors
    assert (rows(command.database_url), elsewhere(command).files()) == before
    assert_as_undisturbed(elsewhere(command), undisturbed)
    # What was in flight when it was paused, and nothing else, was paid for twice. A worker that was paused between
    # the row of its call and the request asks when it goes on: nothing can stand between those two.
    assert calls <= len(command.calls()) <= calls + on_their_way
    assert len(command.calls()) == CALLS + repeated_calls(command)
    assert repeated_calls(command) <= begun_calls - 1


def pause(command: Command, group: int) -> None:
    """Stop all processes of a group; of SQLite's one lock none may be the holder, or nobody can go on."""
    while True:
        os.killpg(group, signal.SIGSTOP)
        if not command.database_url.startswith("sqlite"):
            return
        connection = sqlite3.connect(command.database_url.removeprefix("sqlite:///"), timeout=0.5)
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            os.killpg(group, signal.SIGCONT)
            time.sleep(0.1)
        else:
            return
        finally:
            connection.close()


def test_a_paused_owner_that_nobody_followed_goes_on(sqlite_command: Command, undisturbed: Command) -> None:
    first = sqlite_command.start("run", *PLAN, *SHORT, PIPELINE_OFFLINE_LATENCY="0.5")
    wait_for(sqlite_command.calls)
    first.send_signal(signal.SIGSTOP)
    time.sleep(3)
    first.send_signal(signal.SIGCONT)
    first.communicate(timeout=60)
    assert first.returncode == 0
    assert_as_undisturbed(sqlite_command, undisturbed)


def _made(directory: Path) -> Path:
    directory.mkdir(exist_ok=True)
    return directory


def _environment(command: Command) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "PIPELINE_DATABASE_URL": command.database_url,
        "PIPELINE_ROOT": command.root,
        "PIPELINE_OFFLINE_CALL_LOG": str(command.call_log),
    }


# -- each write


def make_plan(service: DatabaseService, plan_id: str = "p") -> None:
    service.create_plan(
        plan_id,
        prompt="x",
        started_at=datetime(2025, 10, 1, tzinfo=UTC),
        speed_vs_detail="fast",
        llm_models=["m"],
    )


INTERACTION = {"plan_id": "p", "llm_model": "m", "stage": "s", "prompt_text": "t"}
CONTENT = {"plan_id": "p", "filename": "new.md", "stage": "s", "content": "x"}
WRITES: dict[str, Callable[[DatabaseService, int], object]] = {
    "create_llm_interaction": lambda s, _: s.create_llm_interaction(INTERACTION),
    "complete": lambda s, i: s.update_llm_interaction(i, {"status": "completed", "response_text": "r"}),
    "fail": lambda s, i: s.update_llm_interaction(i, {"status": "failed", "error_message": "e"}),
    "create_plan_content": lambda s, _: s.create_plan_content(CONTENT),
    "keep_answer": lambda s, _: s.keep_answer("p", "k2", StoredAnswer("m", "{}", 1, 1)),
    "forget_answers": lambda s, _: s.forget_answers("p", ["k1"]),
    "begin_task": lambda s, _: s.begin_task("p", "Task2"),
    "end_task": lambda s, _: s.end_task(BegunTask("p", "Task1")),
    "note_files": lambda s, _: s.note_files("p", [FileNote("a.md", "0" * 64, "0" * 64, restored=False)]),
    "set_plan_status": lambda s, _: s.set_plan_status("p", "failed"),
    "fail_pending_interactions": lambda s, _: s.fail_pending_interactions("p", "gone"),
    "delete_plan": lambda s, _: s.delete_plan("p"),
}


@pytest.mark.parametrize("same_service", [True, False])
@pytest.mark.parametrize("name", WRITES)
def test_each_write_of_a_former_owner_is_refused(
    name: str, same_service: bool, service: DatabaseService, database_url: str, engine: Engine
) -> None:
    make_plan(service)
    interaction = service.create_llm_interaction(INTERACTION).id
    service.keep_answer("p", "k1", StoredAnswer("m", "{}", 1, 1))
    service.begin_task("p", "Task1")
    fence = service.leases().take("p", "run", 60)
    assert fence is not None
    raise_fence(engine.url, fence)
    try:
        execute(database_url, "UPDATE plan_leases SET epoch = epoch + 1, owner = 'other'")
        before = rows(database_url)
        writer = service if same_service else DatabaseService(engine, IMPATIENT)
        with pytest.raises(
            PlanLostError, match=r"plan p is no longer this process's: process \d+ on .* took it over"
        ):
            WRITES[name](writer, interaction)
        assert rows(database_url) == before
        execute(database_url, "DELETE FROM plan_leases")
        with pytest.raises(PlanLostError, match="it was deleted meanwhile"):
            WRITES[name](writer, interaction)
        assert rows(database_url) == before
    finally:
        lower_fence(engine.url, "p")
    # Whoever never was an owner, as plain Luigi, writes as ever.
    WRITES[name](service, interaction)


def test_other_plans_are_not_concerned(service: DatabaseService, engine: Engine, database_url: str) -> None:
    make_plan(service, "p")
    make_plan(service, "q")
    fence = service.leases().take("p", "run", 60)
    assert fence is not None
    raise_fence(engine.url, fence)
    try:
        execute(database_url, "UPDATE plan_leases SET owner = 'other'")
        service.set_plan_status("q", "failed")
        assert service.get_plan("q").status == "failed"
    finally:
        lower_fence(engine.url, "p")


class SlowWrite:
    """A write that has been checked and is not committed before it is told to go on."""

    def __init__(self, service: DatabaseService) -> None:
        self._service = service
        self._checked, self._go_on = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._write)
        self.error: PlanLostError | None = None
        self._thread.start()
        assert self._checked.wait(60)

    def go_on(self) -> None:
        self._go_on.set()
        self._thread.join(60)

    def _write(self) -> None:
        try:
            self._service._write("p", self._work)
        except PlanLostError as error:
            self.error = error

    def _work(self, connection: Connection) -> None:
        self._checked.set()
        self._go_on.wait(60)
        connection.execute(text("UPDATE plans SET status = 'failed'"))


@pytest.fixture
def owner(postgres_tables_url: str) -> Iterator[Callable[[float], DatabaseService]]:
    """A service of a process that owns a plan, with a lease that has run out."""
    engine = get_engine(postgres_tables_url)
    service = DatabaseService(engine, replace(IMPATIENT, patience_seconds=20))

    def own(seconds: float) -> DatabaseService:
        make_plan(service)
        fence = service.leases().take("p", "run", seconds)
        assert fence is not None
        raise_fence(engine.url, fence)
        execute(postgres_tables_url, "UPDATE plan_leases SET expires_at = acquired_at, machine = 'another'")
        return service

    yield own
    lower_fence(engine.url, "p")


@pytest.mark.postgres
def test_taking_over_waits_for_a_write_that_is_on_its_way(
    owner: Callable[[float], DatabaseService],
) -> None:
    """Between the check of a write and its commit nobody becomes the owner."""
    service = owner(60)
    slow = SlowWrite(service)
    taken: list[Fence | None] = []
    taker = threading.Thread(target=lambda: taken.append(service.leases().take("p", "resume", 60)))
    taker.start()
    taker.join(0.7)
    assert taken == []
    slow.go_on()
    taker.join(60)
    assert [fence.epoch for fence in taken if fence] == [2]
    assert (slow.error, service.get_plan("p").status) == (None, "failed")
    with pytest.raises(PlanLostError):
        service.set_plan_status("p", "completed")


@pytest.mark.postgres
def test_a_process_that_is_paused_in_the_middle_of_a_write_is_not_waited_for(
    owner: Callable[[float], DatabaseService],
) -> None:
    service = owner(1)
    slow = SlowWrite(service)
    fence = service.leases().take("p", "resume", 60)
    assert (fence and fence.epoch) == 2
    slow.go_on()
    assert slow.error is not None
    assert service.get_plan("p").status == "created"


# -- leases


def test_one_at_a_time(service: DatabaseService) -> None:
    make_plan(service)
    leases = service.leases()
    first = leases.take("p", "run", 60)
    with pytest.raises(PlanBusyError, match="plan p is being worked on by process"):
        leases.take("p", "resume", 60)
    assert first is not None
    leases.give_back(first)
    second = leases.take("p", "resume", 60)
    assert second is not None
    assert (first.epoch, second.epoch) == (1, 2)
    # What belongs to the one before changes nothing any more.
    leases.give_back(first)
    with pytest.raises(PlanLostError):
        leases.renew(first)
    with pytest.raises(PlanBusyError):
        leases.take("p", "doctor", 60)


def test_many_at_once_have_one_winner(service: DatabaseService, engine: Engine) -> None:
    make_plan(service)
    won: list[int] = []
    lost: list[str] = []

    def take() -> None:
        try:
            fence = Leases(engine, replace(IMPATIENT, patience_seconds=20)).take("p", "run", 60)
        except PlanBusyError as error:
            lost.append(str(error))
        else:
            assert fence is not None
            won.append(fence.epoch)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (won, len(lost)) == ([1], 7)


def test_who_finds_another_owner_at_its_heartbeat_is_interrupted(
    service: DatabaseService, database_url: str
) -> None:
    make_plan(service)

    def work() -> None:
        with stopped_by_signals(), owned(service, "p", "run", seconds=1):
            execute(database_url, "UPDATE plan_leases SET owner = 'other', epoch = 9")
            time.sleep(30)

    begun = time.monotonic()
    with pytest.raises(PlanLostError, match="took it over"):
        work()
    assert time.monotonic() - begun < 15


def test_deleting_a_plan_while_owning_it_is_no_loss(
    service: DatabaseService,
) -> None:
    make_plan(service)
    with stopped_by_signals(), owned(service, "p", "delete", seconds=1):
        service.delete_plan("p")
        time.sleep(0.7)
    assert service.find_plan("p") is None
    assert service.leases().find_owner("p") is None


def test_tables_without_leases_have_no_owners(service: DatabaseService, engine: Engine) -> None:
    migrate.downgrade(engine, "005")
    make_plan(service)
    assert service.leases().find_owner("p") is None
    with owned(service, "p", "doctor"):
        service.set_plan_status("p", "failed")
    service.delete_plan("p")


@pytest.mark.parametrize("value", ["", "soon", "0", "-1", "nan", "1e9"])
def test_a_lease_is_a_number_of_seconds(value: str) -> None:
    result = CliRunner().invoke(main, ["run", "--prompt", "x", "--lease", value])
    assert result.exit_code == 2
    assert "Invalid value for '--lease'" in result.output


def test_processes_are_told_apart_by_when_they_began() -> None:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    started = process_started(process.pid)
    assert started is not None
    assert is_alive(process.pid, started)
    assert is_alive(process.pid, None)
    assert not is_alive(process.pid, started - 1)
    process.kill()
    # Dead, though its parent has not asked for its status.
    wait_for(lambda: not is_alive(process.pid, started))
    process.wait()
    assert not is_alive(process.pid, started)
