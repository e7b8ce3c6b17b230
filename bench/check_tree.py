"""Times `refactor check` on a tree of 5,000 files with 100 tasks, side by side with other tools on the same tree.

    python bench/check_tree.py [--files 5000] [--tasks 100] [--runs 3]

The others do other work: `ruff check` its default rules, Fixit its own, and the LibCST codemod parses each file and
visits every node. What is not installed is left out.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

from codemods.checking.declaration import PATTERN

SCRIPTS = Path(sysconfig.get_path("scripts"))
FILLER = '''\
"""A module of a large code base, number {number}."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Record{number}:
    name: str
    values: tuple[int, ...] = ()

    def total(self) -> int:
        return sum(value * {number} for value in self.values)


def load_{number}(text: str) -> Record{number}:
    data = json.loads(text)
    try:
        return Record{number}(data["name"], tuple(data.get("values", ())))
    except KeyError as error:
        raise ValueError(f"no name in {{text[:20]!r}}") from error
'''
CODEMOD = """\
import sys
from pathlib import Path
import libcst
class Visitor(libcst.CSTVisitor):
    pass
for path in sorted(Path(sys.argv[1]).rglob("*.py")):
    libcst.parse_module(path.read_bytes()).visit(Visitor())
"""


def grow(top: Path, files: int, tasks: int) -> None:
    """Writes the tree: packages of fifty modules, every n-th of which holds a task."""
    every = max(1, files // tasks)
    written = 0
    for number in range(files):
        folder = top / f"package_{number // 50}"
        folder.mkdir(exist_ok=True)
        if number % every == 0 and written < tasks:
            text = PATTERN.replace("SummariseTask", f"Summarise{number}Task")
            written += 1
        else:
            text = FILLER.format(number=number)
        (folder / f"module_{number}.py").write_text(text, encoding="utf-8")


def installed(name: str) -> str | None:
    """A tool beside this Python, or else on the path."""
    return shutil.which(name, path=str(SCRIPTS)) or shutil.which(name)


def seconds(command: list[str], runs: int) -> float:
    """The fastest of some runs."""
    best = float("inf")
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        best = min(best, time.perf_counter() - start)
    return best


def main() -> None:
    """Reads the command line and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--tasks", type=int, default=100)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        top = Path(name, "tree")
        top.mkdir()
        grow(top, options.files, options.tasks)
        cache = str(Path(name, "cache"))
        refactor = [str(SCRIPTS / "refactor"), "check", str(top)]
        commands = {
            "refactor check, no cache": [*refactor, "--no-cache"],
            "refactor check, no cache, -j 2": [*refactor, "--no-cache", "-j", "2"],
            "refactor check, warm cache": [*refactor, "--cache-dir", cache],
        }
        subprocess.run(commands["refactor check, warm cache"], check=False, capture_output=True)
        if ruff := installed("ruff"):
            commands["ruff check, no cache"] = [ruff, "check", "--no-cache", "--isolated", str(top)]
        if fixit := installed("fixit"):
            commands["fixit lint"] = [fixit, "lint", str(top)]
        commands["LibCST codemod, one process"] = [sys.executable, "-c", CODEMOD, str(top)]
        sys.stdout.write(f"{options.files} files, {options.tasks} tasks\n")
        for label, command in commands.items():
            runs = 1 if label.startswith(("LibCST", "fixit")) else options.runs
            sys.stdout.write(f"{label:<34}{seconds(command, runs):8.2f} s\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
