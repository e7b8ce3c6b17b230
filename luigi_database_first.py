"""Where the commands begin, by a name that is the distribution's own.

A project may have packages called `pipeline`, `refactor` or `codemods`, and `PYTHONPATH`, which comes before what is
installed, may lead to them. So the packages are imported from beside this file, wherever else one of the name is; their
modules are then found in them.
"""

from __future__ import annotations

import importlib
import sys
from importlib.util import find_spec
from pathlib import Path


def refactor() -> None:
    """Run the command `refactor`; ends the process where its extra is not installed."""
    _require("tool", "click", "libcst")
    _import_ours("refactor", "codemods")
    from refactor.cli import main

    main()


def pipeline() -> None:
    """Run the command `pipeline`; ends the process where its extra is not installed."""
    _require("runtime", "click", "luigi", "sqlalchemy")
    _import_ours("pipeline")
    from pipeline.cli.main import main

    main()


def _require(extra: str, *needed: str) -> None:
    missing = next((name for name in needed if find_spec(name) is None), None)
    if missing is not None:
        command = Path(sys.argv[0]).name
        message = f"{command} needs {missing}, which is not installed: pip install 'luigi-database-first[{extra}]'\n"
        sys.stderr.write(message)
        sys.exit(2)


def _import_ours(*packages: str) -> None:
    home = str(Path(__file__).resolve().parent)
    sys.path.insert(0, home)
    try:
        for name in packages:
            importlib.import_module(name)
    finally:
        sys.path.remove(home)
