"""Which class a value has, where the source tells: constructors, annotations, class methods, loops over lists.

A name, a conditional expression or a function has a class only where everything that it can be has: one value that is
not known makes the whole unknown. None counts for nothing, as does a value made from itself, which has to give the
class that the others give where it is of that class.
"""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterable
from enum import Enum

from codemods.python.callbacks import annotation_of, argument_annotation, assigned_to, position_of
from codemods.python.classes import ClassRef, Function
from codemods.python.memo import Memo
from codemods.python.modules import Module
from codemods.python.names import dotted_name
from codemods.python.scopes import Scope, Sources, own_nodes, parameters


class _Nothing(Enum):
    """What adds nothing to what a value can be."""

    NOTHING = "nothing"
    ITSELF = "itself"


_Class = ClassRef | _Nothing | None


class ClassInference:
    """Infers the class of an expression's value from constructors, annotations and class methods."""

    def __init__(self, sources: Sources, assumed: dict[Hashable, ClassRef] | None = None) -> None:
        """`assumed` are names by (name, key of the scope) whose class is given."""
        self._sources = sources
        self._assumed = assumed or {}
        self._classes: Memo[_Class] = Memo(again=_Nothing.ITSELF)

    def of(self, expression: ast.AST | None, scope: Scope) -> ClassRef | None:
        """The class of the value, None where the source does not tell."""
        return _plain(self._class(expression, scope))

    def _class(self, expression: ast.AST | None, scope: Scope) -> _Class:
        if expression is None:
            return None
        return self._classes.of((expression, scope.key), lambda: self._of(expression, scope))

    def _of(self, expression: ast.AST, scope: Scope) -> _Class:
        if isinstance(expression, ast.Await | ast.NamedExpr):
            return self._class(expression.value, scope)
        if isinstance(expression, ast.Constant) and expression.value is None:
            return _Nothing.NOTHING
        if isinstance(expression, ast.AnnAssign):
            annotated = self._sources.classes.resolve(expression.annotation, scope.module)
            return annotated or self._class(expression.value, scope)
        if isinstance(expression, ast.arg):
            annotation = expression.annotation
            if annotation is None:
                return self._of_callback_argument(expression, scope)
            return self._sources.classes.resolve(annotation, scope.module)
        if isinstance(expression, ast.Name):
            return self._of_name(expression.id, scope)
        if isinstance(expression, ast.Attribute):
            return self._of_attribute(expression, scope)
        if isinstance(expression, ast.Call):
            return self._of_call(expression, scope)
        if isinstance(expression, ast.IfExp):
            return _together(self._class(part, scope) for part in (expression.body, expression.orelse))
        if isinstance(expression, ast.For | ast.AsyncFor | ast.comprehension):
            return self._of_element(expression, scope)
        return None

    def _of_callback_argument(self, parameter: ast.arg, scope: Scope) -> ClassRef | None:
        """The class of a nested function's parameter, by the attributes that the function is assigned to."""
        index = position_of(parameter, scope.function) if isinstance(scope.function, Function) else None
        if index is None or scope.parent is None:
            return None
        found: list[ClassRef | None] = []
        for target in assigned_to(scope):
            owner = self.of(target.value, scope.parent)
            declared = annotation_of(owner, target.attr, self._sources) if owner is not None else None
            argument = (
                argument_annotation(declared[0], index, declared[1], self._sources) if declared else None
            )
            found.append(self._sources.classes.resolve(*argument) if argument is not None else None)
        nodes = {ref.node if ref is not None else None for ref in found}
        return found[0] if len(nodes) == 1 else None

    def _of_element(self, loop: ast.For | ast.AsyncFor | ast.comprehension, scope: Scope) -> ClassRef | None:
        """The class of a loop's variable, by the annotation of what it runs over: `items: list[Item]`."""
        if not isinstance(loop.target, ast.Name):
            return None
        annotation: ast.expr | None = None
        module = scope.module
        if isinstance(loop.iter, ast.Attribute):
            annotation, module = self._attribute_annotation(loop.iter, scope)
        elif isinstance(loop.iter, ast.Name):
            values = scope.values_of(loop.iter.id) or []
            if len(values) == 1 and isinstance(values[0], ast.arg | ast.AnnAssign):
                annotation = values[0].annotation
        if not isinstance(annotation, ast.Subscript):
            return None
        container = (dotted_name(annotation.value) or "").rpartition(".")[2]
        if container.lower() not in {
            "list",
            "tuple",
            "sequence",
            "iterable",
            "set",
            "frozenset",
            "collection",
        }:
            return None
        element = annotation.slice.elts[0] if isinstance(annotation.slice, ast.Tuple) else annotation.slice
        return self._sources.classes.resolve(element, module)

    def _of_name(self, name: str, scope: Scope) -> _Class:
        if name == scope.self_name:
            return scope.owner
        values = scope.values_of(name)
        if values is None:
            return None
        holder = scope.holder_of(name)
        key = (name, holder.key)
        return self._assumed.get(key) or self._classes.of(key, lambda: self._of_values(key, values, holder))

    def _of_values(self, key: Hashable, values: list[ast.AST], holder: Scope) -> _Class:
        classes = [self._class(value, holder) for value in values]
        found = _together(classes)
        made = [value for value, of in zip(values, classes, strict=True) if of is _Nothing.ITSELF]
        if not isinstance(found, ClassRef) or not made:
            return found
        again = ClassInference(self._sources, {**self._assumed, key: found})
        kept = (again.of(value, holder) for value in made)
        return found if all(ref is not None and ref.node is found.node for ref in kept) else None

    def _of_attribute(self, expression: ast.Attribute, scope: Scope) -> ClassRef | None:
        annotation, module = self._attribute_annotation(expression, scope)
        return self._sources.classes.resolve(annotation, module) if annotation is not None else None

    def _attribute_annotation(
        self, expression: ast.Attribute, scope: Scope
    ) -> tuple[ast.expr | None, Module]:
        owner = self.of(expression.value, scope)
        if owner is not None:
            for item in self._sources.classes.line(owner):
                for statement in item.node.body:
                    if (
                        isinstance(statement, ast.AnnAssign)
                        and isinstance(statement.target, ast.Name)
                        and statement.target.id == expression.attr
                    ):
                        return statement.annotation, item.module
        return None, scope.module

    def _of_call(self, call: ast.Call, scope: Scope) -> _Class:
        function = call.func
        if self._sources.names.origin(function, scope.module) == "asyncio.to_thread" and call.args:
            return self._of_call(ast.Call(call.args[0], call.args[1:], call.keywords), scope)
        if isinstance(function, ast.Name):
            nested = scope.nested_function(function.id)
            if nested is not None:
                return self._result(nested, Scope(scope.module, scope.owner, nested, scope), None)
        constructed = self._class_named(function, scope)
        if constructed is not None:
            return constructed
        if isinstance(function, ast.Attribute):
            passed = call.args[0] if len(call.args) == 1 and function.attr == "run" else None
            if isinstance(passed, ast.Name) and (nested := scope.nested_function(passed.id)) is not None:
                return self._result(nested, Scope(scope.module, scope.owner, nested, scope), None)
            if isinstance(passed, ast.Lambda):
                return self._class(passed.body, Scope(scope.module, scope.owner, passed, scope))
            holder = self._class_named(function.value, scope) or self._class(function.value, scope)
            if holder is _Nothing.ITSELF:
                return holder
            if isinstance(holder, ClassRef):
                method = self._sources.classes.method(holder, function.attr)
                if method is not None and method.method is not None:
                    inner = Scope(method.owner.module, holder, method.method)
                    return self._result(method.method, inner, holder)
        resolved = None
        dotted = dotted_name(function)
        if dotted is not None and not scope.is_local(dotted.partition(".")[0]):
            resolved = self._sources.names.resolve(function, scope.module)
        if resolved is not None and resolved.function_def is not None:
            inner = Scope(resolved.module, None, resolved.function_def)
            return self._result(resolved.function_def, inner, None)
        return None

    def _class_named(self, expression: ast.expr, scope: Scope) -> ClassRef | None:
        root = expression
        while isinstance(root, ast.Attribute):
            root = root.value
        if not isinstance(root, ast.Name) or scope.is_local(root.id):
            return None
        return self._sources.classes.resolve(expression, scope.module)

    def of_result(self, function: Function, inner: Scope, holder: ClassRef | None) -> ClassRef | None:
        """The class of what a function returns, by annotation or by its return statements."""
        return _plain(self._result(function, inner, holder))

    def _result(self, function: Function, inner: Scope, holder: ClassRef | None) -> _Class:
        key = (function, inner.key, holder.node if holder is not None else None)
        return self._classes.of(key, lambda: self._of_result(function, inner, holder))

    def _of_result(self, function: Function, inner: Scope, holder: ClassRef | None) -> _Class:
        if function.returns is not None:
            if holder is not None and (dotted_name(function.returns) or "").rpartition(".")[2] == "Self":
                return holder
            annotated = self._sources.classes.resolve(function.returns, inner.module)
            if annotated is not None:
                return annotated
        returned = [n.value for n in own_nodes(function) if isinstance(n, ast.Return) and n.value is not None]
        return _together(self._of_returned(value, function, inner, holder) for value in returned)

    def _of_returned(
        self, value: ast.expr, function: Function, inner: Scope, holder: ClassRef | None
    ) -> _Class:
        if holder is not None and isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
            first = parameters(function)[:1]
            if first and value.func.id == first[0].arg:
                return holder
        return self._class(value, inner)


def _together(classes: Iterable[_Class]) -> _Class:
    """The one class of several values; None where one is not known, or where they differ."""
    found: _Class = _Nothing.NOTHING
    for one in classes:
        if one is None:
            return None
        if isinstance(one, ClassRef):
            if isinstance(found, ClassRef) and found.node is not one.node:
                return None
            found = one
        elif found is _Nothing.NOTHING:
            found = one
    return found


def _plain(found: _Class) -> ClassRef | None:
    return found if isinstance(found, ClassRef) else None
