"""What opens the database service of a target: a function or class of its own, else this distribution's."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from codemods.errors import InitialisationError
from codemods.knowledge.vendored import SERVICE, VendoredModule, vendored_module
from codemods.python.classes import Function
from codemods.python.modules import ModuleFinder
from codemods.rewriting.import_roots import ImportRoots, above_packages, shown_path
from codemods.rewriting.vendored_place import FILE_NAME, dotted_name, new_module
from codemods.source import SourceFile
from codemods.tasks.own_packages import hiding_package

DATABASE_SERVICE = "get_database_service"
_SERVICE_METHODS = frozenset(
    {"create_llm_interaction", "update_llm_interaction", "create_plan_content", "close"}
)
_SKIPPED_FOLDERS = frozenset({"venv", "node_modules", "__pycache__", "site-packages", "build", "dist"})
_OTHER_TREES = (".git", "pyvenv.cfg")
_MOST_FILES = 20_000


OWN, INSTALLED, VENDORED, AUTO = SERVICES = ("own", "installed", "vendored", "auto")
"""Whose service is taken: a class of the target, this distribution's, this distribution's as a module of the target;
`auto` is the first of these three that can be had."""


@dataclass(frozen=True)
class Provider:
    """What opens the database service.

    Attributes:
        module: the dotted module to import from.
        name: the function or class to call without arguments.
        service: the name of the service's class in the same module, for the annotation; empty if unknown.
        path: the file it is in, None for this distribution's own as it is installed.
        kind: whose it is: `own`, `installed` or `vendored`.
        why: why it was taken, for people.
        is_there: whether the file is there, and not still to be written.
    """

    module: str
    name: str
    service: str
    path: Path | None
    kind: str = OWN
    why: str = field(default="a class of this project", compare=False)
    is_there: bool = field(default=True, compare=False)


OWN_RUNTIME = Provider(
    "pipeline.database.service",
    "DatabaseService",
    "DatabaseService",
    None,
    INSTALLED,
    "no service found in the tree",
)


class Providers:
    """Finds what opens the service for the files of a tree, each import root read once.

    Args:
        sources: the files of the tree.
        finder: finds the modules they import.
        wanted: whose service is taken.
        into: the file of a module that is vendored; None to take one that is there, or one beside the base class.
    """

    def __init__(
        self,
        sources: Sequence[SourceFile],
        finder: ModuleFinder,
        wanted: str = AUTO,
        into: Path | None = None,
    ) -> None:
        modules = [m for source in sources if (m := finder.module_at(source.path)) is not None]
        self._roots = ImportRoots(modules, finder)
        self._wanted = wanted
        self._into = into
        self._found: dict[Path, tuple[Provider, ...]] = {}
        self._chosen: dict[Path, Provider] = {}

    def of(self, path: Path, beside: Path | None = None) -> Provider:
        """What opens the service for the tasks of one file.

        A service of the target's own is a function `get_database_service` without required parameters, or a class
        that can be made without any, in a module below the directory that the file's imports start from, whose
        service class has the methods that the steps call.

        Args:
            path: the file.
            beside: the file of the base class, where that is another one.

        Raises:
            InitialisationError: the service that is wanted cannot be had: a package of the target hides the one that
                this distribution's is imported from, or the file of a vendored module cannot be that.
        """
        root = self._root(path)
        if root not in self._chosen:
            self._chosen[root] = self._choose(path, root, beside or path)
        return self._chosen[root]

    def _choose(self, path: Path, root: Path, base: Path) -> Provider:
        if root not in self._found:
            self._found[root] = tuple(_services_below(root))
        own = next((one for one in self._found[root] if one.kind == OWN), None)
        vendored = next((one for one in self._found[root] if one.kind == VENDORED), None)
        if self._wanted == OWN:
            if own is None:
                raise InitialisationError(
                    f"no class below {root} has the four methods that the steps call (create_llm_interaction, "
                    "update_llm_interaction, create_plan_content, close) and can be made without arguments"
                )
            return own
        if self._wanted == VENDORED:
            return self._vendored(base, root, vendored, "as --service says")
        there = own or vendored
        if self._wanted == AUTO and there is not None:
            return there
        hidden = _hidden(path)
        if hidden is None:
            return replace(OWN_RUNTIME, why="as --service says") if self._wanted == INSTALLED else OWN_RUNTIME
        if self._wanted == INSTALLED:
            raise InitialisationError(
                f"{hidden}: one would hide the other. Way out: install the tool in an environment of its own, and "
                "let init write the service as a module of this project: refactor init --service vendored --into FILE"
            )
        return self._vendored(base, root, vendored, hidden)

    def _vendored(self, base: Path, root: Path, there: Provider | None, why: str) -> Provider:
        """The module that is there, else the one that is to be written."""
        if there is not None and there.path is not None:
            if self._into is not None and self._into.resolve() != there.path.resolve():
                raise InitialisationError(
                    f"the service is in {there.path} already: leave out --into (refactor init --update renews it)"
                )
            return replace(there, module=dotted_name(there.path, base, root))
        for file in self._into, base.parent / FILE_NAME:
            if file is not None and (known := _marked(file)) is not None:
                raise InitialisationError(
                    f"{file} was changed since init wrote it ({', '.join(known.changed)}), so that it is not known "
                    "what it stores: --service own takes it as it is"
                )
        file, dotted = new_module(self._into, base, root)
        return Provider(dotted, SERVICE, SERVICE, file, VENDORED, why, is_there=False)

    def _root(self, path: Path) -> Path:
        return self._roots.of(path) or above_packages(path.resolve())

    def vendored_files(self, paths: Sequence[Path]) -> tuple[Path, ...]:
        """The modules that `init` has written below the directories that the imports of some files start from."""
        roots = {self._root(path) for path in paths}
        found = {file for root in roots for file in _python_files(root) if _marked(file) is not None}
        return tuple(shown_path(file) for file in sorted(found))


def _hidden(path: Path) -> str | None:
    """Which package of the target has the name of the one that the installed service is in, None for none."""
    hiding = hiding_package(path)
    return f"{shown_path(hiding)} has the name of this distribution's package pipeline" if hiding else None


def _marked(file: Path) -> VendoredModule | None:
    try:
        return vendored_module(file.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None


def _services_below(root: Path) -> Iterator[Provider]:
    """The services of the target, and the module that was vendored unless it was changed: then it is its own."""
    for path in _python_files(root):
        data = path.read_bytes()
        if b"create_plan_content" not in data or b"create_llm_interaction" not in data:
            continue
        names = path.relative_to(root).with_suffix("").parts
        names = names[:-1] if names[-1] == "__init__" else names
        # A file that no import statement can name is a script, or lies in a tree beside the target's packages.
        if not names or not all(name.isidentifier() for name in names):
            continue
        known = vendored_module(data.decode("utf-8", "replace"))
        if known is not None and known.is_intact:
            dotted = ".".join(names)
            yield Provider(dotted, SERVICE, SERVICE, path, VENDORED, "it is there already")
            continue
        try:
            tree = ast.parse(data)
        except (SyntaxError, ValueError):
            continue
        provider = _provider_in(tree, path, ".".join(names))
        if provider is not None:
            yield provider


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
