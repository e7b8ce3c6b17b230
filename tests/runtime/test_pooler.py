"""PostgreSQL behind a real PgBouncer in transaction mode, as some providers hand it out."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url, text

from pipeline.database import migrate
from pipeline.database.engine import get_engine, make_engine
from pipeline.database.service import DatabaseService
from pipeline.errors import ConfigurationError
from tests.runtime.command import Command, assert_ended
from tests.runtime.crashes import assert_as_undisturbed

PGBOUNCER = shutil.which("pgbouncer")
needs_pgbouncer = pytest.mark.skipif(PGBOUNCER is None, reason="pgbouncer is not installed")
WIDE = "tests.runtime.wide_pipeline:Wide"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.fixture
def pooled_url(postgres_url: str, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database by way of a pooler that has few connections for all its clients."""
    direct = make_url(postgres_url)
    host = direct.query.get("host", direct.host)
    port = free_port()
    # PgBouncer refuses to run as root, and the socket is for the server's own account.
    account = Path(str(host)).owner()
    folder = tmp_path / "pooler"
    folder.mkdir()
    configuration = folder / "pgbouncer.ini"
    configuration.write_text(
        f"[databases]\n{direct.database} = host={host} port={direct.port or 5432} user={direct.username}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
        "pool_mode = transaction\ndefault_pool_size = 6\nmax_client_conn = 200\n"
    )
    as_account = ["-u", account] if os.geteuid() == 0 else []
    process = subprocess.Popen(
        [PGBOUNCER or "", "-q", *as_account, str(configuration)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    url = f"postgresql://{direct.username}@127.0.0.1:{port}/{direct.database}"
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(url).close()
                break
            except psycopg.OperationalError:
                assert process.poll() is None, process.communicate()[0].decode()
                assert time.monotonic() < deadline
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.communicate(timeout=30)


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
