"""What `refactor check` costs beside a bare `ast.parse` of the same file.

    python -m bench.check_file FILE [--runs 15]

Both are whole processes, run in turn, no cache read or written; the figures are the least CPU seconds of each,
and their ratio.
"""

from __future__ import annotations

import argparse
import sys
import sysconfig
from pathlib import Path

from bench.processes import least_cpu_seconds

BARE = "import ast, sys; ast.parse(open(sys.argv[1], 'rb').read())"


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--runs", type=int, default=15)
    options = parser.parse_args()
    file = str(options.file)
    tool = str(Path(sysconfig.get_path("scripts"), "refactor"))
    bare, check = least_cpu_seconds(
        [[sys.executable, "-c", BARE, file], [tool, "check", "--no-cache", file]], options.runs
    )
    print(f"bare ast.parse {bare:.3f} s, refactor check {check:.3f} s")
    print(f"ratio {check / bare:.1f} (least of {options.runs} runs each, in turn)")


if __name__ == "__main__":
    main()
