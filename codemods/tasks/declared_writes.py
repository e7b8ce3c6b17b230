"""Calls of methods that write what `output()` names, by the user's word: `writers` in the configuration."""

from __future__ import annotations

import ast

from codemods.knowledge.verdicts import Verdict
from codemods.settings import DeclaredWriter
from codemods.tasks.context import TaskContext

_WRONG = frozenset({Verdict.EFFECT, Verdict.MAY_DIFFER})


def declared_writer(call: ast.Call, context: TaskContext) -> DeclaredWriter | None:
    """What the configuration says of a call on the task itself, None where it says nothing."""
    function = call.func
    if not (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == context.scope.self_name
    ):
        return None
    return context.settings.writers.get(f"self.{function.attr}")


def all_outputs(call: ast.Call) -> ast.expr:
    """`self.output()`, on what the method is called on."""
    if not isinstance(call.func, ast.Attribute):
        raise TypeError(f"not a method: {ast.dump(call.func)}")
    return ast.Call(ast.Attribute(call.func.value, "output", ast.Load()), [], [])


def declaration_doubt(call: ast.Call, writer: DeclaredWriter, context: TaskContext) -> str:
    """Why a call is not shown to write what `output()` names, whatever the configuration says; empty where it is.

    That `output()` gives the same each time is taken on trust where its source does not tell, as Luigi itself needs it,
    and where it comes from the framework that the writer comes from, which may keep what it made.
    """
    if not _is_of_framework(call, context):
        outcome = context.repeatable.outcome(all_outputs(call), context.scope)
        if outcome.verdict in _WRONG:
            return f"output() is not shown to be the same each time: {outcome.why or 'it changes something'}"
    if writer.content is None:
        return ""
    given: dict[int | str | None, ast.expr] = {
        **dict(enumerate(call.args)),
        **{k.arg: k.value for k in call.keywords},
    }
    if None in given or any(isinstance(argument, ast.Starred) for argument in call.args):
        return "its arguments are not all in sight"
    if writer.content not in given:
        return f"it is not given the content that the configuration tells of, {writer.content}"
    # A text can only be the key of an output; anything else may be another target.
    others = [value for key, value in given.items() if key != writer.content]
    if any(not isinstance(value, ast.Constant) for value in others):
        return "it is given more than its content, which may be another target"
    return ""


def _is_of_framework(call: ast.Call, context: TaskContext) -> bool:
    """Whether no class nearer to the task than the one that has the writer defines `output()`."""
    classes, function = context.sources.classes, call.func
    writer = classes.method(context.owner, function.attr) if isinstance(function, ast.Attribute) else None
    outputs = classes.method(context.owner, "output")
    if writer is None or outputs is None:
        return outputs is None
    line = [id(ref.node) for ref in classes.line(context.owner)]
    if id(writer.owner.node) not in line or id(outputs.owner.node) not in line:
        return False
    is_own = outputs.owner.node is context.owner.node
    return not is_own and line.index(id(outputs.owner.node)) >= line.index(id(writer.owner.node))
