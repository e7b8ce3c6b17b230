"""Processes that are forked by one process which has imported everything: `tests.forking`."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import Future
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from tests.forking import MOST_BYTES, PIPELINE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CONFIGURATIONS = ("luigi.cfg", "luigi.toml", "client.cfg")
REPOSITORY = Path(__file__).parents[1]


class Forked:
    """A process as `subprocess.Popen` has one, though it is another one's child.

    Attributes:
        args: what it was started with.
        pid: its id.
        stdout: what it writes to standard output, None where that goes to a file.
        stderr: the same for standard error.
        returncode: its exit status, negative for a signal, as far as it was asked for.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        pid: int,
        status: Future[int],
        stdout: BinaryIO | None,
        stderr: BinaryIO | None,
    ) -> None:
        self.args = list(arguments)
        self.pid = pid
        self.stdout, self.stderr = stdout, stderr
        self.returncode: int | None = None
        self._status = status
        self._read = {stream: bytearray() for stream in (stdout, stderr) if stream is not None}

    def poll(self) -> int | None:
        """The exit status, None while it runs."""
        if self._status.done():
            self.returncode = self._status.result()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit status; raises subprocess.TimeoutExpired."""
        try:
            self.returncode = self._status.result(timeout)
        except TimeoutError:
            raise subprocess.TimeoutExpired(self.args, timeout or 0) from None
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[bytes, bytes]:
        """What it wrote, once it has ended; raises subprocess.TimeoutExpired."""
        deadline = None if timeout is None else time.monotonic() + timeout
        with selectors.DefaultSelector() as selector:
            for stream in self._read:
                if not stream.closed:
                    selector.register(stream, selectors.EVENT_READ)
            while selector.get_map():
                for key, _ in selector.select(self._left(deadline, timeout)):
                    data = os.read(key.fd, 1 << 16)
                    self._read[key.fileobj] += data  # type: ignore[index]
                    if not data:
                        selector.unregister(key.fileobj)
                        key.fileobj.close()  # type: ignore[union-attr]
        self.wait(self._left(deadline, timeout))
        output, errors = (
            bytes(self._read[stream]) if stream is not None else b"" for stream in (self.stdout, self.stderr)
        )
        return output, errors

    def _left(self, deadline: float | None, timeout: float | None) -> float | None:
        if deadline is None:
            return None
        left = deadline - time.monotonic()
        if left <= 0:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return left

    def send_signal(self, number: int) -> None:
        """Send a signal, if it still runs."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


class Server:
    """The process that forks the others.

    Args:
        module: what is run as it; it serves as `tests.forking` does.
        arguments: of that module, before the descriptor.
    """

    def __init__(self, module: str, *arguments: str) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PIPELINE_")}
        self.environment = {**inherited, "PYTHONPATH": str(REPOSITORY)}
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # As with `-c`, modules are looked for in the directory that the command is started in, first.
        script = f"import runpy; runpy.run_module({module!r}, run_name='__main__')"
        self._process = subprocess.Popen(
            [sys.executable, "-c", script, *arguments, str(theirs.fileno())],
            cwd=REPOSITORY,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()
        self._lock = threading.Lock()
        self._waiting: dict[int, tuple[Future[int], Future[int]]] = {}
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def start(
        self,
        start: str,
        arguments: Sequence[str],
        directory: Path,
        environment: Mapping[str, str],
        *,
        leads: bool = False,
        files: Sequence[Path] = (),
    ) -> Forked:
        """Start what the server knows under a name.

        Args:
            start: the name.
            arguments: of it.
            directory: where it works.
            environment: all of it.
            leads: whether it leads a session of its own.
            files: one for standard output and one for standard error, which may be the same, instead of pipes.
        """
        streams: list[BinaryIO | None] = [None, None]
        if files:
            written = [os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666) for path in files]
        else:
            pipes = [os.pipe(), os.pipe()]
            written = [end for _, end in pipes]
            streams = [os.fdopen(end, "rb", buffering=0) for end, _ in pipes]
        pid: Future[int] = Future()
        status: Future[int] = Future()
        with self._lock:
            number = len(self._waiting)
            self._waiting[number] = pid, status
            order = {
                "number": number,
                "start": start,
                "arguments": list(arguments),
                "directory": str(directory),
                "environment": dict(environment),
                "leads": leads,
            }
            socket.send_fds(self._orders, [json.dumps(order).encode()], written)
        for descriptor in written:
            os.close(descriptor)
        return Forked(arguments, pid.result(60), status, *streams)

    def _read(self) -> None:
        while data := self._orders.recv(MOST_BYTES):
            answer = json.loads(data)
            pid, status = self._waiting[answer["number"]]
            if "pid" in answer:
                pid.set_result(answer["pid"])
            else:
                status.set_result(answer["status"])
        for futures in self._waiting.values():
            for future in futures:
                if not future.done():
                    future.set_exception(RuntimeError("the process that forks others has ended"))

    def close(self) -> None:
        """End it, and wait until its children have ended."""
        with self._process:
            self._orders.shutdown(socket.SHUT_WR)
        self._reader.join(60)
        self._orders.close()


def can_run(environment: Mapping[str, str], directory: Path) -> bool:
    """Whether a fork would find what a process of its own finds: nothing but our own settings is another one.

    Luigi reads its configuration, which may lie in the working directory, when it is imported.
    """
    if any((directory / name).exists() for name in CONFIGURATIONS):
        return False
    ours = _server().environment
    changed = {name for name in {*environment, *ours} if environment.get(name) != ours.get(name)}
    return all(name.startswith("PIPELINE_") or name == "PYTEST_CURRENT_TEST" for name in changed)


def start(
    arguments: Sequence[str], directory: Path, environment: Mapping[str, str], *, leads: bool = False
) -> Forked:
    """Start the `pipeline` command with pipes for what it prints.

    Args:
        arguments: of the command.
        directory: where it works.
        environment: all of it.
        leads: whether it leads a session of its own.
    """
    return _server().start(PIPELINE, arguments, directory, environment, leads=leads)


def run(
    arguments: Sequence[str], directory: Path, environment: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[bytes]:
    """Run the `pipeline` command and give what `subprocess.run` gives; nobody waits for what it leaves behind.

    Raises:
        subprocess.TimeoutExpired: it took longer than `timeout` seconds, and was killed.
    """
    with tempfile.TemporaryDirectory() as scratch:
        files = [Path(scratch, "output"), Path(scratch, "errors")]
        process = _server().start(PIPELINE, arguments, directory, environment, files=files)
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        output, errors = (path.read_bytes() for path in files)
        return subprocess.CompletedProcess(process.args, status, output, errors)


@cache
def _server() -> Server:
    server = Server("tests.forking")
    atexit.register(server.close)
    return server
