"""The names of a function: what binds them, and which class their values have where the source tells."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from codemods.resolution.classes import ClassRef, ClassResolver, Function
from codemods.resolution.modules import Module
from codemods.resolution.names import NameResolver
from codemods.walking import children, walk

_MAX_DEPTH = 10


@dataclass(frozen=True)
class Sources:
    """The resolvers of one project."""

    names: NameResolver
    classes: ClassResolver


def own_nodes(function: Function | ast.Lambda) -> Iterator[ast.AST]:
    """All nodes of a function but those of nested functions, lambdas and classes (their headers are included)."""
    yield from nodes_of_frame(function.body if isinstance(function.body, list) else [function.body])


def nodes_of_frame(roots: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """The given nodes and all below them that run in the same frame, in source order."""
    stack = list(roots[::-1])
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, Function | ast.ClassDef):
            stack.extend(reversed(node.decorator_list))
        elif not isinstance(node, ast.Lambda):
            stack.extend(reversed(children(node)))


def names_bound_by(node: ast.AST) -> Iterator[str]:
    """The names that one node, without those below it, binds or deletes as variables of its frame."""
    name: str | None = None
    if isinstance(node, ast.Name):
        name = node.id if isinstance(node.ctx, ast.Store | ast.Del) else None
    elif isinstance(node, Function | ast.ClassDef | ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
        name = node.name
    elif isinstance(node, ast.MatchMapping):
        name = node.rest
    elif isinstance(node, ast.alias):
        name = node.asname or node.name.partition(".")[0]
    if name:
        yield name


def parameters(function: Function | ast.Lambda) -> list[ast.arg]:
    """All parameters in order, starred ones last."""
    a = function.args
    return [*a.posonlyargs, *a.args, *a.kwonlyargs, *(x for x in (a.vararg, a.kwarg) if x)]


@dataclass
class Scope:
    """One function as seen from inside.

    Attributes:
        module: where the function's global names live.
        owner: the class of `self`, None outside of methods.
        function: the function.
        parent: the enclosing function's scope.
    """

    module: Module
    owner: ClassRef | None
    function: Function | ast.Lambda
    parent: Scope | None = None
    _bindings: dict[str, list[ast.AST]] | None = field(default=None, repr=False)

    @property
    def self_name(self) -> str | None:
        """The name of the instance parameter of the method, looked up through enclosing functions."""
        if self.parent is not None:
            return self.parent.self_name
        if self.owner is None or not isinstance(self.function, Function):
            return None
        if any(
            isinstance(d, ast.Name) and d.id in {"staticmethod", "classmethod"}
            for d in self.function.decorator_list
        ):
            return None
        args = self.function.args.posonlyargs + self.function.args.args
        return args[0].arg if args else None

    @property
    def bindings(self) -> dict[str, list[ast.AST]]:
        """For each local name the expressions assigned to it; other binders stand as their own node."""
        if self._bindings is None:
            self._bindings = _local_bindings(self.function)
        return self._bindings

    def values_of(self, name: str) -> list[ast.AST] | None:
        """What binds a name in this function or the nearest enclosing one that binds it, None for globals."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.bindings:
                return scope.bindings[name]
            scope = scope.parent
        return None

    def is_local(self, name: str) -> bool:
        """Whether the name is bound in this function or an enclosing one."""
        return self.values_of(name) is not None

    def nested_function(self, name: str) -> Function | None:
        """The nested function that a name is bound to, if that is its only binding."""
        values = self.values_of(name)
        if values is not None and len(values) == 1 and isinstance(values[0], Function):
            return values[0]
        return None


