"""What tests share: whether they are to run long, and what only one of several worker processes has to make."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

CHAOS = bool(os.environ.get("CHAOS"))
"""Whether all is tried that `make chaos` tries; otherwise one of each kind is."""


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The directory that `make` has filled in whichever worker came first; the others wait for it.

    Args:
        factory: pytest's; the directory lies where its workers have theirs.
        name: of the directory, one for all that is made alike.
        make: fills the directory, which is there and empty. What it raises is raised here, and the next one tries.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        alone = factory.mktemp(name)
        make(alone)
        return alone
    directory = factory.getbasetemp().parent / f"shared-{name}"
    done = directory / ".made"
    directory.mkdir(exist_ok=True)
    with (directory.parent / f"shared-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            content = directory / "content"
            content.mkdir(exist_ok=True)
            make(content)
            done.touch()
    return directory / "content"
