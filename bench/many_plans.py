"""What a plan costs among many: milliseconds of each question at 100, 1,000 and 10,000 plans, on both databases.

python -m bench.many_plans
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from sqlalchemy import Engine

from pipeline.database import migrate
from pipeline.database.engine import database_url, make_engine
from pipeline.database.retry import RetryPolicy
from pipeline.database.service import DatabaseService
from pipeline.database.task_leases import TaskName
from tests.postgres import PostgresServer
from tests.runtime.many_plans import fill

COUNTS = (100, 1_000, 10_000)
ROUNDS = 15
PLAN = "plan-00050"


def questions(service: DatabaseService) -> dict[str, Callable[[], object]]:
    """What commands and workers ask for, by what people call it."""

    def show() -> None:
        service.get_plan(PLAN)
        service.list_content(PLAN)
        service.list_interactions(PLAN)
        service.list_running_tasks(PLAN)
        service.leases().find_owner(PLAN)

    def claim_plan() -> None:
        if (fence := service.leases().take(PLAN, "resume", 60)) is not None:
            service.leases().give_back(fence)

    def claim_task() -> None:
        tasks = service.task_leases()
        tasks.give_back(tasks.take(TaskName(PLAN, "T", "T_1"), 60))

    return {
        "list": lambda: service.list_plans(limit=51),
        "list --status running --unowned": lambda: service.list_plans(
            statuses=["running"], unowned=True, limit=51
        ),
        "show": show,
        "health": service.pulse,
        "lease of a plan": claim_plan,
        "lease of a task": claim_task,
    }


def milliseconds(question: Callable[[], object]) -> float:
    """The median of several rounds."""
    question()
    found = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        question()
        found.append((time.perf_counter() - begin) * 1000)
    return statistics.median(found)


def measure(engine: Engine) -> dict[str, float]:
    """Each question's milliseconds."""
    service = DatabaseService(engine, RetryPolicy(patience_seconds=5.0))
    found: dict[str, float] = {}
    for name, question in questions(service).items():
        if name == "lease of a task":
            # As its workers have it.
            service.hand_to_workers(PLAN, "m:Root")
        found[name] = milliseconds(question)
    return found


def main() -> None:
    """Print a table a database."""
    server = PostgresServer()
    try:
        with tempfile.TemporaryDirectory() as directory:
            for kind in ("sqlite", "postgresql"):
                columns = []
                for count in COUNTS:
                    file = Path(directory) / f"{count}.db"
                    with nullcontext(f"sqlite:///{file}") if kind == "sqlite" else server.database() as url:
                        engine = make_engine(database_url(url))
                        migrate.upgrade(engine)
                        fill(engine, count)
                        columns.append(measure(engine))
                        engine.dispose()
                print(f"{kind:<34}" + "".join(f"{count:>10,}" for count in COUNTS))
                for name in columns[0]:
                    print(f"  {name:<32}" + "".join(f"{column[name]:>10.1f}" for column in columns))
    finally:
        server.remove()


if __name__ == "__main__":
    main()
