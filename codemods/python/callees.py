"""The source of what a call calls."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemods.python.classes import ClassRef, Function
from codemods.python.inference import ClassInference
from codemods.python.modules import Module
from codemods.python.names import dotted_name
from codemods.python.scopes import Scope, Sources


@dataclass(frozen=True)
class Callee:
    """A called function or method whose source is in the tree.

    Attributes:
        function: its definition.
        module: where its global names live.
        holder: the class it was looked up on, None for a plain function.
        receiver: the expression before the dot, None for a plain function.
        bound: whether the first parameter is the instance or class.
    """

    function: Function
    module: Module
    holder: ClassRef | None
    receiver: ast.expr | None
    bound: bool


def find_callee(call: ast.Call, scope: Scope, sources: Sources, inference: ClassInference) -> Callee | None:
    """The called function by source; None for nested functions, third-party code and unknown receivers."""
    function = call.func
    dotted = dotted_name(function)
    is_global = dotted is not None and not scope.is_local(dotted.partition(".")[0])
    if isinstance(function, ast.Attribute):
        named = sources.classes.resolve(function.value, scope.module) if is_global else None
        holder = named or inference.of(function.value, scope)
        if holder is not None:
            member = sources.classes.method(holder, function.attr)
            if member is None or member.method is None:
                return None
            bound = not member.has_decorator("staticmethod")
            return Callee(member.method, member.owner.module, holder, function.value, bound)
    resolved = sources.names.resolve(function, scope.module) if is_global else None
    if resolved is None or resolved.function_def is None:
        return None
    return Callee(resolved.function_def, resolved.module, None, None, bound=False)
