"""From an expression to the definition that it names, through imports and re-exports."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemods.python.modules import Definition, ImportedName, Module, ModuleFinder

_MAX_REEXPORTS = 8
_NAME = ast.Name
_ATTRIBUTE = ast.Attribute


@dataclass(frozen=True)
class Resolved:
    """A definition and the module that holds it."""

    module: Module
    node: Definition | ast.expr

    @property
    def class_def(self) -> ast.ClassDef | None:
        """The node as a class, or None."""
        return self.node if isinstance(self.node, ast.ClassDef) else None

    @property
    def function_def(self) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """The node as a function, or None."""
        return self.node if isinstance(self.node, ast.FunctionDef | ast.AsyncFunctionDef) else None


def dotted_name(expression: ast.expr) -> str | None:
    """`a.b.c` for a chain of attributes on a name, None for anything else."""
    # Asked of almost every expression, mostly of calls and bare names: the class decides at once.
    if isinstance(expression, _NAME):
        return expression.id
    if not isinstance(expression, _ATTRIBUTE):
        return None
    parts: list[str] = []
    while isinstance(expression, _ATTRIBUTE):
        parts.append(expression.attr)
        expression = expression.value
    if not isinstance(expression, _NAME):
        return None
    parts.append(expression.id)
    parts.reverse()
    return ".".join(parts)


class NameResolver:
    """Resolves module-level names of one project."""

    def __init__(self, finder: ModuleFinder) -> None:
        self.finder = finder
        self._resolved: dict[tuple[str, Module], Resolved | None] = {}
        self._origins: dict[tuple[str, Module], str | None] = {}

    def resolve(self, expression: ast.expr, module: Module) -> Resolved | None:
        """The class, function or value that an expression names at module level.

        Takes `Name` and `Attribute` chains on modules (`package.module.Class`); string annotations are parsed.
        Returns None for third-party and unknown names.
        """
        if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
            try:
                expression = ast.parse(expression.value, mode="eval").body
            except (SyntaxError, ValueError):
                return None
        dotted = dotted_name(expression)
        if dotted is None:
            return None
        key = dotted, module
        if key not in self._resolved:
            first, *rest = dotted.split(".")
            self._resolved[key] = self._follow(first, rest, module, _MAX_REEXPORTS)
        return self._resolved[key]

    def follow(self, imported: ImportedName, rest: list[str], module: Module) -> Resolved | None:
        """What an import statement of a module names, with further attributes; None for what is not in the tree."""
        return self._imported(imported, rest, module, _MAX_REEXPORTS)

    def is_class_attribute(self, expression: ast.expr, module: Module) -> bool:
        """Whether an expression is `Class.attribute` of an imported class, as far as that shows without a tree."""
        if not isinstance(expression, ast.Attribute) or not isinstance(expression.value, ast.Name):
            return False
        binding = module.bindings.get(expression.value.id)
        return (
            isinstance(binding, ImportedName)
            and binding.name is not None
            and self.finder.declares_class(binding, module)
        )

    def origin(self, expression: ast.expr, module: Module) -> str | None:
        """The full dotted name of what an expression names, after aliases and re-exports: `luigi.LocalTarget`.

        For names that are bound by an import; None for local definitions and unbound names.
        """
        dotted = dotted_name(expression)
        if dotted is None:
            return None
        key = dotted, module
        if key not in self._origins:
            self._origins[key] = self._origin(dotted, module)
        return self._origins[key]

    def _origin(self, dotted: str, module: Module) -> str | None:
        first, *rest = dotted.split(".")
        binding = module.bindings.get(first)
        if not isinstance(binding, ImportedName):
            return None
        for _ in range(_MAX_REEXPORTS):
            target = self.finder.find(binding, module) if binding.name else None
            exported = target.bindings.get(binding.name or "") if target is not None else None
            if target is None or not isinstance(exported, ImportedName):
                break
            binding, module = exported, target
        parts = [binding.module, *([binding.name] if binding.name else []), *rest]
        return ".".join(part for part in parts if part)

    def _follow(self, name: str, rest: list[str], module: Module, budget: int) -> Resolved | None:
        binding = module.bindings.get(name)
        if binding is None or budget == 0:
            return None
        if any(isinstance(one, Definition) for one in module.alternatives.get(name, ())):
            # Which of them it is shows on import alone.
            return None
        if not isinstance(binding, ImportedName):
            return Resolved(module, binding) if not rest else None
        return self._imported(binding, rest, module, budget)

    def _imported(
        self, binding: ImportedName, rest: list[str], module: Module, budget: int
    ) -> Resolved | None:
        if binding.name is None:
            return self._follow_module(binding, rest, module, budget)
        target = self.finder.find(binding, module)
        if target is not None and binding.name in target.bindings:
            return self._follow(binding.name, rest, target, budget - 1)
        submodule = self.finder.find_submodule(binding, module)
        if submodule is not None and rest:
            return self._follow(rest[0], rest[1:], submodule, budget - 1)
        return self._through_star(binding.name, rest, target, budget) if target is not None else None

    def _follow_module(
        self, binding: ImportedName, rest: list[str], module: Module, budget: int
    ) -> Resolved | None:
        dotted = binding.module
        for index, part in enumerate(rest):
            target = self.finder.find(ImportedName(dotted, None), module)
            if target is not None and part in target.bindings:
                return self._follow(part, rest[index + 1 :], target, budget - 1)
            dotted = f"{dotted}.{part}"
        return None

    def _through_star(self, name: str, rest: list[str], module: Module, budget: int) -> Resolved | None:
        star = module.bindings.get("*")
        if isinstance(star, ImportedName):
            target = self.finder.find(star, module)
            if target is not None and budget:
                return self._follow(name, rest, target, budget - 1)
        return None
