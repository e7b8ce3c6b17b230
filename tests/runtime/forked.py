"""Commands that are run to their end by forks of one process: `tests.runtime.forking`."""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import Future
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CONFIGURATIONS = ("luigi.cfg", "luigi.toml", "client.cfg")
REPOSITORY = Path(__file__).parents[2]


def can_run(environment: Mapping[str, str], directory: Path) -> bool:
    """Whether a fork would find what a process of its own finds: nothing but our own settings is another one.

    Luigi reads its configuration, which may lie in the working directory, when it is imported.
    """
    if any((directory / name).exists() for name in CONFIGURATIONS):
        return False
    ours = _server().environment
    changed = {name for name in {*environment, *ours} if environment.get(name) != ours.get(name)}
    return all(name.startswith("PIPELINE_") or name == "PYTEST_CURRENT_TEST" for name in changed)


def run(
    arguments: Sequence[str], directory: Path, environment: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[bytes]:
    """Run the `pipeline` command and give what `subprocess.run` gives.

    Raises:
        subprocess.TimeoutExpired: it took longer than `timeout` seconds, and was killed.
    """
    with tempfile.TemporaryDirectory() as scratch:
        output, errors = Path(scratch, "output"), Path(scratch, "errors")
        status = _server().run(
            {
                "arguments": list(arguments),
                "directory": str(directory),
                "environment": dict(environment),
                "output": str(output),
                "errors": str(errors),
            },
            timeout,
        )
        return subprocess.CompletedProcess(arguments, status, output.read_bytes(), errors.read_bytes())


class _Server:
    def __init__(self) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PIPELINE_")}
        self.environment = {**inherited, "PYTHONPATH": str(REPOSITORY)}
        self._process = subprocess.Popen(
            # As with `-c`, modules are looked for in the directory that the command is started in, first.
            [
                sys.executable,
                "-c",
                "import runpy; runpy.run_module('tests.runtime.forking', run_name='__main__')",
            ],
            cwd=REPOSITORY,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._lock = threading.Lock()
        self._waiting: dict[int, tuple[Future[int], Future[int]]] = {}
        threading.Thread(target=self._read, daemon=True).start()

    def run(self, order: dict[str, Any], timeout: float) -> int:
        pid: Future[int] = Future()
        status: Future[int] = Future()
        with self._lock:
            number = len(self._waiting)
            self._waiting[number] = pid, status
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps({**order, "number": number}).encode() + b"\n")
            self._process.stdin.flush()
        try:
            return status.result(timeout)
        except TimeoutError:
            os.kill(pid.result(0), signal.SIGKILL)
            raise subprocess.TimeoutExpired(order["arguments"], timeout) from None

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            answer = json.loads(line)
            pid, status = self._waiting[answer["number"]]
            if "pid" in answer:
                pid.set_result(answer["pid"])
            else:
                status.set_result(answer["status"])
        for _, status in self._waiting.values():
            if not status.done():
                status.set_exception(RuntimeError("the process that forks commands has ended"))

    def close(self) -> None:
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()


@cache
def _server() -> _Server:
    server = _Server()
    atexit.register(server.close)
    return server
