"""Times `refactor check` on one file, whole process, against a bare `ast.parse` of the same file.

    python bench/check_file.py FILE [--runs 9]

Prints the fastest run of each and their ratio; no cache is read or written.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

BARE = "import ast, sys; ast.parse(open(sys.argv[1], 'rb').read())"


def fastest(command: list[str], runs: int) -> tuple[float, float]:
    """The fastest of some runs: seconds on the clock and seconds of the processor."""
    best, best_cpu = float("inf"), float("inf")
    for _ in range(runs):
        before, start = os.times(), time.perf_counter()
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        after = os.times()
        best = min(best, time.perf_counter() - start)
        spent = after.children_user + after.children_system - before.children_user - before.children_system
        best_cpu = min(best_cpu, spent)
    return best, best_cpu


def main() -> None:
    """Reads the command line and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args()
    tool = str(Path(sysconfig.get_path("scripts"), "refactor"))
    bare = fastest([sys.executable, "-c", BARE, str(options.file)], options.runs)
    check = fastest([tool, "check", "--no-cache", str(options.file)], options.runs)
    sys.stdout.write(f"bare ast.parse    {bare[0]:.3f} s  ({bare[1]:.3f} s processor)\n")
    sys.stdout.write(f"refactor check    {check[0]:.3f} s  ({check[1]:.3f} s processor)\n")
    sys.stdout.write(f"ratio             {check[0] / bare[0]:.1f}    ({check[1] / bare[1]:.1f} processor)\n")


if __name__ == "__main__":
    main()
