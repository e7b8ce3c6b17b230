"""What the value of a name is: of a local one by all its bindings, of a global one by the module's."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

from codemods.knowledge.library_functions import BUILTINS, FUNCTIONS, VALUES
from codemods.knowledge.verdicts import Verdict
from codemods.python.call_facts import class_parameter
from codemods.python.classes import ClassRef, Function
from codemods.python.modules import ImportedName, Module
from codemods.python.names import Resolved, dotted_name
from codemods.python.reaching import entered_manager, reaching_value
from codemods.python.registrations import Registrations
from codemods.python.repeating.definitions import Definition, changes, definitions
from codemods.python.repeating.frames import SAME, Frame, Outcome, outer_frame
from codemods.python.repeating.interpreter import Interpreter
from codemods.python.repeating.stores import stored, stored_by_any_name
from codemods.python.repeating.values import (
    DATA,
    NOTHING,
    TEXT,
    UNKNOWN,
    Value,
    container,
    join,
)
from codemods.python.scopes import Scope, declared_elsewhere, own_imports
from codemods.python.trees import by_kind

_CHANGING = frozenset({"list", "set", "dict", "defaultdict"})
_MOST_HANDED = 4
"""How often a container is followed from one function into the next."""
_NO_ARGUMENTS = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])


class Names:
    """Gives the values of names."""

    def __init__(self, evaluator: Interpreter) -> None:
        self._evaluator = evaluator
        self._closures: dict[int, tuple[ast.AST, Frame]] = {}
        self._module_frames: dict[int, tuple[Module, Frame]] = {}
        self._reaching: dict[int, tuple[ast.Name, ast.expr | None]] = {}

    def read(self, node: ast.Name, frame: Frame) -> Outcome:
        """Reading a name: always the same, whatever its value is."""
        at: Frame | None = frame
        while at is not None:
            for name, value in at.inner:
                if name == node.id:
                    return SAME.giving(value)
            at = at.parent if node.id not in at.scope.bindings else None
        given = self._instance(node.id, frame)
        if given is not None:
            return SAME.giving(given)
        holder = _holder(node.id, frame)
        if holder is None:
            return SAME.giving(self._global(node, frame.scope.module))
        return SAME.giving(self._local(node, holder.base or holder))

    def _instance(self, name: str, frame: Frame) -> Value | None:
        """`self` and `cls`, looked up through enclosing functions."""
        scope = frame.scope
        if name == scope.self_name:
            at: Frame | None = frame
            while at is not None:
                given = at.parameter(name)
                if given is not None:
                    return given
                if at is not frame and name in at.scope.bindings:
                    break
                at = at.parent
            return Value("instance", ref=scope.owner)
        if scope.owner is not None and name == class_parameter(scope):
            return Value("class", ref=scope.owner)
        return None

    def _local(self, node: ast.Name, frame: Frame) -> Value:
        found = definitions(frame.scope.function).get(node.id, ())
        memo = self._evaluator.memo
        keep = (node, frame)
        if len(found) > 1 and hasattr(node, "lineno"):
            reached = self._reached(node, frame)
            entered = entered_manager(frame.scope.function, node) if reached is None else None
            if entered is not None:
                value = self._entered(entered, frame)
                return value.stale() if frame.lasting else value
            if reached is not None:
                key = ("reached", id(node), frame.key)
                return memo.get(
                    key,
                    keep,
                    lambda: SAME.giving(
                        self._finished(node.id, self._evaluator.value(reached, frame), frame)
                    ),
                    SAME.giving(NOTHING),
                    SAME,
                ).value
        return memo.get(
            ("name", node.id, frame.key),
            keep,
            lambda: SAME.giving(self._defined(node.id, found, frame)),
            SAME.giving(NOTHING),
            SAME,
        ).value

    def _reached(self, node: ast.Name, frame: Frame) -> ast.expr | None:
        key = id(node)
        known = self._reaching.get(key)
        if known is None:
            known = self._reaching[key] = (node, reaching_value(frame.scope.function, node))
        return known[1]

    def _defined(self, name: str, found: tuple[Definition, ...], frame: Frame) -> Value:
        values = [self._definition(d, name, frame) for d in found]
        return self._finished(name, join(values), frame) if values else UNKNOWN

    def _definition(self, definition: Definition, name: str, frame: Frame) -> Value:
        evaluator, node = self._evaluator, definition.node
        how = definition.how
        if how == "value":
            value = evaluator.unpacked(evaluator.value(node, frame), definition.path)
        elif how == "annotated" and isinstance(node, ast.expr):
            value = evaluator.value(definition.value, frame)
            empty = value.element is not None and value.element.kind == "nothing"
            if not empty or self._put_into(name, frame) is None:
                value = self._declared(value, node, frame)
        elif how == "element":
            inside = evaluator.element(evaluator.value(node, frame))
            value = evaluator.unpacked(inside, definition.path)
        elif how == "entered":
            value = self._entered(node, frame)
        elif how == "parameter" and isinstance(node, ast.arg):
            return self._parameter(node, frame)
        elif how == "added":
            value = evaluator.value(node, frame)
            # What is added to is one of the other bindings; text stays text.
            value = value.made() if value.kind in _CHANGING else value
        elif how == "defined" and isinstance(node, Function):
            value = self.function(node, frame)
        elif how == "matched":
            value = DATA if evaluator.value(node, frame).is_data else UNKNOWN
        elif how == "caught":
            return Value("error")
        else:
            return UNKNOWN
        return value.stale() if frame.lasting else value

    def _declared(self, value: Value, annotation: ast.expr, frame: Frame) -> Value:
        """A value beside its annotation: what is known of the value goes before what is said of it."""
        scope = frame.scope
        if value.kind == "unknown":
            return value  # what is out of sight gives what it gives, whatever it is called
        declared = self._evaluator.annotations.value(annotation, scope.module, scope.owner)
        return refined(value, declared)

    def _entered(self, node: ast.AST | None, frame: Frame) -> Value:
        given = self._evaluator.value(node, frame)
        if given.kind in {"handle", "buffer"}:
            return given
        return self._evaluator.calls.entered(node, frame)

    def _parameter(self, node: ast.arg, frame: Frame) -> Value:
        scope = frame.scope
        declared = self._evaluator.annotations.value(node.annotation, scope.module, scope.owner)
        arguments = scope.function.args
        given = frame.parameter(node.arg)
        if node is arguments.vararg or node is arguments.kwarg:
            if given is not None:
                return given
            several = node is arguments.kwarg
            return container("dict", declared, TEXT) if several else container("tuple", declared)
        if given is None and declared.kind == "unknown" and frame.lasting and frame.parent is not None:
            return self._evaluator.objects.given_to_callback(node, frame)
        return declared if given is None else believed(given, declared)

    def _finished(self, name: str, value: Value, frame: Frame) -> Value:
        """A container with what the function puts into it later."""
        if value.kind not in _CHANGING:
            return value
        put = self._put_into(name, frame)
        if put is None:
            return Value(value.kind, fresh=value.fresh)
        if not put:
            return value
        evaluator = self._evaluator
        element = join([value.inside, *(self._put(v, frame) for v, _ in put)])
        key = value.key and join([value.key, *(evaluator.value(k, frame) for _, k in put if k is not None)])
        if frame.lasting:
            element, key = element.stale(), key and key.stale()
        return container(value.kind, element, key, fresh=value.fresh)

    def _put_into(self, name: str, frame: Frame) -> tuple[tuple[ast.expr, ast.expr | None], ...] | None:
        done = changes(frame.scope.function)
        put = done.put.get(name, ())
        kept = all(self._leaves(call, index, frame) for call, index in done.handed.get(name, ()))
        return put if kept else None

    def _leaves(
        self, call: ast.Call, index: int | str | None, frame: Frame, depth: int = _MOST_HANDED
    ) -> bool:
        """Whether a function in sight, or one that is declared, puts nothing into a container that it is given."""
        called = self._evaluator.value(call.func, frame)
        declared = called.kind == "function" and isinstance(called.node, ast.expr)
        if declared or (called.kind == "method" and called.ref is None):
            return True
        if not isinstance(called.node, Function) or depth == 0:
            return False
        arguments = [a.arg for a in (*called.node.args.posonlyargs, *called.node.args.args)]
        shift = 1 if called.kind == "method" and arguments[:1] in (["self"], ["cls"]) else 0
        name = index
        if isinstance(index, int):
            name = arguments[index + shift] if index + shift < len(arguments) else None
        done = changes(called.node)
        if not isinstance(name, str) or name in done.put:
            return False
        inner = self._inside(called.node, called.ref)
        handed = done.handed.get(name, ())
        return not handed or (
            inner is not None and all(self._leaves(one, at, inner, depth - 1) for one, at in handed)
        )

    def _inside(self, function: Function, ref: ClassRef | None) -> Frame | None:
        """An activation of a function in sight of which nothing is known."""
        if ref is not None:
            member = self._evaluator.sources.classes.method(ref, function.name)
            module = member.owner.module if member is not None else ref.module
            return Frame(Scope(module, ref, function), lasting=False)
        around = self.closure(function)
        return (
            Frame(Scope(around.scope.module, None, function), lasting=False) if around is not None else None
        )

    def _put(self, node: ast.expr, frame: Frame) -> Value:
        evaluator = self._evaluator
        if isinstance(node, ast.Starred):
            return evaluator.element(evaluator.value(node.value, frame))
        return evaluator.value(node, frame)

    def function(self, node: ast.AST, frame: Frame) -> Value:
        """A function or lambda that is defined here, with what it sees around it."""
        self._closures[id(node)] = (node, frame)
        return Value("function", node=node)

    def closure(self, node: ast.AST) -> Frame | None:
        """The activation that a function was defined in, None for one of a module or a class."""
        known = self._closures.get(id(node))
        return known[1] if known is not None else None

    def module_frame(self, module: Module) -> Frame:
        """The activation that a module's own expressions run in."""
        key = id(module)
        if key not in self._module_frames:
            scope = Scope(module, None, ast.Lambda(_NO_ARGUMENTS, ast.Constant(None)))
            self._module_frames[key] = (module, Frame(scope, lasting=True))
        return self._module_frames[key][1]

    def _global(self, node: ast.Name, module: Module) -> Value:
        if node.id not in module.bindings:
            if node.id in {"__file__", "__name__"}:
                return TEXT
            return Value("function", node=node) if node.id in BUILTINS else UNKNOWN
        return self._at_module_level(node, module)

    def _at_module_level(self, node: ast.expr, module: Module) -> Value:
        names = self._evaluator.sources.names
        resolved = names.resolve(node, module)
        if resolved is None:
            origin = names.origin(node, module)
            if origin is not None and _is_constant(origin):
                return DATA
            if origin is not None and origin in VALUES:
                return Value(VALUES[origin]) if VALUES[origin] != "data" else DATA
            if origin in FUNCTIONS:
                return Value("function", node=node)
            return UNKNOWN
        if resolved.class_def is not None:
            return Value("class", ref=ClassRef(resolved.module, resolved.class_def))
        if resolved.function_def is not None:
            self._closures.setdefault(id(resolved.node), (resolved.node, self.module_frame(resolved.module)))
            return Value("function", node=resolved.node)
        return self._constant(resolved, node)

    def _constant(self, resolved: Resolved, node: ast.expr) -> Value:
        """A value that a module binds once; one that a function binds anew (`global`) is unknown."""
        name = (dotted_name(node) or "").rpartition(".")[2]
        module = resolved.module
        if any(
            isinstance(n, ast.Global) and name in n.names for n in by_kind(module.tree).get(ast.Global, ())
        ):
            return UNKNOWN
        if self._is_bound_by_others(name, module):
            return UNKNOWN
        return self._evaluator.memo.get(
            ("global", id(resolved.node)),
            resolved.node,
            lambda: SAME.giving(self._filled(name, resolved).stale()),
            SAME.giving(NOTHING),
            SAME,
        ).value

    def _filled(self, name: str, resolved: Resolved) -> Value:
        """The value of a module's name, with what any module puts into it."""
        evaluator = self._evaluator
        value = evaluator.value(resolved.node, self.module_frame(resolved.module))
        if value.kind not in _CHANGING:
            return value
        put = []
        for one in Registrations.shared(evaluator.sources).put_into(name, resolved.module):
            scope = one.scope
            frame = outer_frame(scope) if scope is not None else self.module_frame(one.module)
            put.append(evaluator.value(one.node, frame))
        if not put:
            return value
        inside = container(value.kind, join([value.inside, *put]), fresh=value.fresh)
        return inside if value.key is None else Value(value.kind, inside.element, fresh=value.fresh)

    def _is_bound_by_others(self, name: str, module: Module) -> bool:
        """Whether a module's name is bound by its namespace: `globals()["x"] = ...`, `module.x = ...`."""
        modules = {id(module): module}
        found = (*stored(name, modules, self._evaluator.sources), *stored_by_any_name(modules))
        return any(store.on_module for store in found)

    def dotted(self, node: ast.Attribute, frame: Frame) -> Outcome | None:
        """`module.NAME` and `Class.NAME`; None for an attribute of an object."""
        dotted = dotted_name(node)
        root = (dotted or "").partition(".")[0]
        module = frame.scope.module
        if not root or _holder(root, frame) is not None or self._instance(root, frame) is not None:
            return None
        sources = self._evaluator.sources
        if root not in module.bindings and dotted is not None and dotted in VALUES:
            return SAME.giving(Value(VALUES[dotted]))
        value = self._at_module_level(node, module)
        if value.kind != "unknown":
            return SAME.giving(value)
        holder = sources.classes.resolve(node.value, module)
        if holder is not None:
            return self._evaluator.objects.class_attribute(holder, node.attr, node)
        first = ast.Name(root, ast.Load())
        out_of_sight = sources.names.origin(first, module) is not None
        if not out_of_sight or self._at_module_level(first, module).kind != "unknown":
            return None
        if any(self._at_module_level(n, module).kind != "unknown" for n in _owners(node)):
            return None
        if sources.classes.resolve(node.value, module) is None and any(
            sources.classes.resolve(n, module) is not None for n in _owners(node)
        ):
            return None
        if isinstance(node.value, ast.Attribute) and node.value.attr.isupper():
            return None
        if isinstance(node.value, ast.Name):
            return SAME.giving(UNKNOWN)
        return Outcome(Verdict.UNKNOWN, UNKNOWN, node, "is an attribute of something out of sight")


