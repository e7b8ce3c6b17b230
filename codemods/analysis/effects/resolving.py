"""What a call calls, as far as its source is in sight: functions, methods, constructors, `super()`."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemods.analysis.call_facts import class_parameter, is_super
from codemods.analysis.callees import Callee, find_callee
from codemods.analysis.inference import ClassInference
from codemods.analysis.scopes import Scope, Sources
from codemods.resolution.classes import ClassRef, Function, Member
from codemods.resolution.names import dotted_name

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
    """

    callee: Callee
    on_self: bool = False
    constructs: ClassRef | None = None

    @property
    def is_wrapped(self) -> bool:
        """Whether a decorator out of sight may do more than the function, or other things."""
        return bool(_decorators(self.callee.function) - _TRANSPARENT)

    @property
    def function(self) -> Function:
        """The function's definition."""
        return self.callee.function

    @property
    def key(self) -> tuple[int, int]:
        """What its effects depend on: the function and the class that it is looked up on."""
        holder = self.callee.holder
        return id(self.callee.function), id(holder.node) if holder is not None else 0

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
        if found is None or not is_readable(found.function):
            return None
        on_self = isinstance(found.receiver, ast.Name) and found.receiver.id == scope.self_name
        return Called(found, on_self)

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
    return not body_is_a_stub(body)


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
