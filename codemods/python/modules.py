"""Finding and indexing the modules that a file's imports name."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from codemods.errors import SourceError
from codemods.knowledge.described import is_described
from codemods.source import SourceFile, decode

Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class ImportedName:
    """A binding made by an import statement.

    Attributes:
        module: dotted module, without leading dots.
        name: the imported attribute, None for `import module`.
        level: number of leading dots.
    """

    module: str
    name: str | None
    level: int = 0


Binding = Definition | ImportedName | ast.expr


def statements_at_module_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run on import, those inside `if` and `try` included."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.If):
            yield from statements_at_module_level(statement.body)
            yield from statements_at_module_level(statement.orelse)
        elif isinstance(statement, ast.Try):
            for suite in (
                statement.body,
                *(h.body for h in statement.handlers),
                statement.orelse,
                statement.finalbody,
            ):
                yield from statements_at_module_level(suite)
        elif isinstance(statement, ast.With):
            yield from statements_at_module_level(statement.body)


_WORD = re.compile(r"[^\W\d]\w*")


class Module:
    """A parsed module: its source, its tree, and what its names are bound to."""

    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self.path = source.path

    @cached_property
    def directory(self) -> Path:
        """The real directory of the file."""
        return self.path.resolve().parent

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree. Raises SourceError."""
        return self.source.tree

    @cached_property
    def statements(self) -> tuple[ast.stmt, ...]:
        """The statements that run on import, those inside `if` and `try` included."""
        return tuple(statements_at_module_level(self.tree.body))

    @cached_property
    def classes(self) -> tuple[ast.ClassDef, ...]:
        """The classes among these statements."""
        return tuple(statement for statement in self.statements if isinstance(statement, ast.ClassDef))

    @cached_property
    def bindings(self) -> dict[str, Binding]:
        """Module-level names; the last binding of a name wins, as at run time."""
        return {name: found[-1] for name, found in self._bindings.items()}

    @cached_property
    def alternatives(self) -> dict[str, tuple[Binding, ...]]:
        """The names that a condition or an error on import decides about, with all that they may be bound to."""
        return {name: tuple(found) for name, found in self._bindings.items() if len(found) > 1}

    @cached_property
    def alternatives_by_node(self) -> dict[int, tuple[Binding, ...]]:
        """The same by the identity of each definition and value."""
        return {id(one): found for found in self.alternatives.values() for one in found}

    @cached_property
    def _bindings(self) -> dict[str, list[Binding]]:
        """What each name may be bound to when the import ends; the last one is what it is bound to if all run."""
        always = {id(statement) for statement in self.tree.body}
        found: dict[str, list[Binding]] = {}
        for statement in self.statements:
            for name, binding in _bound_by(statement):
                if id(statement) in always:
                    found[name] = [binding]
                else:
                    found.setdefault(name, []).append(binding)
        return found

    def binds(self, name: str, module: str, attribute: str | None = None) -> bool:
        """Whether the module-level `name` is exactly `import module` or `from module import attribute`."""
        return self.bindings.get(name) == ImportedName(module, attribute)


def _bound_by(statement: ast.stmt) -> Iterator[tuple[str, Binding]]:
    """The names that one statement of a module binds, and what to."""
    if isinstance(statement, Definition):
        yield statement.name, statement
    elif isinstance(statement, ast.Import):
        for alias in statement.names:
            bound = alias.asname or alias.name.partition(".")[0]
            yield bound, ImportedName(alias.name if alias.asname else bound, None)
    elif isinstance(statement, ast.ImportFrom):
        for alias in statement.names:
            imported = ImportedName(statement.module or "", alias.name, statement.level)
            yield alias.asname or alias.name, imported
    elif isinstance(statement, ast.Assign):
        for target in statement.targets:
            if isinstance(target, ast.Name):
                yield target.id, statement.value
    elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
        yield statement.target.id, statement.value


@dataclass(frozen=True)
class Lookup:
    """Where an import was looked for.

    Attributes:
        folder: the directory of the importer; the one that the dots lead to where there are dots.
        dotted: the module, without the dots in front.
        relative: whether there were dots: then it is looked for in the directory alone.
    """

    folder: Path
    dotted: str
    relative: bool


