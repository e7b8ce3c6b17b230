"""The LLM calls of a task: which statement makes them, with which prompt, and what holds the result."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codemods.knowledge.verdicts import Verdict
from codemods.python.call_facts import called_name, is_logging_call
from codemods.python.classes import ClassRef, Function
from codemods.python.reaching import reaching_value
from codemods.python.scopes import Scope
from codemods.python.statements import Site, header_nodes, sites
from codemods.python.trees import walk
from codemods.refusals import Refused
from codemods.settings import DeclaredModelCall
from codemods.tasks.asking import Asked
from codemods.tasks.boundaries import declared_document, document, model_behind
from codemods.tasks.context import TaskContext
from codemods.tasks.derived_answers import kept_as, kept_value
from codemods.tasks.models_used import ModelUse
from codemods.tasks.passing import is_run_once
from codemods.tasks.prompts import PromptFinder
from codemods.tasks.returned_answers import RETURNED, require_a_returned_answer
from codemods.tasks.sdk_calls import NOT_RECORDED, SdkCall, understand
from codemods.tasks.streams import StreamLoop, stream_loop, streams
from codemods.tasks.undecided import Undecided

STREAM_PARTS = "stream_parts"
"""The variable of the parts of a stream, as it is called where no other has its name."""


@dataclass(frozen=True)
class CallSite:
    """One LLM call that can be bracketed.

    Attributes:
        site: the statement that makes the call.
        call: the call.
        prompt: the expression of the whole prompt, valid in the entry method.
        result: the expression that holds the result after the statement.
        result_class: its class where the sources tell.
        model: the name of the model or executor that is given to the call.
        is_executor: whether `model` is an executor that picks the model itself.
        only_if: the condition of a conditional expression that decides about the call.
        derived: whether the result is made from the response rather than being it.
        known: what is known of a call of a known package.
        document: what is sent, by the names of the arguments, where that is known and more than one text.
        is_function: whether the call is one of a function that asks a model that it is not given.
        left_out: what the call is given, as written, and no column of its interaction tells.
        returned: whether the method returns the result as it is; `result` is then a name of the inserted code.
        response: what the answer is by the user's word, `text` or `json`; empty where the sources tell.
        loop: what reads the answer, where it is a stream.
    """

    site: Site
    call: ast.Call
    prompt: ast.expr
    result: ast.expr
    result_class: ClassRef | None
    model: ast.expr | None
    is_executor: bool
    only_if: ast.expr | None = None
    derived: bool = False
    known: SdkCall | None = None
    document: tuple[tuple[str, ast.expr], ...] = ()
    is_function: bool = False
    left_out: tuple[str, ...] = ()
    returned: bool = False
    response: str = ""
    loop: StreamLoop | None = None


class LlmCallFinder:
    """Finds the LLM calls of one task's entry method."""

    def __init__(self, context: TaskContext) -> None:
        self._context = context
        self._use = ModelUse(context, _only_prompt)
        self._prompts = PromptFinder(context, self._use, self._add)
        self._nodes: set[int] = set()

    @property
    def call_nodes(self) -> frozenset[int]:
        """Identities of all LLM call nodes, those inside nested functions included."""
        return frozenset(self._nodes)

    def find(self, undecided: Undecided) -> tuple[CallSite, ...]:
        """All LLM calls of the method in source order, each bracketed where it runs.

        Args:
            undecided: is told of a call that cannot be bracketed, or whose prompt or response is out of reach.
        """
        self._collect_nested()
        with undecided.collecting():
            self._check_containers()
        found: list[CallSite] = []
        for site in self._context.sites:
            calls = list(self._calls_of(site))
            if site.in_nested_function:
                continue
            with undecided.collecting():
                if len(calls) > 1:
                    raise Refused("DBR104", f"{len(calls)} LLM calls in one statement", site.statement)
                found.extend(self._bracket(site, call) for call in calls)
        with undecided.collecting():
            _require_one_at_a_time(found)
        with undecided.collecting():
            self._check_nested_use()
        with undecided.collecting():
            self._check_lambdas()
        return tuple(found)

    def calls(self, sites: Sequence[Site]) -> Iterator[tuple[Site, ast.Call]]:
        """The LLM calls of some statements, those inside nested functions included. Refuses nothing."""
        self._collect_nested()
        return ((site, call) for site in sites for call in self._calls_of(site))

    def _collect_nested(self) -> None:
        for site in self._context.sites:
            if not site.in_nested_function:
                continue
            calls = list(self._calls_of(site))
            function = site.scope.function
            if calls and isinstance(function, Function):
                self._use.inner.setdefault(function.name, []).extend(calls)

    def _calls_of(self, site: Site) -> Iterator[ast.Call]:
        if isinstance(site.statement, Function | ast.ClassDef):
            return
        skipped: set[int] = set()
        for node in site.header:
            if id(node) in skipped or not isinstance(node, ast.Call):
                continue
            if is_logging_call(node):
                skipped.update(id(n) for n in walk(node) if not self._asks_by_itself(n, site.scope))
            elif self._use.is_call(node, site.scope):
                self._add(node, site.scope)
                yield node

    def _asks_by_itself(self, node: ast.AST, scope: Scope) -> bool:
        """Whether a node in a log call asks a model: `llm.complete(...)`, not `describe(llm)`."""
        return (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and not is_logging_call(node)
            and not any(self._use.is_model(a, scope) for a in (*node.args, *(k.value for k in node.keywords)))
            and self._use.is_call(node, scope)
        )

    def _add(self, call: ast.Call, scope: Scope) -> None:
        self._nodes.add(id(call))
        self._context.repeatable.never_again(call, scope)

    def _check_containers(self) -> None:
        """What a model in a list or a dictionary is given to is out of sight, and so are its calls."""
        for site in self._context.sites:
            for node in site.header:
                elements: list[ast.expr | None] = []
                if isinstance(node, ast.List | ast.Tuple | ast.Set) and not isinstance(
                    getattr(node, "ctx", None), ast.Store
                ):
                    elements = [*node.elts]
                elif isinstance(node, ast.Dict):
                    elements = [*node.values]
                if any(isinstance(e, ast.Name) and self._use.is_model(e, site.scope) for e in elements):
                    raise Refused("DBR101", f"the model is put into {ast.unparse(node)}", node)

    def _check_nested_use(self) -> None:
        """Nested functions with LLM calls may only be called, or handed to an executor's `run`, in place."""
        bracketed = {
            id(n) for site in self._context.sites for call in self._own_calls(site) for n in walk(call)
        }
        for site in self._context.sites:
            for node in site.header:
                if (
                    isinstance(node, ast.Name)
                    and isinstance(node.ctx, ast.Load)
                    and node.id in self._use.inner
                    and any(isinstance(v, Function) for v in site.scope.values_of(node.id) or ())
                    and id(node) not in bracketed
                ):
                    raise Refused("DBR105", f"{node.id} makes an LLM call and is handed on", node)

    def _check_lambdas(self) -> None:
        """A lambda with an LLM call may only be handed to what makes the call; anything else runs it unseen."""
        for site in self._context.sites:
            for node in site.header:
                if not isinstance(node, ast.Call) or id(node) in self._nodes:
                    continue
                for given in (*node.args, *(k.value for k in node.keywords)):
                    if isinstance(given, ast.Lambda) and self._asks(given, site.scope):
                        raise Refused("DBR105", "a lambda that makes an LLM call is handed on", given)

    def _asks(self, function: ast.Lambda, scope: Scope) -> bool:
        inner = Scope(scope.module, scope.owner, function, scope)
        return any(
            isinstance(node, ast.Call) and not is_logging_call(node) and self._use.is_call(node, inner)
            for node in walk(function.body)
        )

    def _own_calls(self, site: Site) -> Iterator[ast.Call]:
        for node in site.header:
            if isinstance(node, ast.Call) and id(node) in self._nodes and not site.in_nested_function:
                yield node

    def _bracket(self, site: Site, call: ast.Call) -> CallSite:
        statement = site.statement
        asked = self._use.asked(call, site.scope)
        if asked is not None and asked.declared is None and streams(call, asked, site.scope, self._context):
            return self._bracket_stream(site, call, asked)
        if isinstance(statement, ast.Return):
            require_a_returned_answer(self._context, call)
        only_if = _position_in(statement, call)
        if isinstance(statement, ast.If) and (only_if is not None or self._is_elif_chain(site)):
            raise Refused("DBR101", f"{ast.unparse(call.func)} is called in a chain of conditions", call)
        result, derived = self._result(site, call)
        if asked is not None and asked.declared is not None:
            return self._bracket_declared(site, call, asked.declared, result, only_if, derived=derived)
        if asked is not None and (asked.certain or not self._use.has_model(call, site.scope)):
            return self._bracket_known(site, call, asked, result, only_if, derived=derived)
        if self._use.is_boundary(call, site.scope):
            return self._bracket_function(site, call, result, only_if, derived=derived)
        made = kept_value(statement, call)
        if derived and (made is None or kept_as(made, call) is None):
            raise Refused(
                "DBR103",
                f"the answer of {ast.unparse(call.func)} is taken apart in the statement that calls it",
                call,
            )
        inside = self._prompts.of_known_inside(site, call)
        prompt = self._prompts.of(site, call) if inside is None else _as_one(inside[0])
        given = self._prompts.document(site, call, prompt) if inside is None else inside[0]
        model, is_executor = self._use.chosen(call, site.scope) if inside is None else (inside[1], False)
        held = getattr(statement, "value", None) if isinstance(statement, ast.Return) else result
        result_class = None if derived else self._context.inference.of(held, site.scope)
        if result_class is None and not derived:
            result_class = self._context.inference.of(_run_by(call), site.scope)
        if result_class is None and not derived:
            result_class = self._class_of_receiver(call, result, site.scope)
        return CallSite(
            site,
            call,
            _as_one(given) if given else prompt,
            result,
            result_class,
            model,
            is_executor,
            only_if,
            derived,
            document=given,
            left_out=self._prompts.left_out(site, call, (prompt, model, *(v for _, v in given))),
            is_function=inside is not None,
            returned=isinstance(statement, ast.Return),
        )

    def _bracket_known(
        self,
        site: Site,
        call: ast.Call,
        asked: Asked,
        result: ast.expr,
        only_if: ast.expr | None,
        *,
        derived: bool,
    ) -> CallSite:
        """A call of a known package: its prompt, model and answer are those of the declaration."""
        if not asked.certain:
            raise Refused(
                NOT_RECORDED, f"{asked.what} looks like a call of a model whose client is not in sight", call
            )
        if site.in_nested_function:
            raise Refused("DBR105", f"{asked.what} is called in a nested function", call)
        known = understand(call, asked, site, self._context)
        if derived and not _is_text_of(site.statement, call, known):
            name = ast.unparse(call.func)
            raise Refused(
                "DBR103", f"the answer of {name} is taken apart in the statement that calls it", call
            )
        return CallSite(
            site,
            call,
            _as_one(known.prompt),
            result,
            None,
            known.model,
            is_executor=False,
            only_if=only_if,
            derived=derived,
            known=known,
            document=known.prompt,
            left_out=known.left_out,
            returned=isinstance(site.statement, ast.Return),
        )

    def _bracket_stream(self, site: Site, call: ast.Call, asked: Asked) -> CallSite:
        """A call whose answer is a stream: it is recorded at the end of the loop that reads it."""
        if site.in_nested_function:
            raise Refused("DBR105", f"{asked.what} is called in a nested function", call)
        known = understand(call, asked, site, self._context)
        return CallSite(
            site,
            call,
            _as_one(known.prompt),
            ast.Name(STREAM_PARTS, ast.Load()),
            None,
            known.model,
            is_executor=False,
            known=known,
            document=known.prompt,
            left_out=known.left_out,
            loop=stream_loop(site, call, asked.what, self._context, known.declared),
        )

    def _bracket_function(
        self, site: Site, call: ast.Call, result: ast.expr, only_if: ast.expr | None, *, derived: bool
    ) -> CallSite:
        """A call of a function that asks a model: what it is given is the prompt, what it gives the response."""
        given = document(call, site.scope, self._context)
        return CallSite(
            site,
            call,
            _as_one(given),
            result,
            None if derived else self._context.inference.of(result, site.scope),
            model_behind(call, site.scope, self._context),
            is_executor=False,
            only_if=only_if,
            derived=derived,
            document=given,
            is_function=True,
            returned=isinstance(site.statement, ast.Return),
        )

    def _bracket_declared(
        self,
        site: Site,
        call: ast.Call,
        declared: DeclaredModelCall,
        result: ast.expr,
        only_if: ast.expr | None,
        *,
        derived: bool,
    ) -> CallSite:
        """A call of a function that asks a model by the user's word, which says what of it is the prompt."""
        if site.in_nested_function:
            raise Refused("DBR105", f"{ast.unparse(call.func)} is called in a nested function", call)
        if derived and declared.response:
            name = ast.unparse(call.func)
            raise Refused(
                "DBR103", f"the answer of {name} is taken apart in the statement that calls it", call
            )
        given = declared_document(call, declared, site.scope, self._context)
        return CallSite(
            site,
            call,
            _as_one(given.prompt),
            result,
            None if derived or declared.response else self._context.inference.of(result, site.scope),
            given.model,
            is_executor=False,
            only_if=only_if,
            derived=derived,
            document=given.prompt,
            is_function=True,
            left_out=given.left_out,
            returned=isinstance(site.statement, ast.Return),
            response=declared.response,
        )

    def model_named(self, site: Site, call: ast.Call) -> ast.expr | None:
        """The model that a call of a known package, or of a function that makes one, names. Refuses nothing."""
        try:
            asked = self._use.asked(call, site.scope)
            if asked is not None and asked.declared is not None:
                return declared_document(call, asked.declared, site.scope, self._context).model
            if asked is not None:
                return understand(call, asked, site, self._context).model
            if self._use.is_boundary(call, site.scope):
                return model_behind(call, site.scope, self._context)
        except Refused:
            pass
        return None

    def whole_prompt(self, site: Site, call: ast.Call) -> ast.expr | None:
        """The expression that is the whole prompt of a call, None where there is no such one."""
        try:
            asked = self._use.asked(call, site.scope)
            if asked is not None and asked.declared is not None:
                prompt = declared_document(call, asked.declared, site.scope, self._context).prompt
                return prompt[0][1] if len(prompt) == 1 else None
            if asked is not None:
                known = understand(call, asked, site, self._context) if asked.certain else None
                return known.prompt[0][1] if known is not None and len(known.prompt) == 1 else None
            if self._use.is_own_method(call.func, site.scope):
                return self._use.passed_on(call, site.scope)
            return self._prompts.of(site, call)
        except Refused:
            return None

    def _class_of_receiver(self, call: ast.Call, result: ast.expr, scope: Scope) -> ClassRef | None:
        """The class of a receiver that holds the response; its name may be bound to something else later."""
        holder = getattr(call.func, "value", None)
        if not isinstance(result, ast.Name) or not isinstance(holder, ast.Name) or holder.id != result.id:
            return None
        return self._context.inference.of(reaching_value(scope.function, holder), scope)

    def _is_elif_chain(self, site: Site) -> bool:
        """Whether an `if` is an `elif`, or has one: no statement fits between the tests."""
        lines = self._context.scope.module.source.lines
        follow = (
            [s for s in site.statement.orelse if isinstance(s, ast.If)]
            if isinstance(site.statement, ast.If)
            else []
        )
        return any(lines[s.lineno - 1][s.col_offset :].startswith("elif") for s in (site.statement, *follow))

    def _result(self, site: Site, call: ast.Call) -> tuple[ast.expr, bool]:
        statement = site.statement
        for node in header_nodes(statement):
            if isinstance(node, ast.NamedExpr) and _unwrapped(node.value) is call:
                return ast.Name(node.target.id, ast.Load()), False
        if isinstance(statement, ast.Return):
            return ast.Name(RETURNED, ast.Load()), _unwrapped(_chosen(statement.value, call)) is not call
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
            value = _chosen(statement.value, call)
            read = _as_read(target)
            if self._context.repeatable.expression(read, site.scope) is not Verdict.SAME:
                raise Refused("DBR103", f"{ast.unparse(read)} cannot be evaluated twice", call)
            return read, _unwrapped(value) is not call
        if isinstance(statement, ast.Expr):
            value = _unwrapped(statement.value)
            if value is call:
                holder = call.func.value if isinstance(call.func, ast.Attribute) else None
                if (
                    isinstance(holder, ast.Name)
                    and site.scope.is_local(holder.id)
                    and not self._use.is_model(holder, site.scope)
                    and holder.id != site.scope.self_name
                ):
                    return ast.Name(holder.id, ast.Load()), False
            elif (
                isinstance(value, ast.Call)
                and isinstance(value.func, ast.Attribute)
                and value.func.attr == "append"
                and len(value.args) == 1
                and isinstance(value.func.value, ast.Name | ast.Attribute)
            ):
                last = ast.UnaryOp(ast.USub(), ast.Constant(1))
                return ast.Subscript(value.func.value, last, ast.Load()), _unwrapped(
                    value.args[0]
                ) is not call
        raise Refused("DBR103", f"the response of {ast.unparse(call.func)} is not kept", call)