def _owners(node: ast.Attribute) -> Iterator[ast.expr]:
    inner = node.value
    while isinstance(inner, ast.Attribute):
        yield inner
        inner = inner.value


def _holder(name: str, frame: Frame) -> Frame | None:
    """The innermost activation that binds a name, None for a global one."""
    at: Frame | None = frame
    while at is not None:
        if name in at.scope.bindings:
            declared = declared_elsewhere(at.scope.function).get(name)
            if declared is None:
                return at
            if isinstance(declared, ast.Global):
                return None
        at = at.parent
    return None


def imported_by(alias: ast.AST, function: Function | ast.Lambda) -> ImportedName | None:
    """What an alias node stands for, where an import statement of the function itself holds it."""
    return own_imports(function).get(id(alias))


def _is_constant(origin: str) -> bool:
    """Whether a name is a constant of the standard library: `re.DOTALL`."""
    return origin.partition(".")[0] in sys.stdlib_module_names and origin.rpartition(".")[2].isupper()


_PLAIN_KINDS = frozenset({"list", "set", "tuple", "text"})


def believed(value: Value, declared: Value) -> Value:
    """A value that came from a known place, beside its annotation: what is out of sight is what it is.

    An iterator under the name of a list, or an object that says something else each time under that of a text, is no
    list and no text. The class that an annotation names is believed, as its members have to be there.
    """
    if value.kind == "unknown" and declared.kind in _PLAIN_KINDS:
        return value
    return refined(value, declared)


def refined(value: Value, declared: Value) -> Value:
    """What is known of a value that is declared to be something; what is known of it goes first."""
    if value.kind in {"unknown", "nothing", "none"}:
        return declared if declared.kind != "unknown" and not is_another(value, declared) else value
    same_kind = value.kind == declared.kind and value.kind in {*_CHANGING, "tuple"}
    element = value.element
    said = declared.element is not None and declared.element.kind not in {"data", "unknown"}
    if same_kind and (element is None or element.kind == "nothing" or (element.kind == "unknown" and said)):
        if element is not None and declared.element is not None and is_another(element, declared.element):
            return value
        return Value(value.kind, declared.element, declared.key, fresh=value.fresh)
    return value


def is_another(value: Value, declared: Value) -> bool:
    """Whether a value may well be something else than it is declared to be: a call gave it, and nobody looked at it."""
    return value.called and declared.kind != "instance"
