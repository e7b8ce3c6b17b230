"""Streams that one loop reads: an answer in parts is recorded where its parts pass."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemods.knowledge.declarations import MANAGED, WHOLE_ONLY, ModelCall
from codemods.python.scopes import Scope
from codemods.python.statements import Site
from codemods.python.trees import walk
from codemods.refusals import Refused
from codemods.settings import STEPS
from codemods.tasks.asking import Asked
from codemods.tasks.context import TaskContext
from codemods.tasks.open_files import is_file_context, leaving
from codemods.tasks.unpacked_arguments import keywords_of

DEFERRED = "DBR107"

_ADVICE = 'style = "steps" records it whole'
_NOT_TEXT = frozenset(
    "tools functions response_format text text_format format n modalities audio logprobs".split()
)
"""Arguments with which the parts can hold other than the one text that is said."""


@dataclass(frozen=True)
class StreamLoop:
    """The loop that reads a stream, or the `with` that it is read in.

    Attributes:
        site: that statement.
        part: the name that the loop gives each part; empty for a `with`.
        managed: the name that the `with` gives the stream; empty for a loop.
        loops: the loops of the `with`, each with the name that it gives what comes.
    """

    site: Site
    part: str
    managed: str = ""
    loops: tuple[tuple[Site, str], ...] = ()


def streams(call: ast.Call, asked: Asked, scope: Scope, context: TaskContext) -> bool:
    """Whether a call of a known package certainly gives a stream whose parts are known."""
    declared = asked.call
    if declared is None or not asked.certain or not declared.reading.parts or declared.why_not:
        return False
    keywords = keywords_of(call, scope, context.sources.names.finder)
    if keywords is None:
        return False
    given = {k.arg: k.value for k in keywords if k.arg in declared.deferring}
    others = [v for name, v in given.items() if name != "stream"]
    if any(not (isinstance(v, ast.Constant) and not v.value) for v in others):
        return False
    asks = given.get("stream")
    return declared.deferred or (isinstance(asks, ast.Constant) and asks.value is True)


def require_text(call: ast.Call, declared: ModelCall, what: str, scope: Scope, context: TaskContext) -> None:
    """Raises Refused where the steps, statement by statement, could not say the answer: they join its text."""
    if context.settings.style == STEPS:
        return
    if declared.reading.parts in {WHOLE_ONLY, MANAGED}:
        raise Refused(DEFERRED, f"the answer of {what} is a stream; {_ADVICE}", call)
    keywords = keywords_of(call, scope, context.sources.names.finder) or []
    other = next((k.arg for k in keywords if k.arg in _NOT_TEXT), None)
    if other is not None:
        raise Refused(
            DEFERRED, f"with {other}, the stream of {what} can hold other than text; {_ADVICE}", call
        )


def stream_loop(
    site: Site, call: ast.Call, what: str, context: TaskContext, declared: ModelCall
) -> StreamLoop:
    """The one loop that reads the stream of a call, or the `with` around it.

    Raises:
        Refused: there is none such, or the stream goes elsewhere, too.
    """
    statement = site.statement
    if declared.reading.parts == MANAGED:
        return _managed(site, call, what, context)
    if isinstance(statement, ast.For | ast.AsyncFor) and _unwrapped(statement.iter) is call:
        return _checked(StreamLoop(site, _part_of(statement, what, call)), site, what, call)
    name = _bound_to(statement, call)
    if name is None or len(site.scope.bindings.get(name, ())) != 1 or _is_shared(name, context):
        raise _refused(what, "is not bound to a name of its own, or read by a `for` around the call", call)
    loops = [
        other
        for other in context.sites
        if isinstance(other.statement, ast.For | ast.AsyncFor) and _is_name(other.statement.iter, name)
    ]
    uses = [n for n in walk(context.entry) if _is_name(n, name) and isinstance(n.ctx, ast.Load)]  # type: ignore[attr-defined]
    closing = [
        n.func.value
        for n in walk(context.entry)
        if isinstance(n, ast.Call)
        and isinstance(n.func, ast.Attribute)
        and n.func.attr == "close"
        and _is_name(n.func.value, name)
    ]
    if len(loops) != 1 or len(uses) != 1 + len(closing) or loops[0].scope.function is not site.scope.function:
        raise _refused(what, f"is not read by one loop over {name} alone", call)
    return _checked(StreamLoop(loops[0], _part_of(loops[0].statement, what, call)), site, what, call)


_TO_THE_END = frozenset("get_final_message get_final_text get_final_completion until_done".split())


def _managed(site: Site, call: ast.Call, what: str, context: TaskContext) -> StreamLoop:
    """`with client.messages.stream(...) as stream:`, whose block reads it and keeps it to itself."""
    statement = site.statement
    if not isinstance(statement, ast.With | ast.AsyncWith) or len(statement.items) != 1:
        raise _refused(what, "is not managed by a `with` of its own", call)
    item = statement.items[0]
    name = item.optional_vars.id if isinstance(item.optional_vars, ast.Name) else ""
    if (
        item.context_expr is not call
        or len(site.scope.bindings.get(name, ())) != 1
        or _is_shared(name, context)
    ):
        raise _refused(what, "is not bound to a name of its own", call)
    loops = []
    reads = 0
    for inner in statement.body:
        if isinstance(inner, ast.For | ast.AsyncFor) and _is_read(inner.iter, name):
            found = next(s for s in context.sites if s.statement is inner)
            loops.append((found, _part_of(inner, what, call)))
            reads += 1
        elif isinstance(inner, ast.Expr | ast.Assign | ast.AnnAssign) and _reads_to_the_end(inner, name):
            reads += 1
        if (left := next(leaving(inner), None)) is not None:
            raise _refused(what, f"may be left on line {left.lineno} before it is recorded", call)
    if (changed := _changed_in(statement)) is not None:
        # The stream holds its answer, and is asked for it at the end of the block.
        raise _refused(what, f"gives what is changed on line {changed.lineno} before it is recorded", call)
    outside = [n for n in walk(context.entry) if _is_name(n, name)]
    inside = {id(n) for inner in statement.body for n in walk(inner)} | {id(item.optional_vars)}
    held = {id(n.value) for n in walk(statement) if isinstance(n, ast.Attribute)}
    held |= {
        id(loop.statement.iter) for loop, _ in loops if isinstance(loop.statement, ast.For | ast.AsyncFor)
    }
    held |= {id(item.optional_vars)}
    if not reads or any(id(n) not in inside or id(n) not in held for n in outside):
        raise _refused(what, "is not read in the block of its `with` alone", call)
    return StreamLoop(site, "", name, tuple(loops))


def _changed_in(block: ast.With | ast.AsyncWith) -> ast.expr | None:
    """Where a block changes a member of what it has given a name to."""
    names = {n.id for n in walk(block) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    for node in walk(block):
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            root: ast.expr = node
            while isinstance(root, ast.Attribute | ast.Subscript | ast.Call):
                root = root.func if isinstance(root, ast.Call) else root.value
            if isinstance(root, ast.Name) and root.id in names:
                return node
    return None


def _is_read(node: ast.expr, name: str) -> bool:
    """Whether a loop runs over a stream, or over its texts."""
    if isinstance(node, ast.Attribute) and node.attr == "text_stream":
        node = node.value
    return _is_name(node, name)


def _reads_to_the_end(statement: ast.stmt, name: str) -> bool:
    return any(
        isinstance(n, ast.Call)
        and isinstance(n.func, ast.Attribute)
        and n.func.attr in _TO_THE_END
        and _is_name(n.func.value, name)
        for n in walk(statement)
    )


def _checked(loop: StreamLoop, site: Site, what: str, call: ast.Call) -> StreamLoop:
    """The loop, where each way from the call leads to its end or to an error."""
    at = len(site.chain) - 1
    own, links = site.chain[at], loop.site.chain
    if len(links) <= at or links[at].suite is not own.suite or links[at].index < own.index:
        raise _refused(what, "is not read in the suite of the call, behind it", call)
    for link in links[at + 1 :]:
        owner = link.owner
        if not (
            isinstance(owner, ast.With)
            and link.field == "body"
            and all(is_file_context(item.context_expr) for item in owner.items)
        ):
            raise _refused(what, "is read in another statement than the `with` of a file", call)
    first = own.index if loop.site.statement is site.statement else own.index + 1
    for between in own.suite[first : links[at].index + 1]:
        left = next(leaving(between), None)
        if left is not None:
            raise _refused(what, f"may be left on line {left.lineno} before it is recorded", call)
    return loop


def _part_of(loop: ast.stmt, what: str, call: ast.Call) -> str:
    target = getattr(loop, "target", None)
    if not isinstance(target, ast.Name):
        raise _refused(what, "is taken apart in the header of the loop", call)
    return target.id


def _bound_to(statement: ast.stmt, call: ast.Call) -> str | None:
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target, value = statement.targets[0], statement.value
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        target, value = statement.target, statement.value
    else:
        return None
    return target.id if isinstance(target, ast.Name) and _unwrapped(value) is call else None


def _is_shared(name: str, context: TaskContext) -> bool:
    """Whether a name is one that other functions read, too."""
    return any(isinstance(n, ast.Global | ast.Nonlocal) and name in n.names for n in walk(context.entry))


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _unwrapped(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.Await) else node


def _refused(what: str, why: str, call: ast.Call) -> Refused:
    return Refused(DEFERRED, f"the stream of {what} {why}", call)
