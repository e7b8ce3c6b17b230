"""Objects of classes in sight: their attributes, properties, operators and what else is asked of them.

A class may have subclasses in the tree, which an object of it can be one of: what they override is looked at too.
What is not found, of a class with a base out of sight, is unknown.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

from codemods.knowledge.library_functions import BASES, LUIGI_PARAMETERS, Use
from codemods.knowledge.library_methods import ATTRIBUTES, METHODS
from codemods.knowledge.verdicts import Verdict
from codemods.python.classes import ClassRef, Function, Member, base_expressions
from codemods.python.constructions import Constructions
from codemods.python.names import dotted_name
from codemods.python.puts import READING
from codemods.python.repeating.frames import SAME, Frame, Outcome, outer_frame, worst
from codemods.python.repeating.interpreter import Interpreter
from codemods.python.repeating.name_values import is_another, refined
from codemods.python.repeating.stores import Store, stored, stored_by_any_name
from codemods.python.repeating.values import (
    CALLED,
    DATA,
    NOTHING,
    ONE_SHOT,
    TEXT,
    UNKNOWN,
    Value,
    container,
    join,
)
from codemods.python.scopes import Scope, own_nodes, parameters, scope_of
from codemods.python.trees import kept_with_tree, walk, walk_in_frames

_SHOWN = (
    "__str__ __repr__ __format__ __eq__ __ne__ __lt__ __le__ __gt__ __ge__ __hash__ __add__ __radd__ __sub__ "
    "__mul__ __truediv__ __mod__ __or__ __and__ __neg__ __int__ __float__ __index__ __rmul__ __rsub__ __iadd__ "
    "__abs__ __bytes__ __ceil__ __complex__ __divmod__ __floor__ __floordiv__ __fspath__ __invert__ __lshift__ "
    "__matmul__ __pos__ __pow__ __rdivmod__ __rfloordiv__ __rlshift__ __rmatmul__ __rmod__ __round__ __rpow__ "
    "__rrshift__ __rshift__ __rtruediv__ __rxor__ __trunc__ __xor__"
).split()
_SPECIALS = {
    Use.SIZE: ("__bool__", "__len__"),
    Use.ITERATE: ("__iter__", "__getitem__", "__contains__", "__next__", "__reversed__"),
    Use.SHOW: tuple(_SHOWN),
}
_PLAIN_METACLASSES = frozenset({"ABCMeta", "EnumMeta", "EnumType", "type"})
_SEVERAL = frozenset({"list", "set", "dict", "defaultdict", "tuple"})
_UNSETTLED = Outcome(Verdict.UNKNOWN)
_TEXT_BASES = frozenset({"str", "StrEnum", "Enum", "IntEnum", "Flag"})


class Objects:
    """Looks into objects."""

    def __init__(self, evaluator: Interpreter) -> None:
        self._evaluator = evaluator

    @property
    def _classes(self):  # type: ignore[no-untyped-def]
        return self._evaluator.sources.classes

    def variants(self, ref: ClassRef) -> tuple[ClassRef, ...]:
        """The class and its subclasses in the tree."""
        return (ref, *self._classes.subclasses(ref))

    def outside(self, ref: ClassRef) -> tuple[str, ...] | None:
        """The kinds that the bases out of sight bring members of; None where one is unknown."""
        found = []
        for item in self._classes.line(ref):
            for base in base_expressions(item.node):
                if self._classes.resolve(base, item.module) is not None:
                    continue
                origin = self._evaluator.sources.names.origin(base, item.module) or dotted_name(base) or ""
                kind = BASES.get(origin)
                if kind is None:
                    return None
                if kind:
                    found.append(kind)
        return tuple(found)

    def implementations(self, ref: ClassRef, name: str) -> list[tuple[ClassRef, Member]]:
        """Every definition of a method that an object of the class can have, with the class it is looked up on."""
        found: dict[int, tuple[ClassRef, Member]] = {}
        for variant in self.variants(ref):
            member = self._classes.method(variant, name)
            if member is not None and member.method is not None:
                found.setdefault(id(member.method), (variant, member))
        return list(found.values())

    def attribute(self, owner: Value, name: str, node: ast.expr) -> Outcome:
        """Reading an attribute of a value."""
        kind = owner.kind
        if kind in {"none", "nothing"}:
            return SAME.giving(owner)
        if kind == "union":
            found = [self.attribute(v, name, node) for v in owner.parts]
            return worst(SAME, *found).giving(join(o.value for o in found))
        if kind == "instance" and owner.ref is not None:
            return self._of_instance(owner, owner.ref, name, node)
        if kind == "class" and owner.ref is not None:
            return self.class_attribute(owner.ref, name, node)
        if kind == "pydantic" and name not in METHODS["pydantic"]:
            return SAME.giving(Value("class") if name == "__class__" else owner)
        known = ATTRIBUTES.get(kind, {}).get(name)
        if known is not None:
            return SAME.giving(DATA if known == "data" else Value(known))
        if name in METHODS.get(kind, {}):
            return SAME.giving(Value("method"))
        # Where the write is run once more, the file is another one: it has another name, and may be a buffer.
        what = "is asked of an open file" if kind == "handle" else "is an attribute of something out of sight"
        return Outcome(Verdict.UNKNOWN, UNKNOWN, node, what)

    def _of_instance(self, owner: Value, ref: ClassRef, name: str, node: ast.expr) -> Outcome:
        if name == "__class__":
            return SAME.giving(Value("class", ref=ref))
        if name == "__dict__":
            return SAME.giving(Value("dict"))
        methods = self.implementations(ref, name)
        if methods:
            found = []
            for variant, member in methods:
                if member.has_decorator("property"):
                    found.append(self._property(variant, member, owner, node))
                else:
                    found.append(SAME.giving(Value("method", ref=variant, node=member.method)))
            return worst(SAME, *found).giving(join(o.value for o in found))
        if self._classes.member(ref, name) is None:
            return self._missing(owner, ref, name, node)
        value = self._evaluator.memo.get(
            ("attribute", id(ref.node), name),
            ref,
            lambda: SAME.giving(self._stored_value(ref, name)),
            SAME.giving(NOTHING),
            SAME,
        ).value
        return self._read(value if owner.fresh else value.stale(), node)

    def _read(self, value: Value, node: ast.expr) -> Outcome:
        """Reading what is stored in a class: a descriptor is asked for it."""
        for part in value.parts if value.kind == "union" else (value,):
            if part.kind == "instance" and part.ref is not None and self.implementations(part.ref, "__get__"):
                return Outcome(Verdict.UNKNOWN, UNKNOWN, node, f"is given by a descriptor, {part.ref.name}")
        return SAME.giving(value)

    def has_metaclass(self, ref: ClassRef) -> bool:
        """Whether a class has a class of its own, which may answer what is asked of it."""
        given = [k for item in self._classes.line(ref) for k in item.node.keywords if k.arg == "metaclass"]
        return any((dotted_name(k.value) or "").rpartition(".")[2] not in _PLAIN_METACLASSES for k in given)

    def asked_of_class(self, value: Value, node: ast.AST, special: str = "") -> Outcome | None:
        """What is asked of a class itself, None where it answers as classes do.

        Args:
            value: the class.
            node: where.
            special: a method of the class that is run, `__class_getitem__`.
        """
        ref = value.ref
        if value.kind != "class" or ref is None:
            return None
        if self.has_metaclass(ref):
            return Outcome(Verdict.UNKNOWN, UNKNOWN, node, f"is asked of {ref.name}, which has a metaclass")
        if special and self._classes.method(ref, special) is not None:
            return Outcome(Verdict.UNKNOWN, UNKNOWN, node, f"runs {special}() of {ref.name}")
        return None

    def properties(self, owner: Value) -> Outcome:
        """Reading any attribute of a value: every property of its class."""
        ref = owner.ref
        if owner.kind != "instance" or ref is None:
            return SAME
        names = {
            s.name
            for variant in self.variants(ref)
            for item in self._classes.line(variant)
            for s in item.node.body
            if isinstance(s, Function) and s.decorator_list
        }
        read = {name: ast.Attribute(ast.Name("it", ast.Load()), name, ast.Load()) for name in sorted(names)}
        return worst(SAME, *(self._of_instance(owner, ref, name, one) for name, one in read.items()))

    def _property(self, variant: ClassRef, member: Member, owner: Value, node: ast.expr) -> Outcome:
        given = Value("instance", ref=variant, fresh=owner.fresh)
        found = self._evaluator.calls.method(variant, member, given, [], {}, node)
        decorators = member.method.decorator_list if member.method else []
        kept = any((dotted_name(d) or "").endswith("cached_property") for d in decorators)
        return found.giving(found.value.stale() if kept else found.value)

    def _missing(self, owner: Value, ref: ClassRef, name: str, node: ast.expr) -> Outcome:
        if self._classes.is_enum(ref) and name in {"value", "name", "_value_"}:
            return SAME.giving(self._enum_values(ref) if name == "value" else TEXT)
        hook = self.implementations(ref, "__getattr__") or self.implementations(ref, "__getattribute__")
        if hook:
            return worst(
                SAME, *(self._evaluator.calls.method(v, m, owner, [TEXT], {}, node) for v, m in hook)
            )
        kinds = self.outside(ref)
        for kind in kinds or ():
            known = ATTRIBUTES.get(kind, {}).get(name)
            if known is not None:
                return SAME.giving(Value(known))
            if name in METHODS.get(kind, {}):
                return SAME.giving(Value("method"))
        if kinds is None:
            return Outcome(
                Verdict.UNKNOWN, UNKNOWN, node, f"is from a base class of {ref.name} that is out of sight"
            )
        return SAME

    def _enum_values(self, ref: ClassRef) -> Value:
        frame = self._evaluator.names.module_frame(ref.module)
        assigned = [s.value for s in ref.node.body if isinstance(s, ast.Assign)]
        return join(self._evaluator.value(v, frame) for v in assigned).stale() if assigned else UNKNOWN

    def _stored_value(self, ref: ClassRef, name: str) -> Value:
        """What an attribute holds, by all that the class, its bases and its subclasses assign to it."""
        found: list[Value] = []
        declared = UNKNOWN
        seen: set[int] = set()
        for variant in self.variants(ref):
            for item in self._classes.line(variant):
                if id(item.node) in seen:
                    continue
                seen.add(id(item.node))
                for statement in item.node.body:
                    if isinstance(statement, ast.AnnAssign) and _names(statement.target) == name:
                        declared = self._evaluator.annotations.value(statement.annotation, item.module, ref)
                    elif isinstance(statement, ast.Assign) and any(
                        _names(t) == name for t in statement.targets
                    ):
                        found.append(self._class_value(statement.value, item))
                    elif isinstance(statement, Function):
                        for annotation, value in self._assigned(statement, item, name, ref):
                            declared = annotation if annotation.kind != "unknown" else declared
                            found.append(value)
        elsewhere = self._stored_elsewhere(ref, name, declared)
        found += elsewhere
        given: list[Value] = []
        if (not found or len(found) == len(elsewhere)) and "pydantic" not in (self.outside(ref) or ()):
            # A model checks what it is given; anything else takes it as it is.
            given = [*self._given(ref, name, declared), *elsewhere]
        value = join(given or found)
        if not (given or found):
            value = declared
        elif not given and (value.kind != "unknown" or declared.kind not in _SEVERAL):
            # An iterator under the name of a list is common, a text or a number that is none is not.
            value = refined(value, declared)
        if value.kind in {"list", "set", "dict", "defaultdict"} and declared.kind == "unknown":
            put = self._put(ref, name)
            if put is None or value.element is None:
                return Value(value.kind, fresh=value.fresh)  # other code may put anything into it
            key = value.key if value.key is None or value.key.kind != "nothing" else None
            return container(value.kind, join([value.inside, *put]), key, fresh=value.fresh)
        if declared.kind != "unknown" and value.kind == declared.kind and value.kind != "instance":
            inside = value.element
            if (inside is not None and inside.called) or self._is_put_by_call(ref, name):
                return container(value.kind, CALLED, value.key, fresh=value.fresh)
            if inside is None or inside.kind in {"unknown", "nothing"} or inside.is_data:
                return Value(value.kind, declared.element, declared.key, declared.parts, fresh=value.fresh)
            return container(value.kind, join([inside, declared.inside]), value.key, fresh=value.fresh)
        return value

    def _given(self, ref: ClassRef, name: str, declared: Value) -> list[Value]:
        """What the constructions in sight put into a field, whatever it is declared to be."""
        evaluator = self._evaluator
        found = []
        for node, made in Constructions.shared(evaluator.sources).given(ref, name):
            scope = made.scope
            frame = outer_frame(scope) if scope is not None else evaluator.names.module_frame(made.module)
            # Of what is unpacked into the call nothing shows, not even that somebody looked at it.
            value = evaluator.value(node, frame) if node is not None else CALLED
            if declared.kind == "instance" and not _is_another(value, declared):
                value = declared  # its members have to be there
            found.append(declared if _is_believed(value, declared) else value)
        return found

    def _given_to_constructor(
        self, function: Function, item: ClassRef, ref: ClassRef
    ) -> tuple[tuple[str, Value], ...]:
        """What the constructions in sight give the parameters of `__init__`; those left out are not told of."""
        if function.name != "__init__":
            return ()
        found = {}
        for parameter in parameters(function)[1:]:
            declared = self._evaluator.annotations.value(parameter.annotation, item.module, ref)
            given = self._given(item, parameter.arg, declared) if declared.kind != "unknown" else []
            if given:
                found[parameter.arg] = join(given)
        return tuple(sorted(found.items(), key=lambda pair: pair[0]))

    def _put(self, ref: ClassRef, name: str) -> list[Value] | None:
        """What is put into a container that an attribute holds; None where it may be anything."""
        evaluator = self._evaluator
        found: list[Value] = []
        own: set[int] = set()
        modules = {id(evaluator.home): evaluator.home} if evaluator.home is not None else {}
        for variant in self.variants(ref):
            for item in self._classes.line(variant):
                modules[id(item.module)] = item.module
                for function in (s for s in item.node.body if isinstance(s, Function) and id(s) not in own):
                    own.add(id(function))
                    frame = Frame(Scope(item.module, item, function), lasting=False)
                    for node in own_nodes(function):
                        put = _put_into(node, name)
                        if put is None:
                            continue
                        if put:
                            own.add(id(node))
                            found.append(evaluator.value(put[0], frame))
        for module in modules.values():
            if any(id(node) not in own for node, _ in _putting(module.tree).get(name, ())):
                return None
        return found

    def _is_put_by_call(self, ref: ClassRef, name: str) -> bool:
        """Whether what a call out of sight gives is put into a container that an attribute of the name holds."""
        evaluator = self._evaluator
        modules = {id(evaluator.home): evaluator.home} if evaluator.home is not None else {}
        for variant in self.variants(ref):
            modules.update({id(item.module): item.module for item in self._classes.line(variant)})
        for module in modules.values():
            for node, around in _putting(module.tree).get(name, ()):
                scope = scope_of(module, around)
                frame = outer_frame(scope) if scope is not None else evaluator.names.module_frame(module)
                if any(evaluator.value(put, frame).called for put in _put_into(node, name) or ()):
                    return True
        return False

    def _class_value(self, value: ast.expr, item: ClassRef) -> Value:
        if isinstance(value, ast.Call):
            last = (dotted_name(value.func) or "").rpartition(".")[2]
            kind = LUIGI_PARAMETERS.get(last)
            if kind is not None:
                return DATA if kind == "data" else Value(kind)
        frame = self._evaluator.names.module_frame(item.module)
        if self._classes.is_enum(item):
            return Value("instance", ref=item)
        return self._evaluator.value(value, frame).stale()

    def _assigned(
        self, function: Function, item: ClassRef, name: str, ref: ClassRef
    ) -> Iterator[tuple[Value, Value]]:
        assigning = _assigning(function).get(name)
        scope = Scope(item.module, item, function)
        own = scope.self_name if assigning else None
        if assigning is None or own is None:
            return
        frame = Frame(scope, lasting=False, given=self._given_to_constructor(function, item, ref))
        for node in assigning:
            targets: list[ast.expr] = []
            declared = UNKNOWN
            if isinstance(node, ast.Assign):
                targets = node.targets
            elif isinstance(node, ast.AnnAssign):
                targets = [node.target]
                declared = self._evaluator.annotations.value(node.annotation, item.module, ref)
            elif isinstance(node, ast.AugAssign | ast.For):
                targets = [node.target]
            for target in targets:
                if _is_own(target, own, name) and isinstance(
                    node, ast.Assign | ast.AnnAssign | ast.AugAssign
                ):
                    yield declared, self._evaluator.value(node.value, frame)
                elif isinstance(target, ast.Tuple | ast.List | ast.Attribute) and any(
                    _is_own(n, own, name) for n in walk(target) if n is not target
                ):
                    yield UNKNOWN, UNKNOWN

    def _stored_elsewhere(self, ref: ClassRef, name: str, declared: Value) -> list[Value]:
        """What is put into an attribute of a name by anything but the methods of a class."""
        evaluator = self._evaluator
        modules = {id(evaluator.home): evaluator.home} if evaluator.home is not None else {}
        for variant in self.variants(ref):
            modules.update({id(item.module): item.module for item in self._classes.line(variant)})
        found = []
        line = {id(item.node) for variant in self.variants(ref) for item in self._classes.line(variant)}
        for store in stored_by_any_name(modules):
            holder = evaluator.value(store.holder, self._frame_of(store))
            if not store.on_module and (
                id(holder.ref.node) in line if holder.ref else holder.kind == "unknown"
            ):
                return [UNKNOWN]
        for store in stored(name, modules, evaluator.sources):
            frame = self._frame_of(store)
            value = evaluator.value(store.value, frame) if store.value is not None else UNKNOWN
            if declared.kind == "instance" and not _is_another(value, declared):
                value = declared  # its members have to be there
            found.append(declared if _is_believed(value, declared) else value)
        return found

    def _frame_of(self, store: Store) -> Frame:
        scope = store.scope
        return outer_frame(scope) if scope is not None else self._evaluator.names.module_frame(store.module)

    def class_attribute(self, ref: ClassRef, name: str, node: ast.expr) -> Outcome:
        """`Class.NAME`."""
        if name in ATTRIBUTES["class"]:
            return SAME.giving(Value(ATTRIBUTES["class"][name]))
        asked = self.asked_of_class(Value("class", ref=ref), node)
        if asked is not None:
            return asked
        member = self._classes.member(ref, name)
        if member is None:
            if self._classes.is_complete(ref):
                return self._read(self._stored_value(ref, name), node)
            return Outcome(
                Verdict.UNKNOWN, UNKNOWN, node, f"is from a base class of {ref.name} that is out of sight"
            )
        if member.method is not None:
            return SAME.giving(Value("method", ref=ref, node=member.method))
        if self._classes.is_enum(ref):
            return SAME.giving(Value("instance", ref=ref))
        value = self._evaluator.memo.get(
            ("attribute", id(ref.node), name),
            ref,
            lambda: SAME.giving(self._stored_value(ref, name)),
            SAME.giving(NOTHING),
            SAME,
        ).value
        return self._read(value.stale(), node)

    def given_to_callback(self, parameter: ast.arg, frame: Frame) -> Value:
        """What a nested function is given by all that call it: the function around it, and whom that hands it to.

        `note(1)`, `each(items, note)` with the source of `each` in sight, `orchestrator.callback = note` where the
        class has `self.callback(chapter, index)`. Any other use of the function may give it anything.
        """
        function, outer = frame.scope.function, frame.parent
        if outer is None or not isinstance(function, Function) or parameter not in function.args.args:
            return UNKNOWN
        position = function.args.args.index(parameter)
        found: list[Value] = []
        uses = 0
        for node in own_nodes(outer.scope.function):
            if isinstance(node, ast.Name) and node.id == function.name and isinstance(node.ctx, ast.Load):
                uses += 1
            if isinstance(node, ast.Assign) and _names(node.value) == function.name:
                for target in node.targets:
                    if isinstance(target, ast.Attribute):
                        owner = self._evaluator.value(target.value, outer)
                        found.extend(self._handed(owner, target.attr, position))
            elif isinstance(node, ast.Call) and not node.keywords:
                found.extend(self._called_with(function.name, position, node, outer))
        return join(found) if len(found) == uses and found else UNKNOWN

    def _called_with(self, name: str, position: int, call: ast.Call, outer: Frame) -> Iterator[Value]:
        """What a call gives to a function, by calling it or by handing it to a function that calls it."""
        if any(isinstance(a, ast.Starred) for a in call.args):
            return
        if _names(call.func) == name:
            if position < len(call.args):
                yield self._evaluator.value(call.args[position], outer).stale()
            return
        places = [i for i, a in enumerate(call.args) if _names(a) == name]
        called = self._evaluator.value(call.func, outer)
        if len(places) != 1 or not isinstance(called.node, ast.FunctionDef):
            return
        arguments = called.node.args
        names = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
        around = self._evaluator.names.closure(called.node)
        if len(names) < len(call.args) or around is None:
            return
        given = tuple((n, self._evaluator.value(a, outer)) for n, a in zip(names, call.args, strict=False))
        inside = Frame(Scope(around.scope.module, None, called.node), lasting=False, given=given)
        handed = names[places[0]]
        values: list[Value] = []
        uses = 0
        for node in own_nodes(called.node):
            if isinstance(node, ast.Name) and node.id == handed:
                uses += 1
            if isinstance(node, ast.Call) and _names(node.func) == handed:
                plain = not node.keywords and not any(isinstance(a, ast.Starred) for a in node.args)
                within = plain and position < len(node.args)
                values.append(self._evaluator.value(node.args[position], inside) if within else UNKNOWN)
        if uses == len(values):
            yield join(values).stale() if values else NOTHING

    def _handed(self, owner: Value, name: str, position: int) -> Iterator[Value]:
        """What the methods of an object's class hand to a function that it holds."""
        ref = owner.ref
        given = []
        for item in self._classes.line(ref) if ref is not None and owner.kind == "instance" else ():
            for method in (s for s in item.node.body if isinstance(s, Function)):
                frame = Frame(Scope(item.module, ref, method), lasting=False)
                for node in own_nodes(method):
                    if isinstance(node, ast.Call) and _is_own(node.func, frame.scope.self_name or "", name):
                        inside = 0 <= position < len(node.args) and not node.keywords
                        given.append(self._evaluator.value(node.args[position], frame) if inside else UNKNOWN)
        if given:
            yield join(given).stale()

    def special(self, owner: Value, name: str, node: ast.AST) -> Outcome:
        """Calling a special method by its operator."""
        ref = owner.ref
        found = self.implementations(ref, name) if ref is not None else []
        if found:
            calls = self._evaluator.calls
            done = [calls.method(v, m, owner, [DATA, DATA], {}, node) for v, m in found]
            return worst(SAME, *done).giving(join(o.value for o in done))
        if ref is not None and (self._classes.is_enum(ref) or self.is_text(ref)):
            return SAME.giving(TEXT)
        if ref is not None and self.outside(ref) is not None:
            return SAME
        return Outcome(Verdict.UNKNOWN, UNKNOWN, node, "is of a class with a base out of sight")

    def is_text(self, ref: ClassRef) -> bool:
        """Whether an object of the class is a text: `class Name(str)`."""
        bases = [b for item in self._classes.line(ref) for b in base_expressions(item.node)]
        return any((dotted_name(b) or "").rpartition(".")[2] in _TEXT_BASES for b in bases)

    def used(self, value: Value, how: Use, node: ast.AST) -> Outcome:
        """What is asked of an object that is run over, shown or asked for its truth."""
        ref = value.ref
        if ref is None:
            return Outcome(Verdict.UNKNOWN, UNKNOWN, node, "is out of sight")
        if how is Use.ITERATE and self.implementations(ref, "__next__"):
            if value.fresh:
                return SAME
            return Outcome(Verdict.EFFECT, UNKNOWN, node, "is an iterator, which is used up by reading it")
        if how is Use.TOTAL:
            run_over = self.used(value, Use.ITERATE, node)
            return worst(run_over, self._evaluator.used(self.element(value), Use.SHOW, node))
        found = []
        own = False
        for name in _SPECIALS[how]:
            for variant, member in self.implementations(ref, name):
                own = own or name in {"__str__", "__repr__", "__format__"}
                # What it is compared with is looked at on its own, and is most often of the same class.
                other = TEXT if name == "__format__" else value
                given = self._evaluator.calls.method(variant, member, value, [other], {}, node)
                if name == "__iter__" and given.value.kind == "iterator" and not given.value.fresh:
                    given = Outcome(
                        Verdict.EFFECT, UNKNOWN, node, "is an iterator, which is used up by reading it"
                    )
                elif name == "__iter__" and given.value.kind in {"unknown", "instance"}:
                    given = Outcome(
                        Verdict.UNKNOWN, UNKNOWN, node, "has an __iter__ whose value is out of sight"
                    )
                found.append(given)
        kinds = self.outside(ref)
        if not found and kinds is None:
            found.append(
                Outcome(Verdict.UNKNOWN, UNKNOWN, node, f"is a {ref.name} with a base class out of sight")
            )
        if how is Use.SHOW and not own:
            if self._classes.is_dataclass(ref) or "pydantic" in (kinds or ()):
                found.append(self._fields(ref, node))
            elif value.fresh and kinds == () and not self._classes.is_enum(ref):
                found.append(
                    Outcome(Verdict.UNKNOWN, UNKNOWN, node, "is shown by its address, another one each time")
                )
        return worst(SAME, *found)

    def _fields(self, ref: ClassRef, node: ast.AST) -> Outcome:
        """The generated text of a dataclass or a model shows all of its fields."""
        key = ("fields", id(ref.node))
        return self._evaluator.memo.get(key, ref, lambda: self._shown_fields(ref, node), SAME, _UNSETTLED)

    def _shown_fields(self, ref: ClassRef, node: ast.AST) -> Outcome:
        found = []
        for item in self._classes.line(ref):
            for statement in item.node.body:
                if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                    made = Value("instance", ref=ref)
                    value = self.attribute(made, statement.target.id, statement.target).value
                    found.append(self._evaluator.used(value, Use.SHOW, statement.target))
        return worst(SAME, *found)

    def element(self, value: Value) -> Value:
        """What running over an object gives."""
        ref = value.ref
        done = []
        for variant, member in self.implementations(ref, "__iter__") if ref is not None else ():
            given = self._evaluator.calls.method(variant, member, value, [], {}, variant.node)
            done.append(self._evaluator.element(given.value) if given.value.kind != "instance" else UNKNOWN)
        if not done and ref is not None and "pydantic" in (self.outside(ref) or ()):
            return Value("pydantic")
        return join(done) if done else UNKNOWN


