"""Arguments bound to parameters, and expressions with names replaced by expressions."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from codemods.python.classes import Function
from codemods.python.scopes import parameters


def substitute(expression: ast.expr, arguments: Mapping[str, ast.expr]) -> ast.expr:
    """A copy of the expression with parameter names replaced by argument expressions."""
    replaced: ast.expr = _copied(expression, arguments)
    return replaced


def _copied(node: Any, arguments: Mapping[str, ast.expr]) -> Any:
    kind = node.__class__
    if kind is ast.Name and node.id in arguments:
        return arguments[node.id]
    if kind is list:
        return [_copied(item, arguments) for item in node]
    if not isinstance(node, ast.AST) or isinstance(node, ast.expr_context | ast.operator | ast.cmpop):
        return node
    # Not `kind()`: newer Pythons have it miss its fields, and 3.15 will refuse it.
    copy = kind.__new__(kind)
    copy.__dict__.update(node.__dict__)
    for name in kind._fields:
        value = getattr(node, name, None)
        if value.__class__ is list or isinstance(value, ast.AST):
            setattr(copy, name, _copied(value, arguments))
    return copy


def bind_arguments(function: Function, call: ast.Call, *, bound: bool) -> dict[str, ast.expr] | None:
    """Argument expressions by parameter name, defaults included; None where `*args` makes it undecidable.

    Args:
        function: the called function.
        call: the call.
        bound: whether the first parameter is the instance or class.
    """
    names = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
    if bound:
        names = names[1:]
    defaults = function.args.defaults
    arguments = dict(zip(names[len(names) - len(defaults) :], defaults, strict=False))
    for kwarg, kwdefault in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True):
        if kwdefault is not None:
            arguments[kwarg.arg] = kwdefault
    if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
        return None
    if len(call.args) > len(names) and function.args.vararg is None:
        return None
    arguments.update(zip(names, call.args, strict=False))
    known = {a.arg for a in parameters(function)}
    arguments.update({k.arg: k.value for k in call.keywords if k.arg is not None and k.arg in known})
    return arguments