def _local_bindings(function: Function | ast.Lambda) -> dict[str, list[ast.AST]]:
    found: dict[str, list[ast.AST]] = {}

    def bind(target: ast.expr, value: ast.AST) -> None:
        if isinstance(target, ast.Name):
            found.setdefault(target.id, []).append(value)
        elif isinstance(target, ast.Starred):
            bind(target.value, target)
        elif isinstance(target, ast.Tuple | ast.List):
            for element in target.elts:
                bind(element, target)

    for parameter in parameters(function):
        found.setdefault(parameter.arg, []).append(parameter)
    for node in own_nodes(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                bind(target, node.value)
        elif isinstance(node, ast.AnnAssign):
            if node.value is not None:
                bind(node.target, node)
        elif isinstance(node, ast.AugAssign | ast.For | ast.AsyncFor):
            bind(node.target, node)
        elif isinstance(node, ast.NamedExpr):
            bind(node.target, node.value)
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            bind(node.optional_vars, node)
        elif isinstance(node, ast.comprehension):
            for name in walk(node.target):
                if isinstance(name, ast.Name):
                    found.setdefault(name.id, []).append(node)
        elif not isinstance(node, ast.Name):
            for bound in names_bound_by(node):
                found.setdefault(bound, []).append(node)
    return found


class ClassInference:
    """Infers the class of an expression's value from constructors, annotations and class methods."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._names: dict[tuple[int, int, str], ClassRef | None] = {}

    def of(self, expression: ast.AST | None, scope: Scope, depth: int = 0) -> ClassRef | None:
        """The class of the value, None where the source does not tell."""
        if depth > _MAX_DEPTH or expression is None:
            return None
        if isinstance(expression, ast.Await):
            return self.of(expression.value, scope, depth + 1)
        if isinstance(expression, ast.AnnAssign):
            annotated = self._sources.classes.resolve(expression.annotation, scope.module)
            return annotated or self.of(expression.value, scope, depth + 1)
        if isinstance(expression, ast.arg):
            annotation = expression.annotation
            return self._sources.classes.resolve(annotation, scope.module) if annotation is not None else None
        if isinstance(expression, ast.Name):
            return self._of_name(expression.id, scope, depth)
        if isinstance(expression, ast.Attribute):
            return self._of_attribute(expression, scope, depth)
        if isinstance(expression, ast.Call):
            return self._of_call(expression, scope, depth)
        if isinstance(expression, ast.IfExp):
            return self.of(expression.body, scope, depth + 1) or self.of(expression.orelse, scope, depth + 1)
        if isinstance(expression, ast.NamedExpr):
            return self.of(expression.value, scope, depth + 1)
        return None

    def _of_name(self, name: str, scope: Scope, depth: int) -> ClassRef | None:
        if name == scope.self_name:
            return scope.owner
        values = scope.values_of(name)
        if values is None:
            return None
        holder = scope
        while name not in holder.bindings and holder.parent is not None:
            holder = holder.parent
        key = (id(holder.function), id(scope.owner.node) if scope.owner else 0, name)
        if key not in self._names:
            self._names[key] = None  # while its own definitions are read: `x = x.replace(...)`
            found = {id(ref.node): ref for value in values if (ref := self.of(value, holder, depth + 1))}
            self._names[key] = next(iter(found.values())) if len(found) == 1 else None
        return self._names[key]

    def _of_attribute(self, expression: ast.Attribute, scope: Scope, depth: int) -> ClassRef | None:
        owner = self.of(expression.value, scope, depth + 1)
        if owner is None:
            return None
        for item in self._sources.classes.line(owner):
            for statement in item.node.body:
                if (
                    isinstance(statement, ast.AnnAssign)
                    and isinstance(statement.target, ast.Name)
                    and statement.target.id == expression.attr
                ):
                    return self._sources.classes.resolve(statement.annotation, item.module)
        return None

    def _of_call(self, call: ast.Call, scope: Scope, depth: int) -> ClassRef | None:
        function = call.func
        if isinstance(function, ast.Name):
            nested = scope.nested_function(function.id)
            if nested is not None:
                return self.of_result(nested, Scope(scope.module, scope.owner, nested, scope), None, depth)
        constructed = self._class_named(function, scope)
        if constructed is not None:
            return constructed
        if isinstance(function, ast.Attribute):
            passed = call.args[0] if len(call.args) == 1 and function.attr == "run" else None
            if isinstance(passed, ast.Name) and (nested := scope.nested_function(passed.id)) is not None:
                return self.of_result(nested, Scope(scope.module, scope.owner, nested, scope), None, depth)
            if isinstance(passed, ast.Lambda):
                return self.of(passed.body, Scope(scope.module, scope.owner, passed, scope), depth + 1)
            holder = self._class_named(function.value, scope) or self.of(function.value, scope, depth + 1)
            if holder is not None:
                method = self._sources.classes.method(holder, function.attr)
                if method is not None and method.method is not None:
                    inner = Scope(method.owner.module, holder, method.method)
                    return self.of_result(method.method, inner, holder, depth)
            return None
        resolved = None
        if isinstance(function, ast.Name) and not scope.is_local(function.id):
            resolved = self._sources.names.resolve(function, scope.module)
        if resolved is not None and resolved.function_def is not None:
            inner = Scope(resolved.module, None, resolved.function_def)
            return self.of_result(resolved.function_def, inner, None, depth)
        return None

    def _class_named(self, expression: ast.expr, scope: Scope) -> ClassRef | None:
        root = expression
        while isinstance(root, ast.Attribute):
            root = root.value
        if not isinstance(root, ast.Name) or scope.is_local(root.id):
            return None
        return self._sources.classes.resolve(expression, scope.module)

    def of_result(
        self, function: Function, inner: Scope, holder: ClassRef | None, depth: int = 0
    ) -> ClassRef | None:
        """The class of what a function returns, by annotation or by its return statements."""
        if function.returns is not None:
            annotated = self._sources.classes.resolve(function.returns, inner.module)
            if annotated is not None:
                return annotated
        for node in own_nodes(function):
            if isinstance(node, ast.Return) and node.value is not None:
                value = node.value
                if holder is not None and isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
                    first = parameters(function)[:1]
                    if first and value.func.id == first[0].arg:
                        return holder
                found = self.of(value, inner, depth + 1)
                if found is not None:
                    return found
        return None
