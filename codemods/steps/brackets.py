"""Steps 3, 4, 5 and 8 around each LLM call."""

from __future__ import annotations

import ast
from dataclasses import replace

from codemods.model import NodePath, Step
from codemods.python.call_facts import is_logging_call
from codemods.python.sourcing import source_of
from codemods.python.statements import Link, Site, bound_names, read_names
from codemods.python.trees import walk
from codemods.refusals import Refused
from codemods.steps import templates
from codemods.steps.draft import Draft, Recording, handling_tries, leaves, swallowing_withs
from codemods.steps.expressions import as_text, may_raise
from codemods.steps.model_columns import ModelColumns, model_columns
from codemods.steps.responses import response_text
from codemods.steps.rows import RowPlanner
from codemods.steps.sdk_columns import document_text, stored_parameters, texts_of_part
from codemods.steps.step_names import identifiers
from codemods.tasks.llm_calls import STREAM_PARTS, CallSite
from codemods.tasks.returned_answers import RETURNED
from codemods.tasks.sdk_calls import SdkCall
from codemods.tasks.streams import StreamLoop
from codemods.tasks.write_site import WriteSite


def bracket_call(draft: Draft, call: CallSite, rows: RowPlanner, calls: tuple[CallSite, ...]) -> str:
    """Adds the steps around one call.

    The interaction is opened before an original `try` whose handlers would report a database error as
    something else, and completed in its `else`, wherever that means the same. A prompt that may raise is computed
    inside that `try`: its errors are the original's.

    Returns:
        The expression of the response text, for explanations.
    """
    names, words = draft.names, draft.words
    site = call.site
    if call.returned:
        call = replace(call, result=ast.Name(names.shared(RETURNED), ast.Load()))
    model = model_columns(call, draft.context, names)
    if call.document:
        prompt = document_text(call.document, site.scope, draft.context, names)
    else:
        prompt = as_text(call.prompt, site.scope, draft.context, names)
    clock = f"{names.module('time')}.perf_counter"
    start, duration = names.shared("start_time"), names.shared("duration_seconds")

    where, computed = pending_site(site), ""
    if draft.sees_errors(site) and may_fail(call, prompt):
        where, text = site, names.fresh("prompt_text")
        unless = f" if {source_of(call.only_if)} else None" if call.only_if is not None else ""
        computed, prompt = templates.prompt_computed(text, f"{prompt}{unless}"), text
    parameters = parameters_of(draft, call)
    given = ", ".join(f'"{name}": {source_of(value)}' for name, value in parameters)
    opening = templates.pending(
        words,
        before=model.before_pending,
        model=model.pending,
        prompt=prompt,
        parameters=f"{{{given}}}" if given else "",
    )
    if call.only_if is not None:
        opening = f"if {source_of(call.only_if)}:\n{templates.indented(opening)}"
    draft.add_database_step(Step.PENDING, where, where.path, "before", opening, first=computed)
    line = site.statement.lineno
    draft.add(Step.CALL, site.path, "before", templates.call_started(start, clock), line)
    ended = templates.call_ended(duration, start, clock)
    if call.loop is not None and call.known is not None:
        return _record_stream(draft, call, call.loop, call.known, model, ended)
    writes = rows.writes
    response = response_text(call, writes, draft.context, names)
    shared = rows.shared_content(call, response)
    closing = templates.completed(
        words,
        before=model.before_completion,
        answer=None if shared is None else (shared, response),
        fields=[("response_text", shared or response), *model.completion],
        duration=duration,
    )
    if call.returned:
        _record_on_return(draft, call, closing=ended + closing, start=start)
        _fail_on_the_way_out(draft, site)
        return response
    for anchor, place in right_after(site):
        draft.add(Step.CALL, anchor, place, ended, line)

    if call.only_if is not None:
        closing = f"if {words.interaction} is not None:\n{templates.indented(closing)}"
    tried = completing_try(call, writes, calls)
    if tried is None or isinstance(site.statement, ast.If):
        for anchor, place in right_after(site):
            draft.add_database_step(Step.COMPLETED, site, anchor, place, closing)
    else:
        outer = site.at(len(site.chain) - 2)
        draft.add_database_step(Step.COMPLETED, outer, outer.path, "else", closing)
    _fail_on_the_way_out(draft, site)
    return response


def _record_stream(
    draft: Draft, call: CallSite, loop: StreamLoop, known: SdkCall, model: ModelColumns, ended: str
) -> str:
    """Steps 4 and 5 of an answer in parts: each is kept as it comes, and the loop's end is the call's."""
    names, line = draft.names, loop.site.statement.lineno
    parts = names.fresh(STREAM_PARTS)
    draft.add(Step.CALL, call.site.path, "before", templates.stream_begun(parts), call.site.statement.lineno)
    kept = templates.part_kept(parts, texts_of_part(known, loop.part, names))
    draft.add(Step.CALL, (*loop.site.path, ("body", -1)), "head", kept, line)
    response = f'"".join({parts})'
    closing = templates.completed(
        draft.words,
        before=model.before_completion,
        answer=None,
        fields=[("response_text", response), *model.completion],
        duration=names.shared("duration_seconds"),
    )
    draft.add(Step.CALL, loop.site.path, "after", ended, line)
    draft.add_database_step(Step.COMPLETED, loop.site, loop.site.path, "after", closing)
    _fail_on_the_way_out(draft, call.site)
    return response


