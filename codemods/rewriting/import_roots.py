"""From which directory the modules of a tree are imported, told by the imports that work there today."""

from __future__ import annotations

import ast
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from codemods.python.modules import ImportedName, Module, ModuleFinder
from codemods.tasks.own_packages import is_project_root


class ImportRoots:
    """The directory that is on Python's path when a file is imported.

    Args:
        modules: the modules of the tree.
        finder: finds what they import.
    """

    def __init__(self, modules: Sequence[Module], finder: ModuleFinder) -> None:
        self._seen: dict[Path, Counter[Path]] = defaultdict(Counter)
        self._heads: set[tuple[Path, str]] = set()
        self._trees = {m.path.resolve(): m.tree for m in modules}
        self._tops = {m.directory for m in modules}
        imports = {m.path.resolve(): list(_absolute_imports(m, finder)) for m in modules}
        # An `openai.py` that imports `openai` is not what the name means, neither there nor in the files beside it.
        misled = {
            (dotted, file)
            for file, found in imports.items()
            for dotted, led_to in found
            if led_to == file and "." not in dotted and file.name != "__init__.py"
        }
        for module in modules:
            for dotted, found in imports[module.path.resolve()]:
                if (dotted, found) in misled:
                    continue
                root = _root(found, dotted)
                if module.path.resolve().is_relative_to(root):
                    self._seen[module.path.resolve()][root] += 1
                if "." in dotted:
                    self._heads.add((root, dotted.partition(".")[0]))
                if found.is_relative_to(root):
                    self._seen[found][root] += 1

    def of(self, path: Path) -> Path | None:
        """The directory for one file; None where nothing tells."""
        real = path.resolve()
        votes = self._seen.get(real) or self._votes_beside(real)
        if votes:
            return max(votes, key=lambda root: (votes[root], -len(root.parts)))
        is_script = _is_script(self._trees.get(real))
        if (real.parent / "__init__.py").is_file():
            top = above_packages(real)
            known = (top, real.relative_to(top).parts[0]) in self._heads
            # Run as a file, it starts in its own directory; run or imported as a module, in the package's.
            return top if known or not (is_script or top == real.parent) else None
        if is_script:
            return real.parent
        for root, head in sorted(self._heads, key=lambda h: len(h[0].parts)):
            if real.is_relative_to(root / head):
                return root
        at_the_top = all(top.is_relative_to(real.parent) for top in self._tops)
        return real.parent if at_the_top else None

    def _votes_beside(self, real: Path) -> Counter[Path]:
        """What the files of the same directory tell: they start from the same one, unless they tell different ones."""
        found: Counter[Path] = Counter()
        for other, votes in self._seen.items():
            if other.parent == real.parent:
                found.update(votes)
        return found if len(found) == 1 else Counter()


def above_packages(file: Path) -> Path:
    """The directory above the outermost package that a file lies in; its own where it lies in none.

    The root of a project is above none: where it holds an `__init__.py` too, nothing beside it is imported with it.
    A package that is called like one of Python's own modules counts as none: which of the two is found depends on
    what was imported before.
    """
    top = package = file.parent
    while (top / "__init__.py").is_file() and top.parent != top and not is_project_root(top):
        package, top = top, top.parent
    return file.parent if package.name in sys.stdlib_module_names else top


def shown_path(file: Path) -> Path:
    """A resolved path as a user would name it: below the working directory without that."""
    here = Path.cwd().resolve()
    return file.relative_to(here) if file.is_relative_to(here) else file


def _is_script(tree: ast.Module | None) -> bool:
    """Whether a file is meant to be run: then its own directory is where imports start."""
    return tree is not None and any(
        isinstance(s, ast.If) and "__name__" in {n.id for n in ast.walk(s.test) if isinstance(n, ast.Name)}
        for s in tree.body
    )


def _absolute_imports(module: Module, finder: ModuleFinder) -> Iterator[tuple[str, Path]]:
    for statement in module.tree.body:
        if isinstance(statement, ast.Import):
            wanted = [ImportedName(alias.name, None) for alias in statement.names]
        elif isinstance(statement, ast.ImportFrom) and not statement.level and statement.module:
            wanted = [ImportedName(statement.module, None)]
            wanted += [ImportedName(f"{statement.module}.{alias.name}", None) for alias in statement.names]
        else:
            continue
        for imported in wanted:
            found = finder.find(imported, module)
            if found is not None:
                yield imported.module, found.path.resolve()


def _root(found: Path, dotted: str) -> Path:
    inner = found.parent if found.name == "__init__.py" else found.with_suffix("")
    for _ in dotted.split("."):
        inner = inner.parent
    return inner
