"""What opens the database service of a target: a function or class of its own, else this distribution's."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from codemods.errors import InitialisationError
from codemods.python.classes import Function
from codemods.python.modules import ModuleFinder
from codemods.rewriting.import_roots import ImportRoots, above_packages
from codemods.source import SourceFile
from codemods.tasks.own_packages import hiding_package

DATABASE_SERVICE = "get_database_service"
_SERVICE_METHODS = frozenset(
    {"create_llm_interaction", "update_llm_interaction", "create_plan_content", "close"}
)
_SKIPPED_FOLDERS = frozenset({"venv", "node_modules", "__pycache__", "site-packages", "build", "dist"})
_OTHER_TREES = (".git", "pyvenv.cfg")
_MOST_FILES = 20_000


@dataclass(frozen=True)
class Provider:
    """What opens the database service.

    Attributes:
        module: the dotted module to import from.
        name: the function or class to call without arguments.
        service: the name of the service's class in the same module, for the annotation; empty if unknown.
        path: the file it was found in, None for this package's own runtime.
    """

    module: str
    name: str
    service: str
    path: Path | None


OWN_RUNTIME = Provider("pipeline.database.service", "DatabaseService", "DatabaseService", None)


class Providers:
    """Finds what opens the service for the files of a tree, each import root read once.

    Args:
        sources: the files of the tree.
        finder: finds the modules they import.
    """

    def __init__(self, sources: Sequence[SourceFile], finder: ModuleFinder) -> None:
        modules = [m for source in sources if (m := finder.module_at(source.path)) is not None]
        self._roots = ImportRoots(modules, finder)
        self._found: dict[Path, Provider | None] = {}

    def of(self, path: Path) -> Provider:
        """What opens the service for the tasks of one file.

        A service of the target's own is a function `get_database_service` without required parameters, or a class
        that can be made without any, in a module below the directory that the file's imports start from, whose
        service class has the methods that the steps call.

        Raises:
            InitialisationError: a package of the target hides the one that this distribution's is imported from.
        """
        root = self._roots.of(path) or above_packages(path.resolve())
        if root not in self._found:
            self._found[root] = _first_below(root)
        provider = self._found[root] or OWN_RUNTIME
        if provider is OWN_RUNTIME:
            _require_reachable(path)
        return provider


def _require_reachable(path: Path) -> None:
    """Raises where a package of the target has the name of one that the service needs."""
    for name in ("pipeline", "migrations"):
        hiding = hiding_package(path, name)
        if hiding is not None:
            raise InitialisationError(
                f"{hiding} has the name of this distribution's package {name}: one would hide the other. Way out: "
                "install the tool in an environment of its own, and write a class with the four methods that the "
                "steps call (create_llm_interaction, update_llm_interaction, create_plan_content, close), which init "
                'then finds; see "A database service of your own" in docs/how-to/own-pipeline.md'
            )


def _first_below(root: Path) -> Provider | None:
    for path in _python_files(root):
        data = path.read_bytes()
        if b"create_plan_content" not in data or b"create_llm_interaction" not in data:
            continue
        names = path.relative_to(root).with_suffix("").parts
        names = names[:-1] if names[-1] == "__init__" else names
        # A file that no import statement can name is a script, or lies in a tree beside the target's packages.
        if not names or not all(name.isidentifier() for name in names):
            continue
        try:
            tree = ast.parse(data)
        except (SyntaxError, ValueError):
            continue
        provider = _provider_in(tree, path, ".".join(names))
        if provider is not None:
            return provider
    return None


def _provider_in(tree: ast.Module, path: Path, dotted: str) -> Provider | None:
    services = [
        s
        for s in tree.body
        if isinstance(s, ast.ClassDef)
        and {m.name for m in s.body if isinstance(m, Function)} >= _SERVICE_METHODS
    ]
    if not services:
        return None
    service = services[0]
    for statement in tree.body:
        if (
            isinstance(statement, ast.FunctionDef)
            and statement.name == DATABASE_SERVICE
            and _takes_nothing(statement, 0)
        ):
            return Provider(dotted, statement.name, service.name, path)
    init = next((m for m in service.body if isinstance(m, ast.FunctionDef) and m.name == "__init__"), None)
    if init is None or _takes_nothing(init, 1):
        return Provider(dotted, service.name, service.name, path)
    return None


def _takes_nothing(function: ast.FunctionDef, given: int) -> bool:
    a = function.args
    required = len(a.posonlyargs) + len(a.args) - len(a.defaults) - given
    generator = any(isinstance(n, ast.Yield | ast.YieldFrom) for n in ast.walk(function))
    return required <= 0 and all(default is not None for default in a.kw_defaults) and not generator


def _python_files(root: Path) -> Iterator[Path]:
    stack, seen = [root], 0
    while stack and seen < _MOST_FILES:
        folder = stack.pop()
        try:
            entries = sorted(folder.iterdir(), reverse=True)
        except OSError:
            continue
        for entry in entries:
            if entry.is_symlink() or entry.name in _SKIPPED_FOLDERS or entry.name.startswith("."):
                continue
            if entry.is_dir():
                if not any((entry / marker).exists() for marker in _OTHER_TREES):
                    stack.append(entry)
            elif entry.suffix == ".py":
                seen += 1
                yield entry
