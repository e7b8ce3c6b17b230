"""How the time of the analysis grows with the code: CPU seconds at n, 2n and 4n, whole processes.

    python -m bench.growth [--size 500]

Each shape is a task whose run() grows in one way. The last column is the ratio of the last doubling, after what a
process takes for a task of no size is taken off; more than 2.3 would be more than linear.
"""

from __future__ import annotations

import argparse
import sysconfig
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.processes import least_cpu_seconds

BASE = """\
import os

import luigi


class PlanTask(luigi.Task):
    run_dir = luigi.Parameter()

    def get_plan_id(self):
        return os.path.basename(self.run_dir)

    def get_database_service(self):
        raise NotImplementedError


"""


def task(lines: list[str], methods: str = "", base: str = "PlanTask") -> str:
    """The source of a task that runs some lines."""
    body = "".join(f"        {line}\n" for line in lines)
    return (
        f"class GrowingTask({base}):\n    def output(self):\n"
        '        return luigi.LocalTarget(os.path.join(self.run_dir, "a.txt"))\n\n'
        f'    def run(self):\n{body}        with self.output().open("w") as f:\n'
        f"            f.write(str(value))\n{methods}"
    )


def rebound(n: int) -> str:
    """A name that is bound again from itself."""
    return task(["value = load()", *(f"value = value[value.c{i} > 0]" for i in range(n))])


def conditions(n: int) -> str:
    """A chain of `elif`."""
    chain = [line for i in range(n) for line in (f"elif x == {i}:", f"    value = {i}")]
    return task(["x = 1", "value = 0", "if x < 0:", "    value = 0", *chain])


def texts(n: int) -> str:
    """Texts that are added."""
    return task(["value = (", *(f"    'text {i} ' +" for i in range(n)), "    '')"])


def grown(n: int) -> str:
    """A text that grows line by line."""
    return task(["value = ''", *(f"value = value + 'line {i}'" for i in range(n))])


def literals(n: int) -> str:
    """A long literal."""
    return task(["value = {", *(f"    'k{i}': [{i}, 'v']," for i in range(n)), "}"])


def helpers(n: int) -> str:
    """Methods that call each other."""
    methods = "".join(
        f"\n    def m{i}(self, a):\n        b = self.m{(i + 1) % n}(a)\n        return self.m{(7 * i + 3) % n}(b)\n"
        for i in range(n)
    )
    return task(["value = self.m0([])"], methods)


def classes(n: int) -> str:
    """A chain of base classes."""
    chain = "".join(
        f"class C{i}({f'C{i - 1}' if i else 'PlanTask'}):\n    def m{i}(self):\n        return {i}\n\n\n"
        for i in range(n)
    )
    return chain + task(["value = self.m0()"], base=f"C{n - 1}" if n else "PlanTask")


SHAPES: tuple[Callable[[int], str], ...] = (rebound, conditions, texts, grown, literals, helpers, classes)


def seconds(command: tuple[str, ...], source: str) -> float:
    """The least CPU seconds of some runs over a source."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "tasks.py")
        file.write_text(BASE + source, encoding="utf-8")
        tool = str(Path(sysconfig.get_path("scripts"), "refactor"))
        return least_cpu_seconds([[tool, *command, str(file)]], runs=2)[0]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=int, default=500)
    size = parser.parse_args().size
    for command in (("status",), ("apply", "--all", "--check")):
        nothing = seconds(command, rebound(0))
        print(f"refactor {' '.join(command)}: {nothing:.2f} s for a task of no size")
        for shape in SHAPES:
            first, second, third = (seconds(command, shape(size * times)) for times in (1, 2, 4))
            ratio = (third - nothing) / max(second - nothing, 0.005)
            print(
                f"  {shape.__name__:<12}{first:8.2f}{second:8.2f}{third:8.2f}   last doubling: {ratio:.1f}",
                flush=True,
            )