@lru_cache(maxsize=1 << 12)
def _assigning(function: Function) -> Mapping[str, tuple[ast.AST, ...]]:
    """The statements of a function that name an attribute in their target, by the attribute, in source order."""
    found: dict[str, dict[ast.AST, None]] = {}
    for node in own_nodes(function):
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.For):
            targets = [node.target]
        else:
            continue
        for target in targets:
            for part in walk(target):
                if isinstance(part, ast.Attribute):
                    found.setdefault(part.attr, {})[node] = None
    return MappingProxyType({name: tuple(nodes) for name, nodes in found.items()})


def _is_another(value: Value, declared: Value) -> bool:
    """Whether a value is seen to be no object of the class that it is declared to be of."""
    sides = value.parts if value.kind == "union" else (value,)
    return any(
        side.kind in ONE_SHOT
        or (side.ref is not None and declared.ref is not None and side.ref.node is not declared.ref.node)
        for side in sides
    )


def _is_believed(value: Value, declared: Value) -> bool:
    """Whether an attribute holds what it is declared to, whatever is put there.

    An iterator under the name of a list is common; a text or a number that is read of something is one.
    """
    if value.kind != "unknown":
        return value.kind == "nothing"
    return declared.kind not in _SEVERAL and not is_another(value, declared)


