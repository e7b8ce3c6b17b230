"""A server as users start it."""

from __future__ import annotations

import re
import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    from tests.runtime.command import Command


@dataclass(frozen=True)
class Served:
    """A running server."""

    process: subprocess.Popen[bytes]
    url: str
    client: httpx.Client

    @property
    def port(self) -> int:
        return int(self.url.rstrip("/").rpartition(":")[2])

    def names(self, plan_id: str) -> list[str]:
        """The names of a plan's files."""
        files = self.client.get(f"/api/plans/{plan_id}/files").json()["files"]
        return [file["filename"] for file in files]


def wait_until(holds: Callable[[], object], seconds: float = 60) -> None:
    """Wait for a condition; fails where it does not come true."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.05)


@contextmanager
def served(command: Command, *options: str, **environment: str) -> Iterator[Served]:
    """Serve the command's database until the body is left; fails if the server complained."""
    process = command.start("serve", "--port", "0", *options, **environment)
    assert process.stderr is not None
    line = process.stderr.readline().decode()
    match = re.search(r"serving at (http://\S+)", line)
    assert match, line + process.stderr.read().decode()
    with httpx.Client(base_url=match[1], timeout=60) as client:
        try:
            yield Served(process, match[1], client)
        finally:
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM, errors.decode()
    assert b"Traceback" not in errors, errors.decode()
