"""PostgreSQL behind a real PgBouncer in transaction mode, as some providers hand it out."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url, text

from pipeline.database import migrate
from pipeline.database.engine import get_engine, make_engine
from pipeline.database.service import DatabaseService
from pipeline.errors import ConfigurationError
from tests.luigid import Luigid, luigid  # noqa: F401
from tests.postgres import PostgresServer
from tests.runtime.command import TINY, Command, assert_ended
from tests.runtime.crashes import assert_as_undisturbed
from tests.runtime.machines import Machines
from tests.shared import CHAOS

PGBOUNCER = shutil.which("pgbouncer")
needs_pgbouncer = pytest.mark.skipif(PGBOUNCER is None, reason="pgbouncer is not installed")
WIDE = "tests.runtime.wide_pipeline:Wide"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


class Pooler:
    """PgBouncer in transaction mode, which can be killed and started again at the same port."""

    def __init__(self, direct_url: str, folder: Path) -> None:
        direct = make_url(direct_url)
        host = direct.query.get("host", direct.host)
        port = free_port()
        # PgBouncer refuses to run as root, and the socket is for the server's own account.
        account = Path(str(host)).owner()
        folder.mkdir()
        configuration = folder / "pgbouncer.ini"
        configuration.write_text(
            f"[databases]\n{direct.database} = host={host} port={direct.port or 5432} user={direct.username}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
            "pool_mode = transaction\ndefault_pool_size = 6\nmax_client_conn = 200\nserver_login_retry = 1\n"
        )
        as_account = ["-u", account] if os.geteuid() == 0 else []
        self._command = [PGBOUNCER or "", "-q", *as_account, str(configuration)]
        self._database, self._user, self._port = direct.database, direct.username, port
        self.start()

    @property
    def url(self) -> str:
        return f"postgresql://{self._user}@127.0.0.1:{self._port}/{self._database}"

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(self.url).close()
                return
            except psycopg.OperationalError:
                assert self._process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.1)

    def end(self, number: int = signal.SIGTERM) -> None:
        self._process.send_signal(number)
        self._process.wait(30)


@pytest.fixture
def pooler(postgres_url: str, tmp_path: Path) -> Iterator[Pooler]:
    """A pooler of an empty database that has few connections for all its clients."""
    found = Pooler(postgres_url, tmp_path / "pooler")
    yield found
    found.end()


@pytest.fixture
def pooled_url(pooler: Pooler) -> str:
    return pooler.url


@needs_pgbouncer
@pytest.mark.postgres
def test_a_run_of_four_workers_and_its_resume_hold(
    pooled_url: str, tmp_path: Path, undisturbed: Command
) -> None:
    command = Command(tmp_path / "work", pooled_url)
    assert_ended(command("db", "upgrade"), 0)
    assert_ended(command("db", "check"), 0)
    assert_ended(command.run("--workers", "4", PIPELINE_OFFLINE_FAIL_MATCHING="You do risks"), 1)
    assert_ended(command("resume", "p1", "--workers", "4"), 0)
    assert_as_undisturbed(command, undisturbed)


@needs_pgbouncer
@pytest.mark.postgres
def test_plans_side_by_side_share_its_connections(pooled_url: str, tmp_path: Path) -> None:
    migrate.upgrade(get_engine(pooled_url))
    commands = [Command(tmp_path / f"work{number}", pooled_url, WIDE) for number in range(3)]
    processes = [
        command.start("run", "--prompt", "x", "--plan-id", f"p{number}", "--workers", "4")
        for number, command in enumerate(commands)
    ]
    for process in processes:
        errors = process.communicate(timeout=300)[1].decode()
        assert process.returncode == 0, errors
    service = DatabaseService(get_engine(pooled_url))
    assert [service.count_interactions(f"p{number}") for number in range(3)] == [{"completed": 80}] * 3


ROOT, PLANS, LATENCY = ("pipeline.example.tasks:FullPlanPipeline", 6, "0.2") if CHAOS else (TINY, 2, "0.5")


@needs_pgbouncer
@pytest.mark.postgres
def test_three_workers_behind_it_end_all_plans_whatever_is_restarted(
    pooler: Pooler,
    postgres_server: PostgresServer,
    luigid: Luigid,  # noqa: F811
    tmp_path: Path,
) -> None:
    """A worker, PgBouncer and PostgreSQL are killed in turn, every few seconds with `CHAOS=1`, else each once."""
    migrate.upgrade(get_engine(pooler.url))
    machines = Machines(tmp_path, pooler.url, luigid, ROOT)
    plans = [f"p{number}" for number in range(PLANS)]
    for plan_id in plans:
        machines.submit(plan_id, prompt=f"Grow tea in {plan_id}")
    options = ("--lease", "2")
    slow = {"PIPELINE_OFFLINE_LATENCY": LATENCY}
    for name in "abc":
        machines.start(name, *options, **slow)
    killed = 0

    def kill_worker() -> None:
        nonlocal killed
        victim = machines.workers.pop(0)
        if victim.poll() is None:
            killed += 1
        victim.kill()
        victim.communicate()
        machines.start(f"next{killed}", *options, **slow)

    def kill_pooler() -> None:
        pooler.end(signal.SIGKILL)
        time.sleep(0.2)
        pooler.start()

    def kill_server() -> None:
        postgres_server.crash()
        postgres_server.start()

    restarts = 0
    for restart in cycle((kill_worker, kill_pooler, kill_server)):
        if restarts >= 3 and (not CHAOS or all(process.poll() is not None for process in machines.workers)):
            break
        calls = len(machines.calls())
        deadline = time.monotonic() + (5 if CHAOS else 1)
        while len(machines.calls()) < calls + (40 if CHAOS else 2) and time.monotonic() < deadline:
            time.sleep(0.05)
        restart()
        restarts += 1
    for process in machines.workers:
        errors = process.communicate(timeout=300)[1].decode()
        assert process.returncode == 0, errors
    assert killed >= 1
    assert [machines.service.get_plan(plan_id).status for plan_id in plans] == ["completed"] * PLANS
    assert {status for plan_id in plans for status in machines.service.count_interactions(plan_id)} <= {
        "completed",
        "failed",
    }
    repeated = machines.repeated_calls()
    assert repeated <= killed, "what a killed worker was asking, and nothing else, is asked again"
    sys.stdout.write(f"{restarts} restarts, {killed} workers killed, {repeated} calls made again\n")


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("query", "prepared"), [("", 0), ("prepare_threshold=none", 0), ("prepare_threshold=2", 1)]
)
def test_no_statement_is_prepared_unless_the_url_asks_for_it(
    query: str, prepared: int, postgres_url: str
) -> None:
    engine = make_engine(
        make_url(postgres_url).set(drivername="postgresql+psycopg").update_query_string(query)
    )
    with engine.connect() as connection:
        for _ in range(9):
            connection.execute(text("SELECT 41 + 1"))
        names = connection.execute(
            text("SELECT name FROM pg_prepared_statements WHERE statement LIKE '%41 + 1'")
        ).all()
    engine.dispose()
    assert len(names) == prepared


@pytest.mark.parametrize("query", ["prepare_threshold=x", "prepare_threshold=-1", "connect_timeout=soon"])
def test_what_is_no_number_in_the_url_is_told(query: str) -> None:
    with pytest.raises(ConfigurationError, match=query.partition("=")[0]):
        make_engine(make_url(f"postgresql+psycopg://127.0.0.1:1/x?{query}"))
