"""Whether an expression gives the same value and no lasting effect when it is evaluated once more.

Inserting only means that a content expression runs twice: once for the row, once in the original write.
The answer is conservative: what cannot be shown is not repeatable.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from enum import IntEnum

from codemods.analysis.call_facts import (
    class_parameter,
    is_generator,
    is_logging_call,
    is_new_value,
    is_open_file,
    is_super,
    opens_file,
    place,
    root_name,
    takes_first,
)
from codemods.analysis.inference import ClassInference
from codemods.analysis.known_calls import (
    BUILTINS,
    CONSUMERS,
    FUNCTIONS,
    ITERATOR_MAKERS,
    METHODS,
    MUTATORS,
)
from codemods.analysis.memo import Memo
from codemods.analysis.scopes import Scope, Sources
from codemods.resolution.classes import ClassRef, Function
from codemods.resolution.names import dotted_name
from codemods.walking import children


class Verdict(IntEnum):
    """What happens when something is evaluated a second time, right after the first."""

    SAME = 0
    """The same value, no lasting effect."""
    MAY_DIFFER = 1
    """Time, randomness, a source that is out of reach: to be confirmed against the file."""
    EFFECT = 2
    """It consumes or changes something, so that the second time cannot be like the first."""


class Repeatability:
    """Decides for expressions and, through their sources, for the functions that they call."""

    def __init__(self, sources: Sources, inference: ClassInference, frame: Function | None = None) -> None:
        """`frame` is the function whose locals outlive the second evaluation: the entry method."""
        self._sources = sources
        self._inference = inference
        self._frame = frame
        # Doing something once more is as bad as the worst of what it does: what comes back to itself adds nothing.
        self._verdicts: Memo[Verdict] = Memo(again=Verdict.SAME)
        self._only_once: set[tuple[object, ...]] = set()

    def never_again(self, call: ast.Call, scope: Scope) -> None:
        """Takes a call that must not be made a second time whatever its source says: an LLM call."""
        here = place(call, scope)
        if here not in self._only_once:
            self._only_once.add(here)
            self._verdicts = Memo(again=Verdict.SAME)

    def expression(self, node: ast.AST | None, scope: Scope) -> Verdict:
        """What evaluating the expression once more does."""
        if node is None or isinstance(
            node, ast.Constant | ast.Lambda | ast.operator | ast.unaryop | ast.cmpop
        ):
            return Verdict.SAME
        return self._verdicts.of((node, scope.key), lambda: self._expression(node, scope))

    def _expression(self, node: ast.AST, scope: Scope) -> Verdict:
        if isinstance(node, ast.Name):
            return Verdict.EFFECT if self._is_iterator(node.id, scope) else Verdict.SAME
        if isinstance(node, ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr):
            return Verdict.EFFECT
        if isinstance(node, ast.Attribute):
            return max(self.expression(node.value, scope), self._attribute(node, scope))
        if isinstance(node, ast.Call):
            if takes_first(node):
                return self._worst(node.args, scope)
            return self._call(node, scope)
        return self._worst(children(node), scope)

    def _worst(self, nodes: Iterable[ast.AST], scope: Scope) -> Verdict:
        return max((self.expression(n, scope) for n in nodes), default=Verdict.SAME)

    def _is_iterator(self, name: str, scope: Scope) -> bool:
        for value in scope.values_of(name) or ():
            if isinstance(value, ast.GeneratorExp):
                return True
            if isinstance(value, ast.withitem):
                return opens_file(value.context_expr) and scope.function is self._frame
            if (
                isinstance(value, ast.Call)
                and isinstance(value.func, ast.Name)
                and not scope.is_local(value.func.id)
                and (value.func.id in ITERATOR_MAKERS or self._is_generator_function(value.func, scope))
            ):
                return True
        return False

    def _is_generator_function(self, function: ast.Name, scope: Scope) -> bool:
        resolved = self._sources.names.resolve(function, scope.module)
        return (
            resolved is not None and resolved.function_def is not None and is_generator(resolved.function_def)
        )

    def _attribute(self, node: ast.Attribute, scope: Scope) -> Verdict:
        owner = self._inference.of(node.value, scope)
        if owner is None:
            return Verdict.SAME
        member = self._sources.classes.member(owner, node.attr)
        if member is None or member.method is None or not member.has_decorator("property"):
            return Verdict.SAME
        return self.function(member.method, Scope(member.owner.module, owner, member.method))

    def _call(self, call: ast.Call, scope: Scope) -> Verdict:
        if place(call, scope) in self._only_once:
            return Verdict.EFFECT
        arguments = self._worst([*call.args, *(k.value for k in call.keywords)], scope)
        return max(arguments, self._called(call.func, scope))

    def _called(self, function: ast.expr, scope: Scope) -> Verdict:
        if isinstance(function, ast.Name):
            return self._call_of_name(function, scope)
        if not isinstance(function, ast.Attribute):
            return Verdict.MAY_DIFFER
        root = dotted_name(function)
        if root is not None and not scope.is_local(root.partition(".")[0]):
            origin = self._sources.names.origin(function, scope.module)
            # A carried expression may name a module that this one will import only with the steps.
            unbound = root.partition(".")[0] not in scope.module.bindings
            if origin in FUNCTIONS or (unbound and root in FUNCTIONS):
                return Verdict.SAME
            resolved = self._sources.names.resolve(function, scope.module)
            if resolved is not None and resolved.function_def is not None:
                return self.function(
                    resolved.function_def, Scope(resolved.module, None, resolved.function_def)
                )
            if resolved is not None and resolved.class_def is not None:
                return self._construction(ClassRef(resolved.module, resolved.class_def))
            holder = self._sources.classes.resolve(function.value, scope.module)
            if holder is not None:
                return self._method(holder, function.attr)
            if function.attr in METHODS and self._is_enum_text(function.value, scope):
                return Verdict.SAME
            if origin is not None:
                return Verdict.MAY_DIFFER
        if is_super(function.value) and scope.owner is not None:
            return self._inherited(scope.owner, function.attr, scope)
        if (
            function.attr == "input"
            and isinstance(function.value, ast.Name)
            and function.value.id == scope.self_name
        ):
            return Verdict.SAME
        receiver = self.expression(function.value, scope)
        owner = self._inference.of(function.value, scope)
        if owner is not None and self._sources.classes.method(owner, function.attr) is not None:
            return max(receiver, self._method(owner, function.attr))
        if function.attr in MUTATORS | CONSUMERS:
            own_file = function.attr in CONSUMERS and self._is_own_file(function.value, scope)
            return Verdict.SAME if own_file else Verdict.EFFECT
        return receiver if function.attr in METHODS else max(receiver, Verdict.MAY_DIFFER)

    def _inherited(self, owner: ClassRef, name: str, scope: Scope) -> Verdict:
        """`super().name()`: the method of the nearest base class behind the one that the call stands in."""
        line = self._sources.classes.line(owner)
        here = next((i for i, item in enumerate(line) if scope.function in item.node.body), 0)
        for item in line[here + 1 :]:
            if any(isinstance(s, ast.FunctionDef) and s.name == name for s in item.node.body):
                return self._method(item, name)
        return Verdict.MAY_DIFFER

    def _is_enum_text(self, node: ast.expr, scope: Scope) -> bool:
        member = node.value if isinstance(node, ast.Attribute) and node.attr == "value" else node
        return self._sources.classes.enum_value(member, scope.module) is not None

    def _call_of_name(self, function: ast.Name, scope: Scope) -> Verdict:
        nested = scope.nested_function(function.id)
        if nested is not None:
            return self.function(nested, Scope(scope.module, scope.owner, nested, scope))
        if scope.is_local(function.id):
            if function.id == class_parameter(scope) and scope.owner is not None:
                return self._construction(scope.owner)
            return Verdict.MAY_DIFFER
        if self._sources.names.origin(function, scope.module) in FUNCTIONS:
            return Verdict.SAME
        if function.id not in scope.module.bindings:
            if function.id in {"next", "input", "open"}:
                return Verdict.EFFECT
            return Verdict.SAME if function.id in BUILTINS else Verdict.MAY_DIFFER
        resolved = self._sources.names.resolve(function, scope.module)
        if resolved is None:
            return Verdict.MAY_DIFFER
        if resolved.class_def is not None:
            return self._construction(ClassRef(resolved.module, resolved.class_def))
        if resolved.function_def is not None:
            return self.function(resolved.function_def, Scope(resolved.module, None, resolved.function_def))
        return Verdict.MAY_DIFFER

    def _construction(self, ref: ClassRef) -> Verdict:
        init = self._sources.classes.method(ref, "__init__")
        if init is None or init.method is None:
            known = self._sources.classes.is_dataclass(ref) or self._sources.classes.is_complete(ref)
            return Verdict.SAME if known or self._sources.classes.is_pydantic(ref) else Verdict.MAY_DIFFER
        return self.function(init.method, Scope(init.owner.module, ref, init.method), fresh_self=True)

    def _method(self, owner: ClassRef, name: str) -> Verdict:
        member = self._sources.classes.method(owner, name)
        if member is None or member.method is None:
            known = name in METHODS and self._sources.classes.is_pydantic(owner)
            return Verdict.SAME if known else Verdict.MAY_DIFFER
        if member.has_decorator("abstractmethod"):
            return Verdict.MAY_DIFFER
        return self.function(member.method, Scope(member.owner.module, owner, member.method))

    def function(self, function: Function, scope: Scope, *, fresh_self: bool = False) -> Verdict:
        """What calling the function once more does; a file that it opens is not counted."""
        if not isinstance(function, ast.FunctionDef):
            return Verdict.MAY_DIFFER
        key = (function, scope.key, fresh_self)
        return self._verdicts.of(key, lambda: self._suite(function.body, scope, fresh_self))

    def _suite(self, body: list[ast.stmt], scope: Scope, fresh_self: bool) -> Verdict:
        return max((self._statement(s, scope, fresh_self) for s in body), default=Verdict.SAME)

    def _statement(self, node: ast.stmt, scope: Scope, fresh_self: bool) -> Verdict:
        if isinstance(
            node,
            ast.Pass
            | ast.Break
            | ast.Continue
            | ast.Import
            | ast.ImportFrom
            | Function
            | ast.Raise
            | ast.Assert,
        ):
            return Verdict.SAME
        if isinstance(node, ast.Return):
            return self.expression(node.value, scope)
        if isinstance(node, ast.Expr):
            return self._effect(node.value, scope, fresh_self)
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            worst = max(self._target(t, scope, fresh_self) for t in targets)
            return max(worst, self.expression(node.value, scope))
        if isinstance(node, ast.AugAssign):
            target = self._target(node.target, scope, fresh_self)
            worst = Verdict.EFFECT if target is not Verdict.SAME else target
            return max(worst, self.expression(node.value, scope))
        if isinstance(node, ast.If | ast.While):
            return max(self.expression(node.test, scope), self._suites(node, scope, fresh_self))
        if isinstance(node, ast.For):
            return max(self.expression(node.iter, scope), self._suites(node, scope, fresh_self))
        if isinstance(node, ast.With):
            files = all(opens_file(item.context_expr) for item in node.items)
            inner = self._suites(node, scope, fresh_self)
            return inner if files else max(inner, Verdict.MAY_DIFFER)
        if isinstance(node, ast.Try):
            return self._suites(node, scope, fresh_self)
        if isinstance(node, ast.Delete):
            worst = max(self._target(t, scope, fresh_self) for t in node.targets)
            return Verdict.EFFECT if worst is not Verdict.SAME else worst
        return Verdict.EFFECT if isinstance(node, ast.Global | ast.Nonlocal) else Verdict.MAY_DIFFER

    def _suites(self, node: ast.stmt, scope: Scope, fresh_self: bool) -> Verdict:
        suites = [getattr(node, name, []) for name in ("body", "orelse", "finalbody")]
        suites.extend(handler.body for handler in getattr(node, "handlers", []))
        return max(self._suite(suite, scope, fresh_self) for suite in suites)

    def _target(self, target: ast.expr, scope: Scope, fresh_self: bool) -> Verdict:
        if isinstance(target, ast.Name):
            return Verdict.SAME
        if isinstance(target, ast.Tuple | ast.List):
            return max((self._target(t, scope, fresh_self) for t in target.elts), default=Verdict.SAME)
        if isinstance(target, ast.Starred):
            return self._target(target.value, scope, fresh_self)
        root = root_name(target)
        if root is not None and self._is_fresh(root, scope, fresh_self):
            return Verdict.SAME
        # A plain assignment to an attribute is what a cache does: the second time gives the same state.
        return Verdict.MAY_DIFFER if isinstance(target, ast.Attribute) else Verdict.EFFECT

    def _is_own_file(self, node: ast.expr, scope: Scope) -> bool:
        """Whether a handle was opened by the function that is called again, so that it starts anew."""
        return (
            isinstance(node, ast.Name) and scope.function is not self._frame and is_open_file(node.id, scope)
        )

    def _is_fresh(self, name: str, scope: Scope, fresh_self: bool) -> bool:
        if name == scope.self_name:
            return fresh_self
        while (
            name not in scope.bindings
            and scope.parent is not None
            and scope.parent.function is not self._frame
        ):
            scope = scope.parent
        values = scope.bindings.get(name, [])
        return bool(values) and all(
            is_new_value(v.value if isinstance(v, ast.AnnAssign | ast.AugAssign) else v, scope)
            for v in values
        )

    def _effect(self, node: ast.expr, scope: Scope, fresh_self: bool) -> Verdict:
        if isinstance(node, ast.Constant) or is_logging_call(node):
            return Verdict.SAME
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in MUTATORS
            and self._inference.of(node.func.value, scope) is None
        ):
            root = root_name(node.func.value)
            arguments = self._worst([*node.args, *(k.value for k in node.keywords)], scope)
            if root is not None and (self._is_fresh(root, scope, fresh_self) or is_open_file(root, scope)):
                return arguments
            return Verdict.EFFECT
        if (
            isinstance(node, ast.Call)
            and (dotted_name(node.func) or "") == "json.dump"
            and len(node.args) == 2
        ):
            return self.expression(node.args[0], scope)
        return self.expression(node, scope)
