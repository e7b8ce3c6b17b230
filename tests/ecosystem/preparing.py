"""Copies of a repository that the tool can be run on: a configuration, and a base class with the two methods."""

from __future__ import annotations

import ast
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_BASE = """\
import luigi

from pipeline.database.service import DatabaseService


class DbTask(luigi.Task):
    def get_plan_id(self):
        return "plan"

    def get_database_service(self):
        return DatabaseService()
"""
_METHODS = """\
def get_plan_id(self):
    return "plan"

def get_database_service(self):
    from pipeline.database.service import DatabaseService

    return DatabaseService()

"""
_KEYS = ("base-classes", "llm-arguments", "row-after-file", "environment", "llm-only", "not-outputs")


@dataclass(frozen=True)
class Prepared:
    """A copy that is ready to be worked on.

    Attributes:
        name: the entry of repositories.toml.
        root: the directory in which the commands run.
        paths: the paths that they are given.
        initialise: whether `refactor init` belongs in front of them.
    """

    name: str
    root: Path
    paths: tuple[str, ...]
    initialise: bool

    def beside(self, suffix: str) -> Path:
        """Where another state of the copy is kept."""
        parts = self.root.parts
        at = parts.index(self.name)
        return Path(*parts[:at], f"{self.name}.{suffix}", *parts[at + 1 :])


def prepare(name: str, entry: dict[str, Any], source: Path, into: Path, extra: dict[str, Any]) -> Prepared:
    """Copies `source/<name>` to `into/<name>`, gives it a configuration and, where wanted, a base class.

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
    if entry.get("rebase"):
        settings["base-classes"] = ["DbTask"]
        (root / "db_task.py").write_text(_BASE)
    for path in paths:
        for file in sorted((root / path).rglob("*.py")):
            if entry.get("rebase") and file.name != "db_task.py":
                _rebase(file)
            elif "methods" in entry:
                _give_methods(file, entry["methods"])
    configuration = root / "refactor-ecosystem.toml"
    lines = [
        "[tool.refactor]",
        f"paths = {_toml(list(paths))}",
        *(f"{k} = {_toml(v)}" for k, v in settings.items()),
    ]
    configuration.write_text("\n".join(lines) + "\n")
    return Prepared(name, root, paths, bool(entry.get("init")))


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "[" + ", ".join(f'"{v}"' for v in value) + "]" if isinstance(value, list) else f'"{value}"'


def _give_methods(file: Path, name: str) -> None:
    """Gives the class of this name the two methods, in front of its first statement."""
    data = file.read_bytes()
    if f"class {name}".encode() not in data:
        return
    for node in ast.parse(data).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            first = node.body[0]
            indent = " " * first.col_offset
            methods = "".join(f"{indent}{line}\n" if line else "\n" for line in _METHODS.splitlines())
            lines = data.splitlines(keepends=True)
            lines.insert(first.lineno - 1, methods.encode())
            file.write_bytes(b"".join(lines))


def _rebase(file: Path) -> None:
    """Writes `DbTask` where a class of the file derives from luigi.Task, and imports it below luigi."""
    data = file.read_bytes()
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError):
        return
    names, after = _luigi_names(tree)
    bases = [
        base
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for base in node.bases
        if ast.unparse(base) in names
    ]
    if not bases or after is None:
        return
    lines = data.splitlines(keepends=True)
    for base in sorted(bases, key=lambda b: (b.lineno, b.col_offset), reverse=True):
        line = lines[base.lineno - 1]
        lines[base.lineno - 1] = line[: base.col_offset] + b"DbTask" + line[base.end_col_offset :]
    end = b"\r\n" if lines[0].endswith(b"\r\n") else b"\n"
    lines.insert(after, b"from db_task import DbTask" + end)
    file.write_bytes(b"".join(lines))


def _luigi_names(tree: ast.Module) -> tuple[set[str], int | None]:
    """How the module writes `luigi.Task`, and the line behind the import that it comes by."""
    names: set[str] = set()
    after = None
    for node in tree.body:
        if isinstance(node, ast.Import):
            found = {f"{a.asname or a.name}.Task" for a in node.names if a.name == "luigi"}
        elif isinstance(node, ast.ImportFrom) and node.module in {"luigi", "luigi.task"}:
            found = {a.asname or a.name for a in node.names if a.name == "Task"}
        else:
            continue
        if found:
            names |= found
            after = node.end_lineno
    return names, after
