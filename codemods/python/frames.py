"""A function as its values are followed through it: its names, its imports, what it assigns to attributes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

from codemods.python.classes import ClassRef, Function
from codemods.python.modules import ImportedName, Module
from codemods.python.puts import put_by, stored_by_name
from codemods.python.scopes import Scope, own_imports, own_nodes, parameters
from codemods.python.trees import walk

_NO_ARGUMENTS = ast.arguments(
    posonlyargs=[], args=[], vararg=None, kwonlyargs=[], kw_defaults=[], kwarg=None, defaults=[]
)


class Frame:
    """What a function, or a module outside of every function, binds.

    Attributes:
        module: where its global names live.
        owner: the class of `self`, None outside of methods.
        function: the function.
        parent: the frame of the function around it.
    """

    def __init__(
        self,
        module: Module,
        owner: ClassRef | None,
        function: Function | ast.Lambda,
        parent: Frame | None = None,
        modules: dict[int, Frame] | None = None,
    ) -> None:
        """`modules` are the frames of whole modules, shared by all frames of one analysis."""
        self.module = module
        self.owner = owner
        self.function = function
        self.parent = parent
        self._modules = modules if modules is not None else {}
        self._inner: dict[int, Frame] = {}

    def of_module(self, module: Module) -> Frame:
        """What stands in no function of a module."""
        if id(module) not in self._modules:
            function = ast.Lambda(_NO_ARGUMENTS, ast.Constant(None))
            self._modules[id(module)] = Frame(module, None, function, None, self._modules)
        return self._modules[id(module)]

    def inner(self, function: Function | ast.Lambda) -> Frame:
        """The frame of a function that stands in this one."""
        if id(function) not in self._inner:
            self._inner[id(function)] = Frame(self.module, self.owner, function, self, self._modules)
        return self._inner[id(function)]

    @property
    def outer(self) -> Frame:
        """Where the defaults of the parameters are evaluated."""
        return self.parent or self.of_module(self.module)

    @cached_property
    def scope(self) -> Scope:
        """The same for the other analyses."""
        return Scope(self.module, self.owner, self.function, self.parent.scope if self.parent else None)

    @property
    def bindings(self) -> dict[str, list[ast.AST]]:
        """For each local name what is bound to it."""
        return self.scope.bindings

    @cached_property
    def self_name(self) -> str | None:
        """The name of the instance parameter."""
        return self.scope.self_name

    @property
    def is_class_method(self) -> bool:
        """Whether its first parameter is the class."""
        return isinstance(self.function, Function) and any(
            isinstance(d, ast.Name) and d.id == "classmethod" for d in self.function.decorator_list
        )

    def is_local(self, name: str) -> bool:
        """Whether a name is bound here or in a function around."""
        return name in self.bindings or (self.parent is not None and self.parent.is_local(name))

    def values_of(self, name: str) -> list[ast.AST]:
        """What binds a local name."""
        if name in self.bindings:
            return self.bindings[name]
        return self.parent.values_of(name) if self.parent is not None else []

    def imports_of(self, value: ast.AST) -> ImportedName | None:
        """What an alias node of this function, or of one around it, imports."""
        own = own_imports(self.function).get(id(value))
        if own is not None:
            return own
        return self.parent.imports_of(value) if self.parent is not None else None

    def imported(self, name: str) -> ImportedName | None:
        """What the first import statement that binds a local name imports, None where none binds it."""
        if name not in self._imported:
            found = (self.imports_of(value) for value in self.values_of(name))
            self._imported[name] = next((one for one in found if one is not None), None)
        return self._imported[name]

    @cached_property
    def _imported(self) -> dict[str, ImportedName | None]:
        return {}

    @cached_property
    def unpacked(self) -> dict[int, ast.expr]:
        """What is assigned to a tuple of names, by the tuple."""
        found: dict[int, ast.expr] = {}
        for node in own_nodes(self.function):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    found.update({id(part): node.value for part in walk(target)})
        return found

    @cached_property
    def attributes(self) -> dict[str, list[tuple[ast.expr | None, ast.expr | None]]]:
        """What the function assigns to attributes of its instance, each with its annotation."""
        found: dict[str, list[tuple[ast.expr | None, ast.expr | None]]] = {}
        for node in own_nodes(self.function):
            targets: list[ast.expr] = []
            if isinstance(node, ast.Assign):
                targets = node.targets
            elif isinstance(node, ast.AnnAssign):
                targets = [node.target]
            for name, stored in stored_by_name(node, self.self_name):
                found.setdefault(name, []).append((stored, None))
            for target in targets:
                for part in target.elts if isinstance(target, ast.Tuple | ast.List) else [target]:
                    if (
                        isinstance(part, ast.Attribute)
                        and isinstance(part.value, ast.Name)
                        and part.value.id == self.self_name
                    ):
                        annotation = node.annotation if isinstance(node, ast.AnnAssign) else None
                        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
                        found.setdefault(part.attr, []).append((value, annotation))
        return found

    def put_into(self, name: str, *, of_self: bool = False) -> Iterator[tuple[ast.expr, Frame]]:
        """What this function, and those that stand in it, put into a container.

        Args:
            name: the local name that holds it, or the attribute of the instance.
            of_self: whether it is an attribute.

        Yields:
            Each expression that is put into it, and where that stands.
        """
        for put_name, is_attribute, value, frame in self._puts:
            if put_name == name and is_attribute is of_self:
                yield value, frame

    @cached_property
    def _puts(self) -> tuple[tuple[str, bool, ast.expr, Frame], ...]:
        found: list[tuple[str, bool, ast.expr, Frame]] = []
        for node in own_nodes(self.function):
            if isinstance(node, Function | ast.Lambda):
                found += self.inner(node)._puts
                continue
            put = put_by(node)
            if put is None:
                continue
            holder, values = put
            if isinstance(holder, ast.Name):
                found += [(holder.id, False, value, self) for value in values]
            elif (
                isinstance(holder, ast.Attribute)
                and isinstance(holder.value, ast.Name)
                and holder.value.id == self.self_name
            ):
                found += [(holder.attr, True, value, self) for value in values]
        return tuple(found)

    def default_of(self, parameter: ast.arg) -> ast.expr | None:
        """The default of a parameter, None without one."""
        arguments = self.function.args
        positional = [*arguments.posonlyargs, *arguments.args]
        behind = positional[len(positional) - len(arguments.defaults) :]
        pairs = [*zip(behind, arguments.defaults, strict=True)]
        pairs += [
            (a, d) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d is not None
        ]
        return next((default for one, default in pairs if one is parameter), None)

    @cached_property
    def assigned_globals(self) -> dict[str, list[tuple[ast.expr, Frame]]]:
        """What the functions of the module assign to names that they declare global."""
        found: dict[str, list[tuple[ast.expr, Frame]]] = {}
        if "global " not in self.module.source.text:
            return found
        for node in walk(self.module.tree):
            if not isinstance(node, Function):
                continue
            declared = {name for n in own_nodes(node) if isinstance(n, ast.Global) for name in n.names}
            frame = Frame(self.module, None, node, None, self._modules) if declared else None
            for name in declared if frame is not None else ():
                for value in frame.bindings.get(name, ()) if frame is not None else ():
                    if isinstance(value, ast.expr) and frame is not None:
                        found.setdefault(name, []).append((value, frame))
        return found

    @cached_property
    def parameter_names(self) -> tuple[str, ...]:
        """The names of the parameters, in order, starred ones last."""
        return tuple(p.arg for p in parameters(self.function))
