"""What is recorded of a call of a known package: its prompt, its model, and how its answer says itself whole."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemods.knowledge.declarations import PARAMETERS, ModelCall
from codemods.knowledge.verdicts import Verdict
from codemods.python.scopes import Scope
from codemods.python.statements import Site
from codemods.python.trees import walk
from codemods.refusals import Refused
from codemods.tasks.asking import Asked, as_written
from codemods.tasks.context import TaskContext
from codemods.tasks.data import is_data
from codemods.tasks.streams import DEFERRED, require_text, streams
from codemods.tasks.unpacked_arguments import keywords_of

NOT_RECORDED = "DBR106"
_NOT_WHOLE = "its answer has no form that is known to be whole"


@dataclass(frozen=True)
class SdkCall:
    """What is known of a call that stands in the method.

    Attributes:
        asked: what is asked.
        declared: the declaration of the call.
        prompt: what is sent, by the names of the arguments.
        model: the expression that names the model, None where none is in sight.
        left_out: the arguments that are recorded nowhere, as written.
        streams: whether the answer is a stream.
        parameters: the arguments that say how the model is to answer, as far as they are data that is the same twice.
    """

    asked: Asked
    declared: ModelCall
    prompt: tuple[tuple[str, ast.expr], ...]
    model: ast.expr | None
    left_out: tuple[str, ...] = ()
    streams: bool = False
    parameters: tuple[tuple[str, ast.expr], ...] = ()


def understand(call: ast.Call, asked: Asked, site: Site, context: TaskContext) -> SdkCall:
    """What is recorded of a call.

    Raises:
        Refused: it could not be recorded rightly.
    """
    declared = asked.call
    if declared is None:
        raise Refused(
            NOT_RECORDED, f"{asked.what} looks like a call of a model, of a kind that is not known", call
        )
    if declared.why_not:
        raise _not_recorded(asked, declared.why_not, call)
    arguments = _arguments(call, declared, asked, site.scope, context)
    is_stream = streams(call, asked, site.scope, context)
    if is_stream:
        require_text(call, declared, asked.what, site.scope, context)
    _require_an_answer(call, asked, declared, arguments, site, is_stream=is_stream)
    if not declared.reading.whole:
        raise _not_recorded(asked, _NOT_WHOLE, call)
    if asked.made is not None and asked.client is not None:
        hidden = [k.arg for k in asked.made.keywords if k.arg in asked.client.prompt]
        if hidden:
            raise Refused(
                NOT_RECORDED,
                f"{hidden[0]}, which the client is made with, is part of the prompt of {asked.what}",
                call,
            )
    prompt = tuple((name, arguments[name]) for name in declared.prompt if name in arguments)
    if not prompt:
        raise Refused("DBR201", f"no argument of {as_written(call.func)} is a prompt", call)
    for name, value in prompt:
        if context.repeatable.expression(value, site.scope) is not Verdict.SAME:
            raise Refused("DBR202", f"{name}, which is {as_written(value)}, cannot be evaluated twice", call)
    model = _model(call, asked, declared, arguments, site.scope, context)
    kept = {*declared.prompt, *declared.model, *declared.deferring}
    parameters = tuple(
        (name, value)
        for name, value in arguments.items()
        if name in PARAMETERS
        and name not in {*declared.prompt, *declared.model}
        and context.repeatable.expression(value, site.scope) is Verdict.SAME
        and is_data(value, site.scope, context)
    )
    left_out = tuple(f"{name}={as_written(value)}" for name, value in arguments.items() if name not in kept)
    return SdkCall(asked, declared, prompt, model, left_out, is_stream, parameters)


def _not_recorded(asked: Asked, why: str, call: ast.Call) -> Refused:
    return Refused(NOT_RECORDED, f"{asked.what} asks a model and cannot be recorded here: {why}", call)


def _arguments(
    call: ast.Call, declared: ModelCall, asked: Asked, scope: Scope, context: TaskContext
) -> dict[str, ast.expr]:
    keywords = keywords_of(call, scope, context.sources.names.finder)
    if keywords is None or any(isinstance(a, ast.Starred) for a in call.args):
        raise Refused(
            NOT_RECORDED,
            f"{asked.what} is given arguments by ** or *, which can hold a prompt or ask for a stream",
            call,
        )
    if len(call.args) > len(declared.positional) and not declared.reading.whole:
        raise _not_recorded(asked, _NOT_WHOLE, call)
    if len(call.args) > len(declared.positional):
        raise Refused("DBR201", f"what {as_written(call.func)} is given by position is not known", call)
    return {
        **dict(zip(declared.positional, call.args, strict=False)),
        **{k.arg: k.value for k in keywords if k.arg is not None},
    }


def _require_an_answer(
    call: ast.Call,
    asked: Asked,
    declared: ModelCall,
    arguments: dict[str, ast.expr],
    site: Site,
    *,
    is_stream: bool,
) -> None:
    """Raises Refused where the answer is not there when the statement ends, unless it is a stream that is recorded."""
    if declared.deferred and not is_stream:
        raise Refused(DEFERRED, f"the answer of {asked.what} is not there when the call returns", call)
    for name in declared.deferring if not is_stream else ():
        value = arguments.get(name)
        if value is None or (isinstance(value, ast.Constant) and not value.value):
            continue
        sure = isinstance(value, ast.Constant)
        raise Refused(
            DEFERRED,
            f"{name}={as_written(value)}: the answer of {asked.what} "
            f"{'is' if sure else 'may be one that is'} not there when the call returns",
            call,
        )
    if declared.awaited and not any(
        isinstance(n, ast.Await) and n.value is call for n in walk(site.statement)
    ):
        raise Refused(DEFERRED, f"{asked.what} is not awaited in the statement that calls it", call)
    tools = [name for name in declared.tools if name in arguments]
    if (
        tools
        and not is_stream
        and "model_dump" not in declared.reading.whole
        and "json" not in declared.reading.whole
    ):
        raise Refused(
            NOT_RECORDED,
            f"with {tools[0]}, {asked.what} can answer with other than text, which is lost",
            call,
        )


def _model(
    call: ast.Call,
    asked: Asked,
    declared: ModelCall,
    arguments: dict[str, ast.expr],
    scope: Scope,
    context: TaskContext,
) -> ast.expr | None:
    """The expression for the model: what the call is given, else what its client was made with."""
    given = next((arguments[name] for name in declared.model if name in arguments), None)
    if given is not None:
        if context.repeatable.expression(given, scope) is not Verdict.SAME:
            raise Refused("DBR202", f"the model {as_written(given)} cannot be evaluated twice", call)
        return given
    made, client = asked.made, asked.client
    if made is None or client is None:
        return None
    named = next((k.value for k in made.keywords if k.arg in client.model), None)
    if named is None and client.model and made.args:
        named = made.args[0]
    if isinstance(named, ast.Constant):
        return named
    in_method = any(node is made for node in walk(context.entry))
    known = named is not None and in_method and scope.function is context.entry
    if known and context.repeatable.expression(named, scope) is Verdict.SAME:
        return named
    return None
