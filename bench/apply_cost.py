"""What `refactor apply --all --diff` costs beside a bare LibCST round trip of the same file.

    python -m bench.apply_cost FILE [--runs 9]

Both are whole processes, run in turn; the figures are the least CPU seconds of each, and their ratio.
"""

from __future__ import annotations

import argparse
import sys
import sysconfig
from pathlib import Path

from bench.processes import least_cpu_seconds

BARE = "import sys, libcst; libcst.parse_module(open(sys.argv[1], newline='').read()).code"


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args()
    file = str(options.file)
    tool = str(Path(sysconfig.get_path("scripts"), "refactor"))
    bare, apply = least_cpu_seconds(
        [[sys.executable, "-c", BARE, file], [tool, "apply", "--all", "--diff", file]], options.runs
    )
    print(f"bare LibCST round trip {bare:.2f} s, apply --all --diff {apply:.2f} s")
    print(f"ratio {apply / bare:.2f} (least of {options.runs} runs each, in turn)")


if __name__ == "__main__":
    main()
