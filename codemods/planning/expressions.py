"""Expressions for the columns of an interaction: the prompt as text, the model that answered, the response."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemods.analysis.context import TaskContext
from codemods.analysis.llm_calls import CallSite
from codemods.analysis.repeatable import Verdict
from codemods.analysis.scopes import Scope
from codemods.analysis.sourcing import source_of, source_or_none
from codemods.analysis.statements import bound_names, read_names
from codemods.analysis.substitution import substitute
from codemods.analysis.texts import is_text, names_str
from codemods.analysis.write_site import WriteSite
from codemods.model import ContentOrigin
from codemods.planning.names import InsertedNames
from codemods.resolution.classes import ClassRef
from codemods.walking import same, walk

_RESPONSE_METHODS = ("to_dict", "raw_response_dict", "model_dump")
_RESPONSE_ATTRIBUTES = ("response", "markdown", "text", "content")
_TOKENS = ("input_tokens", "output_tokens", "total_tokens")


def as_text(node: ast.expr, scope: Scope, context: TaskContext, names: InsertedNames) -> str:
    """The source of an expression that is a `str`: as it stands, or with `str()` around it."""
    source = source_of(node)
    return source if is_text(node, scope, context) else f"{names.builtin('str')}({source})"


def may_raise(node: ast.expr) -> bool:
    """Whether evaluating an expression can fail: it does more than to read variables and put texts together."""
    if isinstance(node, ast.JoinedStr):
        return any(may_raise(part) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return may_raise(node.value)
    return not isinstance(node, ast.Constant | ast.Name)


@dataclass(frozen=True)
class ModelColumns:
    """The model before the call, and what the executor knows after it.

    Attributes:
        pending: the expression for the model when the call starts.
        before_pending: code that computes it.
        before_completion: code that fetches the last attempt, empty where there is none.
        completion: further columns of the completed interaction.
    """

    pending: str
    before_pending: str = ""
    before_completion: str = ""
    completion: tuple[tuple[str, str], ...] = ()


def model_columns(call: CallSite, context: TaskContext, names: InsertedNames) -> ModelColumns:
    """Which model is booked. Never `str(model)`: a model's text can hold its API key."""
    scope = call.site.scope
    named = next((k.value for k in call.call.keywords if k.arg == "model"), None)
    if named is not None and named is not call.model and is_text(named, scope, context):
        return ModelColumns(source_of(named))
    if call.model is not None and not call.is_executor:
        model = source_of(call.model)
        ref = context.inference.of(call.model, scope)
        if ref is not None and context.sources.classes.has_member(ref, "model"):
            return ModelColumns(f"{model}.model")
        string, getter, kind = names.builtin("str"), names.builtin("getattr"), names.builtin("type")
        return ModelColumns(f'{string}({getter}({model}, "model", {kind}({model}).__name__))')
    first = _first_model(context, names)
    if call.model is None or not isinstance(call.model, ast.Name):
        return ModelColumns(first)
    return _from_last_attempt(call.model, scope, context, names, first)


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
        return ModelColumns(first)
    attempt_class = classes.resolve(member.method.returns, member.owner.module)
    if attempt_class is None or classes.member(attempt_class, "llm_model") is None:
        return ModelColumns(first)
    attempt, chosen, getter = (
        names.shared("last_attempt"),
        names.shared("llm_model"),
        names.builtin("getattr"),
    )
    answered = f'{getter}({attempt}, "llm_model", {chosen})'
    if not _is_annotated_str(attempt_class, "llm_model", context):
        answered = f'{getter}({getter}({attempt}, "llm_model", None), "name", {chosen})'
    columns = [("llm_model", answered)]
    row = _interaction_class(context)
    if row is not None and all(classes.member(row, t) and classes.member(attempt_class, t) for t in _TOKENS):
        columns.extend((t, f'{getter}({attempt}, "{t}", None)') for t in _TOKENS)
    return ModelColumns(
        chosen, f"{chosen} = {first}\n", f"{attempt} = {model.id}.get_last_attempt()\n", tuple(columns)
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


def _interaction_class(context: TaskContext) -> ClassRef | None:
    """The class of an interaction's row, through the annotations of the service."""
    classes = context.sources.classes
    opened = classes.method(context.owner, "get_database_service")
    if opened is None or opened.method is None or opened.method.returns is None:
        return None
    service = classes.resolve(opened.method.returns, opened.owner.module)
    created = classes.method(service, "create_llm_interaction") if service is not None else None
    if created is None or created.method is None or created.method.returns is None:
        return None
    return classes.resolve(created.method.returns, created.owner.module)


def response_text(
    call: CallSite, writes: tuple[WriteSite, ...], context: TaskContext, names: InsertedNames
) -> str:
    """The whole response: the JSON that the task writes for the result where there is one, else a member of it.

    A result that the task itself tests for None is not asked for members while it is None.
    """
    expression = _response(call, writes, context, names)
    if isinstance(call.result, ast.Name) and _is_tested(call.result.id, context):
        return f"{expression} if {call.result.id} is not None else None"
    return expression


def _is_tested(name: str, context: TaskContext) -> bool:
    """Whether the method asks if a name is None, or true."""
    for node in walk(context.entry):
        tests: list[ast.expr] = []
        if isinstance(node, ast.If | ast.While | ast.IfExp | ast.Assert):
            tests = [node.test]
        elif isinstance(node, ast.BoolOp):
            tests = node.values
        for test in tests:
            asked = test.operand if isinstance(test, ast.UnaryOp) else test
            if isinstance(asked, ast.Compare):
                asked = asked.left
            asked = asked.target if isinstance(asked, ast.NamedExpr) else asked
            if isinstance(asked, ast.Name) and asked.id == name:
                return True
    return False


def _response(
    call: CallSite, writes: tuple[WriteSite, ...], context: TaskContext, names: InsertedNames
) -> str:
    fallback = None
    for write in writes:
        expression = _in_terms_of_result(call, write, context)
        if expression is None:
            continue
        expression = with_modules(expression, write, names)
        if any(isinstance(n, ast.Attribute) and n.attr == "dumps" for n in walk(expression)):
            return source_of(expression)
        fallback = fallback or expression
    if call.derived:
        if _is_structured(call):
            return _as_json(source_of(call.result), names)
        return _any_text(call.result, call.site.scope, context, names)
    structured = _structured_member(call, context, names)
    if structured is not None:
        return structured
    member = _text_member(call, context, names)
    if member is not None:
        return member
    if fallback is not None and (call.result_class is None or isinstance(fallback, ast.Call)):
        return source_of(fallback)
    if call.result_class is not None:
        return _as_json(f"{names.builtin('vars')}({source_of(call.result)})", names)
    return _read_text(call, context, names) or _any_text(call.result, call.site.scope, context, names)


def _read_text(call: CallSite, context: TaskContext, names: InsertedNames) -> str | None:
    """The text that the method reads of a result whose class is out of sight: its own text may be an address."""
    if not isinstance(call.result, ast.Name) or is_text(call.result, call.site.scope, context):
        return None
    called = {id(n.func) for n in walk(context.entry) if isinstance(n, ast.Call)}
    read = {
        n.attr
        for n in walk(context.entry)
        if isinstance(n, ast.Attribute)
        and isinstance(n.value, ast.Name)
        and n.value.id == call.result.id
        and id(n) not in called
    }
    attribute = next((a for a in reversed(_RESPONSE_ATTRIBUTES) if a in read), None)
    if attribute is None:
        return None
    result, string, getter = call.result.id, names.builtin("str"), names.builtin("getattr")
    return f'{string}({getter}({result}, "{attribute}", {result}))'


def _structured_member(call: CallSite, context: TaskContext, names: InsertedNames) -> str | None:
    """The result as JSON, by a method that its class has."""
    ref, result = call.result_class, source_of(call.result)
    if ref is None:
        return None
    classes = context.sources.classes
    for name in _RESPONSE_METHODS:
        member = classes.method(ref, name)
        pydantic = name == "model_dump" and classes.is_pydantic(ref)
        if pydantic or (
            member is not None and member.method is not None and _needs_no_arguments(member.method)
        ):
            return _as_json(f"{result}.{name}()", names)
    return None


def _is_structured(call: CallSite) -> bool:
    """Whether the result is what such a method gives: `answers[key] = Outline.execute(llm, query).to_dict()`."""
    made = getattr(call.site.statement, "value", None)
    return (
        isinstance(made, ast.Call)
        and made is not call.call
        and isinstance(made.func, ast.Attribute)
        and made.func.attr in _RESPONSE_METHODS
    )


def _as_json(expression: str, names: InsertedNames) -> str:
    return f"{names.module('json')}.dumps({expression}, indent=2, default={names.builtin('str')})"


def _text_member(call: CallSite, context: TaskContext, names: InsertedNames) -> str | None:
    """The result as text, by an attribute that its class has."""
    ref, result = call.result_class, source_of(call.result)
    if ref is None:
        return None
    classes = context.sources.classes
    for name in _RESPONSE_ATTRIBUTES:
        found = classes.member(ref, name)
        if found is not None and (found.method is None or found.has_decorator("property")):
            return f"{names.builtin('str')}({result}.{name})"
    if classes.is_dataclass(ref) or classes.method(ref, "__str__") or classes.method(ref, "__repr__"):
        return f"{names.builtin('str')}({result})"
    return None


def _needs_no_arguments(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    required = len(function.args.posonlyargs) + len(function.args.args) - len(function.args.defaults)
    return isinstance(function, ast.FunctionDef) and required <= 1 and all(function.args.kw_defaults)


def _any_text(node: ast.expr, scope: Scope, context: TaskContext, names: InsertedNames) -> str:
    if is_text(node, scope, context):
        return source_of(node)
    return f"{names.builtin('str')}({source_of(node)})"


def with_modules(expression: ast.expr, write: WriteSite, names: InsertedNames) -> ast.expr:
    """A write's content; `json` of a writer's source is replaced by what this module, or an import, calls it."""
    carried = write.content.origin is ContentOrigin.WRITER_SOURCE and not write.site.scope.is_local("json")
    if not carried or "json" not in read_names(expression):
        return expression
    return substitute(expression, {"json": ast.parse(names.module("json"), mode="eval").body})


def _in_terms_of_result(call: CallSite, write: WriteSite, context: TaskContext) -> ast.expr | None:
    """A write's content right after the call: names assigned later are replaced by their definitions."""
    expression = write.content.expression
    if expression is None or write.site.in_nested_function or write.content.verdict is Verdict.EFFECT:
        return None
    scope = call.site.scope
    following = [s for link in call.site.own_links for s in link.suite[link.index + 1 :]]
    result_names = read_names(call.result)
    before_write = [s for s in following if s.lineno < write.site.statement.lineno]
    if any(result_names & bound_names(s) for s in before_write):
        return None
    bound_later = set().union(*(bound_names(s) for s in following)) - result_names
    replaced: set[str] = set()
    for _ in range(8):
        pending = read_names(expression) & bound_later
        if not pending:
            break
        if pending & replaced:  # defined by itself, as in `text = text.strip()`
            return None
        replaced |= pending
        definitions: dict[str, ast.expr] = {}
        for name in pending:
            found = [s for s in following if name in bound_names(s)]
            if len(found) != 1 or not isinstance(found[0], ast.Assign) or not _assigns_only(found[0], name):
                return None
            definitions[name] = found[0].value
        expression = substitute(expression, definitions)
    if not result_names & read_names(expression):
        return None
    # One element of a container: what is written of the whole has other answers in it.
    if isinstance(call.result, ast.Subscript) and not any(same(call.result, n) for n in walk(expression)):
        return None
    if (
        source_or_none(expression) is None
        or context.repeatable.expression(expression, scope) is Verdict.EFFECT
    ):
        return None
    return expression


def _assigns_only(statement: ast.Assign, name: str) -> bool:
    targets = statement.targets
    return len(targets) == 1 and isinstance(targets[0], ast.Name) and targets[0].id == name
