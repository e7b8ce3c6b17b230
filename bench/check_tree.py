"""What `refactor check` costs on a tree of 5,000 files with 100 tasks, beside other tools on the same tree.

    python -m bench.check_tree [--files 5000] [--tasks 100] [--runs 5] [--slow-runs 1]

All are whole processes, run in turn; the figures are the least of their runs, on the clock and of the processor (all
processes of a command together). `--slow-runs` is for those that parse every file. The others do other work: `ruff
check` and Fixit apply their default rules, the LibCST codemod parses each file and visits every node. Ruff comes with
the `dev` extra, Fixit with `bench`.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.processes import Cost, measure
from codemods.checking.declaration import PATTERN

SCRIPTS = Path(sysconfig.get_path("scripts"))
FILLER = '''\
"""A module of a large code base, number {number}."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

logger = logging.getLogger(__name__)
LIMIT = {number} + 1


@dataclass(frozen=True)
class Record{number}:
    """A record, as it is read from a file."""

    name: str
    values: tuple[int, ...] = ()
    notes: dict[str, str] = field(default_factory=dict)

    def total(self) -> int:
        return sum(value * {number} for value in self.values if value < LIMIT)

    def truncated(self, width: int) -> str:
        text = f"{{self.name}}: {{self.total()}}"
        return text if len(text) <= width else text[: width - 1] + "…"


class Reader{number}:
    """Reads the records of a directory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.errors: list[str] = []

    def {method}(self) -> Iterator[Record{number}]:
        for path in sorted(self.folder.glob("*.json")):
            try:
                yield load_{number}(path.read_text(encoding="utf-8"))
            except (OSError, ValueError) as error:
                logger.warning("%s cannot be read: %s", path, error)
                self.errors.append(str(error))


def load_{number}(text: str) -> Record{number}:
    data = json.loads(text)
    try:
        return Record{number}(data["name"], tuple(data.get("values", ())))
    except KeyError as error:
        raise ValueError(f"no name in {{text[:20]!r}}") from error
'''
UNDONE = """\
import json

import luigi

from plan import PlanTask
from summarise import Summarise


class SummariseTask(PlanTask):
    def output(self):
        return luigi.LocalTarget(self.run_id_dir / "summary.json")

    def run_with_llm(self, llm):
        with self.input().open("r") as f:
            query = f.read()
        summary = Summarise.execute(llm, query)
        with self.output().open("w") as f:
            json.dump(summary.data, f, indent=2)
"""
CODEMOD = """\
import sys
from pathlib import Path
import libcst
class Visitor(libcst.CSTVisitor):
    pass
for path in sorted(Path(sys.argv[1]).rglob("*.py")):
    libcst.parse_module(path.read_bytes()).visit(Visitor())
"""


@dataclass(frozen=True)
class Contender:
    """A command and what it is called; `slow` ones are run fewer times."""

    label: str
    command: tuple[str, ...]
    slow: bool = False


def grow(top: Path, files: int, tasks: int) -> None:
    """Writes the tree: packages of fifty modules; every n-th module holds a task, every fifth of these not refactored.

    Every twentieth of the other modules has a method called `run`, so that only parsing tells it from a task.
    """
    every = max(1, files // tasks)
    written = 0
    for number in range(files):
        folder = top / f"package_{number // 50}"
        folder.mkdir(exist_ok=True)
        if number % every == 0 and written < tasks:
            text = PATTERN if written % 5 else UNDONE
            text = text.replace("SummariseTask", f"Summarise{number}Task")
            written += 1
        else:
            text = FILLER.format(number=number, method="records" if number % 20 else "run")
        (folder / f"module_{number}.py").write_text(text, encoding="utf-8")


def contenders(top: Path, scratch: Path) -> list[Contender]:
    """The commands; says which cannot run."""
    tool = str(SCRIPTS / "refactor")
    refactor = (tool, "check", str(top), "--cache-dir", str(scratch / "cache"))
    found = [
        Contender("refactor check, no cache", (*refactor, "--no-cache")),
        Contender("refactor check, no cache, -j 2", (*refactor, "--no-cache", "-j", "2")),
        Contender("refactor check, warm cache", refactor),
    ]
    if ruff := _installed("ruff"):
        found.append(Contender("ruff check, no cache", (ruff, "check", "--no-cache", "--isolated", str(top))))
    else:
        sys.stderr.write("ruff is not installed: pip install -e '.[dev]'\n")
    found.append(
        Contender("LibCST codemod, one process", (sys.executable, "-c", CODEMOD, str(top)), slow=True)
    )
    if fixit := _installed("fixit"):
        found.append(Contender("fixit lint", (fixit, "--quiet", "lint", str(top)), slow=True))
    else:
        sys.stderr.write("Fixit is not installed: pip install -e '.[bench]'\n")
    return found


def _installed(name: str) -> str | None:
    """A tool beside this Python, or else on the path."""
    return shutil.which(name, path=str(SCRIPTS)) or shutil.which(name)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--tasks", type=int, default=100)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--slow-runs", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        top = Path(name, "tree")
        top.mkdir()
        grow(top, options.files, options.tasks)
        lines = sum(path.read_bytes().count(b"\n") for path in top.rglob("*.py"))
        commands = contenders(top, Path(name))
        subprocess.run([commands[2].command[0], *commands[2].command[1:]], check=False, capture_output=True)
        costs: dict[str, list[Cost]] = {contender.label: [] for contender in commands}
        for turn in range(max(options.runs, options.slow_runs)):
            for contender in commands:
                if turn < (options.slow_runs if contender.slow else options.runs):
                    costs[contender.label].append(measure(contender.command))
    print(f"{options.files} files with {options.tasks} tasks, {lines} lines")
    print(f"{'':<34}{'clock':>10}{'processor':>12}{'runs':>6}")
    for label, runs in costs.items():
        clock, cpu = min(cost.clock for cost in runs), min(cost.cpu for cost in runs)
        print(f"{label:<34}{clock:>8.2f} s{cpu:>10.2f} s{len(runs):>6}")


if __name__ == "__main__":
    main()
