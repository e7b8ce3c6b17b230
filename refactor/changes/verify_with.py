"""The user's own command between a change and its commit: run it, end it, tell how it ended."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from refactor.changes.interrupts import signals_held, signals_noted

if TYPE_CHECKING:
    from pathlib import Path

MOST_LINES = 20
MOST_BYTES = 8192
GRACE = 3.0
"""Seconds that an interrupted command has to end by itself."""
GRACE_OF_REST = 0.3
"""Seconds that what it started has after it has ended."""
PAUSE = 0.02
"""Seconds between two looks whether it has."""
LONG = 60.0
"""Seconds after which a wait begins anew; Python looks for signals and for the end all the while."""


@dataclass(frozen=True)
class Verdict:
    """How a command ended.

    Attributes:
        command: as the user gave it.
        status: its exit status; below zero the signal that killed it, as `subprocess` counts.
        tail: the last lines of what it printed.
    """

    command: str
    status: int
    tail: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether it is content."""
        return self.status == 0

    def __str__(self) -> str:
        """`` `make test` ended with exit status 2``."""
        if self.status < 0:
            with suppress(ValueError):
                return f"`{self.command}` was killed by {signal.Signals(-self.status).name}"
        return f"`{self.command}` ended with exit status {self.status}"


def run_command(command: str, folder: Path) -> Verdict:
    """Runs a shell command in a folder, without input, and waits for it.

    It gets a session of its own: Ctrl-C reaches this process only, which then ends the command with all that it
    started. Its output goes to a file rather than a pipe, which a process left behind would keep open.

    Raises:
        KeyboardInterrupt: Ctrl-C came; the command has ended.
    """
    with tempfile.TemporaryFile() as output:
        process = None
        try:
            # Cut short between the command's start and its name being known here, it would be left behind.
            with signals_noted():
                process = subprocess.Popen(  # noqa: S602 - the user's own command line, for their shell
                    command,
                    shell=True,
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            status = _wait(process)
        except BaseException:
            if process is not None:
                with signals_held():
                    _end(process)
            raise
        return Verdict(command, status, _tail(output))


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Waits with a limit, which is to wait in naps.

    A signal that comes just ahead of the system call of a wait without limit is heeded when the command has ended.
    """
    while True:
        with suppress(subprocess.TimeoutExpired):
            return process.wait(timeout=LONG)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends a command and what it started: asks first, insists after a while."""
    if not hasattr(os, "killpg"):
        process.kill()
        process.wait()
        return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        _wait_for_group(process)
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _wait_for_group(process: subprocess.Popen[bytes]) -> None:
    """Waits for a while. Raises ProcessLookupError as soon as nothing is left of the group."""
    deadline = time.monotonic() + GRACE
    ended = False
    while time.monotonic() < deadline:
        if not ended and process.poll() is not None:
            # What is left may be dead, and waiting for a parent that never asks.
            ended, deadline = True, min(deadline, time.monotonic() + GRACE_OF_REST)
        os.killpg(process.pid, 0)
        time.sleep(PAUSE)


def _tail(output: IO[bytes]) -> tuple[str, ...]:
    size = output.seek(0, os.SEEK_END)
    output.seek(max(size - MOST_BYTES, 0))
    lines = output.read().decode("utf-8", "replace").splitlines()
    return tuple(line.rstrip() for line in lines[-MOST_LINES:])
