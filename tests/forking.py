"""A process that has imported everything once and forks a child for each command: what users start, sooner.

It reads orders from the socket whose descriptor its last argument names, a message of JSON with two descriptors each,
the child's standard output and error, and answers with two messages:

    {"number", "start", "arguments", "directory", "environment", "leads"} -> {"number", "pid"}, {"number", "status"}

The status is negative for a signal. A child has the environment of the order, and no other. One that leads is the
leader of a session, so that a kill can take its workers too.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import json
import os
import selectors
import socket
import sys
import threading
import traceback
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

IMPORTED = (
    "pipeline.cli.main",
    "pipeline.running.lifecycle",
    "pipeline.llm.answers",
    "pipeline.database.migrate",
)
PIPELINE = "pipeline"
MOST_BYTES = 1 << 20
WAIT_SECONDS = 0.005


def run_pipeline(arguments: list[str]) -> None:
    """The `pipeline` command."""
    from pipeline.cli.main import main

    sys.argv = ["-c", *arguments]
    main()


def run_child(order: dict[str, Any], streams: list[int], start: Callable[[list[str]], None]) -> None:
    """Be the command that the order names; does not return."""
    status = 70
    try:
        if order["leads"]:
            os.setsid()
        for descriptor, opened in enumerate([os.open(os.devnull, os.O_RDONLY), *streams]):
            os.dup2(opened, descriptor)
            os.close(opened)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", encoding="utf-8", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
        os.environ.clear()
        os.environ.update(order["environment"])
        os.chdir(order["directory"])
        status = 0
        start(order["arguments"])
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:
        status = 1
        traceback.print_exc()
    finally:
        try:
            # What the interpreter does at its end, which a fork does not come to.
            threading._shutdown()  # type: ignore[attr-defined]
            atexit._run_exitfuncs()
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(OSError):  # a full disk
                    stream.flush()
        finally:
            os._exit(status)


def serve(descriptor: int, starts: Mapping[str, Callable[[list[str]], None]]) -> None:
    """Serve until the other end of the socket is closed and the last child has ended.

    Args:
        descriptor: of the socket.
        starts: what an order can start, by its name.
    """
    orders = socket.socket(fileno=descriptor)
    selector = selectors.DefaultSelector()
    selector.register(orders, selectors.EVENT_READ)
    running: dict[int, int] = {}
    is_open = True

    def answer(**values: int) -> None:
        if is_open:
            orders.send(json.dumps(values).encode())

    while is_open or running:
        if is_open and selector.select(WAIT_SECONDS if running else None):
            data, streams, _, _ = socket.recv_fds(orders, MOST_BYTES, 2)
            if data:
                order = json.loads(data)
                pid = os.fork()
                if pid == 0:
                    selector.close()
                    orders.close()
                    run_child(order, streams, starts[order["start"]])
                for stream in streams:
                    os.close(stream)
                running[pid] = order["number"]
                answer(number=order["number"], pid=pid)
            else:
                is_open = False
        for pid in list(running):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                answer(number=running.pop(pid), status=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    for module in IMPORTED:
        importlib.import_module(module)
    serve(int(sys.argv[-1]), {PIPELINE: run_pipeline})
