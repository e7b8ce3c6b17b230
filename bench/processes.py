"""Times whole processes side by side, the way an installed tool runs: with its byte code on disk."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import sysconfig
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""An editable install has no byte code until a first run may write it; an ordinary one has it from the start."""


@dataclass(frozen=True)
class Cost:
    """What one run of a command took: seconds on the clock, and of the processor (user and system)."""

    clock: float
    cpu: float


def measure(command: Sequence[str]) -> Cost:
    """One run of a command, with the processes that it starts; its output is thrown away."""
    start = time.perf_counter()
    with Path(os.devnull).open("wb") as nowhere:
        process = subprocess.Popen(list(command), stdout=nowhere, stderr=nowhere, env=ENVIRONMENT)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(time.perf_counter() - start, usage.ru_utime + usage.ru_stime)


def cpu_seconds(command: Sequence[str]) -> float:
    """CPU seconds of one run of a command; its output is thrown away."""
    return measure(command).cpu


def least_cpu_seconds(commands: Sequence[Sequence[str]], runs: int) -> list[float]:
    """The least CPU seconds of each command, run in turn so that load from elsewhere meets all of them.

    A first run of each is not counted.
    """
    for command in commands:
        cpu_seconds(command)
    rounds = [[cpu_seconds(command) for command in commands] for _ in range(runs)]
    return [min(column) for column in zip(*rounds, strict=True)]


def print_ratio(document: str | None, bare: str, tool: Sequence[str], *, runs: int, digits: int) -> None:
    """Print what a `refactor` command costs beside a bare program, for the file that the command line names.

    `bare` is that program's source, which finds the file in `sys.argv[1]`; `tool` the command's arguments
    before the file; `document` what `--help` says.
    """
    parser = argparse.ArgumentParser(
        description=document, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file")
    parser.add_argument("--runs", type=int, default=runs)
    options = parser.parse_args()
    command = str(Path(sysconfig.get_path("scripts"), "refactor"))
    alone, ours = least_cpu_seconds(
        [[sys.executable, "-c", bare, options.file], [command, *tool, options.file]], options.runs
    )
    print(f"bare {alone:.{digits}f} s, refactor {' '.join(tool)} {ours:.{digits}f} s")
    print(f"ratio {ours / alone:.2f} (least of {options.runs} runs each, in turn)")
