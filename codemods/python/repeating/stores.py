"""What files put into attributes of objects otherwise than by `self.x = ...` in a method of the class itself.

By the attribute's name alone, so over-approximated: which object it is put into is not asked.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from codemods.python.modules import ImportedName, Module
from codemods.python.puts import stores_by_any_name, stores_by_name
from codemods.python.scopes import Scope, Sources, scope_of
from codemods.python.trees import by_kind, kept_with_tree, walk_in_frames


@dataclass(frozen=True)
class Store:
    """Something that is put into an attribute.

    Attributes:
        value: what is put there, None where that is not told by one expression.
        module: the file.
        around: the classes and functions that it stands in, from the outside in.
        holder: the object that it is put into, None for the instance of the method.
        on_module: whether it is put into a module, as far as that shows.
    """

    value: ast.expr | None
    module: Module
    around: tuple[ast.AST, ...]
    holder: ast.expr | None = None
    on_module: bool = False

    @property
    def scope(self) -> Scope | None:
        """The function that it stands in, None at module level."""
        return scope_of(self.module, self.around)


def stored(name: str, modules: Mapping[int, Module], sources: Sources) -> Iterator[Store]:
    """What is put into an attribute of a name, in some files and in all those of the project that mention it."""
    seen: set[int] = set()
    for own in modules.values():
        for module in sources.names.finder.given_modules(own, name):
            if id(module) not in seen:
                seen.add(id(module))
                for value, around, on in _stored(module.tree).get(name, ()):
                    yield Store(value, module, around, on, _is_module(on, module))


def stored_by_any_name(modules: Mapping[int, Module]) -> Iterator[Store]:
    """What is put into attributes by names that are made at run time, in some files alone."""
    for module in modules.values():
        for value, around, on in _stored(module.tree).get("*", ()):
            yield Store(value, module, around, on, _is_module(on, module))


@kept_with_tree
def _stored(
    tree: ast.Module,
) -> Mapping[str, list[tuple[ast.expr | None, tuple[ast.AST, ...], ast.expr | None]]]:
    found: dict[str, list[tuple[ast.expr | None, tuple[ast.AST, ...], ast.expr | None]]] = {}
    for node, around in walk_in_frames(tree):
        for on, name, value in _stores(node):
            found.setdefault(name, []).append((value, around, on))
    return found


def _is_module(holder: ast.expr | None, module: Module) -> bool:
    """Whether an object is a module: `globals()`, or a name that an import statement binds to one."""
    if isinstance(holder, ast.Call):
        return isinstance(holder.func, ast.Name) and holder.func.id == "globals"
    if isinstance(holder, ast.Subscript):
        return ast.unparse(holder.value) == "sys.modules"
    if not isinstance(holder, ast.Name):
        return False
    return isinstance(module.bindings.get(holder.id), ImportedName) or holder.id in _imported(module.tree)


@kept_with_tree
def _imported(tree: ast.Module) -> frozenset[str]:
    """The names that the functions of a file import as modules."""
    return frozenset(
        alias.asname or alias.name.partition(".")[0]
        for node in by_kind(tree).get(ast.Import, ())
        if isinstance(node, ast.Import)
        for alias in node.names
    )


_Stored = tuple[ast.expr | None, str, ast.expr | None]


def _stores(node: ast.AST) -> Iterator[_Stored]:
    yield from stores_by_name(node)
    for holder in stores_by_any_name(node):
        yield holder, "*", None
    if isinstance(node, ast.Assign | ast.AnnAssign):
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Attribute):
                yield from _of_others([target], node.value)
            elif isinstance(target, ast.Tuple | ast.List | ast.Starred):
                yield from _of_others(_targets(target), None)
    elif isinstance(node, ast.AugAssign | ast.For | ast.AsyncFor | ast.comprehension):
        yield from _of_others(_targets(node.target), None)
    elif isinstance(node, ast.withitem) and node.optional_vars is not None:
        yield from _of_others(_targets(node.optional_vars), None)


def _of_others(targets: Iterable[ast.Attribute], value: ast.expr | None) -> Iterator[_Stored]:
    """Those of anything but `self`, which the class's own methods are asked for."""
    for target in targets:
        if not (isinstance(target.value, ast.Name) and target.value.id == "self"):
            yield target.value, target.attr, value


def _targets(target: ast.expr) -> Iterator[ast.Attribute]:
    if isinstance(target, ast.Attribute):
        yield target
    elif isinstance(target, ast.Starred):
        yield from _targets(target.value)
    elif isinstance(target, ast.Tuple | ast.List):
        for element in target.elts:
            yield from _targets(element)
