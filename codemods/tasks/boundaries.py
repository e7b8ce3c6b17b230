"""Calls of functions that ask a model and are recorded at their call: prompt is what they are given."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemods.knowledge.verdicts import Verdict
from codemods.python.classes import Function
from codemods.python.scopes import Scope, parameters
from codemods.python.trees import walk
from codemods.refusals import Refused
from codemods.settings import DeclaredModelCall
from codemods.tasks.asking import as_written, is_data
from codemods.tasks.context import TaskContext
from codemods.tasks.model_reach import Hit
from codemods.tasks.origin_kinds import Code, Named, in_order
from codemods.tasks.sdk_calls import NOT_RECORDED

_MODEL_NAMES = ("model", "model_name", "llm_model", "model_id")


def document(call: ast.Call, scope: Scope, context: TaskContext) -> tuple[tuple[str, ast.expr], ...]:
    """What a function that asks a model is given, by the names of its parameters.

    Raises:
        Refused: nothing is given, or something that cannot be evaluated twice.
    """
    name = as_written(call.func)
    if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
        raise Refused(NOT_RECORDED, f"{name} asks a model and is given arguments by ** or *", call)
    models = context.settings.llm_arguments
    arguments = tuple((one, value) for one, value in given(call, scope, context) if one not in models)
    if not arguments:
        raise Refused(NOT_RECORDED, f"{name} asks a model, and its prompt is in no argument", call)
    for one, value in arguments:
        asking = _asking(value, scope, context)
        if asking is not None:
            what = f"{as_written(asking)} is handed on as a callable, and may be called at any time"
            raise Refused("DBR105", what, asking)
        if context.repeatable.expression(value, scope) is not Verdict.SAME:
            raise Refused("DBR202", f"{one}, which is {as_written(value)}, cannot be evaluated twice", call)
    return arguments


def _asking(value: ast.expr, scope: Scope, context: TaskContext) -> ast.expr | None:
    """What an argument names that asks a model when it is called: `llm.ask`, or a function that does so."""
    frame = context.frame_of(scope)
    for node in walk(value):
        if not isinstance(node, ast.Name | ast.Attribute) or not isinstance(node.ctx, ast.Load):
            continue
        origins = in_order(context.reach.origins.of(node, frame))
        codes = [o for o in origins if isinstance(o, Code) and not o.is_property]
        named = [o for o in origins if isinstance(o, Named) and o.member and not is_data(o.member)]
        if named and len(codes) == len([o for o in origins if isinstance(o, Code)]):
            return node
        for code in codes:
            function, at = code.function, code.frame
            if isinstance(function, Function) and context.reach.from_method(function, at.owner, at.module):
                return node
    return None


@dataclass(frozen=True)
class Given:
    """What a call of a declared function is given.

    Attributes:
        prompt: the arguments that the declaration calls the prompt, by name.
        model: the one that names the model, None where none does.
        left_out: all others, as written: no column tells them.
    """

    prompt: tuple[tuple[str, ast.expr], ...]
    model: ast.expr | None
    left_out: tuple[str, ...]


def declared_document(
    call: ast.Call, declared: DeclaredModelCall, scope: Scope, context: TaskContext
) -> Given:
    """What a function is given that asks a model by the user's word.

    Raises:
        Refused: what the declaration names is not given, not in sight, or cannot be evaluated twice.
    """
    name = as_written(call.func)
    if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
        raise Refused(NOT_RECORDED, f"{name} asks a model and is given arguments by ** or *", call)
    arguments = given(call, scope, context)
    chosen = [_named(one, arguments, call) for one in declared.prompt]
    prompt = tuple(argument for argument in chosen if argument is not None)
    if not prompt:
        wanted = " or ".join(map(str, declared.prompt))
        hint = (
            ": which of its arguments that is shows by position alone, prompt = 0"
            if call.args and not all(isinstance(one, int) for one in declared.prompt)
            else ""
        )
        raise Refused("DBR201", f"{name} is not given the prompt that llm-calls names, {wanted}{hint}", call)
    model = None if declared.model is None else _named(declared.model, arguments, call)
    for one, value in (*prompt, *((model,) if model is not None else ())):
        if context.repeatable.expression(value, scope) is not Verdict.SAME:
            raise Refused("DBR202", f"{one}, which is {as_written(value)}, cannot be evaluated twice", call)
    told = {id(value) for _, value in (*prompt, *((model,) if model is not None else ()))}
    left_out = tuple(f"{one}={as_written(value)}" for one, value in arguments if id(value) not in told)
    return Given(prompt, model[1] if model is not None else None, left_out)


def _named(
    wanted: int | str, arguments: tuple[tuple[str, ast.expr], ...], call: ast.Call
) -> tuple[str, ast.expr] | None:
    """The argument of a position or a name, None where it is not given."""
    if isinstance(wanted, int):
        return arguments[wanted] if wanted < len(call.args) else None
    return next((argument for argument in arguments if argument[0] == wanted), None)


def model_behind(call: ast.Call, scope: Scope, context: TaskContext) -> ast.expr | None:
    """The model that a function asks, where the call or its source names one that holds here too."""
    arguments = dict(given(call, scope, context))
    for name in _MODEL_NAMES:
        if name in arguments:
            return arguments[name]
    code = _code(call, scope, context)
    if code is None or not isinstance(code.function, Function):
        return None
    hits = context.reach.from_method(code.function, code.frame.owner, code.frame.module)
    named = [_model_of(hit, code, arguments) for hit in hits]
    texts = {ast.dump(n): n for n in named if n is not None}
    return next(iter(texts.values())) if len(texts) == 1 and None not in named else None


def _model_of(hit: Hit, code: Code, given: dict[str, ast.expr]) -> ast.expr | None:
    declared = hit.asked.call if hit.asked is not None else None
    if declared is None or not isinstance(hit.node, ast.Call):
        return None
    value = next((k.value for k in hit.node.keywords if k.arg in declared.model), None)
    if value is None and hit.node.args and declared.positional[:1] == ("model",):
        value = hit.node.args[0]
    if value is None and hit.asked is not None and hit.asked.made is not None:
        # What the client was made with, where that stands in sight: `ChatOpenAI(model="small")`.
        value = next((k.value for k in hit.asked.made.keywords if k.arg in _MODEL_NAMES), None)
        return value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None
    if isinstance(value, ast.Name):
        bound = hit.frame.values_of(value.id)
        if hit.frame.function is code.function and len(bound) == 1 and isinstance(bound[0], ast.arg):
            value = given.get(value.id, hit.frame.default_of(bound[0]))
        elif not bound:
            constant = hit.frame.module.bindings.get(value.id)
            value = constant if isinstance(constant, ast.Constant) else None
    return value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None


def _code(call: ast.Call, scope: Scope, context: TaskContext) -> Code | None:
    found = context.reach.origins.of(call.func, context.frame_of(scope))
    return next((o for o in found if isinstance(o, Code)), None)


def given(call: ast.Call, scope: Scope, context: TaskContext) -> tuple[tuple[str, ast.expr], ...]:
    """What a call is given, by the names of what it calls; by position where that is out of sight."""
    code = _code(call, scope, context)
    names = [p.arg for p in parameters(code.function)] if code is not None else []
    if code is not None and code.bound:
        names = names[1:]
    by_position = [
        (names[i] if i < len(names) else f"argument_{i + 1}", value)
        for i, value in enumerate(call.args)
        if not isinstance(value, ast.Starred)
    ]
    return (*by_position, *((k.arg, k.value) for k in call.keywords if k.arg is not None))
