"""The columns of an interaction that say which model was asked, and which one answered."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemods.knowledge.verdicts import Verdict
from codemods.python.call_facts import called_name
from codemods.python.classes import ClassRef, ClassResolver, Function
from codemods.python.scopes import Scope
from codemods.python.sourcing import source_of
from codemods.python.statements import read_names
from codemods.steps.read_attributes import is_always_bound, is_quietly_read
from codemods.steps.sdk_columns import sdk_model
from codemods.steps.step_names import InsertedNames
from codemods.tasks.context import TaskContext
from codemods.tasks.executors import element_of
from codemods.tasks.llm_calls import CallSite
from codemods.tasks.texts import is_text, names_str

_MODEL_KEYWORDS = ("model", "model_name", "model_id", "llm_model", "name")
TOKENS = ("input_tokens", "output_tokens", "total_tokens")
"""What an attempt counts, and an interaction may have columns for."""


@dataclass(frozen=True)
class ModelColumns:
    """The model before the call, and what the executor knows after it.

    Attributes:
        pending: the expression for the model when the call starts.
        before_pending: code that computes it.
        before_completion: code that fetches the last attempt, empty where there is none.
        completion: further columns of the completed interaction.
        is_first: whether `pending` is the first of the task's models, for want of anything better.
        asked: the model itself, where `pending` is made of it.
    """

    pending: str
    before_pending: str = ""
    before_completion: str = ""
    completion: tuple[tuple[str, str], ...] = ()
    is_first: bool = False
    asked: str = ""


def model_columns(call: CallSite, context: TaskContext, names: InsertedNames) -> ModelColumns:
    """Which model is booked. Never `str(model)`: a model's text can hold its API key."""
    scope = call.site.scope
    if call.known is not None or call.is_function:
        return ModelColumns(sdk_model(call, context, names))
    named = next((k.value for k in call.call.keywords if k.arg == "model"), None)
    if named is not None and named is not call.model and is_text(named, scope, context):
        return ModelColumns(source_of(named))
    if call.model is not None and not call.is_executor:
        return _of_model(call.model, scope, context, names)
    named = _factory_argument(call, context)
    if named is not None:
        source = source_of(named)
        return ModelColumns(source if is_text(named, scope, context) else f"{names.builtin('str')}({source})")
    first = _first_model(context, names)
    if call.model is None or not isinstance(call.model, ast.Name):
        return ModelColumns(first, is_first=True)
    return _from_last_attempt(call.model, scope, context, names, first)


def _of_model(node: ast.expr, scope: Scope, context: TaskContext, names: InsertedNames) -> ModelColumns:
    """The attribute `model` of the object that is asked, else its class, where reading the attribute may run code."""
    model, classes = source_of(node), context.sources.classes
    string, getter = names.builtin("str"), names.builtin("getattr")
    kind = f"{names.builtin('type')}({model}).__name__"
    ref = context.inference.of(node, scope)
    if ref is None:
        return ModelColumns(f'{string}({getter}({model}, "model", {kind}))', asked=model)
    if not is_quietly_read(ref, "model", classes):
        return ModelColumns(kind)
    if classes.has_member(ref, "model") and is_always_bound(ref, "model", classes):
        return ModelColumns(_text_of_attribute(model, ref, context, names), asked=model)
    if classes.has_member(ref, "model") and not is_text_attribute(ref, "model", context):
        found = f'{getter}({model}, "model", None)'
        return ModelColumns(f"{found} if {names.builtin('isinstance')}({found}, {string}) else {kind}")
    return ModelColumns(f'{string}({getter}({model}, "model", {kind}))', asked=model)


def _text_of_attribute(model: str, ref: ClassRef, context: TaskContext, names: InsertedNames) -> str:
    """The attribute `model` as text; an object there is booked by its class, for its text can hold a key."""
    if is_text_attribute(ref, "model", context):
        return f"{model}.model"
    test = f"{names.builtin('isinstance')}({model}.model, {names.builtin('str')})"
    return f"{model}.model if {test} else {names.builtin('type')}({model}.model).__name__"


def is_text_attribute(ref: ClassRef, attribute: str, context: TaskContext) -> bool:
    """Whether the sources show that an attribute is a `str`: by its annotation, or by all that is assigned to it."""
    if _is_annotated_str(ref, attribute, context):
        return True
    origins = context.reach.origins
    values = []
    for item in context.sources.classes.line(ref):
        for statement in item.node.body:
            if isinstance(statement, ast.Assign) and any(
                isinstance(t, ast.Name) and t.id == attribute for t in statement.targets
            ):
                values.append(
                    isinstance(statement.value, ast.Constant) and isinstance(statement.value.value, str)
                )
            elif isinstance(statement, Function):
                frame = origins.frame(statement, ref, item.module)
                values += [
                    (annotation is not None and names_str(annotation)) or is_text(value, frame.scope, context)
                    for value, annotation in frame.attributes.get(attribute, ())
                ]
    return bool(values) and all(values)


