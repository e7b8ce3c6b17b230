"""Copies of a repository that the tool can be run on, with a configuration."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_KEYS = ("base-classes", "llm-arguments", "row-after-file", "environment", "llm-only", "not-outputs")


@dataclass(frozen=True)
class Prepared:
    """A copy that is ready to be worked on.

    Attributes:
        name: the entry of repositories.toml.
        root: the directory in which the commands run.
        paths: the paths that they are given.
        initialise: the options of the `refactor init` that belongs in front of them, None for no such command.
    """

    name: str
    root: Path
    paths: tuple[str, ...]
    initialise: tuple[str, ...] | None

    def beside(self, suffix: str) -> Path:
        """Where another state of the copy is kept."""
        parts = self.root.parts
        at = parts.index(self.name)
        return Path(*parts[:at], f"{self.name}.{suffix}", *parts[at + 1 :])


def prepare(name: str, entry: dict[str, Any], source: Path, into: Path, extra: dict[str, Any]) -> Prepared:
    """Copies `source/<name>` to `into/<name>`, and gives it a configuration.

    Args:
        name: the entry's name.
        entry: the entry of repositories.toml.
        source: the directory with the checkouts.
        into: an empty directory for the copies.
        extra: keys of `[tool.refactor]` that hold for all repositories of this run.
    """
    whole = into / name
    shutil.copytree(source / name, whole, symlinks=True, ignore=shutil.ignore_patterns(".git"))
    root = whole / entry.get("root", ".")
    paths = tuple(entry.get("paths", ["."]))
    settings = {key: entry[key] for key in _KEYS if key in entry} | extra
    configuration = root / "refactor-ecosystem.toml"
    lines = [
        "[tool.refactor]",
        f"paths = {_toml(list(paths))}",
        *(f"{k} = {_toml(v)}" for k, v in settings.items()),
    ]
    if "writers" in entry:
        lines.append("[tool.refactor.writers]")
        lines += [f'"{name}" = {_inline(facts)}' for name, facts in entry["writers"].items()]
    configuration.write_text("\n".join(lines) + "\n")
    return Prepared(name, root, paths, tuple(entry["init"]) if "init" in entry else None)


def _inline(facts: dict[str, Any]) -> str:
    return "{ " + ", ".join(f"{key} = {_toml(value)}" for key, value in facts.items()) + " }"


def _toml(value: Any) -> str:
    if isinstance(value, bool | int):
        return str(value).lower()
    return "[" + ", ".join(f'"{v}"' for v in value) + "]" if isinstance(value, list) else f'"{value}"'
