"""How much memory a large content takes, as a multiple of its size, in each thing that is done with it.

    python -m bench.memory [MEGABYTES]

Each is done in a process of its own, whose peak is read in the end; what the same process takes for a content of
a kilobyte is taken off. Who stores a content holds it himself: that is one of its sizes.
"""

import subprocess
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

from pipeline.database import migrate
from pipeline.database.engine import database_url, make_engine
from tests.postgres import PostgresServer

PREPARE = """
import resource, sys
from pipeline.cli.main import main
from pipeline.database.engine import get_engine
from pipeline.database.service import DatabaseService
size, kind = int(sys.argv[1]), sys.argv[2]
service = DatabaseService(get_engine())
def store(content):
    service.create_plan_content({"plan_id": "p", "filename": "a.txt", "stage": "s", "content": content})
def command(*words):
    try:
        main(words)
    except SystemExit as end:
        if end.code:
            raise
"""

STEPS = {
    "store text": "store('x' * size if kind == 'ascii' else '\\u2713' * (size // 3))",
    "store bytes": "store(b'\\xff' * size)",
    "read": "service.get_content('p', 'a.txt')",
    "show": "command('show', 'p', 'a.txt')",
    "restore": "command('doctor', 'p')",
    "compare": "command('doctor', 'p', '--check')",
    "export": "command('export', 'p', '--format', 'plan', '-o', 'p.plan')",
    "import": "command('import', 'p.plan', '--as', 'q')",
}
PEAK = "\nprint('peak', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)\n"


def peak(step: str, size: int, kind: str, directory: Path, url: str) -> float:
    """The peak of a process that does one thing, in bytes."""
    process = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PREPARE + STEPS[step] + PEAK, str(size), kind],
        cwd=directory,
        env={
            "PIPELINE_DATABASE_URL": url,
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "PATH": "/usr/bin:/bin",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    lines = process.stderr.decode().splitlines()
    found = [line for line in lines if line.startswith("peak ")]
    if not found:
        raise RuntimeError(f"{step}: {lines[-3:]}")
    return float(found[0].split()[1]) * 1024


def measure(size: int, kind: str, directory: Path, url: str) -> dict[str, float]:
    """The peak of each step, one after the other."""
    engine = make_engine(database_url(url))
    migrate.upgrade(engine)
    engine.dispose()
    directory.mkdir()
    (directory / "run" / "p").mkdir(parents=True)
    left_out = "store text" if kind == "bytes" else "store bytes"
    return {step: peak(step, size, kind, directory, url) for step in STEPS if step != left_out}


def main() -> None:
    """Print a line for each step."""
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    size = megabytes * 1_000_000
    server = PostgresServer()
    try:
        with tempfile.TemporaryDirectory() as temporary:
            for database in ("sqlite", "postgresql"):
                for kind in ("ascii", "wide", "bytes"):
                    peaks = []
                    for number, each in enumerate((1_000, size)):
                        directory = Path(temporary) / f"{database}-{kind}-{number}"
                        with (
                            nullcontext(f"sqlite:///{directory}.db")
                            if database == "sqlite"
                            else server.database()
                        ) as url:
                            peaks.append(measure(each, kind, directory, url))
                    small, large = peaks
                    print(f"{database}, {kind}, {megabytes} MB: ", end="")
                    print(
                        ", ".join(f"{step} {(large[step] - small[step]) / size:.2f}" for step in large),
                        flush=True,
                    )
    finally:
        server.remove()


if __name__ == "__main__":
    main()
