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
from codemods.python.statements import Site, sites
from codemods.python.trees import by_kind
from codemods.refusals import Refused
from codemods.steps.brackets import bracket_call
from codemods.steps.draft import handling_tries, leaves, swallowing_withs
from codemods.steps.method_frame import open_draft, require_static_names, wrap
from codemods.tasks.context import TaskContext
from codemods.tasks.llm_calls import CallSite, LlmCallFinder
from codemods.tasks.model_reach import Manner
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
    """

    context: TaskContext
    calls: tuple[CallSite, ...]
    call_nodes: frozenset[int]


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
            return tuple(found)
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
        ]
        if own and hit.manner is Manner.CALLED:
            asking.setdefault(own[-1], set()).add(id(hit.node))
    return asking


def _helper(context: TaskContext, function: Function, nodes: set[int], undecided: Undecided) -> Helper:
    helped = context.of_method(function, context.owner.module)
    finder = LlmCallFinder(helped)
    with undecided.collecting():
        _require_plain(context, function)
        _require_no_handlers(context, function.name, frozenset())
        _require_known_callers(context, function)
        require_static_names(helped)
        calls = finder.find(undecided)
        return Helper(helped, calls, finder.call_nodes)
    # What is refused here is told here, and not once more as a call that is recorded nowhere.
    return Helper(helped, (), finder.call_nodes | nodes)


def plan_helper(helper: Helper, undecided: Undecided) -> PlannedHelper:
    """Plans the steps of one method; `undecided` is told of a call that cannot be bracketed."""
    draft = open_draft(helper.context, has_calls=True)
    told: list[LlmCall] = []
    method = helper.context.entry
    for call in helper.calls:
        with undecided.collecting():
            told.append(described(call, bracket_call(draft, call, (), helper.calls), method.name))
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
        other = next((h.name for h in heirs if _defines(h.node, function.name)), "")
        why = f"is defined anew by {other}" if other else ""
    if why:
        raise Refused(NOT_RECORDED, f"{function.name}() asks a model and {why}", function)


def _defines(node: ast.ClassDef, name: str) -> bool:
    return any(isinstance(s, Function) and s.name == name for s in node.body)


def _require_no_handlers(context: TaskContext, name: str, on_the_way: frozenset[str]) -> None:
    """Raises Refused where an original statement around a call of the method, at any depth, may take its errors."""
    for caller, site, node in _mentions(context, name):
        called = any(isinstance(n, ast.Call) and n.func is node for n in site.header)
        if not called or site.in_nested_function or _is_deferred(site, node):
            raise Refused(NOT_RECORDED, f"{name}() asks a model, and is handed on here", node)
        if handling_tries(site) or swallowing_withs(site) or _is_ended_by_finally(site):
            raise Refused(
                NOT_RECORDED,
                f"{name}() asks a model, and is called where a handler could take a database error for its own",
                node,
            )
        if caller is not context.entry and caller.name not in on_the_way | {name}:
            _require_no_handlers(context, caller.name, on_the_way | {name})


def _is_ended_by_finally(site: Site) -> bool:
    """Whether a `finally` around a statement leaves, which ends every error."""
    return any(
        isinstance(link.owner, ast.Try) and any(leaves(s) for s in link.owner.finalbody)
        for link in site.own_links
    )


def _is_deferred(site: Site, node: ast.Attribute) -> bool:
    """Whether a call stands in a lambda or a generator expression, which run when nobody knows."""
    later = (ast.Lambda, ast.GeneratorExp)
    return any(isinstance(n, later) and any(inner is node for inner in ast.walk(n)) for n in site.header)


def _mentions(context: TaskContext, name: str) -> Iterator[tuple[Function, Site, ast.Attribute]]:
    """Where the methods of the class name one of them: the method, the statement, the expression."""
    for function in context.owner.node.body:
        if not isinstance(function, Function):
            continue
        for site in sites(Scope(context.owner.module, context.owner, function)):
            for node in site.header:
                if isinstance(node, ast.Attribute) and node.attr == name:
                    yield function, site, node


def _require_known_callers(context: TaskContext, function: Function) -> None:
    """Raises Refused where code outside of the class names an attribute that is called like the method."""
    first, last = context.owner.node.lineno, context.owner.node.end_lineno or 0
    finder = context.sources.names.finder
    for module in finder.given_modules(context.owner.module, f".{function.name}"):
        for node in by_kind(module.tree).get(ast.Attribute, ()):
            if not isinstance(node, ast.Attribute) or node.attr != function.name:
                continue
            if module is not context.owner.module or not first <= node.lineno <= last:
                where = f"{module.path.name}:{node.lineno}"
                raise Refused(
                    NOT_RECORDED, f"{function.name}() asks a model, and {where} may call it too", function
                )
