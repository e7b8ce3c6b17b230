"""Writes of functions that run without a call which the write finder can follow.

A method that is looked up by its name, a function in a table, what `+` or `with` or an assignment runs, a thread, a
hook that Luigi calls: what the task leads to is taken from the walk that looks for model calls, which counts a function
that is mentioned as run. Over-approximated in what is reached; in what is written it asks each function for its own
statements alone, as each one below is reached by itself.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from codemods.knowledge.file_uses import WRITES
from codemods.python.call_facts import called_name
from codemods.python.callees import Callee, find_callee
from codemods.python.classes import Function
from codemods.python.effects.resolving import Called
from codemods.python.effects.summary import FileEffects
from codemods.python.frames import Frame
from codemods.python.opening import opened_path, opens_to_write
from codemods.python.scopes import Scope, own_nodes
from codemods.python.trees import by_kind, walk
from codemods.refusals import Refused
from codemods.tasks.context import TaskContext
from codemods.tasks.origin_kinds import Code, in_order
from codemods.tasks.unrecorded import reached
from codemods.tasks.write_site import WriteSite

_WRITING = frozenset({"write_text", "write_bytes"})


@dataclass(frozen=True)
class Unfollowed:
    """A function that writes a file.

    Attributes:
        function: the function, None for the body of a class.
        names: the names by which it is reached.
        led: the place of the entry method that leads there.
        reason: what is wrong, for people.
    """

    function: Function | ast.Lambda | None
    names: tuple[str, ...]
    led: ast.AST
    reason: str


def require_followed(context: TaskContext, recorded: frozenset[int], writes: tuple[WriteSite, ...]) -> None:
    """Refuses a task that leads to a write in a way that nobody can follow.

    Args:
        context: the task.
        recorded: identities of the model calls that are recorded: what they run is theirs.
        writes: the writes that have a row.

    Raises:
        Refused: there is such a write.
    """
    for write in unfollowed(context, recorded, writes):
        raise Refused("DBR411", write.reason, write.led)


def unfollowed(
    context: TaskContext, recorded: frozenset[int], writes: tuple[WriteSite, ...]
) -> Iterator[Unfollowed]:
    """The writes of a task that are reached in no way that can be followed; the arguments are those above."""
    effects = FileEffects.shared(context.sources)
    entry = Callee(context.entry, context.scope.module, context.owner, None, bound=True)
    followed = effects.followed(Called(entry, on_self=True))
    for write in writes:
        callee = find_callee(write.call, write.site.scope, context.sources, context.inference)
        if callee is not None:
            followed |= effects.followed(Called(callee))
    for site in context.sites:
        if isinstance(site.statement, ast.ClassDef):
            call = next(_writing_calls(n for n in site.statement.body if not isinstance(n, Function)), None)
            if call is not None:
                reason = f"the body of {site.statement.name} writes a file ({ast.unparse(call.func)})"
                yield Unfollowed(None, (), call, reason)
    # What a declared writer runs is told by its declaration.
    declared = frozenset(id(write.call) for write in writes if write.outputs_by)
    for found in reached(context, recorded | declared):
        if _stands_in(found.frame, followed) or _is_of_another_task(found.frame, context):
            continue
        by = _writes(found.frame, effects) or _leads_to_followed(found.frame, followed, effects, context)
        if by:
            name = getattr(found.frame.function, "name", "a lambda")
            way = f" by {found.names[-1]}" if found.names else ""
            reason = f"{name}() writes a file ({by}), and is run{way} in a way that is not followed"
            yield Unfollowed(found.frame.function, found.names, found.led, reason)


def _stands_in(frame: Frame, followed: frozenset[int]) -> bool:
    """Whether a function, or one around it, is followed by the write finder."""
    holder: Frame | None = frame
    while holder is not None:
        if id(holder.function) in followed:
            return True
        holder = holder.parent
    return False


def _is_of_another_task(frame: Frame, context: TaskContext) -> bool:
    """Whether a method is another class's of the entry method's name, which the same decorator stands on.

    What the decorator is given is all that it stands on, as far as values are followed: here it is the entry method.
    """
    entry, function = context.entry, frame.function
    if not isinstance(function, Function) or function is entry or function.name != entry.name:
        return False
    on_entry = {ast.dump(decorator) for decorator in entry.decorator_list}
    if not on_entry & {ast.dump(decorator) for decorator in function.decorator_list}:
        return False
    line = {id(ref.node) for ref in context.sources.classes.line(context.owner)}
    if frame.owner is None or id(frame.owner.node) in line:
        return False
    # It is run where it is named, though.
    return not any(
        isinstance(node, ast.Attribute) and node.attr == function.name
        for module in (context.owner.module, frame.module)
        for node in by_kind(module.tree).get(ast.Attribute, ())
    )


def _writes(frame: Frame, effects: FileEffects) -> str:
    """What in a function itself writes a file, empty where nothing does."""
    function = frame.function
    if isinstance(function, Function):
        callee = Callee(function, frame.module, frame.owner, None, bound=frame.owner is not None)
        return next((e.by for e in effects.own(Called(callee)) if e.use in WRITES), "")
    call = next(_writing_calls([function.body]), None)
    return ast.unparse(call.func) if call is not None else ""


def _leads_to_followed(
    frame: Frame, followed: frozenset[int], effects: FileEffects, context: TaskContext
) -> str:
    """What writes a file among the functions that are called or named here and followed elsewhere, empty for none.

    Such a function is followed by way of the calls that lead to it there, with the files that it is given there.
    One that is only named counts as called here: handed to `map`, kept in a table, bound to a name.
    """
    for called in _named(frame, effects, context):
        # A decorator names the entry method, which is followed from its beginning.
        if id(called.function) not in followed or called.function is context.entry:
            continue
        by = next((e.by for e in effects.of(called) if e.use in WRITES), "")
        if by:
            return by
    return ""


def _named(frame: Frame, effects: FileEffects, context: TaskContext) -> Iterator[Called]:
    """The functions in sight that a function calls or names itself."""
    scope = Scope(frame.module, frame.owner, frame.function)
    for node in own_nodes(frame.function):
        if isinstance(node, ast.Call):
            called = effects.calls.called(node, scope)
            if called is not None:
                yield called
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            for origin in in_order(context.reach.origins.of(node, frame)):
                if isinstance(origin, Code) and isinstance(origin.function, Function):
                    code = origin.frame
                    yield Called(Callee(origin.function, code.module, code.owner, None, bound=origin.bound))


def _writing_calls(nodes: Iterable[ast.AST]) -> Iterator[ast.Call]:
    """The calls that write a file by their looks."""
    for root in nodes:
        for node in walk(root):
            if isinstance(node, ast.Call) and (
                called_name(node) in _WRITING or (opened_path(node) is not None and opens_to_write(node))
            ):
                yield node
