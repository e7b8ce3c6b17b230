"""Where a value comes from: a package, a client of a known one, or code in the tree. Follows names, not their looks."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from types import MappingProxyType

from codemods.knowledge.declarations import Client
from codemods.knowledge.lookups import GETTING_METHODS
from codemods.knowledge.models import CHAIN, client_made_by, client_module, is_sdk
from codemods.python.call_facts import is_super
from codemods.python.classes import ClassRef, Function, base_expressions
from codemods.python.constructions import Constructions
from codemods.python.frames import Frame
from codemods.python.memo import Memo
from codemods.python.modules import Binding, ImportedName, Module, statements_at_module_level
from codemods.python.names import Resolved, dotted_name
from codemods.python.scopes import Sources, own_imports, own_nodes, parameters
from codemods.python.told import Kept, Told
from codemods.python.trees import kept_with_tree, nodes_of, walk
from codemods.settings import Settings
from codemods.tasks.lookups import Lookups
from codemods.tasks.origin_kinds import NONE, Code, Instance, Kind, Named, Origin, Origins, Outside, Whole

_ENUM_VALUE = frozenset({"value", "_value_"})
_WRAPPING = frozenset({"staticmethod", "classmethod", "property"})
_COLLECTING = frozenset(
    "dict list tuple set frozenset sorted reversed iter next zip enumerate filter max min".split()
)
"""Builtins whose value has in it what they are given."""
_ALIASES = frozenset({"functools.partial", "contextlib.closing", "contextlib.nullcontext", "copy.copy"})


@dataclass(frozen=True)
class Found:
    """What was found in the sources, whatever task it was found for.

    Attributes:
        origins: where values come from, by expression and frame.
        frames: the frames of functions and methods.
        modules: the frames of modules.
    """

    origins: Kept[Origins] = field(default_factory=Kept)
    frames: dict[tuple[int, int], Frame] = field(default_factory=dict)
    modules: dict[int, Frame] = field(default_factory=dict)


class OriginFinder:
    """Finds the origins of expressions.

    What a parameter can be is the union over the calls that were seen, told by `give`: which call led where is not
    kept apart. Containers stand for what is in them.
    """

    def __init__(
        self, sources: Sources, settings: Settings, told: Told | None = None, found: Found | None = None
    ) -> None:
        """A finder to which nothing was given yet.

        Args:
            sources: the resolvers.
            settings: the configuration.
            told: where it notes what parameters are given.
            found: what other finders of the same sources and settings found.
        """
        self._sources = sources
        self._models = frozenset(settings.llm_arguments)
        self._told = told if told is not None else Told()
        found = found if found is not None else Found()
        # What a value can be only grows: one that is made from itself adds nothing to it.
        self._known: Memo[Origins] = Memo(NONE, self._told, found.origins)
        self._frames = found.frames
        self._modules = found.modules
        self.lookups = Lookups(self, sources, _outside)

    def frame(self, function: Function | ast.Lambda, owner: ClassRef | None, module: Module) -> Frame:
        """The frame of a function that stands in no other."""
        key = (id(function), id(owner.node) if owner else 0)
        if key not in self._frames:
            self._frames[key] = Frame(module, owner, function, None, self._modules)
        return self._frames[key]

    def top(self, module: Module) -> Frame:
        """What stands in no function of a module."""
        if id(module) not in self._modules:
            nothing = ast.arguments([], [], None, [], [], None, [])
            Frame(module, None, ast.Lambda(nothing, ast.Constant(None)), None, self._modules).of_module(
                module
            )
        return self._modules[id(module)]

    def line(self, ref: ClassRef) -> tuple[ClassRef, ...]:
        """A class and those that it inherits from, as far as they are in the tree."""
        return self._sources.classes.line(ref)

    def give(self, function: Function | ast.Lambda, name: str, origins: Origins) -> bool:
        """Notes what a parameter can be. Whether that was not known yet."""
        return self._told.add((function, name), origins)

    def of(self, node: ast.AST | None, frame: Frame) -> Origins:
        """The origins of an expression's value, none where nothing is known of it."""
        if node is None or isinstance(node, ast.Constant | ast.JoinedStr | ast.Compare):
            return NONE
        # A name is one question wherever it stands: all of its bindings count, so its answer is the same everywhere.
        asked = node.id if isinstance(node, ast.Name) else node
        key = (asked, frame.module, frame.function, frame.owner.node if frame.owner else None)
        return self._known.of(key, lambda: self._of(node, frame))

    def _of(self, node: ast.AST, frame: Frame) -> Origins:
        if isinstance(node, ast.Name):
            return self._of_name(node.id, frame)
        if isinstance(node, ast.Attribute):
            return self._of_attribute(node, frame)
        if isinstance(node, ast.Call):
            return self._of_call(node, frame)
        if isinstance(node, ast.Lambda):
            return frozenset({Code(node, frame.inner(node))})
        if isinstance(node, ast.Await | ast.NamedExpr | ast.Starred):
            return self.of(node.value, frame)
        if isinstance(node, ast.Subscript):
            return self.lookups.elements(self.of(node.value, frame), node.slice, frame)
        if isinstance(node, ast.BinOp):
            both = self._any([node.left, node.right], frame)
            chained = isinstance(node.op, ast.BitOr) and any(
                isinstance(o, Outside) and o.client is CHAIN and not o.member for o in both
            )
            return frozenset({Outside("langchain.chain()", CHAIN)}) if chained else NONE
        if isinstance(node, ast.IfExp):
            return self._any([node.body, node.orelse], frame)
        if isinstance(node, ast.BoolOp):
            return self._any(node.values, frame)
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return self._any(node.elts, frame)
        if isinstance(node, ast.Dict):
            return self._any(node.values, frame)
        if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp):
            return self.of(node.elt, frame)
        if isinstance(node, ast.DictComp):
            return self.of(node.value, frame)
        return NONE

    def _any(self, nodes: list[ast.expr], frame: Frame) -> Origins:
        return NONE.union(*(self.of(node, frame) for node in nodes))

    def _of_name(self, name: str, frame: Frame) -> Origins:
        if name == "self" and frame.self_name == name and frame.owner is not None:
            return frozenset({Instance(frame.owner.node, frame.owner.module)})
        holder: Frame | None = frame
        while holder is not None and name not in holder.bindings:
            holder = holder.parent
        if holder is None:
            found = self._of_global(name, frame.module)
        else:
            found = NONE.union(*(self._of_binding(name, v, holder) for v in holder.bindings[name]))
            found |= self._put_into_local(name, holder)
        if name in self._models and (holder is not None or name in frame.module.bindings):
            found |= {Named()}
        return found

    def _put_into_local(self, name: str, frame: Frame) -> Origins:
        """What a function, or one that stands in it, puts into the container that a local name holds."""
        return NONE.union(*(self.of(value, inner) for value, inner in frame.put_into(name)))

    def _of_binding(self, name: str, value: ast.AST, frame: Frame) -> Origins:
        if isinstance(value, ast.arg):
            return self._of_parameter(value, frame)
        if isinstance(value, ast.alias):
            imported = own_imports(frame.function).get(id(value))
            return self._of_import(imported, [], frame.module) if imported is not None else NONE
        if isinstance(value, Function):
            return frozenset({Code(value, frame.inner(value))})
        if isinstance(value, ast.ClassDef):
            return frozenset({Kind(value, frame.module)})
        if isinstance(value, ast.AugAssign):
            return self.of(value.value, frame)
        if isinstance(value, ast.AnnAssign):
            return self._of_annotation(value.annotation, frame.module) | self.of(value.value, frame)
        if isinstance(value, ast.withitem):
            return self.of(value.context_expr, frame)
        if isinstance(value, ast.For | ast.AsyncFor | ast.comprehension):
            return self.of(value.iter, frame)
        if isinstance(value, ast.Tuple | ast.List | ast.Starred):
            return self.of(frame.unpacked.get(id(value)), frame)
        if isinstance(value, ast.MatchAs | ast.MatchStar | ast.MatchMapping):
            return self._of_capture(value, frame)
        return self.of(value, frame) if isinstance(value, ast.expr) else NONE

    def _of_capture(self, pattern: ast.pattern, frame: Frame) -> Origins:
        """What a pattern can give to a name: the subject, a part of it, an object of a class that it names."""
        found: Origins = NONE
        for node in walk(frame.function):
            if isinstance(node, ast.Match) and any(
                inner is pattern for c in node.cases for inner in walk(c.pattern)
            ):
                found |= self.of(node.subject, frame)
        for inner in walk(pattern):
            if isinstance(inner, ast.MatchClass):
                found |= self._of_annotation(inner.cls, frame.module)
        return found

    def _of_clone(self, call: ast.Call, frame: Frame) -> Origins:
        """The task that `task.clone()` makes: one of the same class, or of the class that it is given."""
        if not isinstance(call.func, ast.Attribute) or call.func.attr != "clone":
            return NONE
        tasks = {o for o in self.of(call.func.value, frame) if isinstance(o, Instance)}
        if any(self.attribute_of(o, "clone") for o in tasks):
            return NONE
        given = [*call.args[:1], *(k.value for k in call.keywords if k.arg == "cls")]
        kinds = [o for node in given for o in self.of(node, frame) if isinstance(o, Kind)]
        return frozenset(Instance(o.node, o.module) for o in kinds) if kinds else frozenset(tasks)

    def _of_parameter(self, parameter: ast.arg, frame: Frame) -> Origins:
        function = frame.function
        found: Origins = self._told.of((function, parameter.arg))  # type: ignore[assignment]
        if parameter.annotation is not None:
            found |= self._of_annotation(parameter.annotation, frame.module)
        if (
            frame.owner is not None
            and frame.parent is None
            and parameter is next(iter(parameters(function)), None)
        ):
            ref = frame.owner
            if frame.is_class_method:
                return found | {Kind(ref.node, ref.module)}
            if getattr(function, "name", "") == "__init_subclass__":
                below = self._sources.classes.subclasses(ref)
                return found.union(Kind(one.node, one.module) for one in below)
            if frame.self_name == parameter.arg:
                return found | {Instance(ref.node, ref.module)}
        found |= self._given_on_import(parameter, frame)
        return found | self.of(frame.default_of(parameter), frame.outer)

    def _given_on_import(self, parameter: ast.arg, frame: Frame) -> Origins:
        """What a function is given where a module is imported: what it decorates, and what such calls give it."""
        function = frame.function
        named = frame.parent.function if frame.parent is not None else function
        if not isinstance(function, Function) or not isinstance(named, Function):
            return NONE
        found: set[Origin] = set()
        registrations = self.lookups.registrations
        first = parameter is next(iter(parameters(function)[frame.self_name is not None :]), None)
        for placed in registrations.decorated_with(named.name, frame.module) if first else ():
            if isinstance(placed.by, ast.Call) is (named is not function):
                found |= self.defined(placed.node, placed.module, placed.around)
        if named is not function:
            return frozenset(found)
        names = [p.arg for p in parameters(function)[frame.self_name is not None :]]
        for call, module in registrations.calls_on_import(function.name, frame.module):
            given = dict(zip(names, call.args, strict=False)) | {
                k.arg: k.value for k in call.keywords if k.arg
            }
            found |= self.of(given.get(parameter.arg), self.top(module))
        return frozenset(found)

    def defined(self, node: ast.AST, module: Module, around: tuple[ast.AST, ...]) -> Origins:
        """The function or class that a definition makes."""
        frame = self._around(module, around)
        if isinstance(node, ast.ClassDef):
            return frozenset({Kind(node, module)})
        if not isinstance(node, Function):
            return NONE
        if around and isinstance(around[-1], ast.ClassDef):
            owner = ClassRef(module, around[-1])
            return frozenset({Code(node, self.frame(node, owner, module), bound=True)})
        inner = frame.inner(node) if around else self.frame(node, None, module)
        return frozenset({Code(node, inner)})

    def _of_annotation(self, annotation: ast.expr, module: Module) -> Origins:
        """The object that an annotation promises: of a class of the tree, or a known client."""
        ref = self._sources.classes.resolve(annotation, module)
        if ref is not None:
            return frozenset({Instance(ref.node, ref.module)})
        names: list[Outside] = []
        for part in _annotated(annotation):
            origin = self._sources.names.origin(part, module)
            client = client_made_by(origin) if origin else None
            if origin is not None and client is not None:
                names.append(Outside(f"{origin}()", client))
        return frozenset(names)

    def _of_global(self, name: str, module: Module) -> Origins:
        binding = module.bindings.get(name)
        top = self.top(module)
        later = NONE.union(*(self.of(v, f) for v, f in top.assigned_globals.get(name, ())))
        if isinstance(binding, ast.expr):
            for put in self.lookups.registrations.put_into(name, module):
                later |= self.of(put.node, self._around(put.module, put.around))
        if binding is None:
            return later | self._of_star_import(name, module)
        return later.union(
            *(self._of_bound(one, module) for one in module.alternatives.get(name, (binding,)))
        )

    def _of_bound(self, binding: Binding, module: Module) -> Origins:
        if isinstance(binding, ImportedName):
            return self._of_import(binding, [], module)
        return self._of_node(binding, module)

    @staticmethod
    def _of_star_import(name: str, module: Module) -> Origins:
        """What a name without a binding can be: a member of a vendor's package of which everything was imported."""
        if "import *" not in module.source.text or hasattr(builtins, name):
            return NONE
        packages = _imported_whole(module.tree)
        return frozenset(_outside(f"{package}.{name}") for package in packages if is_sdk(package))

    def _of_import(self, imported: ImportedName, rest: list[str], module: Module) -> Origins:
        if not self._is_hidden_neighbour(imported, module):
            resolved = self._sources.names.follow(imported, list(rest), module)
            if resolved is not None:
                return self._of_resolved(resolved)
            finder = self._sources.names.finder
            if not rest:
                found = finder.find_submodule(imported, module) if imported.name else None
                found = found or (finder.find(imported, module) if imported.name is None else None)
                if found is not None:
                    return frozenset({Whole(found)})
            if imported.level or finder.find(imported, module) is not None:
                return NONE
        parts = [imported.module, *([imported.name] if imported.name else []), *rest]
        return frozenset({_outside(".".join(parts))})

    def _is_hidden_neighbour(self, imported: ImportedName, module: Module) -> bool:
        """Whether a package of this name is meant although a file of a module's own package is called so too."""
        if imported.level or not is_sdk(imported.module):
            return False
        found = self._sources.names.finder.find(imported, module)
        if found is None or found.directory != module.directory:
            return False
        return found is module or (module.directory / "__init__.py").is_file()

    def _of_resolved(self, resolved: Resolved) -> Origins:
        node, module = resolved.node, resolved.module
        # What was imported by a name of its module is any of what that name can be there.
        bound = module.alternatives_by_node.get(id(node), (node,))
        return NONE.union(*(self._of_bound(one, module) for one in bound))

    def _of_node(self, node: ast.AST, module: Module) -> Origins:
        if isinstance(node, Function):
            code = Code(node, self.frame(node, None, module))
            return self.lookups.dispatched(node, module, None) | {code}
        if isinstance(node, ast.ClassDef):
            return frozenset({Kind(node, module)})
        return self.of(node, self.top(module))

    def _of_attribute(self, node: ast.Attribute, frame: Frame) -> Origins:
        dotted = dotted_name(node)
        if dotted is not None and not frame.is_local(dotted.partition(".")[0]):
            binding = frame.module.bindings.get(dotted.partition(".")[0])
            hidden = isinstance(binding, ImportedName) and self._is_hidden_neighbour(binding, frame.module)
            resolved = None if hidden else self._sources.names.resolve(node, frame.module)
            if resolved is not None:
                return self._of_resolved(resolved)
        elif dotted is not None:
            local = self._of_local_module(dotted, frame)
            if local is not None:
                return local
        if is_super(node.value) and frame.owner is not None:
            return self._of_member(frame.owner, node.attr, behind=frame.function)
        found: set[Origin] = set()
        if node.attr in _ENUM_VALUE and isinstance(node.value, ast.Attribute):
            owners = self.of(node.value.value, frame)
            if any(isinstance(o, Kind) and self._sources.classes.is_enum(o.ref) for o in owners):
                found |= self.of(node.value, frame)
        for holder in self.of(node.value, frame):
            found |= self.attribute_of(holder, node.attr)
        if (
            node.attr in self._models
            and isinstance(node.value, ast.Name)
            and node.value.id == frame.self_name
        ):
            found.add(Named())
        return frozenset(found)

    def _of_local_module(self, dotted: str, frame: Frame) -> Origins | None:
        """`llms.ask` where the function itself imports `llms`."""
        first, *rest = dotted.split(".")
        imported = frame.imported(first)
        return self._of_import(imported, rest, frame.module) if imported is not None else None

    def attribute_of(self, holder: Origin, name: str) -> Origins:
        """The member of a value that has a name."""
        if name in {"__dict__", "__class__"}:
            return self.lookups.attribute(holder, name)
        if isinstance(holder, Outside):
            return frozenset({_member_of(holder, name)})
        if isinstance(holder, Whole):
            return self._of_global(name, holder.module)
        if isinstance(holder, Named):
            member = f"{holder.member}.{name}" if holder.member else name
            return frozenset({Named(member)})
        if isinstance(holder, Instance | Kind):
            if name in _ENUM_VALUE and self._sources.classes.is_enum(holder.ref):
                return self.lookups.everything(holder)
            return self._of_member(holder.ref, name)
        return NONE

    def metaclasses(self, ref: ClassRef) -> Iterator[Kind]:
        """The classes in sight that make a class."""
        for item in self.line(ref):
            for keyword in item.node.keywords:
                if keyword.arg == "metaclass":
                    made = self.of(keyword.value, self.top(item.module))
                    yield from (o for o in made if isinstance(o, Kind))

    def _of_member(self, ref: ClassRef, name: str, behind: Function | ast.Lambda | None = None) -> Origins:
        """What a class, or one that it inherits from, calls by a name; `behind` is the method that asks `super()`."""
        classes = self._sources.classes
        line = classes.line(ref)
        if behind is not None:
            line = line[1 + next((i for i, item in enumerate(line) if behind in item.node.body), 0) :]
        for item in line:
            # One that is defined again, or under a condition, is any of them.
            methods = _methods_of(item.node).get(name)
            if methods:
                return NONE.union(*(self._of_method(method, ref, item) for method in methods))
        found = NONE.union(*(self._assigned(item, ref, name) for item in line))
        if found:
            return found
        for item in line:
            for base in base_expressions(item.node):
                origin = self._sources.names.origin(base, item.module)
                client = client_made_by(origin) if origin else None
                if client is not None:
                    return frozenset({_member_of(Outside(f"{origin}()", client), name)})
        return NONE if name.startswith("__") else self._hooked(ref, name)

    def _hooked(self, ref: ClassRef, name: str) -> Origins:
        """What the class itself gives for a name that it has no member of."""
        found = NONE
        for hook in GETTING_METHODS:
            if self._sources.classes.method(ref, hook) is not None:
                key = (hook, ref.node, name)
                found |= self._known.of(key, partial(self.lookups.by_hook, ref, name, hook))
        return found

    def _of_method(self, method: Function, ref: ClassRef, item: ClassRef) -> Origins:
        names = {(dotted_name(d) or "").rpartition(".")[2] for d in method.decorator_list}
        frame = self.frame(method, ref, item.module)
        code = Code(method, frame, "staticmethod" not in names, bool(names & {"property", "cached_property"}))
        if code.is_property:
            return self._returned(code) | {code}
        return self.lookups.dispatched(method, item.module, ref) | {code}

    def _assigned(self, item: ClassRef, ref: ClassRef, name: str) -> Origins:
        """What the methods and the body of a class assign to an attribute."""
        found = NONE
        for statement in _assigning_in(item.node).get(name, ()):
            if isinstance(statement, ast.Assign):
                found |= self.of(statement.value, self.top(item.module))
            elif isinstance(statement, ast.AnnAssign):
                found |= self._of_annotation(statement.annotation, item.module)
                found |= self.of(statement.value, self.top(item.module))
                found |= self._given(ref, name)
            elif isinstance(statement, Function):
                frame = self.frame(statement, ref, item.module)
                found |= NONE.union(*(self.of(v, inner) for v, inner in frame.put_into(name, of_self=True)))
                for value, annotation in frame.attributes.get(name, ()):
                    found |= self.of(value, frame)
                    if annotation is not None:
                        found |= self._of_annotation(annotation, item.module)
        return found

    def _given(self, ref: ClassRef, name: str) -> Origins:
        """What the constructions in sight put into a field."""
        found = NONE
        for node, made in Constructions.shared(self._sources).given(ref, name):
            found |= self.of(node, self._around(made.module, made.around))
        return found

    def _around(self, module: Module, around: tuple[ast.AST, ...]) -> Frame:
        """The function that something stands in."""
        frame, owner = self.top(module), None
        for node in around:
            if isinstance(node, ast.ClassDef):
                frame, owner = self.top(module), ClassRef(module, node)
            elif isinstance(node, Function | ast.Lambda):
                at_top = frame is self.top(module)
                frame = self.frame(node, owner, module) if at_top else frame.inner(node)
        return frame

    def _of_call(self, call: ast.Call, frame: Frame) -> Origins:
        found: set[Origin] = set(self._of_builtin(call, frame) | self.lookups.of_call(call, frame))
        found |= self._of_clone(call, frame)
        if isinstance(call.func, ast.Attribute) and call.func.attr in _INSIDE:
            # A container stands for what is in it; an object of a class that has such a method is none.
            found |= {
                o
                for o in self.of(call.func.value, frame)
                if (isinstance(o, Instance | Code) and not self.attribute_of(o, call.func.attr))
                or (isinstance(o, Outside) and o.leads_to_a_model and not o.member)
            }
        for called in self.of(call.func, frame):
            if isinstance(called, Kind):
                found.add(Instance(called.node, called.module))
            elif isinstance(called, Code):
                found |= self._returned(called)
            elif isinstance(called, Named):
                if called.member.startswith(("as_", "with_", "bind")):
                    found.add(Named())
            elif isinstance(called, Outside):
                if called.path in _ALIASES and call.args:
                    found |= self.of(call.args[0], frame)
                elif called.client is not None and called.member in called.client.same:
                    path = called.path.removesuffix(f".{called.member}")
                    found.add(Outside(path, called.client, "", called.made))
                else:
                    client = client_made_by(called.path)
                    if client is not None and _is_no_language_model(client, call):
                        client = None
                    made = call if client else None
                    holds = client is None and called.client is None and self._is_given_client(call, frame)
                    found.add(Outside(f"{called.path}()", client, "", made, holds))
        if isinstance(call.func, ast.Attribute) and call.func.attr == "create_llm_executor":
            found.add(Named())
        return frozenset(found)

    def is_collecting(self, call: ast.Call, frame: Frame) -> bool:
        """Whether a call is one of a builtin that puts things together."""
        return self.lookups.builtin(call, frame) in _COLLECTING

    def holds_client(self, ref: ClassRef) -> bool:
        """Whether an object of a class of the tree keeps a client in an attribute."""
        names: dict[str, None] = {}
        for item in self.line(ref):
            for statement in item.node.body:
                if isinstance(statement, Function):
                    names.update(dict.fromkeys(self.frame(statement, ref, item.module).attributes))
                elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                    names.setdefault(statement.target.id)
        return any(leads_to_a_model(self._of_member(ref, name)) for name in names)

    def _is_given_client(self, call: ast.Call, frame: Frame) -> bool:
        """Whether a class out of sight, by its name, is constructed with a client."""
        last = (dotted_name(call.func) or "").rpartition(".")[2]
        given = (*call.args, *(k.value for k in call.keywords)) if last[:1].isupper() else ()
        return any(leads_to_a_model(self.of(one, frame)) for one in given)

    def _of_builtin(self, call: ast.Call, frame: Frame) -> Origins:
        """What the builtins give that wrap a function, or put things together."""
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        if not (call.args or call.keywords) or frame.is_local(name) or name in frame.module.bindings:
            return NONE
        if name in _COLLECTING:
            return self._any([*call.args, *(k.value for k in call.keywords)], frame)
        if name not in _WRAPPING:
            return NONE
        return self.of(call.args[0] if call.args else call.keywords[0].value, frame)

    def _returned(self, code: Code) -> Origins:
        function = code.function
        if isinstance(function, ast.Lambda):
            return self.of(function.body, code.frame)
        found = NONE
        if function.returns is not None:
            found |= self._of_annotation(function.returns, code.frame.module)
        for node in own_nodes(function):
            if isinstance(node, ast.Return | ast.Yield) and node.value is not None:
                found |= self.of(node.value, code.frame)
        return found


