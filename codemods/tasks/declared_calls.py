"""Which calls are of functions that ask a model by the user's word: `llm-calls` in the configuration."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from codemods.python.frames import Frame
from codemods.python.modules import ImportedName, Module
from codemods.python.names import NameResolver, Resolved, dotted_name
from codemods.settings import DeclaredModelCall
from codemods.tasks.origin_kinds import Code, Origins, Outside, in_order
from codemods.tasks.origins import OriginFinder

_OF_THE_TASK = "self."


class DeclaredCalls:
    """Recognises the functions and methods that the configuration names, in the tree and out of sight."""

    def __init__(
        self, declared: Mapping[str, DeclaredModelCall], names: NameResolver, origins: OriginFinder
    ) -> None:
        """`declared` has them by their full name, or by how a task calls a method of its own."""
        self._declared = declared
        self._names = names
        self._origins = origins
        self._resolved: dict[tuple[str, Module], Resolved | None] = {}

    def of(self, function: ast.expr, found: Origins, frame: Frame) -> tuple[str, DeclaredModelCall] | None:
        """What the configuration says of calling an expression, by the name that it has there; None for nothing.

        Args:
            function: the expression.
            found: where its value comes from.
            frame: where it stands.
        """
        if not self._declared:
            return None
        name = self._own(function, frame) or self._imported(function, frame) or self._among(found, frame)
        return (name, self._declared[name]) if name else None

    def _own(self, function: ast.expr, frame: Frame) -> str:
        """The name of a method that is called on the task itself."""
        if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Name):
            return ""
        on_self = function.value.id == frame.self_name
        return self._known(f"{_OF_THE_TASK}{function.attr}") if on_self else ""

    def _imported(self, function: ast.expr, frame: Frame) -> str:
        """The name that an import statement of the module has for it, or the one behind its re-exports."""
        dotted = dotted_name(function) or ""
        root, _, rest = dotted.partition(".")
        bound = frame.module.bindings.get(root)
        if not isinstance(bound, ImportedName) or frame.is_local(root):
            return ""
        written = ".".join(part for part in (bound.module, bound.name, rest) if part)
        return self._known(written) or self._known(self._names.origin(function, frame.module) or "")

    def _among(self, found: Origins, frame: Frame) -> str:
        for origin in in_order(found):
            name = ""
            if isinstance(origin, Outside) and not origin.path.endswith("()"):
                # What a method of an object is called on was made by its class: `app.Client().ask`.
                name = self._known(origin.path.replace("()", ""))
            elif isinstance(origin, Code):
                module = frame.module
                name = next((one for one in self._declared if self._is(origin, one, module)), "")
            if name:
                return name
        return ""

    def _known(self, name: str) -> str:
        return name if name in self._declared else ""

    def _is(self, code: Code, name: str, module: Module) -> bool:
        """Whether a function of the tree is the one that a module would import by a full name."""
        if name.rpartition(".")[2] != getattr(code.function, "name", "") or name.startswith(_OF_THE_TASK):
            return False
        resolved = self._resolve(name, module)
        if resolved is not None:
            return resolved.node is code.function
        holder = self._resolve(name.rpartition(".")[0], module)
        if holder is None or holder.class_def is None or code.frame.owner is None:
            return False
        return any(ref.node is holder.class_def for ref in self._origins.line(code.frame.owner))

    def _resolve(self, name: str, module: Module) -> Resolved | None:
        if (name, module) not in self._resolved:
            holder, _, last = name.rpartition(".")
            found = self._names.follow(ImportedName(holder, last), [], module) if holder else None
            self._resolved[name, module] = found
        return self._resolved[name, module]
