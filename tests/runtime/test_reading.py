"""Commands that only look end soon where the database is away, and need no write access."""

import os
import shutil
import socket
import stat
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipeline.cli.main import main
from pipeline.database import sqlite_reading
from pipeline.database.engine import dispose_engines, get_reading_engine
from pipeline.database.service import DatabaseService
from tests.runtime.command import TINY

READING = [["show", "p"], ["report", "p", "--html", "-"], ["doctor", "--check", "p"], ["db", "check"]]


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


@pytest.mark.parametrize("command", READING, ids=" ".join)
@pytest.mark.parametrize("patience", [None, "300"])
def test_a_server_that_is_not_there_is_told_in_one_line_and_soon(
    command: list[str], patience: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PIPELINE_DATABASE_URL", "postgresql://u:p@127.0.0.1:1/x")
    if patience:
        monkeypatch.setenv("PIPELINE_DATABASE_PATIENCE", patience)
    begin = time.monotonic()
    result = invoke(*command)
    assert time.monotonic() - begin < 15
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
    assert "the database has been unavailable for" in result.stderr


def test_a_server_that_says_nothing_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen(8)
        monkeypatch.setenv("PIPELINE_DATABASE_URL", f"postgresql://u:p@127.0.0.1:{mute.getsockname()[1]}/x")
        begin = time.monotonic()
        result = invoke("show", "p")
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
    assert time.monotonic() - begin < 20


@pytest.fixture
def finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database file with a plan, which nobody has open."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PIPELINE_ROOT", TINY)
    monkeypatch.setenv("PIPELINE_KEEP_ANSWERS", "0")  # set by the command; taken back after the test
    folder = tmp_path / "database"
    folder.mkdir()
    monkeypatch.setenv("PIPELINE_DATABASE_URL", f"sqlite:///{folder / 'p.db'}")
    assert invoke("run", "--prompt", "x", "--plan-id", "p").exit_code == 0
    dispose_engines()
    return folder


@pytest.mark.parametrize("command", READING[:2] + READING[3:], ids=" ".join)
def test_reading_leaves_a_file_as_it_is(finished: Path, command: list[str]) -> None:
    database = finished / "p.db"
    before = database.read_bytes()
    result = invoke(*command)
    assert result.exit_code == 0, result.output
    dispose_engines()
    assert database.read_bytes() == before


def test_a_reader_cannot_write(finished: Path) -> None:
    service = DatabaseService(get_reading_engine())
    with pytest.raises(Exception, match="readonly"):
        service.set_plan_status("p", "failed")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs an account that may take the rights of another")
def test_a_directory_that_may_not_be_written_can_be_read(finished: Path) -> None:
    """As a read-only file system: SQLite cannot make the file by which it shares its log."""
    readable = Path("/tmp") / f"read-only-{os.getpid()}"
    shutil.copytree(finished, readable)
    try:
        (readable / "p.db").chmod(0o444)
        readable.chmod(0o555)
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                os.setgid(65534)
                os.setuid(65534)
                connection = sqlite_reading.open_for_reading(str(readable / "p.db"))
                status = int(connection.execute("SELECT count(*) FROM plans").fetchone() != (1,))
            finally:
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        assert [path.name for path in readable.iterdir()] == ["p.db"]
    finally:
        readable.chmod(stat.S_IRWXU)
        shutil.rmtree(readable)


def test_a_log_that_is_not_empty_is_read_as_well(finished: Path) -> None:
    with sqlite_reading._open((finished / "p.db").as_uri() + "?mode=rw") as writer:
        writer.execute("UPDATE plans SET status = 'stopped'")
        assert (finished / "p.db-wal").stat().st_size > 0
        assert "plan p: stopped" in invoke("show", "p").stdout
    writer.close()


@pytest.mark.parametrize("address", ["8765", "ftp://127.0.0.1", "http://", "http://127.0.0.1:8765/?page=1"])
def test_what_is_no_address_of_a_server_is_said_before_anything_is_read(address: str) -> None:
    result = invoke("report", "p", "--html", "-", "--server", address)
    assert result.exit_code == 2
    assert f"{address} is no address of a server" in result.output
