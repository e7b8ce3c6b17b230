"""Runs the `pipeline` command as users do: a process of its own."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests import forked

REPOSITORY = Path(__file__).parents[2]
Process = subprocess.Popen[bytes] | forked.Forked
TINY = "tests.runtime.tiny_pipeline:Tiny"
PLAN = ("--prompt", "Grow tea", "--plan-id", "p1", "--start-time", "2025-10-01T08:00:00+00:00")


@dataclass(frozen=True)
class Command:
    """The command with a working directory, a database and a root task."""

    directory: Path
    database_url: str
    root: str = TINY

    @property
    def call_log(self) -> Path:
        return self.directory / "calls.log"

    @property
    def run_dir(self) -> Path:
        return self.directory / "run" / "p1"

    def __call__(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
        """Run it to its end; by a fork of a process that has imported the runtime, where nothing tells them apart."""
        everything = self.environment(**environment)
        self.directory.mkdir(exist_ok=True)
        if forked.can_run(everything, self.directory):
            return forked.run(arguments, self.directory, everything, timeout=120)
        process = self.start(*arguments, **environment)
        output, errors = process.communicate(timeout=120)
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    def environment(self, **more: str) -> dict[str, str]:
        """What the process finds in its environment."""
        return {
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            "PIPELINE_DATABASE_URL": self.database_url,
            "PIPELINE_ROOT": self.root,
            "PIPELINE_OFFLINE_CALL_LOG": str(self.call_log),
            **more,
        }

    def start(self, *arguments: str, **environment: str) -> Process:
        """Start it; by a fork, as above."""
        everything = self.environment(**environment)
        self.directory.mkdir(exist_ok=True)
        if forked.can_run(everything, self.directory):
            return forked.start(arguments, self.directory, everything)
        return subprocess.Popen(
            [sys.executable, "-c", "from pipeline.cli.main import main; main()", *arguments],
            cwd=self.directory,
            env=everything,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *options: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
        return self("run", *PLAN, *options, **environment)

    def start_run(self, **environment: str) -> Process:
        return self.start("run", *PLAN, **environment)

    def start_resume(self, **environment: str) -> Process:
        return self.start("resume", "p1", **environment)

    def calls(self) -> list[str]:
        """Every call that reached a model, as model and hash of the request."""
        return self.call_log.read_text().splitlines() if self.call_log.exists() else []

    def files(self) -> dict[str, bytes]:
        """Everything in the run directory."""
        return {path.name: path.read_bytes() for path in sorted(self.run_dir.iterdir())}


def assert_ended(process: subprocess.CompletedProcess[bytes], status: int) -> None:
    assert process.returncode == status, process.stderr.decode()


KILLED = -signal.SIGKILL
