"""Steps 3, 4, 5 and 8 around each LLM call, as calls of the block.

The block lets no error of the database be swallowed, whatever handlers stand around a step, and marks what is still
open with the error that leaves it. So only a handler that ends an error tells it to the call.
"""

from __future__ import annotations

import ast

from codemods.model import NodePath, Step
from codemods.python.sourcing import source_of
from codemods.python.statements import Site
from codemods.refusals import Refused
from codemods.steps.block import templates
from codemods.steps.block.frame import NOT_IN_STEPS, block_name, require_streams, takes_parameters
from codemods.steps.brackets import completing_try, is_quiet, may_fail, pending_site, right_after
from codemods.steps.draft import Draft, leaves
from codemods.steps.expressions import as_text, as_written
from codemods.steps.model_columns import model_columns
from codemods.steps.responses import as_json, response_text
from codemods.steps.rows import RowPlanner
from codemods.steps.sdk_columns import without_stored
from codemods.tasks.context import TaskContext
from codemods.tasks.derived_answers import STRUCTURES
from codemods.tasks.llm_calls import CallSite


def record_call(draft: Draft, call: CallSite, rows: RowPlanner, calls: tuple[CallSite, ...]) -> str:
    """Adds the steps around one call.

    Returns:
        The expression of the response text, for explanations.

    Raises:
        Refused: the call has its steps statement by statement only.
    """
    names, site = draft.names, call.site
    if call.returned:
        name = ast.unparse(call.call.func)
        raise Refused(NOT_IN_STEPS, f"the result of {name} is returned directly", call.call)
    variable, line = names.shared("call"), site.statement.lineno
    prompt = _prompt(draft, call)
    where = pending_site(site)
    if draft.sees_errors(site) and may_fail(call, prompt):
        # What computing the prompt may raise is for the original's handlers.
        where = site
    only_if = source_of(call.only_if) if call.only_if is not None else ""
    code = templates.begun(
        variable, block_name(draft), prompt=prompt, asked=_asked(draft, call), only_if=only_if
    )
    draft.add(Step.PENDING, where.path, "before", code, line)
    if call.loop is not None:
        require_streams(draft.context, call.call)
        read = call.loop
        for loop, name in read.loops if read.managed else ((read.site, read.part),):
            part = templates.part_of_stream(variable, name)
            draft.add(Step.CALL, (*loop.path, ("body", -1)), "head", part, loop.statement.lineno)
        ended = templates.end_of_stream(variable, read.managed)
        anchor = read.site.path
        if isinstance(read.site.statement, ast.With | ast.AsyncWith):
            anchor = (*anchor, ("body", len(read.site.statement.body) - 1))
        draft.add(Step.COMPLETED, anchor, "after", ended, read.site.statement.lineno)
        _fail_where_errors_end(draft, site, where)
        return ended.strip()
    response = response_text(call, rows.writes, draft.context, names)
    shared = rows.shared_content(call, response)
    result = source_of(call.result)
    says_model = call.known is not None and not call.derived and result != response
    given = "" if shared is None and _says_itself(draft, call, response) else shared or response
    code = templates.completed(variable, given, answer=result if says_model or not given else "")
    if call.only_if is not None:
        code = templates.if_asked(variable, code)
    for anchor, place in _behind(call, rows, calls):
        if shared is not None:
            draft.add(Step.COMPLETED, anchor, place, templates.answer_named(shared, response), line)
        draft.add(Step.COMPLETED, anchor, place, code, line)
    _fail_where_errors_end(draft, site, where)
    return response


def told_of(call: CallSite, context: TaskContext) -> CallSite:
    """The call as it is explained: what the block stores as parameters is not left out."""
    if call.known is None or not takes_parameters(context):
        return call
    return without_stored(call, call.known.parameters)


def _behind(
    call: CallSite, rows: RowPlanner, calls: tuple[CallSite, ...]
) -> tuple[tuple[NodePath, str], ...]:
    """Where the call ends: in the `else` of a `try` that ends with the call, whose handlers are for the call alone."""
    site = call.site
    tried = completing_try(call, rows.writes, calls)
    link = site.chain[-1]
    if tried is None or not all(is_quiet(s) for s in link.suite[link.index + 1 :]):
        return right_after(site)
    if isinstance(site.statement, ast.If):
        return right_after(site)
    return ((site.at(len(site.chain) - 2).path, "else"),)


def _says_itself(draft: Draft, call: CallSite, response: str) -> bool:
    """Whether the block, given the result, stores that very response, and takes nothing else from it."""
    ref, classes = call.result_class, draft.context.sources.classes
    if ref is None or call.derived or classes.has_member(ref, "model") is not False:
        return False
    for name in STRUCTURES:
        member = classes.has_member(ref, name)
        if member is not False:
            return member is True and response == as_json(f"{source_of(call.result)}.{name}()", draft.names)
    return False


def _prompt(draft: Draft, call: CallSite) -> str:
    """The prompt: text as it is; what is sent in several parts is put together by the block."""
    scope = call.site.scope
    if not call.document:
        text = as_text(call.prompt, scope, draft.context, draft.names)
        return text if text != source_of(call.prompt) else as_written(call.prompt, draft.context)
    if len(call.document) > 1:
        return "{" + ", ".join(f'"{name}": {source_of(value)}' for name, value in call.document) + "}"
    return as_written(call.document[0][1], draft.context)


def _asked(draft: Draft, call: CallSite) -> str:
    """Who is asked, as further arguments; nothing where the block knows it: the first model of the task."""
    columns = model_columns(call, draft.context, draft.names)
    if columns.completion and isinstance(call.model, ast.Name):
        return f", executor={call.model.id}"
    asked = "" if columns.is_first else f", model={columns.asked or columns.pending}"
    if call.known is None or not call.known.parameters or not takes_parameters(draft.context):
        return asked
    given = ", ".join(
        f'"{name}": {as_written(value, draft.context)}' for name, value in call.known.parameters
    )
    return f"{asked}, parameters={{{given}}}"


def _fail_where_errors_end(draft: Draft, site: Site, begun: Site) -> None:
    """Step 8 at the head of each original handler that may end an error of the call."""
    variable, is_bound = draft.names.shared("call"), len(begun.chain)
    unbound = False
    for depth, link in enumerate(site.chain):
        owner = link.owner
        if link not in site.own_links or depth == 0 or not isinstance(owner, ast.Try) or link.field != "body":
            continue
        enclosing = site.at(depth - 1)
        ending = [(i, h) for i, h in enumerate(owner.handlers) if not _always_raises(h)]
        for index, handler in ending:
            code = templates.failed(variable, handler.name or "")
            if depth < is_bound:
                code = templates.if_asked(variable, code)
            _add_once(draft, Step.FAILED, (*enclosing.path, ("handlers", index)), "head", code, site)
        if ending and depth < is_bound and not unbound:
            unbound = True
            _add_once(draft, Step.PENDING, enclosing.path, "before", templates.nothing_asked(variable), site)


def _always_raises(handler: ast.ExceptHandler) -> bool:
    """Whether a handler ends by an exception, on each way: then the next one out marks the call."""
    return isinstance(handler.body[-1], ast.Raise) and not any(leaves(s) for s in handler.body)


def _add_once(draft: Draft, step: Step, anchor: NodePath, where: str, code: str, site: Site) -> None:
    if not any(i.anchor == anchor and i.where == where and i.code == code for i in draft.insertions):
        draft.add(step, anchor, where, code, site.statement.lineno)