def _record_on_return(draft: Draft, call: CallSite, *, closing: str, start: str) -> None:
    """Step 5 behind the function that the method's statements become; it is the same for each answer returned.

    Raises:
        Refused: it is another one for another call, or reads what only the method's own statements know.
    """
    name = ast.unparse(call.call.func)
    read = identifiers(ast.parse(closing))
    local = {n for n in draft.context.scope.bindings if not _is_parameter(draft, n)}
    if read & local:
        what = min(read & local)
        raise Refused(
            "DBR102", f"the result of {name} is returned directly, and {what} is known there only", call.call
        )
    chosen = draft.names.shared("llm_model")
    shared = (chosen,) if chosen in read else ()
    recording = Recording(draft.names.shared(RETURNED), closing, start, shared)
    if draft.recording not in (None, recording):
        raise Refused(
            "DBR102", f"the result of {name} is returned directly, like that of another call", call.call
        )
    draft.recording = recording


def _is_parameter(draft: Draft, name: str) -> bool:
    return all(isinstance(b, ast.arg) for b in draft.context.scope.bindings[name])


def parameters_of(draft: Draft, call: CallSite) -> tuple[tuple[str, ast.expr], ...]:
    """How the model is to answer, as far as the row of a call has it."""
    return stored_parameters(call, draft.context, sees_errors=draft.sees_errors(call.site))


def may_fail(call: CallSite, prompt: str) -> bool:
    """Whether computing the prompt can raise. Encoding what is proven to be data cannot."""
    if call.document and call.known is None and not call.is_function:
        return any(may_raise(value) for _, value in call.document)
    return may_raise(call.prompt) or (bool(call.document) and prompt != source_of(call.prompt))


def right_after(site: Site) -> tuple[tuple[NodePath, str], ...]:
    """Where the statement after the call stands: for `if (x := call()):` at the head of both suites."""
    if isinstance(site.statement, ast.If):
        return ((*site.path, ("body", -1)), "head"), (site.path, "else")
    return ((site.path, "after"),)


def pending_site(site: Site) -> Site:
    """The statement before which the interaction is opened: the call's, or a `try` that begins with it."""
    current = site
    while len(current.own_links) > 1:
        link = current.chain[-1]
        if not (isinstance(link.owner, ast.Try) and link.field == "body"):
            break
        if not all(is_quiet(s) for s in link.suite[: link.index]):
            break
        current = current.at(len(current.chain) - 2)
    return (
        current if handling_tries(site) and len(handling_tries(current)) < len(handling_tries(site)) else site
    )


def is_quiet(statement: ast.stmt) -> bool:
    """Whether a statement does nothing but to log."""
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr)
        and (isinstance(statement.value, ast.Constant) or is_logging_call(statement.value))
    )


def completing_try(
    call: CallSite, writes: tuple[WriteSite, ...], calls: tuple[CallSite, ...]
) -> ast.Try | None:
    """The try whose `else` is reached exactly when the call has returned, or None to complete right after it.

    What comes between the call and the `else` must leave the interaction and the result alone.
    """
    link = call.site.chain[-1]
    tried = link.owner
    if not isinstance(tried, ast.Try) or link.field != "body" or not tried.handlers:
        return None
    rest = link.suite[link.index + 1 :]
    if any(leaves(s) for s in rest):
        return None
    if any(bound_names(s) & read_names(call.result) for s in rest):
        return None
    inside = {id(node) for s in rest for node in walk(s)}
    others = [*(write.site for write in writes), *(other.site for other in calls)]
    if any(id(other.statement) in inside for other in others):
        return None
    return tried


def _fail_on_the_way_out(draft: Draft, site: Site) -> None:
    """Step 8 wherever an error of the call can be seen, swallowed or turned into another one."""
    for depth, link in enumerate(site.chain):
        if link not in site.own_links or depth == 0:
            continue
        owner = link.owner
        enclosing = site.at(depth - 1)
        if isinstance(owner, ast.Try):
            _fail_in_try(draft, enclosing, owner, link)
        elif link in swallowing_withs(site):
            kind = draft.names.builtin("RuntimeError")
            error = f'{kind}("the call was left inside line {owner.lineno} of the original")'
            code = templates.failed_if_open(draft.words, error=error)
            _add_once(draft, enclosing, enclosing.path, "after", code)


def _fail_in_try(draft: Draft, enclosing: Site, tried: ast.Try, link: Link) -> None:
    if link.field == "body":
        for index, handler in enumerate(tried.handlers):
            if _only_raises(handler):
                continue
            error = handler.name or f"{draft.names.module('sys')}.exc_info()[1]"
            code = templates.failed_if_open(draft.words, error=error)
            _add_once(draft, enclosing, (*enclosing.path, ("handlers", index)), "head", code)


def _only_raises(handler: ast.ExceptHandler) -> bool:
    """Whether a handler passes the exception on as it is: then the next one out marks the interaction."""
    return len(handler.body) == 1 and isinstance(handler.body[0], ast.Raise) and handler.body[0].exc is None


def _add_once(draft: Draft, site: Site, anchor: NodePath, where: str, code: str) -> None:
    if not any(i.anchor == anchor and i.where == where and code in i.code for i in draft.insertions):
        draft.add_database_step(Step.FAILED, site, anchor, where, code)