def _factory_argument(call: CallSite, context: TaskContext) -> ast.expr | None:
    """What the function that made the model was given: `llm = get_llm(self.llm_model)`; None where that is unclear."""
    scope = call.site.scope
    if not isinstance(call.model, ast.Name) or scope.function is not context.entry:
        return None
    values = scope.values_of(call.model.id) or []
    made = values[0] if len(values) == 1 else None
    if not isinstance(made, ast.Call) or called_name(made) == "create_llm_executor":
        return None
    if context.inference.of(made, scope) is not None:
        return None
    named = [k.value for k in made.keywords if k.arg in _MODEL_KEYWORDS]
    if not named and len(made.args) == 1 and not isinstance(made.args[0], ast.Starred):
        named = [made.args[0]]
    if len(named) != 1 or (isinstance(named[0], ast.Constant) and not isinstance(named[0].value, str)):
        return None
    if context.repeatable.expression(named[0], scope) is not Verdict.SAME:
        return None
    if any(len(scope.values_of(name) or ()) > 1 for name in read_names(named[0])):
        return None
    return named[0]


def _first_model(context: TaskContext, names: InsertedNames) -> str:
    self_name = context.scope.self_name or "self"
    if context.sources.classes.member(context.owner, "llm_models") is None:
        return '"unknown"'
    return f'{names.builtin("str")}({self_name}.llm_models[0]) if {self_name}.llm_models else "unknown"'


def _from_last_attempt(
    model: ast.Name, scope: Scope, context: TaskContext, names: InsertedNames, first: str
) -> ModelColumns:
    classes = context.sources.classes
    executor = context.inference.of(model, scope)
    member = classes.method(executor, "get_last_attempt") if executor is not None else None
    if member is None or member.method is None or member.method.returns is None:
        return _from_attempts(model, executor, context, names, first)
    attempt_class = classes.resolve(member.method.returns, member.owner.module)
    if attempt_class is None or classes.member(attempt_class, "llm_model") is None:
        return ModelColumns(first, is_first=True)
    attempt, chosen, getter = (
        names.shared("last_attempt"),
        names.shared("llm_model"),
        names.builtin("getattr"),
    )
    answered = f'{getter}({attempt}, "llm_model", {chosen})'
    if not _is_annotated_str(attempt_class, "llm_model", context):
        answered = f'{getter}({getter}({attempt}, "llm_model", None), "name", {chosen})'
    columns = [("llm_model", answered)]
    row = interaction_class(context.owner, classes)
    if row is not None and all(classes.member(row, t) and classes.member(attempt_class, t) for t in TOKENS):
        columns.extend((t, f'{getter}({attempt}, "{t}", None)') for t in TOKENS)
    return ModelColumns(
        chosen, f"{chosen} = {first}\n", f"{attempt} = {model.id}.get_last_attempt()\n", tuple(columns)
    )


def _from_attempts(
    model: ast.Name, executor: ClassRef | None, context: TaskContext, names: InsertedNames, first: str
) -> ModelColumns:
    """From the list `attempts` of an executor: the model of the last attempt that succeeded."""
    attempt_class = element_of(executor, "attempts", context)
    classes = context.sources.classes
    if attempt_class is None or not all(classes.member(attempt_class, n) for n in ("llm_model", "success")):
        return ModelColumns(first, is_first=True)
    chosen, answered = names.shared("llm_model"), names.shared("attempt")
    getter = names.builtin("getattr")
    said = f"{answered}.llm_model"
    if not _is_annotated_str(attempt_class, "llm_model", context):
        said = f'{names.builtin("str")}({getter}({answered}.llm_model, "name", {chosen}))'
    found = f"[{said} for {answered} in {model.id}.attempts if {answered}.success]"
    return ModelColumns(
        chosen,
        f"{chosen} = {first}\n",
        f"{chosen} = ({found} or [{chosen}])[-1]\n",
        (("llm_model", chosen),),
    )


def _is_annotated_str(ref: ClassRef, attribute: str, context: TaskContext) -> bool:
    return any(
        isinstance(s, ast.AnnAssign)
        and isinstance(s.target, ast.Name)
        and s.target.id == attribute
        and names_str(s.annotation)
        for item in context.sources.classes.line(ref)
        for s in item.node.body
    )


def interaction_class(owner: ClassRef, classes: ClassResolver) -> ClassRef | None:
    """The class of an interaction's row, through the annotations of the service that a task opens."""
    opened = classes.method(owner, "get_database_service")
    if opened is None or opened.method is None or opened.method.returns is None:
        return None
    service = classes.resolve(opened.method.returns, opened.owner.module)
    created = classes.method(service, "create_llm_interaction") if service is not None else None
    if created is None or created.method is None or created.method.returns is None:
        return None
    return classes.resolve(created.method.returns, created.owner.module)
