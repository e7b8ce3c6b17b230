"""What `refactor apply --all --diff` costs beside a bare LibCST round trip of the same file.

    python -m bench.apply_cost FILE [--runs 9]

Both are whole processes, run in turn; the figures are the least CPU seconds of each, and their ratio.
"""

from __future__ import annotations

from bench.processes import print_ratio

BARE = "import sys, libcst; libcst.parse_module(open(sys.argv[1], newline='').read()).code"

if __name__ == "__main__":
    print_ratio(__doc__, BARE, ("apply", "--all", "--diff"), runs=9, digits=2)
