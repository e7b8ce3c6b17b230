"""Which file an expression names: from `self.output()["raw"].path` to the row's file name.

Evaluates expressions symbolically, through local names, the class's `output()` and the helper methods of
its base classes, as far as their sources are single expressions.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from codemods.analysis.places import (
    Location,
    Outputs,
    joined_names,
    last_component,
    makes_temporary_path,
    same_place,
)
from codemods.analysis.reaching import reaching_value
from codemods.analysis.scopes import Scope, Sources, own_nodes
from codemods.analysis.substitution import bind_arguments, substitute
from codemods.resolution.classes import ClassRef, Function
from codemods.resolution.names import dotted_name

_MAX_DEPTH = 16
_PATH_CALLS = frozenset(
    {"str", "fspath", "abspath", "expanduser", "resolve", "absolute", "realpath", "as_posix"}
)


@dataclass(frozen=True)
class _Mapping:
    items: Mapping[str, Location]
    is_output: bool = False


_Value = Location | _Mapping


class LocationEvaluator:
    """Evaluates path expressions of one task class."""

    def __init__(self, sources: Sources, owner: ClassRef) -> None:
        self._sources = sources
        self._owner = owner
        self._outputs: Outputs | None = None
        # The scope is kept beside its value, so that its id stays its own.
        self._values: dict[tuple[ast.expr, int], tuple[Scope, _Value | None]] = {}

    @property
    def outputs(self) -> Outputs:
        """The targets that `output()` declares."""
        if self._outputs is None:
            self._outputs = Outputs({}, known=False)
            self._outputs = self._read_outputs()
        return self._outputs

    def evaluate(self, expression: ast.expr, scope: Scope) -> Location | None:
        """The file or directory that an expression names, None for anything else."""
        value = self._evaluated(expression, scope)
        return value if isinstance(value, Location) else None

    def names_outputs(self, expression: ast.expr, scope: Scope) -> bool:
        """Whether the expression is the whole mapping of `self.output()`."""
        value = self._evaluated(expression, scope)
        return isinstance(value, _Mapping) and value.is_output

    def _evaluated(self, expression: ast.expr, scope: Scope) -> _Value | None:
        key = (expression, id(scope))
        if key not in self._values:
            self._values[key] = scope, self._value(expression, scope, 0)
        return self._values[key][1]

    def _read_outputs(self) -> Outputs:
        member = self._sources.classes.method(self._owner, "output")
        if member is None or member.method is None:
            return Outputs({}, known=False)
        returns = [
            n.value for n in own_nodes(member.method) if isinstance(n, ast.Return) and n.value is not None
        ]
        if len(returns) != 1:
            return Outputs({}, known=False)
        scope = Scope(member.owner.module, self._owner, member.method)
        value = self._value(returns[0], scope, 0)
        if isinstance(value, _Mapping):
            return Outputs({k: replace(v, key=k) for k, v in value.items.items()}, known=True)
        if isinstance(value, Location):
            return Outputs({"": replace(value, key="")}, known=value.filename is not None)
        return Outputs({}, known=False)

    def _value(self, node: ast.expr, scope: Scope, depth: int) -> _Value | None:
        if depth > _MAX_DEPTH:
            return None
        if isinstance(node, ast.Name):
            return self._name(node, scope, depth)
        if isinstance(node, ast.Subscript):
            return self._subscript(node, scope, depth)
        if isinstance(node, ast.Attribute):
            return self._attribute(node, scope, depth)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            return self._joined("path", [node.left, node.right], scope, depth)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self._concatenated(node, scope, depth)
        if isinstance(node, ast.Call):
            return self._call(node, scope, depth)
        if isinstance(node, ast.JoinedStr):
            return self._formatted(node, scope, depth)
        if isinstance(node, ast.Dict):
            return self._items(node.keys, node.values, scope, depth)
        if isinstance(node, ast.List | ast.Tuple):
            return self._items([ast.Constant(i) for i in range(len(node.elts))], node.elts, scope, depth)
        if isinstance(node, ast.IfExp):
            body, other = self._value(node.body, scope, depth + 1), self._value(node.orelse, scope, depth + 1)
            return (
                replace(body, filename=None, key=body.key) if isinstance(body, Location) and other else None
            )
        if isinstance(node, ast.Await):
            return self._value(node.value, scope, depth + 1)
        return None

    def _concatenated(self, node: ast.BinOp, scope: Scope, depth: int) -> Location | None:
        right = node.right
        if not isinstance(right, ast.Constant) or not str(right.value).startswith("/"):
            return None
        return (
            self._joined("str", [node.left, right], scope, depth)
            if self._is_place(node.left, scope, depth)
            else None
        )

    def _is_place(self, node: ast.expr, scope: Scope, depth: int) -> bool:
        return isinstance(self._value(node, scope, depth + 1), Location)

    def _name(self, node: ast.Name, scope: Scope, depth: int) -> _Value | None:
        values = scope.values_of(node.id)
        if not values:
            return None
        holder = scope
        while node.id not in holder.bindings and holder.parent is not None:
            holder = holder.parent
        found = [self._bound(bound, holder, depth) for bound in values]
        if len(values) == 1:
            return found[0]
        places = [v for v in found if isinstance(v, Location)]
        if not places:
            return None
        first = next((p for p in places if p.is_file), places[0])
        if len(places) == len(values) and all(same_place(p, first) for p in places):
            return first
        last = reaching_value(holder.function, node)
        if last is not None:
            return self._value(last, holder, depth + 1)
        return Location(first.kind, key=first.key, ambiguous=first.is_file)

    def _bound(self, bound: ast.AST, holder: Scope, depth: int) -> _Value | None:
        if isinstance(bound, ast.withitem):
            return self._temporary(bound.context_expr, holder, depth)
        value = bound.value if isinstance(bound, ast.AnnAssign) else bound
        return self._value(value, holder, depth + 1) if isinstance(value, ast.expr) else None

    def _temporary(self, node: ast.expr, scope: Scope, depth: int) -> _Value | None:
        """The path that `with target.temporary_path() as path` gives."""
        if not makes_temporary_path(node):
            return None
        target = self._value(node.func.value, scope, depth + 1)  # type: ignore[attr-defined]
        if isinstance(target, Location) and target.kind == "target":
            return replace(target, kind="str", temporary=True)
        return None

    def _subscript(self, node: ast.Subscript, scope: Scope, depth: int) -> _Value | None:
        value = self._value(node.value, scope, depth + 1)
        if isinstance(value, Location) and value.kind == "input":
            return value
        if isinstance(value, _Mapping) and isinstance(node.slice, ast.Constant):
            return value.items.get(str(node.slice.value))
        return None

    def _attribute(self, node: ast.Attribute, scope: Scope, depth: int) -> _Value | None:
        if isinstance(node.value, ast.Name) and node.value.id == scope.self_name:
            return Location("path")
        value = self._value(node.value, scope, depth + 1)
        if not isinstance(value, Location):
            return None
        if value.kind == "input":
            return value
        if value.kind == "target" and node.attr in {"path", "fn"}:
            return replace(value, kind="str")
        return None

    def _call(self, node: ast.Call, scope: Scope, depth: int) -> _Value | None:
        function = node.func
        if isinstance(function, ast.Attribute):
            base = function.value
            if isinstance(base, ast.Name) and base.id == scope.self_name:
                return self._own_method(function.attr, node, scope, depth)
            if function.attr == "joinpath":
                return self._joined("path", [base, *node.args], scope, depth)
            if function.attr in _PATH_CALLS and not node.args:
                return self._value(base, scope, depth + 1)
            if isinstance(base, ast.Call) and isinstance(base.func, ast.Name) and base.func.id == "super":
                return self._own_method(function.attr, node, scope, depth)
        dotted = dotted_name(function)
        if dotted is None:
            return None
        if dotted == "dict" and not node.args:
            keys = [ast.Constant(k.arg) for k in node.keywords]
            return self._items(keys, [k.value for k in node.keywords], scope, depth)
        last = dotted.rpartition(".")[2]
        if last == "join" and dotted.endswith("path.join"):
            return self._joined("str", node.args, scope, depth)
        if last.endswith("Target") and (node.args or node.keywords):
            argument = node.args[0] if node.args else node.keywords[0].value
            return self._as_target(argument, scope, depth)
        if last in {"Path", "PurePath", "PosixPath"} and node.args:
            if len(node.args) > 1:
                return self._joined("path", node.args, scope, depth)
            value = self._value(node.args[0], scope, depth + 1)
            return (
                replace(value, kind="path")
                if isinstance(value, Location) and value.kind != "input"
                else value
            )
        if last in _PATH_CALLS and len(node.args) == 1:
            value = self._value(node.args[0], scope, depth + 1)
            return (
                replace(value, kind="str") if isinstance(value, Location) and value.kind != "input" else value
            )
        return None

    def _as_target(self, argument: ast.expr, scope: Scope, depth: int) -> Location:
        value = self._value(argument, scope, depth + 1)
        if isinstance(value, Location):
            return value if value.kind == "input" else replace(value, kind="target")
        filename = last_component(argument)
        return Location("target", filename, module=scope.module)

    def _own_method(self, name: str, call: ast.Call, scope: Scope, depth: int) -> _Value | None:
        if name == "input":
            return Location("input")
        if (
            name == "output"
            and not call.args
            and isinstance(scope.function, Function)
            and scope.function.name != "output"
        ):
            outputs = self.outputs
            if "" in outputs.targets:
                return outputs.targets[""]
            return _Mapping(outputs.targets, is_output=True) if outputs.targets else None
        member = self._sources.classes.method(self._owner, name)
        if member is None or member.method is None:
            return None
        returned = _single_return(member.method)
        arguments = bind_arguments(member.method, call, bound=not member.has_decorator("staticmethod"))
        if returned is None or arguments is None:
            return None
        inner = Scope(member.owner.module, self._owner, member.method)
        substituted = substitute(returned, arguments)
        value = self._value(substituted, _SubstitutedScope.of(inner, scope), depth + 1)
        if isinstance(value, Location) and value.filename is not None:
            return replace(value, module=scope.module if arguments else value.module)
        return value

    def _joined(self, kind: str, parts: list[ast.expr], scope: Scope, depth: int) -> Location | None:
        first = self._value(parts[0], scope, depth + 1)
        if isinstance(first, Location) and first.kind == "input":
            return None
        if not isinstance(first, Location):
            if kind != "str" and not isinstance(parts[0], ast.Constant):
                return None
            first = Location(kind)
        rest = parts[1:]
        if not rest:
            return replace(first, kind=kind)
        if first.filename is not None or len(rest) > 1:
            names = ([first.filename] if first.filename is not None else []) + rest
            filename: ast.expr | None = joined_names(names)
        else:
            filename = self._follow_filename(rest[0], scope)
            if isinstance(filename, ast.Constant) and isinstance(filename.value, str):
                filename = ast.Constant(filename.value.lstrip("/"))
        return Location(kind, filename, None, scope.module)

    def _follow_filename(self, node: ast.expr, scope: Scope) -> ast.expr:
        if (
            isinstance(node, ast.Attribute)
            and self._sources.classes.enum_value(node, scope.module) is not None
        ):
            return ast.Attribute(node, "value", ast.Load())
        return node

    def _formatted(self, node: ast.JoinedStr, scope: Scope, depth: int) -> Location | None:
        values = list(node.values)
        if not values or not isinstance(values[0], ast.FormattedValue):
            return None
        if not isinstance(self._value(values[0].value, scope, depth + 1), Location):
            return None
        rest = values[1:]
        if not rest or not isinstance(rest[0], ast.Constant) or not str(rest[0].value).startswith("/"):
            return None
        head = ast.Constant(str(rest[0].value)[1:])
        return Location("str", ast.JoinedStr([head, *rest[1:]]), None, scope.module)

    def _items(
        self, keys: Sequence[ast.expr | None], values: Sequence[ast.expr], scope: Scope, depth: int
    ) -> _Mapping | None:
        items: dict[str, Location] = {}
        for key, value in zip(keys, values, strict=True):
            located = self._value(value, scope, depth + 1)
            if not isinstance(key, ast.Constant) or not isinstance(located, Location):
                return None
            items[str(key.value)] = located
        return _Mapping(items)


@dataclass
class _SubstitutedScope(Scope):
    """A helper method's scope whose parameters were replaced by the caller's expressions."""

    caller: Scope | None = None

    @classmethod
    def of(cls, inner: Scope, caller: Scope) -> _SubstitutedScope:
        return cls(inner.module, inner.owner, inner.function, None, None, caller)

    def values_of(self, name: str) -> list[ast.AST] | None:
        own = super().values_of(name)
        bound_here = own is not None and not all(isinstance(v, ast.arg) for v in own)
        if bound_here or self.caller is None:
            return own
        return self.caller.values_of(name) or own


def _single_return(function: Function) -> ast.expr | None:
    body = [s for s in function.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    if len(body) == 1 and isinstance(body[0], ast.Return):
        return body[0].value
    return None
