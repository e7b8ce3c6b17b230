"""Processes that run plans: each is `pipeline resume`, of a session of its own, so that it outlives a killed server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import PlanBusyError
from pipeline.names import check_plan_id
from pipeline.redaction import redact
from pipeline.server.errors import TooManyError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_TAIL_BYTES = 4096
# A run that is stopped gives its running call some time, and then puts its rows in order.
_END_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class _Child:
    process: subprocess.Popen[bytes]
    log: Path


class Children:
    """The processes that this server has started, by plan."""

    def __init__(self, run_root: Path, most: int) -> None:
        self._run_root = run_root
        self._most = most
        self._children: dict[str, _Child] = {}
        self._lock = threading.Lock()

    def check_room(self) -> None:
        """Raise TooManyError where as many plans are run as may be."""
        with self._lock:
            self._check_room()

    def start(self, plan_id: str, options: Sequence[str]) -> None:
        """Go on with a plan; raises PlanBusyError where that is being done, TooManyError."""
        with self._lock:
            if self._is_running(plan_id):
                raise PlanBusyError(f"this server is running plan {plan_id}")
            self._check_room()
            self._run_root.mkdir(parents=True, exist_ok=True)
            log = self._log_of(plan_id)
            # Not a pipe: a run must not fail because nobody reads what it says.
            with log.open("wb") as said:
                process = subprocess.Popen(  # noqa: S603 - our own command, and a checked plan id
                    [
                        sys.executable,
                        "-c",
                        "from pipeline.cli.main import main; main()",
                        "resume",
                        plan_id,
                        *options,
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=said,
                    start_new_session=True,
                )
            self._children[plan_id] = _Child(process, log)

    def is_running(self, plan_id: str) -> bool:
        """Whether this server's process for a plan lives."""
        with self._lock:
            return self._is_running(plan_id)

    def stop(self, plan_id: str) -> bool:
        """Have the run of a plan end in order, without waiting for that; false where this server runs it not."""
        with self._lock:
            if not self._is_running(plan_id):
                return False
            self._children[plan_id].process.send_signal(signal.SIGTERM)
            return True

    def failure(self, plan_id: str) -> str | None:
        """Return the last line of the last run of a plan that this server began and that ended otherwise than well."""
        with self._lock:
            child = self._children.get(plan_id)
            if child is None or child.process.poll() in {None, 0}:
                return None
        return _last_line(child.log) or f"exit status {child.process.returncode}"

    def forget(self, plan_id: str) -> None:
        """Remove what is kept of a plan that is deleted."""
        with self._lock:
            self._children.pop(plan_id, None)
        self._log_of(plan_id).unlink(missing_ok=True)

    def close(self) -> None:
        """Have all runs end in order, and wait for them."""
        with self._lock:
            processes = [child.process for child in self._children.values() if child.process.poll() is None]
        for process in processes:
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + _END_SECONDS
        for process in processes:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                # It still owns its plan, and ends by itself.
                continue

    def _is_running(self, plan_id: str) -> bool:
        child = self._children.get(plan_id)
        return child is not None and child.process.poll() is None

    def _check_room(self) -> None:
        running = sum(child.process.poll() is None for child in self._children.values())
        if running >= self._most:
            raise TooManyError(f"{running} plans are being run, which is as many as this server runs at once")

    def _log_of(self, plan_id: str) -> Path:
        # Beside the lock, outside of the run directory, which is the plan's alone.
        return self._run_root / f".{check_plan_id(plan_id)}.log"


def _last_line(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
            lines = file.read().decode("utf-8", "replace").split("\n")
    except OSError:
        return ""
    return redact(next((line.strip() for line in reversed(lines) if line.strip()), ""))
