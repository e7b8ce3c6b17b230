"""The expression for an interaction's response: the whole result of a call, as text."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Sequence

from codemods.knowledge.verdicts import Verdict
from codemods.python.classes import ClassRef
from codemods.python.sourcing import source_of, source_or_none
from codemods.python.statements import bound_names, read_names
from codemods.python.substitution import substitute
from codemods.python.trees import same, walk
from codemods.refusals import Refused
from codemods.steps.expressions import as_text, with_modules
from codemods.steps.sdk_columns import sdk_response
from codemods.steps.step_names import InsertedNames
from codemods.tasks.context import TaskContext
from codemods.tasks.derived_answers import STRUCTURES, Kept, is_plain, kept_as, kept_value, says_all_of
from codemods.tasks.llm_calls import CallSite
from codemods.tasks.texts import is_text, is_used_as_text, names_str
from codemods.tasks.write_site import WriteSite

_RESPONSE_ATTRIBUTES = ("response", "markdown", "text", "content")


def response_text(
    call: CallSite, writes: tuple[WriteSite, ...], context: TaskContext, names: InsertedNames
) -> str:
    """The whole response: the JSON that the task writes for the result where there is one, else a member of it.

    A result that the task itself tests for None is not asked for members while it is None.
    """
    if call.response:
        expression = _declared_response(call, context, names)
    elif call.known is not None:
        expression = sdk_response(call, call.known, names)
    else:
        expression = _response(call, writes, context, names)
    if isinstance(call.result, ast.Name) and _is_tested(call.result.id, context):
        return f"{expression} if {call.result.id} is not None else None"
    return expression


def _declared_response(call: CallSite, context: TaskContext, names: InsertedNames) -> str:
    """The answer as what the configuration says that it is; one that is no text says itself."""
    if call.response == "json":
        return as_json(source_of(call.result), names)
    return as_text(call.result, call.site.scope, context, names)


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
    fallback, of_attributes = None, None
    is_data = (
        call.result_class is None and not call.derived and _is_written_as_data(call.result, context, names)
    )
    text = _plain_text(call, context) if call.result_class is None and not call.derived else None
    if text is not None:
        return text
    for write in writes:
        expression = _in_terms_of_result(call, write, context)
        if expression is None:
            continue
        expression = with_modules(expression, write, names)
        if not _speaks_of_result_alone(expression, call, names):
            continue
        is_json = any(isinstance(n, ast.Attribute) and n.attr == "dumps" for n in walk(expression))
        if not says_all_of(expression, call.result, attributes=call.result_class is None):
            if is_json and says_all_of(expression, call.result, attributes=True):
                of_attributes = of_attributes or expression
            continue
        if is_json:
            if is_data:
                continue
            return source_of(expression)
        fallback = fallback or expression
    if call.derived:
        if _is_structured(call):
            return as_json(source_of(call.result), names)
        return _plain_text(call, context) or as_text(call.result, call.site.scope, context, names)
    result, ref = source_of(call.result), call.result_class
    if ref is None:
        if fallback is not None:
            return source_of(fallback)
        if is_data:
            is_text_then = f"{names.builtin('isinstance')}({result}, {names.builtin('str')})"
            return f"{result} if {is_text_then} else {as_json(result, names)}"
        said = _read_text(call, context, names)
        if said is None and _is_put_into_text(call.result, writes):
            said = f"{names.builtin('str')}({result})"
        if said is None:
            name = ast.unparse(call.call.func)
            raise Refused(
                "DBR103", f"nothing tells that what {name} gives is text, or has a form as text", call.call
            )
        return said
    member = _structured_member(result, ref, context, names)
    if member is None and of_attributes is not None:
        # Of an object that cannot say itself as data, what the task writes of it says more than its text.
        return source_of(of_attributes)
    member = member or _text_member(result, ref, context, names)
    if member is not None:
        return member
    if isinstance(fallback, ast.Call):
        return source_of(fallback)
    return as_json(f"{names.builtin('vars')}({result})", names)


def _speaks_of_result_alone(expression: ast.expr, call: CallSite, names: InsertedNames) -> bool:
    """Whether an expression says the result and nothing else: no value of the task, no word of its own."""
    result = read_names(call.result)
    inner = {n.id for n in walk(expression) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    called = {id(n.func) for n in walk(expression) if isinstance(n, ast.Call)}
    known = {*result, *inner, "json", names.module_if_bound("json")}
    for node in walk(expression):
        if (
            isinstance(node, ast.Name)
            and node.id not in known
            and id(node) not in called
            and not hasattr(builtins, node.id)
        ):
            return False
        parts: list[ast.expr] = []
        if isinstance(node, ast.Dict):
            parts = node.values
        elif isinstance(node, ast.Set) or (
            isinstance(node, ast.List | ast.Tuple) and isinstance(node.ctx, ast.Load)
        ):
            parts = node.elts
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            parts = [node.left, node.right]
        if any(not read_names(part) & (result | inner) for part in parts):
            return False
    return True


def _is_written_as_data(result: ast.expr, context: TaskContext, names: InsertedNames) -> bool:
    """Whether the method writes the result itself as a value in some JSON: then it has a form as such."""
    module = names.module_if_bound("json")
    for node in walk(context.entry):
        if not isinstance(node, ast.Call) or not node.args or not isinstance(node.func, ast.Attribute):
            continue
        if ast.unparse(node.func) not in {f"{module}.dump", f"{module}.dumps"}:
            continue
        pending = [node.args[0]]
        while pending:
            part = pending.pop()
            if same(part, result):
                return True
            if isinstance(part, ast.Dict):
                pending += part.values
            elif isinstance(part, ast.List | ast.Tuple):
                pending += part.elts
    return False


def _plain_text(call: CallSite, context: TaskContext) -> str | None:
    """The result itself where it is text: by its source, or by what the method does with it."""
    if call.returned and is_text(getattr(call.site.statement, "value", None), call.site.scope, context):
        return source_of(call.result)
    if call.returned and context.entry.returns is not None and names_str(context.entry.returns):
        return source_of(call.result)
    if is_text(call.result, call.site.scope, context) or is_used_as_text(call.result, context):
        return source_of(call.result)
    return None


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
    name = call.result.id
    for attribute in (a for a in reversed(_RESPONSE_ATTRIBUTES) if a in read):
        if is_used_as_text(ast.Attribute(ast.Name(name, ast.Load()), attribute, ast.Load()), context):
            return f'{names.builtin("getattr")}({name}, "{attribute}", None)'
    return None


def _is_put_into_text(result: ast.expr, writes: tuple[WriteSite, ...]) -> bool:
    """Whether a written text has the result in it as `str()` gives it, whatever stands around it."""
    return any(
        same(result, put)
        for write in writes
        if write.content.expression is not None
        for node in walk(write.content.expression)
        for put in _put_into_text(node)
    )


def _put_into_text(node: ast.AST) -> Sequence[ast.expr]:
    """What a formatted text is made of: `f"# {x}"`, `"# %s" % x`, `"# {}".format(x)`."""
    match node:
        case ast.FormattedValue() if is_plain(node):
            return [node.value]
        case ast.BinOp(left=ast.Constant(value=str()), op=ast.Mod(), right=ast.Tuple(elts=parts)):
            return parts
        case ast.BinOp(left=ast.Constant(value=str()), op=ast.Mod(), right=one):
            return [one]
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()), attr="format"), args=parts):
            return [*parts, *(k.value for k in node.keywords)]
    return []


def _structured_member(result: str, ref: ClassRef, context: TaskContext, names: InsertedNames) -> str | None:
    """The result as JSON, by a method that its class has."""
    classes = context.sources.classes
    for name in STRUCTURES:
        member = classes.method(ref, name)
        pydantic = name == "model_dump" and classes.is_pydantic(ref)
        if pydantic or (
            member is not None and member.method is not None and _needs_no_arguments(member.method)
        ):
            return as_json(f"{result}.{name}()", names)
    return None


def _is_structured(call: CallSite) -> bool:
    """Whether the result is made data in the statement: `answers[key] = Outline.execute(llm, query).to_dict()`."""
    made = kept_value(call.site.statement, call.call)
    return made is not None and kept_as(made, call.call) is Kept.DATA


def as_json(expression: str, names: InsertedNames) -> str:
    """The expression for some data as JSON."""
    return f"{names.module('json')}.dumps({expression}, indent=2, default={names.builtin('str')})"


def _text_member(result: str, ref: ClassRef, context: TaskContext, names: InsertedNames) -> str | None:
    """The result as text, by an attribute that its class has."""
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


def _in_terms_of_result(call: CallSite, write: WriteSite, context: TaskContext) -> ast.expr | None:
    """A write's content right after the call: names assigned later are replaced by their definitions."""
    expression = write.content.expression
    if expression is None or write.site.in_nested_function or write.content.once_only:
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
        or context.repeatable.expression(expression, scope) > Verdict.MAY_DIFFER
    ):
        return None
    return expression


def _assigns_only(statement: ast.Assign, name: str) -> bool:
    targets = statement.targets
    return len(targets) == 1 and isinstance(targets[0], ast.Name) and targets[0].id == name