def _names(target: ast.expr) -> str:
    return target.id if isinstance(target, ast.Name) else ""


def _is_own(node: ast.AST, own: str, name: str) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr == name
        and isinstance(node.value, ast.Name)
        and node.value.id == own
    )


def _put_into(node: ast.AST, name: str) -> list[ast.expr] | None:
    """What a node puts into `x.name`: one expression, or none where that is not known; None where it puts nothing."""
    return _puts(node).get(name) if isinstance(node, ast.Call | ast.Assign | ast.AugAssign) else None


def _puts(node: ast.Call | ast.Assign | ast.AugAssign) -> dict[str, list[ast.expr]]:
    """What a node puts into attributes, by their name: one expression, or none where that is not known."""
    if isinstance(node, ast.Call):
        found: dict[str, list[ast.expr]] = {}
        if getattr(node.func, "id", getattr(node.func, "attr", "")) not in READING:
            handed = (*node.args, *(k.value for k in node.keywords))
            found = {a.attr: [] for a in handed if isinstance(a, ast.Attribute)}
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Attribute):
            # For the attribute that is called on, the method alone tells.
            owner, method = node.func.value.attr, node.func.attr
            found.pop(owner, None)
            if method in {"append", "add", "appendleft"} and len(node.args) == 1:
                found[owner] = node.args
            elif method in _PUTTING:
                found[owner] = []
        return found
    if isinstance(node, ast.Assign):
        subscripts = [t.value for t in node.targets if isinstance(t, ast.Subscript)]
        return {s.attr: [node.value] for s in subscripts if isinstance(s, ast.Attribute)}
    target = node.target.value if isinstance(node.target, ast.Subscript) else node.target
    return {target.attr: []} if isinstance(target, ast.Attribute) else {}


@kept_with_tree
def _putting(tree: ast.Module) -> dict[str, list[tuple[ast.AST, tuple[ast.AST, ...]]]]:
    """The nodes of a file that put something into an attribute, by its name, with the frames around them."""
    found: dict[str, list[tuple[ast.AST, tuple[ast.AST, ...]]]] = {}
    for node, around in walk_in_frames(tree):
        if isinstance(node, ast.Call | ast.Assign | ast.AugAssign):
            for name in _puts(node):
                found.setdefault(name, []).append((node, around))
    return found


_PUTTING = frozenset(
    "extend insert update setdefault extendleft difference_update symmetric_difference_update".split()
)