@kept_with_tree
def _imported_whole(tree: ast.Module) -> tuple[str, ...]:
    """The modules of which a file imports everything, without those that dots lead to."""
    return tuple(
        statement.module
        for statement in tree.body
        if isinstance(statement, ast.ImportFrom)
        and statement.module
        and not statement.level
        and statement.names[0].name == "*"
    )


@lru_cache(maxsize=1 << 12)
def _methods_of(node: ast.ClassDef) -> Mapping[str, tuple[Function, ...]]:
    """The methods of a class by name, those under a condition included."""
    found: dict[str, list[Function]] = {}
    for statement in statements_at_module_level(node.body):
        if isinstance(statement, Function):
            found.setdefault(statement.name, []).append(statement)
    return MappingProxyType({name: tuple(methods) for name, methods in found.items()})


@lru_cache(maxsize=1 << 12)
def _assigning_in(node: ast.ClassDef) -> Mapping[str, tuple[ast.stmt, ...]]:
    """The statements of a class that can assign to an attribute, in their order, by its name."""
    found: dict[str, list[ast.stmt]] = {}
    for statement in node.body:
        names: Iterable[str] = ()
        if isinstance(statement, ast.Assign):
            names = {t.id for t in statement.targets if isinstance(t, ast.Name)}
        elif isinstance(statement, ast.AnnAssign):
            names = {dotted_name(statement.target) or ""}
        elif isinstance(statement, Function):
            names = _names_in(statement)
        for name in names:
            found.setdefault(name, []).append(statement)
    return MappingProxyType({name: tuple(statements) for name, statements in found.items()})


