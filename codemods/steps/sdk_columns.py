"""The columns of an interaction with a known package: the prompt as text or JSON, the model, the whole answer."""

from __future__ import annotations

import ast
from dataclasses import replace

from codemods.python.scopes import Scope
from codemods.python.sourcing import source_of
from codemods.python.trees import walk
from codemods.steps.step_names import InsertedNames
from codemods.tasks.context import TaskContext
from codemods.tasks.llm_calls import CallSite
from codemods.tasks.sdk_calls import SdkCall
from codemods.tasks.service_class import is_ours
from codemods.tasks.texts import is_text

_STRUCTURES = (ast.List, ast.Tuple, ast.Dict)


def document_text(
    document: tuple[tuple[str, ast.expr], ...], scope: Scope, context: TaskContext, names: InsertedNames
) -> str:
    """What is sent, as text: one text as it is, messages as JSON, several arguments as one JSON document."""
    if len(document) > 1:
        parts = ", ".join(f'"{name}": {source_of(value)}' for name, value in document)
        plain = all(_is_plain(value, scope, context) for _, value in document)
        return _as_json(f"{{{parts}}}", names, plain=plain)
    name, value = document[0]
    source = source_of(value)
    if is_text(value, scope, context):
        return source
    encoded = _as_json(source, names, plain=_is_plain(value, scope, context))
    if isinstance(value, _STRUCTURES) or name == "messages":
        return encoded
    test = f"{names.builtin('isinstance')}({source}, {names.builtin('str')})"
    return f"{source} if {test} else {encoded}"


def sdk_model(call: CallSite, context: TaskContext, names: InsertedNames) -> str:
    """The model that is asked, always as text: what the call names, else what its client was made with or says."""
    string = names.builtin("str")
    if call.model is not None:
        source = source_of(call.model)
        return source if is_text(call.model, call.site.scope, context) else f"{string}({source})"
    if call.is_function:
        return '"unknown"'
    holder = call.call.func.value if isinstance(call.call.func, ast.Attribute) else call.call.func
    if not isinstance(holder, ast.Name | ast.Attribute):
        return '"unknown"'
    source, getter = source_of(holder), names.builtin("getattr")
    return f'{string}({getter}({source}, "model", {getter}({source}, "model_name", "unknown")))'


def stored_parameters(
    call: CallSite, context: TaskContext, *, sees_errors: bool
) -> tuple[tuple[str, ast.expr], ...]:
    """The parameters of a call that steps 3 to 5 store: the service is known to have a column for them.

    Args:
        call: the call.
        context: its task.
        sees_errors: whether an original handler is around the call; what may raise stays out of its way then.
    """
    if call.known is None or not is_ours(context):
        return ()
    return tuple(
        (name, value) for name, value in call.known.parameters if not sees_errors or not _may_fail(value)
    )


def without_stored(call: CallSite, stored: tuple[tuple[str, ast.expr], ...]) -> CallSite:
    """The call as it is explained: what is stored as parameters is not left out."""
    beginnings = tuple(f"{name}=" for name, _ in stored)
    return replace(call, left_out=tuple(text for text in call.left_out if not text.startswith(beginnings)))


def _may_fail(value: ast.expr) -> bool:
    plain = (ast.Constant, ast.Name, ast.Dict, ast.List, ast.Tuple)
    return any(not isinstance(node, plain) for node in walk(value) if isinstance(node, ast.expr))


def sdk_response(call: CallSite, known: SdkCall, names: InsertedNames) -> str:
    """The whole answer as text."""
    result = source_of(call.result)
    if call.derived:
        return result
    text = known.declared.reading.whole.format(result)
    if text.startswith("json.dumps("):
        text = f"{names.module('json')}.dumps({text.removeprefix('json.dumps(')}"
    return text.replace("default=str)", f"default={names.builtin('str')})")


def texts_of_part(known: SdkCall, part: str, names: InsertedNames) -> str:
    """The texts that a part of a streamed answer adds to it."""
    text = known.declared.reading.parts.format(part)
    return text.replace("getattr(", f"{names.builtin('getattr')}(")


def _as_json(source: str, names: InsertedNames, *, plain: bool) -> str:
    """The JSON of a value; an object in it, as the packages' own messages are, stands as what it holds."""
    dumps = f"{names.module('json')}.dumps"
    if plain:
        return f"{dumps}({source}, ensure_ascii=False)"
    getter, string = names.builtin("getattr"), names.builtin("str")
    # A member of an enumeration stands as its value: what it holds beside that is its class.
    default = f'lambda value: {getter}(value, "_value_", {getter}(value, "__dict__", {string}(value)))'
    return f"{dumps}({source}, ensure_ascii=False, default={default})"


def _is_plain(value: ast.expr, scope: Scope, context: TaskContext) -> bool:
    """Whether a value is built of texts and literals alone, as far as that shows."""
    if isinstance(value, ast.Constant):
        return value.value is None or isinstance(value.value, str | int | float | bool)
    if isinstance(value, ast.List | ast.Tuple):
        return all(_is_plain(element, scope, context) for element in value.elts)
    if isinstance(value, ast.Dict):
        keyed = all(isinstance(k, ast.Constant) and isinstance(k.value, str) for k in value.keys)
        return keyed and all(_is_plain(element, scope, context) for element in value.values)
    return is_text(value, scope, context)
