"""A watcher misses nothing and is told nothing twice."""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy import text

from pipeline.database.engine import get_engine
from tests.runtime.command import REPOSITORY, Command, assert_ended
from tests.runtime.test_pooler import Pooler, needs_pgbouncer
from tests.server.served import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.server.served import Served


@dataclass
class Watcher:
    """A client of events as browsers are: it remembers the last id and begins there again."""

    last_id: str | None = None
    events: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def watch(
        self, served: Served, *, until: Callable[[Watcher], bool], cut_after: int | None = None
    ) -> None:
        """Read events until a condition holds, or as many bytes as the connection lives for."""
        headers = {} if self.last_id is None else {"Last-Event-ID": self.last_id}
        text = ""
        read = 0
        deadline = time.monotonic() + 60
        with served.client.stream("GET", "/api/plans/p1/events", headers=headers) as answer:
            assert answer.status_code == 200
            for part in answer.iter_text():
                assert time.monotonic() < deadline
                read += len(part)
                if cut_after is not None and read > cut_after:
                    part = part[: len(part) - (read - cut_after)]  # noqa: PLW2901
                text += part
                *whole, text = text.split("\n\n")
                for block in whole:
                    self._take(block)
                if until(self) or (cut_after is not None and read > cut_after):
                    return

    def _take(self, block: str) -> None:
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "data" in lines:
            self.last_id = lines["id"]
            self.events.append((lines["id"], lines["event"], json.loads(lines["data"])))

    def ended(self) -> bool:
        return any(kind == "plan" and data["status"] == "completed" for _, kind, data in self.events)

    def last(self, kind: str, name: str) -> dict[Any, dict[str, Any]]:
        return {data[name]: data for _, event, data in self.events if event == kind}


def test_rows_are_told_while_the_plan_runs_and_nothing_twice(
    serve: Callable[..., Served], command: Command
) -> None:
    served = serve(command)
    run = command.start_run(PIPELINE_OFFLINE_LATENCY="0.4")
    deadline = time.monotonic() + 60
    while served.client.get("/api/plans/p1").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    watcher, undisturbed = Watcher(), Watcher()
    cuts = random.Random(7)
    watcher.watch(served, until=lambda self: bool(self.last("content", "filename")))
    assert run.poll() is None, "what is stored must be seen before the run ends"
    for _ in range(20):
        watcher.watch(served, until=Watcher.ended, cut_after=cuts.randrange(20, 900))
    watcher.watch(served, until=Watcher.ended)
    run.communicate(timeout=120)
    assert run.returncode == 0
    undisturbed.watch(served, until=Watcher.ended)
    assert watcher.events == undisturbed.events
    assert len({name for name, _, _ in watcher.events}) == len(watcher.events)
    files = served.client.get("/api/plans/p1/files").json()["files"]
    told = watcher.last("content", "filename")
    assert {name: content["sha256"] for name, content in told.items()} == {
        file["filename"]: file["sha256"] for file in files if file["stage"]
    }
    calls = served.client.get("/api/plans/p1/interactions").json()["interactions"]
    assert watcher.last("call", "id") == {call["id"]: call for call in calls}
    assert {task["state"] for task in watcher.last("task", "name").values()} == {"done"}
    assert "pending" in {data["status"] for _, kind, data in watcher.events if kind == "call"}


# Long enough that what is told within it was not found by looking again.
SELDOM = "import pipeline.server.events.log as log; log.LOOKS_EVERY_SECONDS = log.LOOKS_EVERY_SECONDS_IF_TOLD = 600"


@pytest.mark.postgres
def test_postgresql_tells_what_is_written(
    serve: Callable[..., Served], postgres_command: Command, tmp_path: Path
) -> None:
    assert_ended(postgres_command.run(PIPELINE_OFFLINE_FAIL_MATCHING="You do risks"), 1)
    (tmp_path / "sitecustomize.py").write_text(SELDOM)
    path = f"{tmp_path}:{REPOSITORY}"
    served = serve(postgres_command, PYTHONPATH=path)
    watcher = Watcher()
    watcher.watch(served, until=lambda self: bool(self.last("content", "filename")))
    # Nobody looks any more; what is heard is tried first.
    listening = (
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"
    )
    with get_engine(postgres_command.database_url).connect() as connection:
        wait_until(lambda: connection.execute(text(listening)).scalar_one())
    run = postgres_command.start_resume(PIPELINE_OFFLINE_LATENCY="0.3")
    watcher.watch(served, until=Watcher.ended)
    run.communicate(timeout=60)


@needs_pgbouncer
@pytest.mark.postgres
def test_where_nothing_is_heard_plans_are_looked_at(
    serve: Callable[..., Served], postgres_tables_url: str, tmp_path: Path
) -> None:
    """PgBouncer in transaction mode takes LISTEN and delivers nothing."""
    pooler = Pooler(postgres_tables_url, tmp_path / "pooler")
    try:
        command = Command(tmp_path / "work", pooler.url)
        served = serve(command)
        run = command.start_run(PIPELINE_OFFLINE_LATENCY="0.4")
        wait_until(lambda: served.client.get("/api/plans/p1").status_code == 200)
        watcher = Watcher()
        watcher.watch(served, until=lambda self: len(self.last("content", "filename")) > 1)
        assert run.poll() is None, "what is stored must be seen before the run ends"
        watcher.watch(served, until=Watcher.ended)
        run.communicate(timeout=60)
    finally:
        pooler.end()


def test_after_a_restart_all_is_told_anew_and_of_a_deleted_plan_nothing(
    serve: Callable[..., Served], sqlite_command: Command
) -> None:
    assert_ended(sqlite_command.run(), 0)
    watcher = Watcher()
    watcher.watch(serve(sqlite_command), until=Watcher.ended)
    before, watcher.events = watcher.events, []
    served = serve(sqlite_command)
    with httpx.Client(base_url=served.url, timeout=60) as client:
        headers = {"Last-Event-ID": watcher.last_id or ""}
        with client.stream("GET", "/api/plans/p1/events", headers=headers) as answer:
            lines = answer.iter_lines()
            assert [next(lines) for _ in range(4)][3] == "event: reset"
    watcher.watch(served, until=Watcher.ended)
    assert [event[1:] for event in watcher.events if event[1] != "reset"] == [event[1:] for event in before]
    page = (REPOSITORY / "docs" / "how-to" / "server.md").read_text(encoding="utf-8")
    client_of_the_page: dict[str, Any] = {}
    exec(page.partition("```python\n")[2].partition("```")[0], client_of_the_page)
    told = list(client_of_the_page["watch"](f"{served.url.rstrip('/')}/api/plans/p1"))
    assert told == [event[1:] for event in before]
    assert_ended(sqlite_command("delete", "p1", "--yes"), 0)
    assert served.client.get("/api/plans/p1/events").status_code == 404