def _require_one_at_a_time(found: list[CallSite]) -> None:
    """Raises Refused where a model is asked while a stream is read: one interaction is open at a time."""
    for call in found:
        if call.loop is None:
            continue
        last = call.loop.site.statement.end_lineno or call.call.lineno
        for other in found:
            if other is not call and call.site.statement.lineno <= other.call.lineno <= last:
                name = ast.unparse(other.call.func)
                raise Refused("DBR104", f"{name} is called while a stream is read", other.call)


def _chosen(value: ast.expr | None, call: ast.Call) -> ast.expr:
    """The branch of a conditional expression that makes the call, or the value itself."""
    if not isinstance(value, ast.IfExp):
        return value or call
    return value.body if any(n is call for n in walk(value.body)) else value.orelse


def _run_by(call: ast.Call) -> ast.Call:
    """The call that another one makes as it stands: `f(a)` for `asyncio.to_thread(f, a)`."""
    if called_name(call) == "to_thread" and call.args and not isinstance(call.args[0], ast.Starred):
        return ast.Call(call.args[0], call.args[1:], call.keywords)
    return call


def _as_one(given: tuple[tuple[str, ast.expr], ...]) -> ast.expr:
    """What is sent as one expression: the only argument, else a dictionary of all."""
    if len(given) == 1:
        return given[0][1]
    return ast.Dict([ast.Constant(name) for name, _ in given], [value for _, value in given])


