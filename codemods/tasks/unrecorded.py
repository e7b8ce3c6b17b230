"""The model calls that a task leads to and that are recorded nowhere: each is a refusal, or a finding."""

from __future__ import annotations

from codemods.python.classes import Function
from codemods.python.frames import Frame
from codemods.refusals import Refused
from codemods.tasks.context import TaskContext
from codemods.tasks.model_reach import Hit, Manner, Reached, is_setter
from codemods.tasks.undecided import Undecided

_CALLED_BY_OTHERS = frozenset(
    "on_success on_failure complete requires output deps input __init__ __del__ __setattr__ __getattr__ "
    "__getattribute__ __eq__ __hash__".split()
)


def require_recorded(context: TaskContext, recorded: frozenset[int], undecided: Undecided) -> None:
    """Looks for calls of a model that the task leads to and that are not recorded.

    Args:
        context: the task.
        recorded: identities of the calls that are.
        undecided: is told of such a call, or of a model that is handed on.
    """
    for hit in unrecorded(context, recorded):
        code, reason = reason_of(hit)
        undecided.add(Refused(code, reason, hit.led))


def unrecorded(context: TaskContext, recorded: frozenset[int]) -> tuple[Hit, ...]:
    """The places that a task's entry method leads to and that ask a model, without those that are recorded."""
    at = context.scope.module
    return context.reach.from_method(context.entry, context.owner, at, recorded, _hooks(context))


def reached(context: TaskContext, recorded: frozenset[int]) -> tuple[Reached, ...]:
    """The functions that a task runs, as far as they are in sight."""
    at = context.scope.module
    return context.reach.reached(context.entry, context.owner, at, recorded, _hooks(context))


def _hooks(context: TaskContext) -> tuple[Frame, ...]:
    """The methods of the task that Luigi or Python calls: no call of them stands anywhere."""
    found: dict[str, Frame] = {}
    origins = context.reach.origins
    for item in context.sources.classes.line(context.owner):
        for method in item.node.body:
            if not isinstance(method, Function) or method is context.entry:
                continue
            if method.name in _CALLED_BY_OTHERS or is_setter(method):
                key = f"{method.name}=" if is_setter(method) else method.name
                found.setdefault(key, origins.frame(method, context.owner, item.module))
    return tuple(found.values())


def reason_of(hit: Hit) -> tuple[str, str]:
    """The refusal's code for a place, and what to say of it."""
    line = getattr(hit.node, "lineno", 0)
    where = f" in {hit.way[-1]}()" if hit.way else ""
    place = f"{hit.what} ({hit.frame.module.path.name}:{line}{where})" if hit.way else hit.what
    if hit.manner is Manner.UNKNOWN:
        return (
            "DBR106",
            f"not everything that {hit.way[0] if hit.way else 'it'} leads to was followed: {hit.what}",
        )
    if hit.manner is Manner.DEFERRED:
        return "DBR107", f"the answer of {place} is not there when the call returns"
    if hit.manner is Manner.HANDED_ON:
        return "DBR105", f"{place} is handed on as a callable, and may be called at any time"
    if hit.manner is Manner.STORED:
        return "DBR105", f"{place} is kept where its calls are out of sight"
    if hit.way:
        return "DBR106", f"{place} asks a model, and no interaction would tell of it"
    return "DBR106", f"{place} asks a model and is not recorded"