def _names_in(function: Function) -> set[str]:
    """What a function can call an attribute by: as one, as a text, as a keyword. It sets no other by name."""
    found: set[str] = set()
    for node in nodes_of(function):
        if isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
        elif isinstance(node, ast.keyword) and node.arg is not None:
            found.add(node.arg)
    return found


_INSIDE = frozenset("values items get pop popitem popleft setdefault copy".split())
"""Methods of containers that give what is in them."""


def leads_to_a_model(origins: Origins) -> bool:
    """Whether a value may be a client of a known package, or a part of one that models are asked through."""
    return any(isinstance(o, Outside) and o.leads_to_a_model for o in origins)


def _outside(path: str) -> Outside:
    """A full name, as a member of the module that is a client where there is one."""
    parts = path.split(".")
    for end in range(len(parts), 0, -1):
        client = client_module(".".join(parts[:end]))
        if client is not None:
            return Outside(path, client, ".".join(parts[end:]))
    return Outside(path)


def _member_of(holder: Outside, name: str) -> Outside:
    if holder.client is not None:
        member = f"{holder.member}.{name}" if holder.member else name
        return Outside(f"{holder.path}.{name}", holder.client, member, holder.made)
    if "()" not in holder.path:
        return _outside(f"{holder.path}.{name}")
    return Outside(f"{holder.path}.{name}", holds_client=holder.holds_client)


def _is_no_language_model(client: Client, call: ast.Call) -> bool:
    first = call.args[0] if call.args else next((k.value for k in call.keywords if k.arg == "task"), None)
    return isinstance(first, ast.Constant) and first.value in client.not_for


def _annotated(annotation: ast.expr) -> list[ast.expr]:
    """The names that an annotation consists of: `OpenAI | None` and `Optional["OpenAI"]` give `OpenAI`."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            return _annotated(ast.parse(annotation.value, mode="eval").body)
        except (SyntaxError, ValueError):
            return []
    if isinstance(annotation, ast.BinOp):
        return [*_annotated(annotation.left), *_annotated(annotation.right)]
    if isinstance(annotation, ast.Subscript):
        inner = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
        return [part for one in inner for part in _annotated(one)]
    return [annotation]
