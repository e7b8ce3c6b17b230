"""Whether a method of the task's own class passes its argument on to one model call as the whole prompt."""

from __future__ import annotations

import ast
from collections.abc import Callable

from codemods.python.classes import Function
from codemods.python.scopes import Scope, own_nodes, parameters
from codemods.python.statements import Site, header_nodes
from codemods.tasks.context import TaskContext
from codemods.tasks.origin_kinds import Code

OnlyPrompt = Callable[[TaskContext], str | None]
"""Gives the parameter of a method that is the whole prompt of its only model call, None for anything else."""


def passed_argument(
    call: ast.Call, scope: Scope, context: TaskContext, only_prompt: OnlyPrompt
) -> ast.expr | None:
    """The argument of a call of the class's own method that is the whole prompt in there, None where none is proven.

    Proven means: the method leads to one call that asks a model, which stands in its own straight line, in no branch
    and no loop, and whose prompt is a parameter that nothing else is assigned to.
    """
    codes = [o for o in context.reach.origins.of(call.func, context.frame_of(scope)) if isinstance(o, Code)]
    if len(codes) != 1:
        return None
    code = codes[0]
    method = code.function
    if not isinstance(method, Function) or code.frame.parent is not None or method is context.entry:
        return None
    key = (id(method), id(code.frame.owner.node) if code.frame.owner else 0)
    if key in context.helpers:
        inner = context.helpers[key]
    else:
        context.helpers[key] = None  # while it is looked at
        helped = context.of_method(method, code.frame.module)
        inner = context.helpers[key] = only_prompt(helped)
    if inner is None:
        return None
    return _given(call, method, inner, bound=code.bound)


def is_run_once(site: Site, call: ast.Call) -> bool:
    """Whether a method makes a call exactly once, in its own straight line, wherever it returns."""
    if site.in_nested_function or any(
        isinstance(n, ast.Yield | ast.YieldFrom) for n in own_nodes(site.scope.function)
    ):
        return False
    if not all(isinstance(link.owner, Function | ast.With) for link in site.chain):
        return False
    if any(isinstance(s, ast.Return | ast.Raise) for s in site.chain[-1].suite[: site.chain[-1].index]):
        return False
    earlier = [s for link in site.chain for s in link.suite[: link.index]]
    if any(isinstance(n, ast.Return) for s in earlier for n in ast.walk(s)):
        return False
    conditional = (
        ast.BoolOp,
        ast.IfExp,
        ast.Lambda,
        ast.ListComp,
        ast.SetComp,
        ast.DictComp,
        ast.GeneratorExp,
    )
    return isinstance(site.statement, ast.Assign | ast.AnnAssign | ast.Expr | ast.Return) and not any(
        isinstance(node, conditional) and any(inner is call for inner in ast.walk(node))
        for node in header_nodes(site.statement)
    )


def _given(call: ast.Call, method: Function, name: str, *, bound: bool) -> ast.expr | None:
    """What a call gives to a parameter."""
    if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
        return None
    names = [p.arg for p in parameters(method)]
    if bound:
        names = names[1:]
    by_name = {
        **dict(zip(names, call.args, strict=False)),
        **{k.arg: k.value for k in call.keywords if k.arg},
    }
    return by_name.get(name)
