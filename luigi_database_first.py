"""Where the commands begin, by a name that is the distribution's own.

A project may have packages called `pipeline`, `refactor` or `codemods`, and `PYTHONPATH`, which comes before what is
installed, may lead to them. So the packages are imported from beside this file, wherever else one of the name is; their
modules are then found in them.
"""

from __future__ import annotations

import importlib
import os
import sys
from importlib.util import find_spec
from pathlib import Path


def refactor() -> None:
    """Run the command `refactor`; ends the process where its extra is not installed."""
    _open_closed_streams()
    _require("tool", "click", "libcst")
    _import_ours("refactor", "codemods")
    from refactor.cli import main

    main()


def pipeline() -> None:
    """Run the command `pipeline`; ends the process where its extra is not installed."""
    _open_closed_streams()
    _require("runtime", "click", "luigi", "sqlalchemy")
    _import_ours("pipeline")
    from pipeline.cli.main import main

    main()


def _open_closed_streams() -> None:
    """Give a command that was started with a closed stream (`>&-`) one that goes nowhere.

    Python has None for such a stream, and the next file that is opened, a database perhaps, would get its number: what
    another program of this process writes to its standard output would then go there.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            # As long as the process lives.
            stream = Path(os.devnull).open("w" if number else "r", encoding="utf-8")  # noqa: SIM115
            setattr(sys, name, stream)


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
