"""Writes the module anew, after a change of the runtime's sources; needs a clone of the repository."""

import tomllib
from pathlib import Path

from refactor.vendoring.assembling import assembled
from refactor.vendoring.module import FILE

clone = Path(__file__).resolve().parents[2]
version = tomllib.loads((clone / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
FILE.write_text(assembled(clone / "pipeline", version), encoding="utf-8", newline="\n")
