"""How much sooner several workers are done, and what they cost the database, with a real luigid and PostgreSQL.

    python -m bench.workers                                   # one plan, 2 s a call: 1 and 3 workers
    python -m bench.workers --plans 3 --latency 0.5 --workers 1 2 3 5 10

The bounds beside a time are what no number of workers gets below: the calls of the longest way through the plan's
graph, and all calls divided by the workers.
"""

import argparse
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from sqlalchemy import text

from pipeline.database import migrate
from pipeline.database.engine import get_engine
from pipeline.names import plan_directory
from pipeline.running.graph import load_root, walk
from pipeline.running.lifecycle import make_root
from tests.luigid import Luigid
from tests.postgres import PostgresServer
from tests.runtime.machines import Machines

ROOT = "pipeline.example.tasks:FullPlanPipeline"
LOOKS_EVERY_SECONDS = 0.05


@dataclass
class Seen:
    """What was seen of a database while it was worked on."""

    most_connections: int = 0
    most_waiting: int = 0
    waits: Counter[str] = field(default_factory=Counter)
    looks: int = 0


@dataclass(frozen=True)
class Measured:
    """One number of workers."""

    seconds: float
    calls: int
    distinct_calls: int
    tasks_of_each: list[int]
    deadlocks: int
    seen: Seen


@contextmanager
def watched(url: str) -> Iterator[Seen]:
    """Look at the connections and at the locks that are waited for while the body runs."""
    seen, over = Seen(), threading.Event()

    def look() -> None:
        with psycopg.connect(url.replace("postgres://", "postgresql://"), autocommit=True) as connection:
            while not over.wait(LOOKS_EVERY_SECONDS):
                others = connection.execute(
                    "SELECT wait_event_type, wait_event FROM pg_stat_activity WHERE datname = current_database() "
                    "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
                ).fetchall()
                waiting = [name for kind, name in others if kind == "Lock"]
                seen.most_connections = max(seen.most_connections, len(others))
                seen.most_waiting = max(seen.most_waiting, len(waiting))
                seen.waits.update(waiting)
                seen.looks += 1

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


def longest_way(machines: Machines, plan_id: str) -> int:
    """How many calls the longest way through the graph of a plan has, by those that were made."""
    with get_engine(machines.url).connect() as connection:
        statement = "SELECT task_family, count(*) FROM llm_interactions WHERE plan_id = :plan GROUP BY 1"
        calls = {row[0]: row[1] for row in connection.execute(text(statement), {"plan": plan_id})}
    record = machines.service.get_plan(plan_id)
    longest: dict[str, int] = defaultdict(int)
    run_dir = plan_directory(machines.directory / "a0" / "run", plan_id)
    for task in walk(make_root(load_root(machines.root), record, run_dir)):
        before = max((longest[other.task_id] for other in task.deps()), default=0)
        longest[task.task_id] = before + calls.get(task.get_task_family(), 0)
    return max(longest.values())


def measure(machines: Machines, workers: int, plans: int, latency: float) -> Measured:
    """Have so many plans done by so many workers."""
    for number in range(plans):
        machines.submit(f"p{number}", prompt=f"Open a repair café number {number}")
    with watched(machines.url) as seen:
        begin = time.perf_counter()
        for number in range(workers):
            machines.start(f"a{number}", PIPELINE_OFFLINE_LATENCY=str(latency))
        tasks = []
        for process in machines.workers:
            errors = process.communicate()[1].decode()
            if process.returncode:
                raise RuntimeError(errors)
            tasks.append(errors.count(" done in "))
        seconds = time.perf_counter() - begin
    statuses = {machines.service.get_plan(f"p{number}").status for number in range(plans)}
    if statuses != {"completed"}:
        raise RuntimeError(str(statuses))
    with get_engine(machines.url).connect() as connection:
        statement = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        deadlocks: int = connection.execute(text(statement)).scalar_one()
    calls = machines.calls()
    return Measured(seconds, len(calls), len(set(calls)), tasks, deadlocks, seen)


def main() -> None:
    """Print a line for each number of workers."""
    parser = argparse.ArgumentParser(description="Measure several workers.")
    parser.add_argument("--plans", type=int, default=1)
    parser.add_argument("--latency", type=float, default=2.0)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 3])
    options = parser.parse_args()
    server = PostgresServer()
    try:
        with tempfile.TemporaryDirectory() as temporary:
            luigid = Luigid(Path(temporary))
            first = None
            for workers in options.workers:
                directory = Path(temporary) / str(workers)
                directory.mkdir()
                with server.database() as url:
                    migrate.upgrade(get_engine(url))
                    machines = Machines(directory, url, luigid, ROOT)
                    found = measure(machines, workers, options.plans, options.latency)
                    bounds = (
                        longest_way(machines, "p0") * options.latency,
                        found.calls * options.latency / workers,
                    )
                    get_engine(url).dispose()
                first = first or found
                print(
                    f"{workers} workers: {found.seconds:.1f} s, 1/{first.seconds / found.seconds:.2f} of the first; "
                    f"longest way {bounds[0]:.1f} s, calls by workers {bounds[1]:.1f} s; "
                    f"{found.calls} calls, {found.distinct_calls} distinct; tasks {found.tasks_of_each}; "
                    f"connections at most {found.seen.most_connections}; waiting for a lock at most "
                    f"{found.seen.most_waiting}, {sum(found.seen.waits.values())} times in {found.seen.looks} looks "
                    f"{dict(found.seen.waits)}; deadlocks {found.deadlocks}",
                    flush=True,
                )
            luigid.kill()
    finally:
        server.remove()


if __name__ == "__main__":
    main()