class ModuleFinder:
    """Finds modules from the directories that the importing file lies in.

    A package root need not be the working directory: every ancestor of the importing file, and its `src`
    directory, is tried. Files are read and parsed once.
    """

    def __init__(self, sources: tuple[SourceFile, ...] = ()) -> None:
        self._modules: dict[Path, Module | None] = {}
        self._sources: dict[Path, SourceFile | None] = {}
        self._found: dict[tuple[Path, str], Path | None] = {}
        self._real: dict[Path, Path] = {}
        self._lookups: dict[Path, dict[Lookup, Path | None]] = {}
        self._paths: dict[tuple[Module, str, int], Path | None] = {}
        for source in sources:
            self._modules[source.path.resolve()] = Module(source)
        self._given = tuple(m for m in self._modules.values() if m is not None)

    def adopt(self, source: SourceFile) -> Module:
        """The module of a source that was read already; the same one for the same file.

        Raises:
            SourceError: it does not parse.
        """
        key = source.path.resolve()
        known = self._modules.get(key)
        if known is None or known.source.text != source.text:
            _ = source.tree
            known = self._modules[key] = Module(source)
        # One that another file's import led to before is told by the name that was given.
        known.path = source.path
        return known

    def module_at(self, path: Path) -> Module | None:
        """The module of a file, or None where it cannot be read or parsed."""
        key = self._real_path(path)
        if key not in self._modules:
            source = self._source_at(path)
            module = Module(source) if source is not None else None
            try:
                _ = module and module.tree
            except SourceError:
                module = None
            self._modules[key] = module
        return self._modules[key]

    def holder_of(self, node: ast.AST) -> Module | None:
        """The module that a node stands in, of those that were read; None for a node that was made."""
        return next(
            (
                module
                for module in self._modules.values()
                if module is not None and any(found is node for found in ast.walk(module.tree))
            ),
            None,
        )

    def given_modules(self, own: Module, name: str) -> Iterator[Module]:
        """A module, and those of the sources that the finder was made with which mention a name."""
        yield own
        here = str(own.path)
        for path, real, module in self._mentioning.get(name, ()):
            if path != here:
                yield self._modules.get(real) or module

    @cached_property
    def _mentioning(self) -> dict[str, list[tuple[str, Path, Module]]]:
        """The sources that the finder was made with, by each word in them: to search all for each name is quadratic.

        Each with its path and the real one.
        """
        found: dict[str, list[tuple[str, Path, Module]]] = {}
        for module in self._given:
            entry = str(module.path), self._real_path(module.path), module
            for word in set(_WORD.findall(module.source.text)):
                found.setdefault(word, []).append(entry)
        return found

    def _source_at(self, path: Path) -> SourceFile | None:
        key = self._real_path(path)
        known = self._modules.get(key)
        if known is not None:
            return known.source
        if key not in self._sources:
            try:
                self._sources[key] = decode(path.read_bytes(), path)
            except (OSError, SourceError):
                self._sources[key] = None
        return self._sources[key]

    def _real_path(self, path: Path) -> Path:
        key = self._real.get(path)
        if key is None:
            key = self._real[path] = path.resolve()
        return key

    def lookups(self, path: Path) -> dict[Lookup, Path | None]:
        """What was asked of the imports of a module, and of those of the modules they lead to: the files found."""
        found: dict[Lookup, Path | None] = {}
        pending = [self._real_path(path)]
        seen = set(pending)
        while pending:
            own = self._lookups.get(pending.pop(), {})
            found |= own
            pending += {self._real_path(target) for target in own.values() if target is not None} - seen
            seen.update(pending)
        return found

    def follow(self, lookup: Lookup) -> Path | None:
        """The file that an import leads to, None for none."""
        if lookup.relative:
            return self._file_below(lookup.folder, lookup.dotted)
        return self.search(lookup.folder, lookup.dotted)

    def search(self, directory: Path, dotted: str) -> Path | None:
        """The file that an absolute import leads to from a directory, None for none."""
        key = (directory, dotted)
        if key not in self._found:
            self._found[key] = self._search(directory, dotted)
        return self._found[key]

    def find(self, imported: ImportedName, importer: Module) -> Module | None:
        """The module that an import names, or None where it is not in the tree (third-party, missing)."""
        return self._find_dotted(imported.module, imported.level, importer)

    def find_submodule(self, imported: ImportedName, importer: Module) -> Module | None:
        """The module `from package import module` names, or None."""
        dotted = f"{imported.module}.{imported.name}" if imported.module else str(imported.name)
        return self._find_dotted(dotted, imported.level, importer)

    def declares_class(self, imported: ImportedName, importer: Module) -> bool:
        """Whether the text of the module that a name is imported from has the class statement; parses nothing."""
        path = self._path_of(imported.module, imported.level, importer)
        source = self._source_at(path) if path else None
        if source is None:
            return False
        head = f"\nclass {imported.name}"
        return any(f"{head}{follow}" in source.text for follow in "(:")

    def _find_dotted(self, dotted: str, level: int, importer: Module) -> Module | None:
        path = self._path_of(dotted, level, importer)
        return self.module_at(path) if path else None

    def _path_of(self, dotted: str, level: int, importer: Module) -> Path | None:
        key = importer, dotted, level
        if key not in self._paths:
            directory = importer.directory
            for _ in range(level - 1):
                directory = directory.parent
            lookup = Lookup(directory, dotted, level > 0)
            own = self._lookups.setdefault(self._real_path(importer.path), {})
            self._paths[key] = own[lookup] = self.follow(lookup)
        return self._paths[key]

    def _search(self, directory: Path, dotted: str) -> Path | None:
        if dotted.partition(".")[0] in sys.stdlib_module_names:
            return None
        ancestors = (directory, *directory.parents)
        # Imports start above the outermost package; inside of one only scripts find their neighbours.
        roots = [a for a in ancestors if not (a / "__init__.py").is_file()]
        for root in (*roots, *(a for a in ancestors if a not in roots)):
            for base in (root, root / "src"):
                path = self._file_below(base, dotted)
                if path is not None:
                    return None if is_described(dotted, base) else path
        return None

    @staticmethod
    def _file_below(base: Path, dotted: str) -> Path | None:
        stem = base.joinpath(*dotted.split(".")) if dotted else base
        package = stem / "__init__.py"
        if package.is_file():
            return package
        if dotted:
            module = stem.with_name(stem.name + ".py")
            if module.is_file():
                return module
        return None
