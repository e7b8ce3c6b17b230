"""What a call calls, as far as its source is in sight: functions, methods, constructors, `super()`."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemods.python.call_facts import class_parameter, is_super
from codemods.python.callees import Callee, find_callee
from codemods.python.classes import ClassRef, Function, Member
from codemods.python.inference import ClassInference
from codemods.python.names import dotted_name
from codemods.python.scopes import Scope, Sources

_TRANSPARENT = frozenset(
    "staticmethod classmethod property cached_property override overload final wraps lru_cache cache "
    "abstractmethod".split()
)


@dataclass(frozen=True)
class Called:
    """A function in sight that a call runs.

    Attributes:
        callee: the function; its `bound` says whether the first parameter is given by the call's form.
        on_self: whether it runs on the caller's own instance.
        constructs: the class, where the call is a construction.
        certain: whether no other function can be meant: one of another class, which the receiver may be of too.
    """

    callee: Callee
    on_self: bool = False
    constructs: ClassRef | None = None
    certain: bool = True

    @property
    def is_wrapped(self) -> bool:
        """Whether other code may run in its place or around it: of another class, of a decorator out of sight."""
        return not self.certain or bool(_decorators(self.callee.function) - _TRANSPARENT)

    @property
    def function(self) -> Function:
        """The function's definition."""
        return self.callee.function

    @property
    def key(self) -> tuple[int, int]:
        """What its effects depend on: the function and the class that it is looked up on."""
        holder = self.callee.holder
        return id(self.callee.function), (id(holder.node) if holder is not None else 0) * 2 + self.certain

    @property
    def scope(self) -> Scope:
        """The function from inside."""
        return Scope(self.callee.module, self.callee.holder, self.callee.function)


