"""`pipeline list` and `pipeline health`: what they say, when they fail, and what they cost with many plans."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, event, insert, text

from pipeline.cli.main import main
from pipeline.database import migrate
from pipeline.database.engine import get_engine
from pipeline.database.fencing import raise_fence
from pipeline.database.models import Plan, table_of
from pipeline.database.service import DatabaseService
from pipeline.database.task_leases import TaskName
from pipeline.machine import host_name
from pipeline.running.deleting import delete_plans
from refactor.reference.documents import schema
from tests.runtime.many_plans import fill

NOW = datetime.now(UTC)


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def make(service: DatabaseService, plan_id: str, status: str, age_days: int = 0, files: int = 0) -> None:
    service.create_plan(plan_id, prompt="x", started_at=NOW, speed_vs_detail="fast", llm_models=["m"])
    for number in range(files):
        service.create_plan_content(
            {"plan_id": plan_id, "filename": f"{number}.md", "stage": "s", "content": "x"}
        )
    service.set_plan_status(plan_id, status)
    moment = NOW - timedelta(days=age_days)
    with service._engine.begin() as connection:
        connection.execute(
            table_of(Plan).update().where(table_of(Plan).c.plan_id == plan_id),
            {"created_at": moment, "updated_at": moment},
        )


@pytest.fixture
def plans(service: DatabaseService) -> DatabaseService:
    make(service, "old", "completed", age_days=40, files=3)
    make(service, "dead", "running", age_days=2)
    make(service, "busy", "running", age_days=1, files=1)
    make(service, "stopped", "stopped")
    with service._engine.begin() as connection:
        connection.execute(
            insert(table_of(Plan)),
            {
                "plan_id": "plain",
                "status": "running",
                "created_at": NOW - timedelta(days=9),
                "updated_at": NOW,
            },
        )
    assert service.leases().take("busy", "run", 600) is not None
    fence = service.leases().take("dead", "run", 600)
    assert fence is not None
    with service._engine.begin() as connection:
        connection.execute(
            text("UPDATE plan_leases SET expires_at = heartbeat_at, machine = 'x' WHERE plan_id = 'dead'")
        )
    return service


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), ["stopped", "busy", "dead", "plain", "old"]),
        (("--status", "running"), ["busy", "dead", "plain"]),
        (("--status", "running", "--unowned"), ["dead", "plain"]),
        (("--status", "running", "--status", "stopped", "--unowned"), ["stopped", "dead", "plain"]),
        (("--older-than", "30"), ["old"]),
        (("--older-than", "1000"), []),
        (("--limit", "2"), ["stopped", "busy"]),
        (("--unowned", "--limit", "1"), ["stopped"]),
    ],
)
def test_plans_are_listed_newest_first_by_what_was_asked(
    options: tuple[str, ...], expected: list[str], plans: DatabaseService
) -> None:
    result = invoke("list", "--output-format", "id", *options)
    assert (result.exit_code, result.stdout.split()) == (0, expected)
    assert ("there are more than" in result.stderr) == ("--limit" in options)


def test_a_line_and_a_document_say_the_same(plans: DatabaseService) -> None:
    lines = invoke("list").stdout.splitlines()
    document = json.loads(invoke("list", "--output-format", "json").stdout)
    jsonschema.validate(document, schema("pipeline", "list"))
    assert document["more"] is False
    assert [plan["plan_id"] for plan in document["plans"]] == [re.split(r" {2,}", line)[3] for line in lines]
    by_id = {plan["plan_id"]: plan for plan in document["plans"]}
    who = f"process {os.getpid()} on {host_name()} (pipeline run)"
    assert [plan_id for plan_id, plan in by_id.items() if plan["owner"]] == ["busy"]
    assert by_id["busy"]["owner"] == who
    assert by_id["old"]["files"] == 3
    assert [plan_id for plan_id, plan in by_id.items() if not plan["made_by_run"]] == ["plain"]
    assert lines[1].endswith(f"  running       1 file  busy  {who}")


def test_a_database_of_an_older_revision_is_listed(plans: DatabaseService, engine: Engine) -> None:
    engine.dispose()
    migrate.downgrade(engine, "005")
    assert invoke("list", "--output-format", "id").stdout.split() == [
        "stopped",
        "busy",
        "dead",
        "plain",
        "old",
    ]


# -- delete --older-than


@pytest.mark.parametrize(
    ("options", "gone"),
    [
        (("--older-than", "30"), ["old"]),
        (("--older-than", "0"), ["stopped", "old"]),
        (("--older-than", "0", "--status", "running"), ["dead", "plain"]),
        (("--older-than", "41"), []),
    ],
)
def test_old_plans_are_deleted_but_not_those_at_work(
    options: tuple[str, ...], gone: list[str], plans: DatabaseService, tmp_path: Path
) -> None:
    assert invoke("delete", *options, "--run-root", str(tmp_path)).exit_code == bool(gone)
    everything = invoke("list", "--output-format", "id").stdout.split()
    result = invoke("delete", *options, "--yes", "--run-root", str(tmp_path))
    assert (result.exit_code, result.stdout.split()) == (0, gone)
    left = invoke("list", "--output-format", "id").stdout.split()
    assert left == [name for name in everything if name not in gone]
    # An id that is used again begins empty.
    for name in gone:
        make(plans, name, "created")
        assert plans.list_content(name) == ()
    assert list(tmp_path.glob(".*.lock")) == []


def test_a_plan_that_changes_meanwhile_is_left(plans: DatabaseService, tmp_path: Path) -> None:
    before = NOW - timedelta(days=30)
    found = plans.list_plans(changed_before=before)
    assert [plan.plan_id for plan in found] == ["old"]
    plans.set_plan_status("old", "completed")
    assert list(delete_plans(plans, tmp_path, found, unchanged_since=before)) == []


def test_what_delete_is_given_is_one_of_two(sqlite_url: str) -> None:
    for arguments in ((), ("p", "--older-than", "3"), ("p", "--status", "failed"), ("--older-than", "-1")):
        assert invoke("delete", *arguments).exit_code == 2


# -- health


def health(*options: str) -> tuple[int, dict[str, object]]:
    result = invoke("health", "--output-format", "json", *options)
    document = json.loads(result.stdout)
    jsonschema.validate(document, schema("pipeline", "health"))
    return result.exit_code, document


def test_all_is_well(plans: DatabaseService) -> None:
    plans.create_llm_interaction({"plan_id": "busy", "llm_model": "m", "stage": "s", "prompt_text": "t"})
    status, document = health()
    assert status == 0
    assert document["revision"] == migrate.head_revision()
    assert (document["alive"], document["ready"], document["problems"]) == (True, True, [])
    assert (document["at_work"], document["pending"]) == (1, 1)
    for name in ("oldest_heartbeat_seconds", "oldest_pending_seconds"):
        seconds = document[name]
        assert isinstance(seconds, float)
        assert 0 <= seconds < 300


def test_a_run_of_this_machine_that_does_not_renew_its_lease_is_not_alive(
    plans: DatabaseService, engine: Engine
) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE plan_leases SET expires_at = heartbeat_at WHERE plan_id = 'busy'"))
    for options, expected in {(): 1, ("--live",): 1, ("--ready",): 0}.items():
        status, document = health(*options)
        assert (status, document["alive"], document["ready"]) == (expected, False, True)
    assert re.search(r"plan busy: process \d+ on .* is there, and was last heard of", invoke("health").stdout)


def test_one_of_another_machine_is_no_concern_of_this_one(plans: DatabaseService) -> None:
    # "dead" is one.
    assert health("--live")[0] == 0


@pytest.mark.parametrize(("options", "expected"), [((), 1), (("--ready",), 1), (("--live",), 0)])
def test_tables_that_are_too_old_are_not_ready(
    options: tuple[str, ...], expected: int, database_url: str, engine: Engine
) -> None:
    migrate.downgrade(engine, "004")
    status, document = health(*options)
    assert (status, document["alive"], document["ready"], document["revision"]) == (
        expected,
        True,
        False,
        "004",
    )
    (problem,) = document["problems"]  # type: ignore[misc]
    assert str(problem).endswith(": pipeline db upgrade")


@pytest.mark.parametrize(("options", "expected"), [((), 1), (("--ready",), 1), (("--live",), 0)])
def test_a_database_that_is_away_ends_no_run(options: tuple[str, ...], expected: int, tmp_path: Path) -> None:
    begun = time.monotonic()
    process = subprocess.run(
        [sys.executable, "-c", "from pipeline.cli.main import main; main()", "health", *options],
        env={**os.environ, "PIPELINE_DATABASE_URL": f"postgresql://u:sekret@/x?host={tmp_path}"},
        capture_output=True,
        check=False,
    )
    assert process.returncode == expected
    assert b"NOT READY" in process.stderr
    assert b"sekret" not in process.stdout + process.stderr
    assert time.monotonic() - begun < 30


def test_a_database_that_does_not_answer_is_waited_for_five_seconds_at_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("PIPELINE_DATABASE_URL", f"postgresql://u@127.0.0.1:{silent.getsockname()[1]}/x")
        begun = time.monotonic()
        status, document = health("--ready")
        assert time.monotonic() - begun < 10
        assert (status, document["alive"], document["ready"], document["revision"]) == (1, True, False, None)
        for command in (["list"], ["show", "p1"]):
            result = CliRunner().invoke(main, command)
            assert (result.exit_code, " has been unavailable for 4 s " in result.output) == (2, True)


@pytest.mark.postgres
def test_a_table_that_somebody_locks_makes_no_probe_hang(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPELINE_DATABASE_URL", postgres_url)
    engine = get_engine(postgres_url)
    migrate.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("LOCK TABLE llm_interactions"))
        begun = time.monotonic()
        status, document = health()
        assert time.monotonic() - begun < 10
    assert (status, document["problems"]) == (1, ["the database has not answered for 4 s"])


# -- many plans

MANY = 10_000


@pytest.fixture
def many(engine: Engine) -> Engine:
    fill(engine, MANY)
    return engine


def test_no_statement_looks_at_all_plans(many: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the plans of the databases, not by a clock: what is asked of 10,000 plans goes through indexes."""
    service = DatabaseService(many)
    asked: list[tuple[str, object]] = []

    def note(_: object, __: object, statement: str, parameters: object, *___: object) -> None:
        if re.match(r"\s*(SELECT|UPDATE)", statement) and re.search(r"plans|plan_|llm_|task_", statement):
            asked.append((statement, parameters))

    event.listen(many, "before_cursor_execute", note)
    assert len(service.list_plans(limit=51)) == 51
    assert len(service.list_plans(statuses=["running"], unowned=True, limit=51)) == 10
    service.pulse()
    fence = service.leases().take("plan-05000", "resume", 60)
    assert fence is not None
    service.leases().renew(fence)
    service.list_content("plan-05000")
    service.list_interactions("plan-05000")
    service.list_running_tasks("plan-05000")
    service.get_plan("plan-05000")
    raise_fence(many.url, fence)
    service.hand_to_workers("plan-05000", "m:Root")
    assert [plan.plan_id for plan in service.list_submitted()] == ["plan-05000"]
    service.progress("plan-05000")
    task = service.task_leases().take(TaskName("plan-05000", "T", "T_1"), 60)
    service.task_leases().renew(task)
    service.task_leases().end(task)
    service.end_if("plan-05000", lambda _: "completed")
    event.remove(many, "before_cursor_execute", note)
    assert len(asked) >= 12
    is_sqlite = many.dialect.name == "sqlite"
    for statement, parameters in asked:
        with many.connect() as connection:
            explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
            rows = connection.exec_driver_sql(explain + statement, parameters).all()  # type: ignore[arg-type]
        told = "\n".join(str(row[-1]) for row in rows)
        # A scan of an index that ends at the limit is no scan of the table.
        whole = r"SCAN (?!.*USING .*INDEX)" if is_sqlite else r"Seq Scan on (?!schema)"
        empty = r"(?:running_tasks|plan_files)"
        found = [line for line in told.splitlines() if re.search(whole, line) and not re.search(empty, line)]
        assert not found, (statement, told)
