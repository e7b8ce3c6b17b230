"""What `refactor apply --all --diff` costs beside a bare LibCST round trip of the same file.

    python bench/apply_cost.py FILE [RUNS]

Both are whole processes, run in turn; the figures are the least CPU seconds (user and system) of each, and
their ratio.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

BARE = "import sys, libcst; libcst.parse_module(open(sys.argv[1], newline='').read()).code"


def cpu_seconds(command: list[str]) -> float:
    """CPU seconds of one run of a command; its output is thrown away."""
    with Path(os.devnull).open("wb") as nowhere:
        process = subprocess.Popen(command, stdout=nowhere, stderr=nowhere)
        _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Measures and prints."""
    file, runs = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 7
    bare = [sys.executable, "-c", BARE, file]
    apply = [str(Path(sys.executable).parent / "refactor"), "apply", "--all", "--diff", file]
    pairs = [(cpu_seconds(bare), cpu_seconds(apply)) for _ in range(runs)]
    least_bare, least_apply = (min(column) for column in zip(*pairs, strict=True))
    print(f"bare LibCST round trip {least_bare:.2f} s, apply --all --diff {least_apply:.2f} s")
    print(f"ratio {least_apply / least_bare:.2f} (least of {runs} runs each, in turn)")


if __name__ == "__main__":
    main()
