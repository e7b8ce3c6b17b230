"""What modules put into containers, and hand to functions, while they are imported: registries, tables, decorators.

By names alone, so over-approximated: a container of the same name in another module counts too where that module
imports the name.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from codemods.python.classes import ClassRef, Function
from codemods.python.modules import Definition, ImportedName, Module
from codemods.python.names import dotted_name
from codemods.python.puts import put_by
from codemods.python.scopes import Scope, Sources, scope_of
from codemods.python.trees import kept_with_tree, walk_in_frames

Around = tuple[ast.AST, ...]
_REGISTERING = (ast.Assign, ast.AugAssign, ast.Call, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Placed:
    """An expression, and where it stands.

    Attributes:
        node: the expression, or a definition.
        module: the module that it stands in.
        around: the classes and functions around it, from the outside in.
        by: the decorator or the call that it is given to, None for what is put into a container.
    """

    node: ast.expr | Definition
    module: Module
    around: Around
    by: ast.expr | None = None

    @property
    def scope(self) -> Scope | None:
        """The function that it stands in, None at module level."""
        return scope_of(self.module, self.around)


class Registrations:
    """What the modules of one project put and register."""

    def __init__(self, sources: Sources) -> None:
        self._finder = sources.names.finder

    @staticmethod
    def shared(sources: Sources) -> Registrations:
        """Those of the project that the sources are of."""
        found = sources.learnt.setdefault(Registrations, Registrations(sources))
        assert isinstance(found, Registrations)  # noqa: S101 - for the type checker
        return found

    def put_into(self, name: str, module: Module) -> Iterator[Placed]:
        """What is put into the container that a module calls by a global name."""
        for other in self._finder.given_modules(module, name):
            for holder, value, around in _puts(other.tree).get(name, ()):
                if _means(holder, name, module, other) and not _is_local(name, around):
                    yield Placed(value, other, around)

    def decorated_with(self, name: str, module: Module) -> Iterator[Placed]:
        """The functions and classes that are decorated with a function called so, or with what it gives."""
        for other in self._finder.given_modules(module, name):
            for decorator, node, around in _decorated(other.tree).get(name, ()):
                yield Placed(node, other, around, decorator)

    def calls_on_import(self, name: str, module: Module) -> Iterator[tuple[ast.Call, Module]]:
        """The calls of a function called so that run when a module is imported."""
        for other in self._finder.given_modules(module, name):
            for call in _calls_on_import(other.tree).get(name, ()):
                yield call, other

    def methods_named(self, name: str, module: Module) -> Iterator[tuple[Function, ClassRef]]:
        """The methods of this name of every class at module level that is looked at."""
        for other in self._finder.given_modules(module, name):
            for method, owner in _methods(other.tree).get(name, ()):
                yield method, ClassRef(other, owner)


def _means(holder: ast.expr, name: str, module: Module, other: Module) -> bool:
    """Whether a container of another module can be the one that a module calls by a name."""
    if other is module:
        return isinstance(holder, ast.Name)
    root = (dotted_name(holder) or "").partition(".")[0]
    bound = other.bindings.get(root)
    return isinstance(bound, ImportedName) and (root != name or bound.name is not None)


def _is_local(name: str, around: Around) -> bool:
    return any(
        isinstance(n, Function | ast.Lambda)
        and any(a.arg == name for a in (*n.args.posonlyargs, *n.args.args, *n.args.kwonlyargs))
        for n in around
    )


@kept_with_tree
def _with_around(tree: ast.Module) -> tuple[tuple[ast.AST, Around], ...]:
    """The nodes that register something, each with what it stands in: found in one walk for all who ask."""
    return tuple(found for found in walk_in_frames(tree) if isinstance(found[0], _REGISTERING))


@kept_with_tree
def _puts(tree: ast.Module) -> Mapping[str, list[tuple[ast.expr, ast.expr, Around]]]:
    found: dict[str, list[tuple[ast.expr, ast.expr, Around]]] = {}
    for node, around in _with_around(tree):
        put = put_by(node)
        if put is not None:
            last = (dotted_name(put[0]) or "").rpartition(".")[2]
            if last:
                found.setdefault(last, []).extend((put[0], value, around) for value in put[1])
    return found


@kept_with_tree
def _decorated(tree: ast.Module) -> Mapping[str, list[tuple[ast.expr, Definition, Around]]]:
    found: dict[str, list[tuple[ast.expr, Definition, Around]]] = {}
    for node, around in _with_around(tree):
        for decorator in node.decorator_list if isinstance(node, Definition) else ():
            named = decorator.func if isinstance(decorator, ast.Call) else decorator
            last = (dotted_name(named) or "").rpartition(".")[2]
            if last and isinstance(node, Definition):
                found.setdefault(last, []).append((decorator, node, around))
    return found


@kept_with_tree
def _calls_on_import(tree: ast.Module) -> Mapping[str, list[ast.Call]]:
    found: dict[str, list[ast.Call]] = {}
    for node, around in _with_around(tree):
        if isinstance(node, ast.Call) and all(isinstance(n, ast.ClassDef) for n in around):
            last = (dotted_name(node.func) or "").rpartition(".")[2]
            if last:
                found.setdefault(last, []).append(node)
    return found


@kept_with_tree
def _methods(tree: ast.Module) -> Mapping[str, list[tuple[Function, ast.ClassDef]]]:
    found: dict[str, list[tuple[Function, ast.ClassDef]]] = {}
    for statement in tree.body:
        if isinstance(statement, ast.ClassDef):
            for method in statement.body:
                if isinstance(method, Function):
                    found.setdefault(method.name, []).append((method, statement))
    return found
