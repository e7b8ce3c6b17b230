"""What `refactor check` costs beside a bare `ast.parse` of the same file.

    python -m bench.check_file FILE [--runs 15]

Both are whole processes, run in turn, no cache read or written; the figures are the least CPU seconds of each,
and their ratio.
"""

from __future__ import annotations

from bench.processes import print_ratio

BARE = "import ast, sys; ast.parse(open(sys.argv[1], 'rb').read())"

if __name__ == "__main__":
    print_ratio(__doc__, BARE, ("check", "--no-cache"), runs=15, digits=3)
