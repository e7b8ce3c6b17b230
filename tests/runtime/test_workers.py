"""Plans on several machines, with a real luigid and a real PostgreSQL: what is done, by whom, and how often."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from pipeline.cli.main import main
from pipeline.database import migrate
from pipeline.database.engine import get_engine
from pipeline.database.fencing import lower_fence, raise_fence
from pipeline.database.service import DatabaseService
from pipeline.database.task_leases import TaskName
from pipeline.errors import ConfigurationError, PlanBusyError, PlanLostError
from tests.luigid import Luigid, luigid  # noqa: F401
from tests.postgres import PostgresServer
from tests.runtime.command import Command
from tests.runtime.crashes import CALLS
from tests.runtime.machines import Machines

pytestmark = pytest.mark.postgres

INPUTS = {"001-1-start_time.json", "001-2-plan.txt"}
SHARED = "tests.runtime.shared_pipeline"


@pytest.fixture
def machines(
    postgres_url: str,
    luigid: Luigid,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Machines]:
    migrate.upgrade(get_engine(postgres_url))
    monkeypatch.setenv("PIPELINE_DATABASE_URL", postgres_url)
    monkeypatch.setenv("PIPELINE_OFFLINE_CALL_LOG", str(tmp_path / "calls.log"))
    found = Machines(tmp_path, postgres_url, luigid)
    yield found
    found.end()


@pytest.fixture
def expected(undisturbed: Command) -> dict[str, bytes]:
    """What a run on one machine leaves in the database."""
    return {name: content for name, content in undisturbed.files().items() if name not in INPUTS}


def wait_for(condition: Callable[[], object], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def execute(machines: Machines, statement: str) -> None:
    with get_engine(machines.url).begin() as connection:
        connection.execute(text(statement))


def ended(machines: Machines) -> list[int]:
    """The exit statuses of all workers, once they have ended."""
    statuses = []
    for process in machines.workers:
        errors = process.communicate(timeout=300)[1].decode()
        assert "Traceback" not in errors, errors
        statuses.append(process.returncode)
    return statuses


# -- several machines


def test_three_machines_make_what_one_makes(machines: Machines, expected: dict[str, bytes]) -> None:
    for plan_id in ("p1", "p2"):
        machines.submit(plan_id)
    for name in "abc":
        machines.start(name)
    assert ended(machines) == [0, 0, 0]
    for plan_id in ("p1", "p2"):
        assert machines.contents(plan_id) == expected
        assert machines.service.get_plan(plan_id).status == "completed"
        assert machines.service.count_interactions(plan_id) == {"completed": CALLS}
        assert machines.service.list_running_tasks(plan_id) == {}
    assert len(machines.calls()) == 2 * CALLS
    # What a machine has of a plan is what the others have of it.
    for file in machines.directory.glob("[abc]/run/p?/[0-9]*"):
        assert {**expected, file.name: expected.get(file.name, file.read_bytes())}[
            file.name
        ] == file.read_bytes()


def test_whatever_dies_or_is_paused_nothing_is_lost_and_nothing_is_paid_for_twice(
    machines: Machines, expected: dict[str, bytes], postgres_server: PostgresServer
) -> None:
    """A worker killed, one paused for longer than its lease, luigid and PostgreSQL restarted, all in one plan."""
    machines.submit("p1")
    slow = {"PIPELINE_OFFLINE_LATENCY": "3"}
    paused = machines.start("a", "--lease", "2", **slow)
    wait_for(lambda: len(machines.calls()) == 1)
    paused.send_signal(signal.SIGSTOP)
    # Of a machine of its own: its process cannot be seen to be alive or dead from here.
    execute(machines, "UPDATE task_leases SET machine = 'another'")
    killed = machines.start("b", "--lease", "2", **slow)
    machines.luigid.kill()
    machines.luigid.start()
    # What was in flight when the first was paused is asked again by the second, once the lease has run out.
    wait_for(lambda: len(machines.calls()) == 2)
    killed.kill()
    killed.communicate()
    machines.workers.remove(killed)
    postgres_server.crash()
    postgres_server.start()
    machines.start("c")
    machines.start("d")
    wait_for(lambda: len(machines.calls()) >= 3)
    paused.send_signal(signal.SIGCONT)
    statuses = [process.wait(300) for process in machines.workers]
    told = paused.communicate()[1].decode()
    assert statuses == [1, 0, 0], told
    assert "pipeline: plan p1: the task Goals_" in told.splitlines()[-1]
    assert " is no longer this process's: process " in told
    assert "Traceback" not in told
    assert machines.contents("p1") == expected
    assert machines.service.get_plan("p1").status == "completed"
    assert "pending" not in machines.service.count_interactions("p1")
    # Twice the first call was in flight, and nothing else was repeated.
    assert machines.repeated_calls() == 2
    assert len(machines.calls()) == CALLS + 2


def test_what_a_killed_worker_was_granted_is_run_by_another_as_soon_as_its_lease_is_over(
    machines: Machines, expected: dict[str, bytes]
) -> None:
    """Though luigid, which is not restarted, believes for two minutes that it is still being run."""
    machines.submit("p1")
    killed = machines.start("a", PIPELINE_OFFLINE_LATENCY="600")
    wait_for(machines.calls)
    killed.kill()
    killed.communicate()
    machines.workers.remove(killed)
    begun = time.monotonic()
    assert machines.work_here().done == 5
    # Not a figure: luigid would take a hundred seconds and more.
    assert time.monotonic() - begun < 50
    assert machines.contents("p1") == expected
    assert machines.repeated_calls() == 1


def test_a_worker_that_is_told_to_end_gives_its_task_back_at_once(
    machines: Machines, expected: dict[str, bytes]
) -> None:
    machines.submit("p1")
    first = machines.start("a", "--lease", "600", "--grace", "0", PIPELINE_OFFLINE_LATENCY="600")
    wait_for(machines.calls)
    first.terminate()
    told = first.communicate(timeout=60)[1].decode()
    assert first.returncode == 143, told
    assert machines.service.count_interactions("p1") == {"failed": 1}
    assert machines.service.get_plan("p1").status == "running"
    assert machines.work_here().done == 5
    assert machines.contents("p1") == expected
    assert machines.repeated_calls() == 1


def test_a_worker_that_is_told_to_end_has_what_it_asks_answered(
    machines: Machines, expected: dict[str, bytes]
) -> None:
    machines.submit("p1")
    first = machines.start("a", "--lease", "600", PIPELINE_OFFLINE_LATENCY="2", PIPELINE_LOG_FORMAT="json")
    # The first task asks once, the second twice.
    wait_for(lambda: len(machines.calls()) == 2)
    first.terminate()
    told = first.communicate(timeout=60)[1].decode()
    assert first.returncode == 143, told
    (done,) = [line for line in map(json.loads, told.splitlines()) if "Goals done in" in line["message"]]
    assert (done["plan"], done["task"]) == ("p1", "Goals")
    assert machines.service.count_interactions("p1") == {"completed": 2, "failed": 1}
    assert machines.work_here().done == 4
    assert machines.contents("p1") == expected
    assert (len(machines.calls()), machines.repeated_calls()) == (CALLS, 0)


# -- what a plan ends with


def test_a_task_that_fails_fails_its_plan_and_is_tried_again_when_that_is_submitted_again(
    machines: Machines, expected: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    machines.submit("p1")
    monkeypatch.setenv("PIPELINE_OFFLINE_FAIL_MATCHING", "You do risks")
    outcome = machines.work_here("a")
    assert (outcome.failed_tasks, outcome.failed_plans) == (["p1 Risks"], ["p1"])
    assert machines.service.get_plan("p1").status == "failed"
    errors = [holder.error for holder in machines.service.progress("p1").holders.values() if holder.error]
    assert len(errors) == 1
    assert errors[0].startswith("Risks failed in ")
    # Nobody tries again by himself.
    assert machines.work_here("a").done == 0
    monkeypatch.delenv("PIPELINE_OFFLINE_FAIL_MATCHING")
    calls = len(machines.calls())
    invoked = CliRunner().invoke(main, ["submit", "--resume", "p1", "--root", machines.root])
    assert (invoked.exit_code, invoked.stdout) == (0, "p1\n"), invoked.output
    outcome = machines.work_here("b")
    assert (outcome.done, outcome.failed_tasks) == (3, [])
    assert machines.contents("p1") == expected
    assert len(machines.calls()) == calls + 2


def test_what_nobody_makes_and_is_not_there_fails_the_plan(machines: Machines) -> None:
    machines.root = f"{SHARED}:Needy"
    machines.submit("p1")
    assert machines.work_here().failed_plans == ["p1"]
    assert machines.service.get_plan("p1").status == "failed"


def test_a_plan_is_stopped_and_goes_on_on_one_machine(
    machines: Machines, expected: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    machines.submit("p1")
    runner = CliRunner()
    monkeypatch.chdir(machines.directory)
    monkeypatch.setenv("PIPELINE_ROOT", machines.root)
    for command in (
        ["resume", "p1"],
        ["doctor", "p1"],
        ["delete", "--yes", "p1"],
        ["submit", "--resume", "p1"],
    ):
        refused = runner.invoke(main, command)
        assert refused.exit_code == 1, refused.output
        assert "plan p1 was submitted to workers at 20" in refused.output
        assert "take it back with `pipeline stop --wait p1`" in refused.output
    assert "owner: the workers that it was submitted to" in runner.invoke(main, ["show", "p1"]).output
    stopped = runner.invoke(main, ["stop", "--wait", "p1"])
    assert (stopped.exit_code, stopped.output) == (
        0,
        "plan p1: stopped; go on with: pipeline resume p1\n",
    )
    assert machines.service.get_plan("p1").status == "stopped"
    assert machines.work_here().done == 0
    assert runner.invoke(main, ["stop", "p1"]).exit_code == 2
    assert runner.invoke(main, ["resume", "p1"]).exit_code == 0
    assert machines.contents("p1") == expected


# -- files by way of the database


def test_files_without_a_row_reach_the_other_machines_and_tasks_may_ask_for_others(
    machines: Machines,
) -> None:
    machines.root = f"{SHARED}:Everything"
    machines.submit("p1")
    assert machines.work_here().failed_tasks == []
    assert machines.contents("p1") == {
        "unstored.txt": "bytes \u2713".encode(),
        "part-0.txt": b"part 0",
        "part-1.txt": b"part 1",
        "asks.txt": b"part-0.txt part-1.txt",
    }
    # Another machine needs nothing but the database; the last task alone is made again.
    execute(machines, "DELETE FROM plan_content WHERE filename = 'asks.txt'")
    invoked = CliRunner().invoke(main, ["submit", "--resume", "p1", "--root", machines.root])
    assert invoked.exit_code == 0, invoked.output
    assert machines.work_here("there").done == 1
    assert (machines.directory / "there" / "p1" / "unstored.txt").read_text() == "bytes \u2713"
    assert machines.service.get_plan("p1").status == "completed"


@pytest.mark.parametrize(
    ("root", "reason"),
    [("Folder", "folder is a directory, which other"), ("Different", "different.txt differs from its row")],
)
def test_what_other_machines_cannot_be_given_fails_its_task(
    machines: Machines, root: str, reason: str
) -> None:
    machines.root = f"{SHARED}:{root}"
    machines.submit("p1")
    assert machines.work_here().failed_plans == ["p1"]
    (holder,) = machines.service.progress("p1").holders.values()
    assert reason in str(holder.error)


def test_a_plan_that_writes_elsewhere_is_refused_before_it_is_made(machines: Machines) -> None:
    machines.root = f"{SHARED}:Outside"
    with pytest.raises(ConfigurationError, match=r"Outside writes elsewhere\.txt, which is not below"):
        machines.submit("p1")
    assert machines.service.find_plan("p1") is None


def test_what_a_machine_has_is_used_only_if_it_is_what_the_database_says(
    machines: Machines, expected: dict[str, bytes]
) -> None:
    machines.submit("p1")
    run_dir = machines.directory / "here" / "p1"
    run_dir.mkdir(parents=True)
    for name in (*INPUTS, *expected):
        (run_dir / name).write_bytes(b"old")
    assert machines.work_here().failed_tasks == []
    assert machines.contents("p1") == expected
    assert {name: (run_dir / name).read_bytes() for name in expected} == expected
    assert (run_dir / ".001-2-plan.txt.kept-1").read_bytes() == b"old"


# -- leases of tasks

TASK = TaskName("p1", "Goals", "Goals_1")


def test_a_task_has_one_owner(machines: Machines) -> None:
    machines.submit("p1")
    leases = machines.service.task_leases()
    first = leases.take(TASK, 60)
    with pytest.raises(PlanBusyError, match=f"is being run by process {os.getpid()} on "):
        leases.take(TASK, 60)
    leases.give_back(first)
    with pytest.raises(PlanLostError):
        leases.renew(first)
    second = leases.take(TASK, 60)
    leases.end(second)
    # Twice, as after an answer to a commit that got lost.
    leases.end(second)
    with pytest.raises(PlanLostError):
        leases.end(first)
    third = leases.take(TASK, 60)
    leases.end(third, "no good")
    with pytest.raises(PlanBusyError, match="has failed"):
        leases.take(TASK, 60)


@pytest.mark.parametrize("how", ["stopped", "never submitted"])
def test_nobody_takes_a_task_of_a_plan_that_the_workers_do_not_have(machines: Machines, how: str) -> None:
    machines.submit("p1")
    if how == "stopped":
        machines.service.request_stop("p1")
    else:
        execute(machines, "DELETE FROM plan_leases")
    with pytest.raises(
        PlanBusyError, match="is being stopped" if how == "stopped" else "is not the workers'"
    ):
        machines.service.task_leases().take(TASK, 60)


def test_each_write_of_a_former_owner_of_a_task_is_refused(machines: Machines) -> None:
    machines.submit("p1")
    service: DatabaseService = machines.service
    fence = service.task_leases().take(TASK, 60)
    raise_fence(service.url, fence)
    try:
        service.create_plan_content({"plan_id": "p1", "filename": "a", "stage": "s", "content": "mine"})
        execute(machines, "UPDATE task_leases SET machine = 'another', expires_at = heartbeat_at")
        assert service.task_leases().take(TASK, 60).epoch == 2
        with pytest.raises(PlanLostError, match="the task Goals is no longer this process's: process"):
            service.create_plan_content({"plan_id": "p1", "filename": "a", "stage": "s", "content": "late"})
        machines.service.end_if("p1", lambda _: "stopped")
        with pytest.raises(PlanLostError):
            service.set_plan_status("p1", "failed")
    finally:
        lower_fence(service.url, "p1")
    assert machines.contents("p1") == {"a": b"mine"}


@pytest.mark.parametrize("url", ["luigid:8082", "ftp://x", "http://", ""])
def test_a_scheduler_is_a_url(url: str) -> None:
    result = CliRunner().invoke(main, ["worker", "--scheduler", url])
    assert result.exit_code == 2
    assert "expected http://HOST:8082" in result.output
