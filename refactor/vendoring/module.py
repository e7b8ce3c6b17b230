"""The module that is written into a pipeline, as it lies in what is installed."""

from __future__ import annotations

from pathlib import Path

FILE = Path(__file__).with_name("database_first.py")


def module_text() -> str:
    """The text of the module. Raises OSError where the installation is damaged."""
    return FILE.read_text(encoding="utf-8")