def _only_prompt(helped: TaskContext) -> str | None:
    """The parameter of a method that is the whole prompt of its only model call, None for anything else."""
    finder = LlmCallFinder(helped)
    found = [(site, call) for site, call in finder.calls(tuple(sites(helped.scope)))]
    if len(found) != 1:
        return None
    site, call = found[0]
    if not is_run_once(site, call):
        return None
    reached = helped.reach.from_method(
        helped.entry, helped.owner, helped.scope.module, recorded=frozenset({id(call)})
    )
    if reached:
        return None
    prompt = finder.whole_prompt(site, call)
    if not isinstance(prompt, ast.Name):
        return None
    bound = helped.scope.bindings.get(prompt.id, [])
    return prompt.id if len(bound) == 1 and isinstance(bound[0], ast.arg) else None


def _is_text_of(statement: ast.stmt, call: ast.Call, known: SdkCall) -> bool:
    """Whether a statement takes from the answer what the model said as text, where that is all that it can say."""
    value = getattr(statement, "value", None)
    if not isinstance(value, ast.expr) or not known.declared.reading.text:
        return False
    if any(k.arg in known.declared.tools for k in call.keywords):
        return False
    source = ast.unparse(call)
    wanted = {f"({source})", source, f"(await {source})"}
    written = ast.unparse(_unwrapped(value))
    return any(
        written == ast.unparse(ast.parse(known.declared.reading.text.format(one), mode="eval"))
        for one in wanted
    )


