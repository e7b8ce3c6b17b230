"""Which expressions are text, where the sources show it."""

from __future__ import annotations

import ast

from codemods.python.scopes import Scope
from codemods.python.trees import walk
from codemods.tasks.context import TaskContext

_TEXT_METHODS = frozenset(
    [
        "read",
        "join",
        "format",
        "strip",
        "lstrip",
        "rstrip",
        "replace",
        "lower",
        "upper",
        "read_text",
        "getvalue",
        "dumps",
        "decode",
        "title",
        "to_markdown",
    ]
)


def is_text(node: ast.AST | None, scope: Scope, context: TaskContext) -> bool:
    """Whether the sources show that an expression is a `str`."""
    if node is None:
        return False
    return context.texts.of((node, scope.key), lambda: _is_text(node, scope, context))


def _is_text(node: ast.AST, scope: Scope, context: TaskContext) -> bool:
    if isinstance(node, ast.JoinedStr):
        return True
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        return is_text(node.left, scope, context)
    if isinstance(node, ast.IfExp):
        return all(is_text(n, scope, context) for n in (node.body, node.orelse))
    if isinstance(node, ast.AnnAssign):
        return names_str(node.annotation) or is_text(node.value, scope, context)
    if isinstance(node, ast.arg):
        return node.annotation is not None and names_str(node.annotation)
    if isinstance(node, ast.AugAssign):
        return is_text(node.value, scope, context)
    if isinstance(node, ast.Name):
        values = scope.values_of(node.id)
        return bool(values) and all(is_text(v, scope, context) for v in values or ())
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name) and node.func.id in {"str", "repr"}:
            return True
        if isinstance(node.func, ast.Attribute) and node.func.attr in _TEXT_METHODS:
            return True
        resolved = context.sources.names.resolve(node.func, scope.module)
        function = resolved.function_def if resolved is not None else None
        if function is None and isinstance(node.func, ast.Attribute):
            holder = context.sources.classes.resolve(node.func.value, scope.module)
            if holder is None and _is_instance(node.func.value, scope):
                holder = scope.owner
            member = context.sources.classes.method(holder, node.func.attr) if holder is not None else None
            function = member.method if member is not None else None
        return function is not None and function.returns is not None and names_str(function.returns)
    return False


def _is_instance(node: ast.expr, scope: Scope) -> bool:
    return isinstance(node, ast.Name) and node.id == scope.self_name and scope.owner is not None


def names_str(annotation: ast.expr) -> bool:
    """Whether an annotation is `str`."""
    return (isinstance(annotation, ast.Name) and annotation.id == "str") or (
        isinstance(annotation, ast.Constant) and annotation.value == "str"
    )


_ONLY_OF_TEXT = frozenset(
    "strip lstrip rstrip splitlines split rsplit lower upper title casefold startswith endswith removeprefix "
    "removesuffix encode partition rpartition replace".split()
)
_TAKES_TEXT = frozenset({"write", "write_text", "loads", "fromstring"})


def is_used_as_text(expression: ast.expr, context: TaskContext) -> bool:
    """Whether the entry method does with a value, or with the list that it is the last of, what only text bears."""
    wanted = ast.dump(expression)
    listed = ast.dump(expression.value) if isinstance(expression, ast.Subscript) else None
    for node in walk(context.entry):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            sides = (node.left, node.right)
            if any(_dumped(s) == wanted for s in sides) and any(
                isinstance(s, ast.JoinedStr) or (isinstance(s, ast.Constant) and isinstance(s.value, str))
                for s in sides
            ):
                return True
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr in _ONLY_OF_TEXT and _dumped(node.func.value) == wanted:
            return True
        given = [_dumped(a) for a in node.args[:1]]
        if node.func.attr in _TAKES_TEXT and wanted in given:
            return True
        if (
            node.func.attr == "join"
            and isinstance(node.func.value, ast.Constant)
            and listed in given
            and listed
        ):
            return True
    return False


def _dumped(node: ast.expr) -> str:
    return ast.dump(node)
