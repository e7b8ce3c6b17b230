"""Names for inserted code that meet no name of the method, and imports for what it calls."""

from __future__ import annotations

import ast
import builtins
import itertools
import re
from collections.abc import Sequence

from codemods.python.frame_nodes import names_bound_by
from codemods.python.global_names import last_star_import, written_names
from codemods.python.modules import ImportedName, Module
from codemods.python.trees import walk

IMPORT_MARK = "# database-first steps"
"""Ends each added import line, so that a revert knows it."""


_WORD = re.compile(r"\w+")


def identifiers(node: ast.AST) -> set[str]:
    """Every identifier that a piece of code binds, reads or deletes as a variable."""
    found: set[str] = set()
    for child in walk(node):
        kind = child.__class__
        if kind is ast.Constant or kind is ast.Attribute:
            continue
        if isinstance(child, ast.Name):
            found.add(child.id)
        elif isinstance(child, ast.arg):
            found.add(child.arg)
        elif isinstance(child, ast.Global | ast.Nonlocal):
            found.update(child.names)
        else:
            found.update(names_bound_by(child))
    return found


class InsertedNames:
    """Picks the names of one method's inserted code.

    Args:
        function: the entry method.
        module: its module.
        local: the names that the method and its nested functions bind.
    """

    def __init__(self, function: ast.AST, module: Module, local: set[str]) -> None:
        self._global = written_names(module)
        # Whether an import may be bound anew, to anything, by a star import whose names nobody sees.
        self._hidden = bool(last_star_import(module))
        self._taken = identifiers(function) | self._global | set(module.bindings) | set(dir(builtins))
        self._local = local
        self._module = module
        self._chosen: dict[str, str] = {}
        self._imports: dict[str, str] = {}

    @property
    def imports(self) -> tuple[str, ...]:
        """The import statements that the chosen names may need, in a stable order."""
        return tuple(sorted(self._imports.values(), key=lambda line: (line.startswith("from"), line)))

    def imports_of(self, code: Sequence[str]) -> tuple[str, ...]:
        """Those of the imports whose name occurs in the code that is inserted."""
        words = set().union(*(set(_WORD.findall(text)) for text in code))
        return tuple(line for line in self.imports if _WORD.findall(line)[-1] in words)

    def shared(self, wanted: str) -> str:
        """The one name that stands for `wanted` everywhere in the method."""
        if wanted not in self._chosen:
            self._chosen[wanted] = self.fresh(wanted)
        return self._chosen[wanted]

    def fresh(self, wanted: str) -> str:
        """A name like `wanted` that is used nowhere in the method yet."""
        numbered = (f"{wanted}_{number}" for number in itertools.count(2))
        name = next(c for c in itertools.chain((wanted, f"db_{wanted}"), numbered) if c not in self._taken)
        self._taken.add(name)
        return name

    def module(self, module: str, attribute: str | None = None) -> str:
        """The expression for a standard library module or one of its attributes, by binding or added import."""
        for name, binding in self._module.bindings.items():
            if name in self._local or not isinstance(binding, ImportedName) or binding.level:
                continue
            if self._hidden and not self._is_imported_last(name):
                continue
            if binding == ImportedName(module, attribute):
                return name
            if attribute is not None and binding == ImportedName(module, None):
                return f"{name}.{attribute}"
        key = f"{module}.{attribute or ''}"
        imported = attribute or module
        if key not in self._imports:
            alias = imported
            if self.is_bound(imported):
                alias = self.fresh(f"{imported}_module" if attribute is None else f"{imported}_type")
            elif self._hidden:
                # A star import brings no name that begins with an underscore.
                alias = self.fresh(f"_{imported}")
            suffix = "" if alias == imported else f" as {alias}"
            head = f"from {module} import {attribute}" if attribute else f"import {module}"
            self._imports[key] = f"{head}{suffix}"
            self._chosen[key] = alias
        return self._chosen[key]

    def _is_imported_last(self, name: str) -> bool:
        """Whether a name is imported below the last star import, which can bind it to something else."""
        return any(
            isinstance(statement, ast.Import | ast.ImportFrom)
            and statement.lineno > last_star_import(self._module)
            and name in {n for alias in statement.names for n in names_bound_by(alias)}
            for statement in self._module.tree.body
        )

    def module_if_bound(self, module: str) -> str:
        """The name that the module itself has for a module, empty where it imports it nowhere."""
        bound = (n for n, b in self._module.bindings.items() if b == ImportedName(module, None))
        return next(bound, "")

    def is_bound(self, name: str) -> bool:
        """Whether the module or the method gives a meaning to a name."""
        return name in self._local or name in self._global

    def builtin(self, name: str) -> str:
        """The expression for a builtin, also where the method or module gave its name to something else."""
        if self._hidden or self.is_bound(name):
            return f"{self.module('builtins')}.{name}"
        return name
