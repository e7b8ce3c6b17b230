"""The names of a function, and what binds them."""

from __future__ import annotations

import ast
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from codemods.python.classes import ClassRef, ClassResolver, Function
from codemods.python.frame_nodes import NAME_FIELDS, names_bound_by, nodes_of_frame
from codemods.python.modules import ImportedName, Module
from codemods.python.names import NameResolver
from codemods.python.trees import walk


@dataclass(frozen=True)
class Sources:
    """The resolvers of one project.

    Attributes:
        names: names at module level.
        classes: classes and their members.
        learnt: what an analysis knows of the whole project and shares between tasks, by its class.
    """

    names: NameResolver
    classes: ClassResolver
    learnt: dict[type, Any] = field(default_factory=dict, compare=False, repr=False)


@lru_cache(maxsize=1 << 14)
def own_nodes(function: Function | ast.Lambda) -> tuple[ast.AST, ...]:
    """All nodes of a function but those of nested functions, lambdas and classes (their headers are included)."""
    return tuple(nodes_of_frame(function.body if isinstance(function.body, list) else [function.body]))


@lru_cache(maxsize=1 << 14)
def declared_elsewhere(function: Function | ast.Lambda) -> Mapping[str, ast.Global | ast.Nonlocal]:
    """The names that a function declares to belong to its module or to a function around it."""
    found: dict[str, ast.Global | ast.Nonlocal] = {}
    for node in own_nodes(function):
        if isinstance(node, ast.Global | ast.Nonlocal):
            for name in node.names:
                found.setdefault(name, node)
    return MappingProxyType(found)


@lru_cache(maxsize=1 << 14)
def own_imports(function: Function | ast.Lambda) -> Mapping[int, ImportedName]:
    """The names that a function's own import statements bind, by the identity of their alias node."""
    found: dict[int, ImportedName] = {}
    for node in own_nodes(function):
        if isinstance(node, ast.Import):
            for alias in node.names:
                bound = alias.name if alias.asname else alias.name.partition(".")[0]
                found[id(alias)] = ImportedName(bound, None)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                found[id(alias)] = ImportedName(node.module or "", alias.name, node.level)
    return MappingProxyType(found)


_BINDERS = frozenset(
    {
        *NAME_FIELDS,
        *(ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr),
        *(ast.For, ast.AsyncFor, ast.withitem, ast.comprehension, ast.alias),
    }
)


def parameters(function: Function | ast.Lambda) -> list[ast.arg]:
    """All parameters in order, starred ones last."""
    a = function.args
    return [*a.posonlyargs, *a.args, *a.kwonlyargs, *(x for x in (a.vararg, a.kwarg) if x)]


@dataclass
class Scope:
    """One function as seen from inside.

    Attributes:
        module: where the function's global names live.
        owner: the class of `self`, None outside of methods.
        function: the function.
        parent: the enclosing function's scope.
    """

    module: Module
    owner: ClassRef | None
    function: Function | ast.Lambda
    parent: Scope | None = None
    _bindings: dict[str, list[ast.AST]] | None = field(default=None, repr=False)
    _key: Hashable | None = field(default=None, repr=False, kw_only=True)

    @property
    def key(self) -> Hashable:
        """What tells this scope from others: two that are made for one function, seen from one class, are equal."""
        if self._key is None:
            owner = self.owner.node if self.owner else None
            self._key = (self.function, owner, self.parent.key if self.parent else None)
        return self._key

    @property
    def self_name(self) -> str | None:
        """The name of the instance parameter of the method, looked up through enclosing functions."""
        if self.parent is not None:
            return self.parent.self_name
        if self.owner is None or not isinstance(self.function, Function):
            return None
        for decorator in self.function.decorator_list:
            if isinstance(decorator, ast.Name) and decorator.id in {"staticmethod", "classmethod"}:
                return None
        args = self.function.args.posonlyargs + self.function.args.args
        return args[0].arg if args else None

    @property
    def bindings(self) -> dict[str, list[ast.AST]]:
        """For each local name the expressions assigned to it; other binders stand as their own node."""
        if self._bindings is None:
            self._bindings = _local_bindings(self.function)
        return self._bindings

    def values_of(self, name: str) -> list[ast.AST] | None:
        """What binds a name in this function or the nearest enclosing one that binds it, None for globals."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.bindings:
                return scope.bindings[name]
            scope = scope.parent
        return None

    def holder_of(self, name: str) -> Scope:
        """The scope that binds a name: this one or an enclosing one; the outermost where none does."""
        scope = self
        while name not in scope.bindings and scope.parent is not None:
            scope = scope.parent
        return scope

    def is_local(self, name: str) -> bool:
        """Whether the name is bound in this function or an enclosing one."""
        return self.values_of(name) is not None

    def nested_function(self, name: str) -> Function | None:
        """The nested function that a name is bound to, if that is its only binding."""
        values = self.values_of(name)
        if values is not None and len(values) == 1 and isinstance(values[0], Function):
            return values[0]
        return None


def module_scope(module: Module) -> Scope:
    """What the expressions of a module see that stand in no function."""
    nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
    return Scope(module, None, ast.Lambda(nothing, ast.Constant(None)))


def scope_of(module: Module, around: tuple[ast.AST, ...]) -> Scope | None:
    """The function that something stands in, None at module level.

    Args:
        module: the file.
        around: the classes and functions around it, from the outside in.
    """
    scope: Scope | None = None
    owner: ClassRef | None = None
    for node in around:
        if isinstance(node, ast.ClassDef):
            owner, scope = ClassRef(module, node), None
        elif isinstance(node, Function | ast.Lambda):
            scope = Scope(module, owner, node, scope)
    return scope


@lru_cache(maxsize=1 << 14)
def _local_bindings(function: Function | ast.Lambda) -> dict[str, list[ast.AST]]:
    found: dict[str, list[ast.AST]] = {}

    def bind(target: ast.expr, value: ast.AST) -> None:
        if isinstance(target, ast.Name):
            found.setdefault(target.id, []).append(value)
        elif isinstance(target, ast.Starred):
            bind(target.value, target)
        elif isinstance(target, ast.Tuple | ast.List):
            for element in target.elts:
                bind(element, target)

    for parameter in parameters(function):
        found.setdefault(parameter.arg, []).append(parameter)
    for node in own_nodes(function):
        if node.__class__ not in _BINDERS:
            continue
        if isinstance(node, ast.Assign):
            for target in node.targets:
                bind(target, node.value)
        elif isinstance(node, ast.AnnAssign):
            if node.value is not None:
                bind(node.target, node)
        elif isinstance(node, ast.AugAssign | ast.For | ast.AsyncFor):
            bind(node.target, node)
        elif isinstance(node, ast.NamedExpr):
            bind(node.target, node.value)
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            bind(node.optional_vars, node)
        elif isinstance(node, ast.comprehension):
            for name in walk(node.target):
                if isinstance(name, ast.Name):
                    found.setdefault(name.id, []).append(node)
        else:
            for bound in names_bound_by(node):
                found.setdefault(bound, []).append(node)
    return found
