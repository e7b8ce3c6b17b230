"""A real luigid for tests: a process of its own on a free port, which can be killed and started again."""

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

START_TIMEOUT_SECONDS = 60


class Luigid:
    """luigid without a state that outlives it: whoever starts it again starts a new one."""

    def __init__(self, directory: Path) -> None:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port: int = found.getsockname()[1]
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        # Its directory has no luigi.cfg, and its state file none of an earlier one.
        state = self._directory / f"{time.monotonic_ns()}.pickle"
        command = "from luigi.cmdline import luigid; luigid()"
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-W", "ignore", "-c", command),
                *("--address", "127.0.0.1", "--port", str(self.port), "--state-path", str(state)),
            ],
            cwd=self._directory,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while True:
            try:
                self.tasks()
                return
            except OSError:
                assert self._process.poll() is None, "luigid has ended"
                assert time.monotonic() < deadline
                time.sleep(0.05)

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def tasks(self) -> dict[str, dict[str, object]]:
        """What it knows, by task id."""
        data = b"data=" + json.dumps({"status": "", "upstream_status": "", "search": None}).encode()
        with urllib.request.urlopen(f"{self.url}/api/task_list", data, timeout=10) as answer:
            found: dict[str, dict[str, object]] = json.load(answer)["response"]
            return found


@pytest.fixture(scope="session")
def luigid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Luigid]:
    scheduler = Luigid(tmp_path_factory.mktemp("luigid"))
    yield scheduler
    scheduler.kill()
