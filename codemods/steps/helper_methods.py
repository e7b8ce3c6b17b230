"""Model calls in methods that the entry method calls: each is recorded in the method in which it stands.

Such a method gets a service of its own and the steps around its calls. What it must not have around it is an original
handler: an error of the database that comes out of it could be taken there for one of the method's own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.model import LlmCall, MethodPlan
from codemods.python.call_facts import is_generator
from codemods.python.classes import Function
from codemods.python.scopes import Scope
from codemods.python.sourcing import source_of
from codemods.refusals import Refused
from codemods.steps.brackets import bracket_call, parameters_of
from codemods.steps.callers import Guard, defines, require_known_callers, require_outside_of_finally
from codemods.steps.callers import guards as guards_of
from codemods.steps.draft import Draft
from codemods.steps.method_frame import open_draft, require_static_names, wrap
from codemods.steps.rows import RowPlanner
from codemods.steps.sdk_columns import without_stored
from codemods.steps.task_flag import require_plain_attributes
from codemods.tasks.context import TaskContext
from codemods.tasks.llm_calls import CallSite, LlmCallFinder
from codemods.tasks.model_reach import Manner
from codemods.tasks.models_used import is_of_no_instance
from codemods.tasks.sdk_calls import NOT_RECORDED
from codemods.tasks.undecided import Undecided
from codemods.tasks.unrecorded import unrecorded


@dataclass(frozen=True)
class Helper:
    """A method whose model calls are recorded in it.

    Attributes:
        context: the task, with that method as its entry.
        calls: the calls.
        call_nodes: their identities, those inside nested functions included.
        guards: where a method calls it inside of handlers, which let the errors of its database steps pass.
    """

    context: TaskContext
    calls: tuple[CallSite, ...]
    call_nodes: frozenset[int]
    guards: tuple[Guard, ...] = ()


@dataclass(frozen=True)
class PlannedHelper:
    """What goes into such a method, which calls it records, and the imports that it needs."""

    plan: MethodPlan
    calls: tuple[LlmCall, ...]
    imports: tuple[str, ...]


def find_helpers(context: TaskContext, recorded: frozenset[int], undecided: Undecided) -> tuple[Helper, ...]:
    """The methods of the class itself that the entry leads to and that ask a model.

    Args:
        context: the task.
        recorded: identities of the calls that the entry method records.
        undecided: is told of a call that cannot be recorded where it stands.
    """
    found: list[Helper] = []
    seen: set[Function] = set()
    while True:
        # A place is told once, by the first way that leads there; with that recorded, the next way shows.
        known = recorded.union(*(helper.call_nodes for helper in found))
        asking = {f: nodes for f, nodes in _asking(context, known).items() if f not in seen}
        if not asking:
            return tuple(_with_knownguards(context, found, undecided))
        seen.update(asking)
        found += [_helper(context, function, nodes, undecided) for function, nodes in asking.items()]


def _asking(context: TaskContext, recorded: frozenset[int]) -> dict[Function, set[int]]:
    """The methods of the class that ask a model, or call what does, each with the places that they lead to."""
    asking: dict[Function, set[int]] = {}
    for hit in unrecorded(context, recorded):
        own = [
            function
            for function in (*hit.through, hit.frame.function)
            if isinstance(function, Function)
            and function is not context.entry
            and function in context.owner.node.body
            and not is_of_no_instance(function)
        ]
        if own and hit.manner in {Manner.CALLED, Manner.DEFERRED}:
            asking.setdefault(own[-1], set()).add(id(hit.node))
    return asking


def _helper(context: TaskContext, function: Function, nodes: set[int], undecided: Undecided) -> Helper:
    helped = context.of_method(function, context.owner.module)
    finder = LlmCallFinder(helped)
    with undecided.collecting():
        _require_plain(context, function)
        guards = tuple(guards_of(context, function.name, frozenset()))
        if guards:
            require_plain_attributes(context, function)
        require_known_callers(context, function)
        require_static_names(helped)
        calls = finder.find(undecided)
        return Helper(helped, calls, finder.call_nodes, guards)
    # What is refused here is told here, and not once more as a call that is recorded nowhere.
    return Helper(helped, (), finder.call_nodes | nodes)


def _with_knownguards(context: TaskContext, found: list[Helper], undecided: Undecided) -> Iterator[Helper]:
    """The methods; one that is called inside of handlers of a method without steps is refused."""
    stepped = {context.entry, *(helper.context.entry for helper in found if helper.calls)}
    guards = [guard for helper in found for guard in helper.guards]
    guarded = any(not guard.in_threads for guard in guards)
    threads = next((guard for guard in guards if guard.in_threads), None)
    if guarded and threads is not None:
        # One attribute cannot say it for several threads.
        reason = (
            f"{threads.name}() asks a model in threads, in a task whose handlers stand around such a method"
        )
        undecided.add(Refused(NOT_RECORDED, reason, threads.node))
    for helper in found:
        with undecided.collecting():
            if guarded:
                require_outside_of_finally(context, helper.context.entry.name, frozenset())
            for guard in helper.guards:
                if guard.caller not in stepped and not guard.in_threads:
                    raise Refused(
                        NOT_RECORDED,
                        f"{guard.name}() asks a model, and is called where a handler of {guard.caller.name}(), "
                        "which asks none itself, could take a database error for its own",
                        guard.node,
                    )
        yield helper


def let_through(draft: Draft, helpers: tuple[Helper, ...]) -> None:
    """Makes the handlers of a method around calls of such methods pass the errors of their database steps on."""
    for helper in helpers:
        for guard in helper.guards:
            if guard.caller is draft.context.entry:
                draft.let_through(guard.site)


def plan_helper(
    helper: Helper, helpers: tuple[Helper, ...], flag: str | None, undecided: Undecided
) -> PlannedHelper:
    """Plans the steps of one method.

    Args:
        helper: the method.
        helpers: all such methods of the task.
        flag: the attribute that marks database steps where one of them is called inside of handlers.
        undecided: is told of a call that cannot be bracketed.
    """
    own = flag and f"{helper.context.scope.self_name}.{flag.rpartition('.')[2]}"
    draft = open_draft(helper.context, has_calls=True, flag=own, marks_all=bool(own))
    let_through(draft, helpers)
    told: list[LlmCall] = []
    rows = RowPlanner(draft, ())
    method = helper.context.entry
    for call in helper.calls:
        with undecided.collecting():
            explained = without_stored(call, parameters_of(draft, call))
            told.append(described(explained, bracket_call(draft, call, rows, helper.calls), method.name))
    wrap(draft, has_calls=True)
    plan = MethodPlan(method.name, method.lineno, tuple(draft.insertions))
    return PlannedHelper(plan, tuple(told), draft.names.imports_of([i.code for i in draft.insertions]))


def described(call: CallSite, response: str, method: str = "") -> LlmCall:
    """A call for explanations; `method` is where it stands, empty for the entry method."""
    return LlmCall(
        callee=source_of(call.call.func),
        line=call.call.lineno,
        prompt=source_of(call.prompt),
        result=source_of(call.result),
        response=response,
        in_loop=call.site.in_loop(),
        conditional=call.site.conditional() or call.only_if is not None,
        left_out=call.left_out,
        method=method,
    )


def _require_plain(context: TaskContext, function: Function) -> None:
    """Raises Refused unless the method is one of an instance that runs when it is called, in this class alone."""
    named = [f for f in context.owner.node.body if isinstance(f, Function) and f.name == function.name]
    why = ""
    if not isinstance(function, ast.FunctionDef) or is_generator(function):
        why = "does not run when it is called"
    elif function.decorator_list:
        why = "is decorated"
    elif len(named) > 1:
        why = "is defined twice"
    elif Scope(context.owner.module, context.owner, function).self_name is None:
        why = "is no method of an instance"
    else:
        heirs = context.sources.classes.subclasses(context.owner)
        other = next((h.name for h in heirs if defines(h.node, function.name)), "")
        why = f"is defined anew by {other}" if other else ""
    if why:
        raise Refused(NOT_RECORDED, f"{function.name}() asks a model and {why}", function)
