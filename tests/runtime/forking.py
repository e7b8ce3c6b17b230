"""A process that has imported the runtime once and forks a child for each command: what users start, sooner.

Reads one JSON document a line from standard input and answers with two a line on standard output:

    {"number", "arguments", "directory", "environment", "output", "errors"} -> {"number", "pid"}, {"number", "status"}

The status is negative for a signal. A child has the environment of the order, and no other.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import selectors
import sys
import threading
import traceback
from typing import Any

IMPORTED = (
    "pipeline.cli.main",
    "pipeline.running.lifecycle",
    "pipeline.llm.answers",
    "pipeline.database.migrate",
)
WAIT_SECONDS = 0.005


def run_child(order: dict[str, Any]) -> None:
    """Be the command that the order names; does not return."""
    status = 70
    try:
        for descriptor, name in ((0, os.devnull), (1, order["output"]), (2, order["errors"])):
            flags = os.O_RDONLY if descriptor == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
            opened = os.open(name, flags, 0o666)
            os.dup2(opened, descriptor)
            os.close(opened)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", encoding="utf-8", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
        os.environ.clear()
        os.environ.update(order["environment"])
        os.chdir(order["directory"])
        sys.argv = ["-c", *order["arguments"]]
        from pipeline.cli.main import main

        status = 0
        main()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:
        status = 1
        traceback.print_exc()
    finally:
        # What the interpreter does at its end, which a fork does not come to.
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(status)


def serve() -> None:
    """Serve until standard input ends and the last child has ended."""
    selector = selectors.DefaultSelector()
    selector.register(0, selectors.EVENT_READ)
    running: dict[int, int] = {}
    buffered = b""
    is_open = True
    while is_open or running:
        if is_open and selector.select(WAIT_SECONDS if running else None):
            data = os.read(0, 1 << 16)
            is_open = bool(data)
            *lines, buffered = (buffered + data).split(b"\n")
            for line in lines:
                order = json.loads(line)
                pid = os.fork()
                if pid == 0:
                    selector.close()
                    run_child(order)
                running[pid] = order["number"]
                _answer(number=order["number"], pid=pid)
        for pid in list(running):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                _answer(number=running.pop(pid), status=os.waitstatus_to_exitcode(status))


def _answer(**values: int) -> None:
    os.write(1, json.dumps(values).encode() + b"\n")


if __name__ == "__main__":
    for module in IMPORTED:
        importlib.import_module(module)
    serve()
