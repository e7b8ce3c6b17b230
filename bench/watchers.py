"""How much slower a run is while many watch its plan: with none and with 200, in turns, on both databases.

    python -m bench.watchers [--watchers 200] [--rounds 3] [--latency 0.2]

The server runs in both cases. Beside the clock's seconds of the run are those of the processor, of the run and of
the server: with other work on the machine these tell more.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from pipeline.database import migrate
from pipeline.database.engine import database_url, make_engine
from tests.postgres import PostgresServer
from tests.runtime.command import Command
from tests.server.served import Served, served

ROOT = "pipeline.example.tasks:FullPlanPipeline"
PROMPT = "Open a repair café in Aarhus"


@dataclass(frozen=True)
class Measured:
    """One run."""

    seconds: float
    cpu: float
    server_cpu: float
    events: list[int]


def cpu_of(process_id: int) -> float:
    """Processor seconds of a running process."""
    fields = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


WATCH = """
import asyncio, sys
port, plan, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
async def watch():
    events = 0
    while True:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET /api/plans/{plan}/events HTTP/1.1\\r\\nHost: 127.0.0.1:{port}\\r\\n\\r\\n".encode())
        if b" 200 " in await reader.readline():
            break
        writer.close()
        await asyncio.sleep(0.2)
    while line := await reader.readline():
        events += line.startswith(b"event: ")
        if line.startswith(b"data: ") and b'"status": "completed", "active": false' in line:
            writer.close()
            return events
async def main():
    print(*await asyncio.gather(*(watch() for _ in range(count))))
asyncio.run(main())
"""


def measure(command: Command, server: Served, plan_id: str, watchers: int, latency: float) -> Measured:
    """Run a plan, watched by so many."""
    watching = subprocess.Popen(
        [sys.executable, "-c", WATCH, str(server.port), plan_id, str(watchers)], stdout=subprocess.PIPE
    )
    before, children = cpu_of(server.process.pid), resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    run = subprocess.Popen(
        [
            *(sys.executable, "-c", "from pipeline.cli.main import main; main()"),
            *("-q", "run", "--plan-id", plan_id, "--prompt", PROMPT),
        ],
        cwd=command.directory,
        env=command.environment(PIPELINE_OFFLINE_LATENCY=str(latency)),
        stdout=subprocess.DEVNULL,
    )
    status = run.wait()
    seconds = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if status:
        raise RuntimeError(f"the run ended with {status}")
    events = [int(word) for word in watching.communicate(timeout=120)[0].split()]
    cpu = after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime
    return Measured(seconds, cpu, cpu_of(server.process.pid) - before, events)


def main() -> None:
    """Print a line for each database."""
    parser = argparse.ArgumentParser(description="Measure what watchers cost a run.")
    parser.add_argument("--watchers", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--latency", type=float, default=0.2)
    options = parser.parse_args()
    postgres = PostgresServer()
    try:
        with tempfile.TemporaryDirectory() as temporary:
            for database in ("sqlite", "postgresql"):
                directory = Path(temporary) / database
                directory.mkdir()
                url_of = (
                    nullcontext(f"sqlite:///{directory}.db") if database == "sqlite" else postgres.database()
                )
                with url_of as url:
                    engine = make_engine(database_url(url))
                    migrate.upgrade(engine)
                    engine.dispose()
                    command = Command(directory, url, ROOT)
                    found: dict[int, list[Measured]] = {0: [], options.watchers: []}
                    with served(command) as server:
                        for round_ in range(options.rounds):
                            for watchers, measured in found.items():
                                plan_id = f"p{round_}-{watchers}"
                                measured.append(measure(command, server, plan_id, watchers, options.latency))
                    print(database, flush=True)
                    for watchers, measured in found.items():
                        events = sorted({count for one in measured for count in one.events})
                        print(
                            f"  {watchers} watchers: {statistics.median(one.seconds for one in measured):.2f} s "
                            f"({', '.join(f'{one.seconds:.2f}' for one in measured)}), processor: run "
                            f"{statistics.median(one.cpu for one in measured):.2f} s, server "
                            f"{statistics.median(one.server_cpu for one in measured):.2f} s; events each {events}",
                            flush=True,
                        )
    finally:
        postgres.remove()


if __name__ == "__main__":
    main()