def _unwrapped(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.Await | ast.NamedExpr):
        node = node.value
    return node


def _as_read(target: ast.expr) -> ast.expr:
    return ast.parse(ast.unparse(target), mode="eval").body


def _position_in(statement: ast.stmt, call: ast.Call) -> ast.expr | None:
    """The condition that decides about a call inside its statement, None where it always runs.

    Raises:
        Refused: no statement can be placed right before and right after the call.
    """
    if not isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr | ast.If | ast.Return):
        raise Refused(
            "DBR101", f"{ast.unparse(call.func)} is called in the header of a compound statement", call
        )
    condition: ast.expr | None = None
    for node in header_nodes(statement):
        children = list(walk(node))
        if node is call or not any(child is call for child in children):
            continue
        if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            raise Refused("DBR101", f"{ast.unparse(call.func)} is called in a comprehension", call)
        if isinstance(node, ast.Lambda):
            raise Refused("DBR101", f"{ast.unparse(call.func)} is called in a lambda", call)
        if isinstance(node, ast.BoolOp) and not any(c is call for c in walk(node.values[0])):
            raise Refused("DBR101", f"{ast.unparse(call.func)} is called behind a short-circuit", call)
        if isinstance(node, ast.IfExp) and not any(c is call for c in walk(node.test)):
            if condition is not None or getattr(statement, "value", None) is not node:
                raise Refused("DBR101", f"{ast.unparse(call.func)} is called in a nested condition", call)
            in_body = any(c is call for c in walk(node.body))
            condition = node.test if in_body else ast.UnaryOp(ast.Not(), node.test)
    return condition