class CallResolver:
    """Finds what calls call, for one project."""

    def __init__(self, sources: Sources, inference: ClassInference) -> None:
        self._sources = sources
        self._inference = inference

    def called(self, call: ast.Call, scope: Scope) -> Called | None:
        """The function that a call runs; None where it is out of sight or abstract."""
        function = call.func
        if isinstance(function, ast.Name) and scope.nested_function(function.id) is not None:
            return None
        constructed = self.constructed(function, scope)
        if constructed is not None:
            return self._construction(constructed)
        if isinstance(function, ast.Attribute) and is_super(function.value) and scope.owner is not None:
            member = self._inherited(scope.owner, function.attr, scope)
            return self._on(member, scope.owner, function.value, on_self=True) if member is not None else None
        found = find_callee(call, scope, self._sources, self._inference)
        if found is None or not self._is_filled_in(found):
            return None
        on_self = isinstance(found.receiver, ast.Name) and found.receiver.id == scope.self_name
        return Called(found, on_self, certain=on_self or self._is_certain(found, scope))

    def entered(self, node: ast.expr, scope: Scope) -> list[Called]:
        """What `with` runs on a value of a class in sight."""
        ref = self._inference.of(node, scope)
        names = ("__enter__", "__exit__", "__aenter__", "__aexit__")
        found = [self._method_on(ref, name, node) for name in names] if ref is not None else []
        return [called for called in found if called is not None]

    def _method_on(self, ref: ClassRef, name: str, receiver: ast.expr) -> Called | None:
        member = self._sources.classes.method(ref, name)
        return self._on(member, ref, receiver, on_self=False) if member is not None else None

    def _is_filled_in(self, callee: Callee) -> bool:
        holder = callee.holder
        if holder is not None and not is_readable(callee.function):
            return False
        owners = self._sources.classes.line(holder) if holder is not None else ()
        owner = next((ref for ref in owners if callee.function in ref.node.body), None)
        bases = [dotted_name(b) or "" for b in owner.node.bases] if owner is not None else []
        return is_readable(callee.function) and not any(b.rpartition(".")[2] == "Protocol" for b in bases)

    def _is_certain(self, callee: Callee, scope: Scope) -> bool:
        """Whether every value that the receiver can have is of the class that the function was found in."""
        receiver = callee.receiver
        if not isinstance(receiver, ast.Name) or callee.holder is None:
            return True
        values = scope.values_of(receiver.id)
        if values is None:
            return True
        holder = scope.holder_of(receiver.id)
        pending = list(values)
        while pending:
            value = pending.pop()
            if isinstance(value, ast.IfExp):
                pending += [value.body, value.orelse]
            elif not (isinstance(value, ast.Constant) and value.value is None):
                ref = self._inference.of(value, holder)
                if ref is None or ref.node is not callee.holder.node:
                    return False
        return True

    def property_of(self, node: ast.Attribute, scope: Scope) -> Called | None:
        """The property that an attribute of the instance is."""
        if not (isinstance(node.value, ast.Name) and node.value.id == scope.self_name and scope.owner):
            return None
        member = self._sources.classes.method(scope.owner, node.attr)
        if member is None or not member.has_decorator("property"):
            return None
        return self._on(member, scope.owner, node.value, on_self=True)

    def method_of(self, ref: ClassRef, name: str) -> Called | None:
        """A method of a class, run on the caller's own instance."""
        member = self._sources.classes.method(ref, name)
        if member is None:
            return None
        return self._on(member, ref, ast.Name("self", ast.Load()), on_self=True)

    def referenced(self, node: ast.expr, scope: Scope) -> Called | None:
        """The function or method that an expression names without calling it."""
        made = ast.Call(node, [], [])
        found = find_callee(made, scope, self._sources, self._inference)
        if found is None or not is_readable(found.function):
            return None
        on_self = isinstance(found.receiver, ast.Name) and found.receiver.id == scope.self_name
        return Called(found, on_self)

    def constructed(self, function: ast.expr, scope: Scope) -> ClassRef | None:
        """The class in sight that an expression names, `cls` in a class method included."""
        dotted = dotted_name(function)
        if dotted is None:
            return None
        if isinstance(function, ast.Name) and function.id == class_parameter(scope):
            return scope.owner
        if scope.is_local(dotted.partition(".")[0]):
            return None
        resolved = self._sources.names.resolve(function, scope.module)
        if resolved is None or resolved.class_def is None:
            return None
        return ClassRef(resolved.module, resolved.class_def)

    def _construction(self, ref: ClassRef) -> Called | None:
        member = self._sources.classes.method(ref, "__init__")
        if member is None or member.method is None or not is_readable(member.method):
            return None
        callee = Callee(member.method, member.owner.module, ref, None, bound=True)
        return Called(callee, constructs=ref)

    def _inherited(self, owner: ClassRef, name: str, scope: Scope) -> Member | None:
        line = self._sources.classes.line(owner)
        here = next((i for i, item in enumerate(line) if scope.function in item.node.body), 0)
        for item in line[here + 1 :]:
            for statement in item.node.body:
                if isinstance(statement, Function) and statement.name == name:
                    return Member(item, statement)
        return None

    @staticmethod
    def _on(member: Member, holder: ClassRef, receiver: ast.expr, *, on_self: bool) -> Called | None:
        if member.method is None or not is_readable(member.method):
            return None
        bound = not member.has_decorator("staticmethod")
        return Called(Callee(member.method, member.owner.module, holder, receiver, bound), on_self)


def is_readable(function: Function) -> bool:
    """Whether a function has a body of its own, and is not left for a subclass to fill in."""
    if "abstractmethod" in _decorators(function):
        return False
    body = [s for s in function.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    return bool(body) and not body_is_a_stub(body)


def _decorators(function: Function) -> set[str]:
    """The names of a function's decorators; `?` for one that is no name."""
    return {
        (dotted_name(d.func if isinstance(d, ast.Call) else d) or "?").rpartition(".")[2]
        for d in function.decorator_list
    }


def body_is_a_stub(body: list[ast.stmt]) -> bool:
    """Whether a body, without its docstring, is left for a subclass to fill in."""
    if len(body) != 1 or not isinstance(body[0], ast.Raise):
        return False
    raised = body[0].exc
    name = raised.func if isinstance(raised, ast.Call) else raised
    return isinstance(name, ast.Name) and name.id == "NotImplementedError"
