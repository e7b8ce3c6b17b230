"""What the commands take in a database of 100 and of 10,000 plans: processor seconds of the whole process.

    python -m bench.among_many

The plan that they are asked of is one of the tiny pipeline of the tests, done in the same database.
"""

import os
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

from bench.processes import least_cpu_seconds
from pipeline.database import migrate
from pipeline.database.engine import URL_VARIABLE, database_url, make_engine
from tests.postgres import PostgresServer
from tests.runtime.command import TINY, Command, assert_ended
from tests.runtime.many_plans import fill

COMMANDS = {
    "list": ("list",),
    "list --status running --unowned": ("list", "--status", "running", "--unowned"),
    "show": ("show", "p1"),
    "resume": ("-q", "resume", "p1"),
    "doctor --check": ("-q", "doctor", "--check", "p1"),
    "health": ("health", "--ready"),
}
RUNS = 5


def measure(url: str, directory: Path, plans: int) -> list[float]:
    """The least of several runs of each command."""
    engine = make_engine(database_url(url))
    migrate.upgrade(engine)
    fill(engine, plans)
    engine.dispose()
    command = Command(directory, url, TINY)
    assert_ended(command.run(), 0)
    os.environ |= {URL_VARIABLE: url, "PIPELINE_ROOT": TINY, "PYTHONPATH": str(Path(__file__).parents[1])}
    here = Path.cwd()
    os.chdir(directory)
    try:
        start = (sys.executable, "-c", "from pipeline.cli.main import main; main()")
        return least_cpu_seconds([(*start, *words) for words in COMMANDS.values()], RUNS)
    finally:
        os.chdir(here)


def main() -> None:
    """Print a table."""
    server = PostgresServer()
    try:
        with tempfile.TemporaryDirectory() as temporary:
            for kind in ("sqlite", "postgresql"):
                columns = []
                for plans in (100, 10_000):
                    directory = Path(temporary) / f"{kind}-{plans}"
                    directory.mkdir()
                    file = directory / "pipeline.db"
                    with nullcontext(f"sqlite:///{file}") if kind == "sqlite" else server.database() as url:
                        columns.append(measure(url, directory, plans))
                print(f"{kind}: processor seconds among 100 plans, and among 10,000")
                for name, few, many in zip(COMMANDS, *columns, strict=True):
                    print(f"  {name:<32} {few:.2f} {many:.2f}", flush=True)
    finally:
        server.remove()


if __name__ == "__main__":
    main()
