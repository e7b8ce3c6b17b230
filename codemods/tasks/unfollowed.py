"""Writes of functions that run without a call which the write finder can follow.

A method that is looked up by its name, a function in a table, what `+` or `with` or an assignment runs, a thread, a
hook that Luigi calls: what the task leads to is taken from the walk that looks for model calls, which counts a function
that is mentioned as run. Over-approximated in what is reached; in what is written it asks each function for its own
statements alone, as each one below is reached by itself.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.knowledge.file_uses import WRITES
from codemods.python.call_facts import called_name
from codemods.python.callees import Callee, find_callee
from codemods.python.classes import Function
from codemods.python.effects.resolving import Called
from codemods.python.effects.summary import FileEffects
from codemods.python.frames import Frame
from codemods.python.opening import opened_path, opens_to_write
from codemods.python.trees import walk
from codemods.refusals import Refused
from codemods.tasks.context import TaskContext
from codemods.tasks.unrecorded import reached
from codemods.tasks.write_site import WriteSite

_WRITING = frozenset({"write_text", "write_bytes"})


def require_followed(context: TaskContext, recorded: frozenset[int], writes: tuple[WriteSite, ...]) -> None:
    """Refuses a task that leads to a write in a way that nobody can follow.

    Args:
        context: the task.
        recorded: identities of the model calls that are recorded: what they run is theirs.
        writes: the writes that have a row.

    Raises:
        Refused: there is such a write.
    """
    for reason, node in unfollowed(context, recorded, writes):
        raise Refused("DBR411", reason, node)


def unfollowed(
    context: TaskContext, recorded: frozenset[int], writes: tuple[WriteSite, ...]
) -> Iterator[tuple[str, ast.AST]]:
    """The writes of a task that are reached in no way that can be followed, each with the place that leads there."""
    effects = FileEffects.shared(context.sources)
    entry = Callee(context.entry, context.scope.module, context.owner, None, bound=True)
    followed = effects.followed(Called(entry, on_self=True))
    for write in writes:
        callee = find_callee(write.call, write.site.scope, context.sources, context.inference)
        if callee is not None:
            followed |= effects.followed(Called(callee))
    for found in reached(context, recorded):
        if _stands_in(found.frame, followed):
            continue
        by = _writes(found.frame, effects)
        if by:
            name = getattr(found.frame.function, "name", "a lambda")
            way = f" by {found.names[-1]}" if found.names else ""
            yield f"{name}() writes a file ({by}), and is run{way} in a way that is not followed", found.led


def _stands_in(frame: Frame, followed: frozenset[int]) -> bool:
    """Whether a function, or one around it, is followed by the write finder."""
    holder: Frame | None = frame
    while holder is not None:
        if id(holder.function) in followed:
            return True
        holder = holder.parent
    return False


def _writes(frame: Frame, effects: FileEffects) -> str:
    """What in a function itself writes a file, empty where nothing does."""
    function = frame.function
    if isinstance(function, Function):
        callee = Callee(function, frame.module, frame.owner, None, bound=frame.owner is not None)
        return next((e.by for e in effects.own(Called(callee)) if e.use in WRITES), "")
    for node in walk(function.body):
        if isinstance(node, ast.Call) and (
            called_name(node) in _WRITING or (opened_path(node) is not None and opens_to_write(node))
        ):
            return ast.unparse(node.func)
    return ""
