"""Members that are looked up by a name made at run time: `getattr`, namespaces, modules by name, dispatch by class.

Where the name is in sight, it is that member; where it is not, it is any that the holder has.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Protocol

from codemods.knowledge import lookups as known
from codemods.python.classes import ClassRef, Function
from codemods.python.frames import Frame
from codemods.python.known_texts import texts_of
from codemods.python.modules import ImportedName, Module
from codemods.python.names import dotted_name
from codemods.python.registrations import Registrations
from codemods.python.scopes import Sources, own_nodes, parameters
from codemods.python.substitution import substitute
from codemods.tasks.origin_kinds import (
    NONE,
    Code,
    Getter,
    Instance,
    Kind,
    Origin,
    Origins,
    Outside,
    Space,
    Whole,
)
from codemods.tasks.parameter_names import listing_of_names


class Finder(Protocol):
    """What looking members up asks of the finder of origins that it belongs to."""

    def of(self, node: ast.AST | None, frame: Frame, /) -> Origins:
        """The origins of an expression's value."""

    def attribute_of(self, holder: Origin, name: str, /) -> Origins:
        """The member of a value that has a name."""

    def defined(self, node: ast.AST, module: Module, around: tuple[ast.AST, ...], /) -> Origins:
        """The function or class that a definition makes."""

    def frame(self, function: Function | ast.Lambda, owner: ClassRef | None, module: Module, /) -> Frame:
        """The frame of a function that stands in no other."""

    def line(self, ref: ClassRef, /) -> tuple[ClassRef, ...]:
        """A class and those that it inherits from, as far as they are in the tree."""

    def top(self, module: Module, /) -> Frame:
        """What stands in no function of a module."""


