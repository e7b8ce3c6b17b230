"""What the database costs a run: the pipeline before the refactoring, after it, and with a naive service.

    python -m bench.overhead                        # latencies 0, 0.2 and 2 s on both databases
    python -m bench.overhead --latencies 0.2 --repeat 5

The variants take turns, each in a process forked for it, so that whatever else the machine does hits
all of them. One worker, the offline model; imports and migrations are not part of the time.
"""

import argparse
import importlib
import json
import os
import statistics
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

with warnings.catch_warnings():
    # Luigi warns at its first import of a default that this project does not use.
    warnings.simplefilter("ignore", DeprecationWarning)
    import luigi

from sqlalchemy import Connection, Engine, event

import pipeline.example.tasks
from bench.naive_service import NaiveDatabaseService
from pipeline.database import migrate
from pipeline.database.engine import READ_ONLY, URL_VARIABLE, get_engine
from pipeline.database.records import PlanRecord
from pipeline.plan_task import KEEP_ANSWERS_VARIABLE, PlanTask
from pipeline.running.inputs import input_files
from pipeline.running.progress import PlainProgress
from pipeline.running.runner import run_tasks
from pipeline.speed_vs_detail import SpeedVsDetailEnum
from tests.pipeline.regenerate import write_undone
from tests.postgres import PostgresServer

PROMPT = "Open a repair café in Aarhus"
VARIANTS = ("legacy", "refactored", "naive")

# Two seconds a call are too long for the whole pipeline; its first stages have the same shapes.
ROOTS = {0.0: "FullPlanPipeline", 0.2: "FullPlanPipeline", 2.0: "ScenariosMarkdownTask"}


@dataclass(frozen=True)
class Measurement:
    """One run of one variant."""

    seconds: float
    calls: int
    tasks: int
    commits: int


def measure(
    variant: str, root: str, latency: float, database_url: str, directory: Path, undone: str
) -> Measurement:
    """Run one variant in a process of its own."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            result = _run(variant, root, latency, database_url, directory, undone)
            os.write(writer, json.dumps(result).encode())
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
        raise RuntimeError(f"{variant} did not finish")
    return Measurement(**json.loads(answer))


def _run(
    variant: str, root: str, latency: float, database_url: str, directory: Path, undone: str
) -> dict[str, float]:
    directory.mkdir(parents=True)
    call_log = directory.parent / f"{directory.name}.calls"
    os.environ |= {
        URL_VARIABLE: database_url,
        "PIPELINE_OFFLINE_LATENCY": str(latency),
        "PIPELINE_OFFLINE_CALL_LOG": str(call_log),
        # What `pipeline run` does; the naive service kept no answers.
        KEEP_ANSWERS_VARIABLE: "1" if variant == "refactored" else "0",
    }
    if variant == "naive":
        PlanTask.get_database_service = lambda _: NaiveDatabaseService()
    package = importlib.import_module(undone) if variant == "legacy" else pipeline.example.tasks
    started_at = datetime(2025, 10, 1, 8, tzinfo=UTC)
    speed = SpeedVsDetailEnum.ALL_DETAILS_BUT_SLOW
    plan = PlanRecord(directory.name, "running", PROMPT, started_at, speed.value, ("offline",))
    for name, content in input_files(plan).items():
        (directory / name).write_bytes(content)
    commits = 0

    def count(connection: Connection) -> None:
        nonlocal commits
        commits += not connection.get_execution_options().get(READ_ONLY, False)

    event.listen(Engine, "commit", count)
    task: luigi.Task = getattr(package, root)(run_id_dir=directory, speedvsdetail=speed)
    begin = time.perf_counter()
    outcome = run_tasks(task, workers=1, progress=PlainProgress(lambda _: None), is_stored=lambda _: True)
    seconds = time.perf_counter() - begin
    if not outcome.succeeded:
        raise RuntimeError(f"failed: {outcome.failed}")
    calls = len(call_log.read_text().splitlines())
    return {"seconds": seconds, "calls": calls, "tasks": outcome.tasks, "commits": commits}


def compare(
    latency: float,
    databases: dict[str, str],
    repeat: int,
    directory: Path,
    undone: str,
    say: Callable[[str], None],
) -> None:
    """Measure all variants for one latency and say what came out."""
    root = ROOTS.get(latency, "ScenariosMarkdownTask")
    jobs = [("legacy", "none")] + [(variant, name) for name in databases for variant in VARIANTS[1:]]
    results: dict[tuple[str, str], list[Measurement]] = {job: [] for job in jobs}
    for number in range(repeat):
        for variant, database in jobs:
            url = databases.get(database, "sqlite:////no/such/directory/x.db")
            name = f"{variant}-{database}-{latency:g}-{number}"
            results[variant, database].append(measure(variant, root, latency, url, directory / name, undone))
    base = statistics.median(result.seconds for result in results["legacy", "none"])
    for (variant, database), measured in results.items():
        seconds = statistics.median(result.seconds for result in measured)
        first = measured[0]
        per_task = first.commits / (first.tasks - 2)
        extra = (seconds - base) / first.calls * 1000
        say(
            f"| {latency:g} | {first.tasks} | {first.calls} | {variant} | {database} | {seconds:.2f} | "
            f"{(seconds / base - 1) * 100:+.2f} % | {extra:+.1f} | {per_task:.1f} |"
        )


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description="Measure what the database costs a run.")
    parser.add_argument("--latencies", type=float, nargs="+", default=list(ROOTS))
    parser.add_argument("--repeat", type=int, default=3, help="runs of each variant; the median counts")
    arguments = parser.parse_args()

    def say(line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        undone = write_undone(directory / "package" / "undone_for_bench")
        sys.path.insert(0, str(undone.parent))
        for name in (
            undone.name,
            "pipeline.llm.answers",
            "pipeline.database.service",
            "pipeline.llm.registry",
        ):
            importlib.import_module(name)
        server = PostgresServer()
        try:
            databases = {"sqlite": f"sqlite:///{directory / 'pipeline.db'}", "postgres": server.url()}
            for url in databases.values():
                migrate.upgrade(get_engine(url))
            say(
                "| latency (s) | tasks | calls | variant | database | seconds | against legacy | ms a call | "
                "commits a task |"
            )
            say("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
            for latency in arguments.latencies:
                compare(latency, databases, arguments.repeat, directory / "runs", undone.name, say)
        finally:
            server.remove()


if __name__ == "__main__":
    main()
