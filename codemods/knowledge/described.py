"""Packages that are described here in whole, so that their source is not read where it happens to be in sight."""

from __future__ import annotations

from pathlib import Path

_DESCRIBED = {"luigi": ("task_register.py", "local_target.py")}
"""Each package with files by which it is told from another one of its name."""

_READ = ("luigi.contrib",)
"""Packages below them that are not described."""


def is_described(dotted: str, above: Path) -> bool:
    """Whether a module is part of a package that is known without its source.

    Luigi's own repository, or a copy of Luigi in a target, is understood as an installed Luigi is.

    Args:
        dotted: the module.
        above: the directory in which its first package was found.
    """
    package = dotted.partition(".")[0]
    if package not in _DESCRIBED or any(f"{dotted}.".startswith(f"{one}.") for one in _READ):
        return False
    return all((above / package / name).is_file() for name in _DESCRIBED[package])
