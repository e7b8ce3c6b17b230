"""Luigi's workers are forked from a process that has used the database."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.database.engine import get_engine
from pipeline.database.service import DatabaseService
from tests.runtime.command import Command, assert_ended


def test_forked_workers_share_no_connection(database_url: str, tmp_path: Path) -> None:
    """Sixteen tasks in four workers, each of which reads back its own rows five times."""
    command = Command(tmp_path / "work", database_url, root="tests.runtime.wide_pipeline:Wide")
    process = command.run("--workers", "4", PIPELINE_OFFLINE_LATENCY="0.02")
    assert_ended(process, 0)
    service = DatabaseService(get_engine(database_url))
    assert service.count_interactions("p1") == {"completed": 80}
    assert len(command.files()) == 19


SCRIPT = """
import os
from pipeline.database.engine import get_engine
from sqlalchemy import text
engine = get_engine()
query = text("SELECT pg_backend_pid()")
with engine.connect() as held:
    mine = held.execute(query).scalar_one()
    child = os.fork()
    if child == 0:
        with engine.connect() as connection:
            theirs = connection.execute(query).scalar_one()
        os._exit(3 if theirs == mine else 0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, "the child used the parent's connection"
    assert held.execute(query).scalar_one() == mine, "the child closed the parent's connection"
with engine.connect() as idle:
    mine = idle.execute(query).scalar_one()
if os.fork() == 0:
    with engine.connect() as connection:
        os._exit(3 if connection.execute(query).scalar_one() == mine else 0)
assert os.waitstatus_to_exitcode(os.wait()[1]) == 0, "the child used the parent's idle connection"
"""


@pytest.mark.postgres
def test_a_child_never_speaks_on_its_parents_connections(postgres_url: str) -> None:
    process = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "PIPELINE_DATABASE_URL": postgres_url},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert_ended(process, 0)
