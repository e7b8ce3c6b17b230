"""Packages of the target that hide those of this distribution: both are imported by one name."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path

RUNTIME = "pipeline"
_MARKERS = (".git", "pyproject.toml", "setup.py", "setup.cfg")
_BELOW = ("", "src", "lib")


def hiding_package(path: Path) -> Path | None:
    """What the target's own tree has under the name of this distribution's package, None for nothing.

    Looked for where the imports of a file of the project can start: in the directories above it that are no packages
    themselves, up to the project's root, and in `src` and `lib` there. A package, a module and a directory without
    `__init__.py` that modules lie in or below count alike: once both are importable, one of them hides the other.

    Args:
        path: a file of the target.
    """
    for folder in _roots(path.resolve()):
        for below in _BELOW:
            base = folder / below
            for found in (base / RUNTIME, base / f"{RUNTIME}.py"):
                if _is_importable(found) and not _is_ours(found):
                    return found
    return None


def is_project_root(folder: Path) -> bool:
    """Whether a directory is the top of a project: a repository, or what is built and installed as one."""
    return any((folder / marker).exists() for marker in _MARKERS)


def _roots(path: Path) -> Iterator[Path]:
    folders = [folder for folder in path.parents if folder != folder.parent]
    marked = next((i for i, f in enumerate(folders) if is_project_root(f)), None)
    package_root = next((i for i, f in enumerate(folders) if not (f / "__init__.py").is_file()), 0)
    last = package_root if marked is None else max(marked, package_root)
    yield from (f for f in folders[: last + 1] if not (f / "__init__.py").is_file())


def _is_importable(found: Path) -> bool:
    if found.suffix == ".py":
        return found.is_file()
    if (found / "__init__.py").is_file():
        return True
    # A directory without `__init__.py` is a package only where no other of the name is: the installed one wins then.
    return found.is_dir() and _holds_modules(found)


def _holds_modules(folder: Path) -> bool:
    """Whether a module lies in a directory or in one below it that an import can name."""
    for _, folders, files in os.walk(folder):
        if any(name.endswith(".py") for name in files):
            return True
        folders[:] = [name for name in folders if name.isidentifier()]
    return False


def _is_ours(found: Path) -> bool:
    """Whether a package is this distribution's own, as in a clone of it or in a copy that somebody vendored."""
    service = found.parent / RUNTIME / "database" / "service.py"
    try:
        tree = ast.parse(service.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return False
    return any(isinstance(s, ast.ClassDef) and s.name == "DatabaseService" for s in tree.body)
