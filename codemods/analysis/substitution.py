"""Arguments bound to parameters, and expressions with names replaced by expressions."""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping

from codemods.analysis.scopes import parameters
from codemods.resolution.classes import Function


class _Substitution(ast.NodeTransformer):
    def __init__(self, arguments: Mapping[str, ast.expr]) -> None:
        self._arguments = arguments

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._arguments.get(node.id, node)


def substitute(expression: ast.expr, arguments: Mapping[str, ast.expr]) -> ast.expr:
    """The expression with parameter names replaced by argument expressions."""
    replaced: ast.expr = _Substitution(arguments).visit(copy.deepcopy(expression))
    return replaced


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
