"""What a nested function is called with by the object that it is handed to: `x.on_done = tell`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.python.classes import ClassRef, Function
from codemods.python.modules import Module
from codemods.python.names import dotted_name
from codemods.python.scopes import Scope, Sources, own_nodes
from codemods.python.trees import walk

_MAX_ALIASES = 8


def assigned_to(scope: Scope) -> Iterator[ast.Attribute]:
    """The attributes that a nested function is assigned to; nothing where it is used in any other way."""
    parent, function = scope.parent, scope.function
    if parent is None or not isinstance(function, Function) or not isinstance(parent.function, Function):
        return
    found: list[ast.Attribute] = []
    uses = 0
    for node in own_nodes(parent.function):
        if isinstance(node, ast.Name) and node.id == function.name and isinstance(node.ctx, ast.Load):
            uses += 1
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Name)
            and node.value.id == function.name
        ):
            found.extend(t for t in node.targets if isinstance(t, ast.Attribute))
    if uses == len(found):
        yield from found


def position_of(parameter: ast.arg, function: Function) -> int | None:
    """The position of a parameter among those that are given by position."""
    positional = [*function.args.posonlyargs, *function.args.args]
    return next((i for i, p in enumerate(positional) if p is parameter), None)


def annotation_of(ref: ClassRef, attribute: str, sources: Sources) -> tuple[ast.expr, Module] | None:
    """The annotation of an attribute, in the body of its class or where a method first assigns it."""
    for item in sources.classes.line(ref):
        for node in walk(item.node):
            if not isinstance(node, ast.AnnAssign):
                continue
            target = node.target
            in_body = isinstance(target, ast.Name) and target.id == attribute and node in item.node.body
            on_self = (
                isinstance(target, ast.Attribute)
                and target.attr == attribute
                and isinstance(target.value, ast.Name)
                and target.value.id == "self"
            )
            if in_body or on_self:
                return node.annotation, item.module
    return None


def argument_annotation(
    annotation: ast.expr, index: int, module: Module, sources: Sources
) -> tuple[ast.expr, Module] | None:
    """The annotation of one argument in `Callable[[A, B], None]`, behind aliases and `| None`."""
    for _ in range(_MAX_ALIASES):
        annotation = _without_none(annotation)
        if isinstance(annotation, ast.Subscript):
            name = (dotted_name(annotation.value) or "").rpartition(".")[2]
            arguments = annotation.slice.elts[0] if isinstance(annotation.slice, ast.Tuple) else None
            if name != "Callable" or not isinstance(arguments, ast.List) or index >= len(arguments.elts):
                return None
            return arguments.elts[index], module
        resolved = sources.names.resolve(annotation, module)
        if resolved is None or not isinstance(resolved.node, ast.expr):
            return None
        annotation, module = resolved.node, resolved.module
    return None


def _without_none(annotation: ast.expr) -> ast.expr:
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        right = annotation.right
        return annotation.left if isinstance(right, ast.Constant) and right.value is None else annotation
    if isinstance(annotation, ast.Subscript) and (dotted_name(annotation.value) or "").endswith("Optional"):
        return annotation.slice
    return annotation
