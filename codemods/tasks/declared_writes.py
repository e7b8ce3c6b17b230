"""Calls of methods that write what `output()` names, by the user's word: `writers` in the configuration.

They are methods of the tasks, `self.dump`, or of what `output()` gives, `self.output().dump`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from codemods.knowledge.verdicts import Verdict
from codemods.python.classes import ClassRef
from codemods.python.modules import Module
from codemods.python.repeating.frames import Outcome
from codemods.python.repeating.values import Value
from codemods.python.scopes import Scope
from codemods.settings import DeclaredWriter
from codemods.tasks.context import TaskContext

_WRONG = frozenset({Verdict.EFFECT, Verdict.MAY_DIFFER})
_DEEPEST = 8


def declared_writer(call: ast.Call, context: TaskContext, scope: Scope) -> DeclaredWriter | None:
    """What the configuration says of a call on the task itself or on an output, None where it says nothing.

    Args:
        call: the call.
        context: the method that it leads from.
        scope: the function that it stands in.
    """
    function, writers = call.func, context.settings.writers
    if not isinstance(function, ast.Attribute):
        return None
    if _is_task(function.value, context):
        return writers.get(f"self.{function.attr}")
    writer = writers.get(f"self.output().{function.attr}")
    return writer if writer is not None and _is_output(function.value, scope, context) else None


def all_outputs(context: TaskContext) -> ast.expr:
    """`self.output()`, in a method of the task."""
    task = ast.Name(context.scope.self_name or "self", ast.Load())
    return ast.Call(ast.Attribute(task, "output", ast.Load()), [], [])


def _is_task(node: ast.expr, context: TaskContext) -> bool:
    return isinstance(node, ast.Name) and node.id == context.scope.self_name


def _is_output(node: ast.expr, scope: Scope, context: TaskContext, depth: int = 0) -> bool:
    """Whether a value is a target of `self.output()`, or all of them, whatever has run before."""
    if depth > _DEEPEST:
        return False
    if isinstance(node, ast.Call) and not node.keywords:
        function = node.func
        if not isinstance(function, ast.Attribute):
            return False
        if function.attr == "output" and not node.args:
            return _is_task(function.value, context)
        return (
            function.attr == "values"
            and not node.args
            and _is_output(function.value, scope, context, depth + 1)
        )
    if isinstance(node, ast.Subscript):
        return _is_output(node.value, scope, context, depth + 1)
    if not isinstance(node, ast.Name) or not (values := scope.values_of(node.id)):
        return False
    holder = scope.holder_of(node.id)
    sources = [v.iter if isinstance(v, ast.For) and _binds(v.target, node.id) else v for v in values]
    return all(isinstance(v, ast.expr) and _is_output(v, holder, context, depth + 1) for v in sources)


def _binds(target: ast.expr, name: str) -> bool:
    return isinstance(target, ast.Name) and target.id == name


def declaration_doubt(call: ast.Call, writer: DeclaredWriter, context: TaskContext) -> str:
    """Why a call is not shown to write what `output()` names, whatever the configuration says; empty where it is.

    That `output()` gives the same each time is taken on trust where its source does not tell, as Luigi itself needs it,
    and where it comes from the framework that the writer comes from, which may keep what it made. So is what such a
    framework does to make a target of its own.
    """
    if not _is_of_framework(call, context):
        outcome = context.repeatable.outcome(all_outputs(context), context.scope)
        if outcome.verdict in _WRONG and not _is_in_framework(outcome, call, context):
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
    if not isinstance(function, ast.Attribute) or not _is_task(function.value, context):
        return False
    writer = classes.method(context.owner, function.attr)
    outputs = classes.method(context.owner, "output")
    if writer is None or outputs is None:
        return outputs is None
    line = [id(ref.node) for ref in classes.line(context.owner)]
    if id(writer.owner.node) not in line or id(outputs.owner.node) not in line:
        return False
    is_own = outputs.owner.node is context.owner.node
    return not is_own and line.index(id(outputs.owner.node)) >= line.index(id(writer.owner.node))


def _is_in_framework(outcome: Outcome, call: ast.Call, context: TaskContext) -> bool:
    """Whether what may be another one each time is done by the package that has the targets' declared method."""
    function, culprit = call.func, outcome.culprit
    if not isinstance(function, ast.Attribute) or culprit is None or _is_task(function.value, context):
        return False
    classes = context.sources.classes
    packages = set()
    for ref in _classes_in(outcome.value):
        member = classes.method(ref, function.attr) if ref is not None else None
        packages.add(_package(member.owner.module) if member is not None else None)
    package = packages.pop() if len(packages) == 1 else None
    home = context.sources.names.finder.holder_of(culprit)
    own = context.owner.module.directory
    return (
        package is not None
        and home is not None
        and package in home.path.resolve().parents
        and (package != own and package not in own.parents)
    )


def _classes_in(value: Value) -> Iterator[ClassRef | None]:
    """The classes of what a value holds; None for what is no object of a class in sight."""
    inner = [v for v in (value.element, *value.parts) if v is not None]
    if value.kind == "instance" or not inner:
        yield value.ref
    else:
        for part in inner:
            yield from _classes_in(part)


def _package(module: Module) -> Path | None:
    """The directory of the outermost package that a module lies in."""
    found = None
    directory = module.directory
    while (directory / "__init__.py").is_file():
        found, directory = directory, directory.parent
    return found