class Lookups:
    """Looks members up for one finder of origins."""

    def __init__(self, finder: Finder, sources: Sources, outside: Callable[[str], Outside]) -> None:
        """`outside` makes the origin of a full name."""
        self._finder = finder
        self._sources = sources
        self._outside = outside
        self.registrations = Registrations.shared(sources)

    def builtin(self, call: ast.Call, frame: Frame) -> str:
        """The full name of what a call calls, a builtin's own name included; empty where it is anything else."""
        dotted = dotted_name(call.func)
        if dotted is None:
            return ""
        first = dotted.partition(".")[0]
        if first in frame.module.bindings or frame.is_local(first):
            return next((o.path for o in self._finder.of(call.func, frame) if isinstance(o, Outside)), "")
        return dotted

    def of_call(self, call: ast.Call, frame: Frame) -> Origins:
        """What a call gives that looks a member up by name."""
        looked_up = self.member_of(call, frame)
        if looked_up is not None:
            default = self._finder.of(call.args[2], frame) if len(call.args) > 2 else NONE
            return default | self.members(*looked_up, frame)
        function = call.func
        if isinstance(function, ast.Attribute):
            if function.attr == "__subclasses__":
                kinds = [o for o in self._finder.of(function.value, frame) if isinstance(o, Kind)]
                refs = [ref for kind in kinds for ref in self._sources.classes.subclasses(kind.ref)]
                return frozenset(Kind(ref.node, ref.module) for ref in refs)
            if function.attr in {"get", "pop", "setdefault", "__getitem__"} and call.args:
                found = self._in_spaces(self._finder.of(function.value, frame), call.args[0], frame)
                if found:
                    return found.union(*(self._finder.of(a, frame) for a in call.args[1:2]))
            if function.attr in {"values", "items"}:
                return self._in_spaces(self._finder.of(function.value, frame), None, frame)
        if isinstance(function, ast.Call):
            return self._of_getter(function, call, frame)
        return self._of_builtin(self.builtin(call, frame), call, frame)

    def member_of(self, call: ast.Call, frame: Frame) -> tuple[ast.expr, ast.expr] | None:
        """The holder and the name of a call that gives a member: `getattr(x, n)`; None for any other call."""
        function = call.func
        by_method = isinstance(function, ast.Attribute) and function.attr in known.GETTING_METHODS
        if isinstance(function, ast.Attribute) and by_method and len(call.args) == 1:
            return function.value, call.args[0]
        if len(call.args) < 2 or not (by_method or _last(function).startswith("getattr")):
            return None
        if by_method or self.builtin(call, frame) in known.GETTERS:
            return call.args[0], call.args[1]
        return None

    def _of_builtin(self, name: str, call: ast.Call, frame: Frame) -> Origins:
        if name in known.GLOBALS:
            return frozenset({Space(Whole(frame.module))})
        if not call.args:
            return NONE
        first = call.args[0]
        if name in known.NAMESPACES:
            return _spaces(self._finder.of(first, frame))
        if name == "type" and len(call.args) == 1:
            return self.kinds(self._finder.of(first, frame))
        if name in known.MODULE_GETTERS:
            return self._modules(first, frame, top=name.endswith("__import__"))
        if name in known.GETTER_MAKERS:
            return frozenset({Getter(name, call, frame)})
        return NONE

    def _of_getter(self, made: ast.Call, call: ast.Call, frame: Frame) -> Origins:
        return self.got(self._finder.of(made, frame), call, frame)

    def got(self, called: Origins, call: ast.Call, frame: Frame) -> Origins:
        """What a function that looks members up gives for the first argument of a call."""
        found = NONE
        for getter in called:
            if not isinstance(getter, Getter) or not call.args:
                continue
            if getter.path == known.ATTRGETTER:
                for name in getter.call.args:
                    found |= self._chained(self._finder.of(call.args[0], frame), name, getter.frame)
            elif getter.path == known.ITEMGETTER:
                for key in getter.call.args:
                    found |= self.elements(self._finder.of(call.args[0], frame), key, getter.frame)
        return found

    def _chained(self, holders: Origins, name: ast.expr, frame: Frame) -> Origins:
        texts = texts_of(name, frame)
        if texts is None:
            return NONE.union(*(self.everything(o) for o in holders))
        found = NONE
        for text in texts:
            reached = holders
            for part in text.split("."):
                reached = NONE.union(*(self._finder.attribute_of(o, part) for o in reached))
            found |= reached
        return found

    def members(self, holder: ast.expr, name: ast.expr, frame: Frame) -> Origins:
        """The members of an expression's value by a name that is an expression too."""
        holders, texts = self._finder.of(holder, frame), texts_of(name, frame)
        if texts is None:
            listing = listing_of_names(name, frame)
            if listing and not any(True for _ in self.methods_named(listing, frame)):
                return NONE.union(*(self.everything(o, methods=False) for o in holders))
        return self.named(holders, texts)

    def named(self, holders: Origins, texts: frozenset[str] | None) -> Origins:
        """The members of some values by all names that are possible, None for any."""
        if texts is None:
            return NONE.union(*(self.everything(o) for o in holders))
        return NONE.union(*(self._finder.attribute_of(o, text) for o in holders for text in texts))

    def elements(self, holders: Origins, key: ast.expr, frame: Frame) -> Origins:
        """What is in containers: those stand for what is in them, a namespace has its members."""
        others = frozenset(o for o in holders if not _is_space(o))
        return others | self._in_spaces(holders, key, frame)

    def _in_spaces(self, holders: Origins, key: ast.expr | None, frame: Frame) -> Origins:
        found = NONE
        for origin in holders:
            if isinstance(origin, Space):
                texts = texts_of(key, frame) if key is not None else None
                # An object's own namespace has what was put into the object; its methods are in that of its class.
                of_object = texts is None and isinstance(origin.holder, Instance)
                found |= (
                    self.everything(origin.holder, methods=False)
                    if of_object
                    else self.named(frozenset({origin.holder}), texts)
                )
            elif isinstance(origin, Outside) and origin.path == known.MODULES and key is not None:
                found |= self._modules(key, frame, top=False)
        return found

    def _modules(self, name: ast.expr, frame: Frame, *, top: bool) -> Origins:
        if isinstance(name, ast.Name) and name.id == "__name__":
            return frozenset({Whole(frame.module)})
        found: set[Origin] = set()
        for text in texts_of(name, frame) or ():
            dotted = text.partition(".")[0] if top else text
            module = self._sources.names.finder.find(ImportedName(dotted, None), frame.module)
            found.add(Whole(module) if module is not None else self._outside(dotted))
        return frozenset(found)

    def gives_unknown_module(self, call: ast.Call, frame: Frame) -> bool:
        """Whether a call gives a module of a name that is not in sight."""
        if self.builtin(call, frame) not in known.MODULE_GETTERS or not call.args:
            return False
        name = call.args[0]
        own = isinstance(name, ast.Name) and name.id == "__name__"
        return not own and texts_of(name, frame) is None

    def everything(self, holder: Origin, *, methods: bool = True) -> Origins:
        """Every member of a value: any of them may be looked up by a name that is made at run time.

        Args:
            holder: the value.
            methods: whether the methods of its class are among them.
        """
        if isinstance(holder, Whole):
            names = [n for n in holder.module.bindings if n != "*"]
            return NONE.union(*(self._finder.attribute_of(holder, name) for name in names))
        if not isinstance(holder, Instance | Kind):
            return NONE
        members: dict[str, None] = {}
        for item in self._finder.line(holder.ref):
            for statement in item.node.body:
                if isinstance(statement, Function):
                    if methods and not statement.name.startswith("__"):
                        members.setdefault(statement.name)
                    members.update(
                        dict.fromkeys(self._finder.frame(statement, holder.ref, item.module).attributes)
                    )
                elif isinstance(statement, ast.Assign):
                    members.update({t.id: None for t in statement.targets if isinstance(t, ast.Name)})
                elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                    members.setdefault(statement.target.id)
        return NONE.union(*(self._finder.attribute_of(holder, name) for name in members))

    def methods_named(self, name: str, frame: Frame) -> Iterator[Code]:
        """The methods of a name that any class in sight has."""
        for method, owner in self.registrations.methods_named(name, frame.module):
            yield Code(method, self._finder.frame(method, owner, owner.module), bound=True)

    def kinds(self, values: Origins) -> Origins:
        """The classes of some objects."""
        return frozenset(Kind(o.node, o.module) for o in values if isinstance(o, Instance))

    def attribute(self, holder: Origin, name: str) -> Origins:
        """The attributes that every object has: its namespace and its class."""
        if name == "__dict__":
            return _spaces(frozenset({holder}))
        return self.kinds(frozenset({holder})) if name == "__class__" else NONE

    def by_hook(self, ref: ClassRef, name: str, hook: str) -> Origins:
        """What `__getattr__` or `__getattribute__` of a class gives for a name."""
        found = NONE
        for origin in self._finder.attribute_of(Instance(ref.node, ref.module), hook):
            if not isinstance(origin, Code) or not isinstance(origin.function, Function):
                continue
            asked = parameters(origin.function)[1:2]
            given: dict[str, ast.expr] = {p.arg: ast.Constant(name) for p in asked}
            for node in own_nodes(origin.function):
                if isinstance(node, ast.Return) and node.value is not None:
                    found |= self._finder.of(substitute(node.value, given), origin.frame)
        return found

    def dispatched(self, function: Function, module: Module, owner: ClassRef | None) -> Origins:
        """The functions that are registered with one that runs them by the class of an argument."""
        names = {(dotted_name(d) or "").rpartition(".")[2] for d in function.decorator_list}
        if not names & known.DISPATCHERS:
            return NONE
        found: set[Origin] = set()
        for placed in self.registrations.decorated_with("register", module):
            by = placed.by.func if isinstance(placed.by, ast.Call) else placed.by
            named = isinstance(by, ast.Attribute) and _last(by.value) == function.name
            if named and isinstance(placed.node, Function):
                found |= self._finder.defined(placed.node, placed.module, placed.around)
        for call, other in self.registrations.calls_on_import("register", module):
            by = call.func
            if isinstance(by, ast.Attribute) and _last(by.value) == function.name:
                top = self._finder.top(other)
                found = found.union(*(self._finder.of(a, top) for a in call.args[1:]))
        return frozenset(found)


def _last(node: ast.expr) -> str:
    return (dotted_name(node) or "").rpartition(".")[2]


def _is_space(origin: Origin) -> bool:
    return isinstance(origin, Space) or (isinstance(origin, Outside) and origin.path == known.MODULES)


def _spaces(holders: Origins) -> Origins:
    return frozenset(Space(o) for o in holders if isinstance(o, Kind | Instance | Whole))
