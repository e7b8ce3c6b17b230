"""The LLM calls of a task: which statement makes them, with which prompt, and what holds the result."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codemods.analysis.context import TaskContext
from codemods.analysis.repeatable import Verdict, is_logging_call
from codemods.analysis.scopes import Scope, own_nodes, parameters
from codemods.analysis.statements import Site, header_nodes, read_names
from codemods.refusals import Refused
from codemods.resolution.classes import ClassRef, Function
from codemods.resolution.names import dotted_name
from codemods.walking import walk

_PROMPT_KEYWORDS = (
    "user_prompt",
    "prompt",
    "query",
    "project_context",
    "document",
    "user_query",
    "question",
    "text",
    "messages",
    "content",
    "input",
)
_GIVEN_MODEL = "run_with_llm"
_NOT_CALLS = frozenset(
    [
        "str",
        "repr",
        "print",
        "len",
        "isinstance",
        "issubclass",
        "type",
        "getattr",
        "hasattr",
        "setattr",
        "callable",
        "id",
        "bool",
        "list",
        "tuple",
        "dict",
        "set",
    ]
)
_CLIENT_METHODS = frozenset("create parse generate complete completion chat run invoke send stream".split())
_QUIET_METHODS = (
    "get_",
    "set_",
    "as_",
    "with_",
    "bind",
    "has_",
    "is_",
    "add_",
    "append",
    "clear",
    "reset",
    "to_",
    "save",
)


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


class LlmCallFinder:
    """Finds the LLM calls of one task's entry method."""

    def __init__(self, context: TaskContext) -> None:
        self._context = context
        self._inner: dict[str, list[ast.Call]] = {}
        self._nodes: set[int] = set()

    @property
    def call_nodes(self) -> frozenset[int]:
        """Identities of all LLM call nodes, those inside nested functions included."""
        return frozenset(self._nodes)

    def find(self) -> tuple[CallSite, ...]:
        """All LLM calls of the method in source order, each bracketed where it runs.

        Raises:
            Refused: a call that cannot be bracketed, or whose prompt or response is out of reach.
        """
        self._collect_nested()
        self._check_containers()
        found: list[CallSite] = []
        for site in self._context.sites:
            calls = list(self._calls_of(site))
            if site.in_nested_function:
                continue
            if len(calls) > 1:
                raise Refused("DBR104", f"{len(calls)} LLM calls in one statement", site.statement)
            found.extend(self._bracket(site, call) for call in calls)
        self._check_nested_use()
        return tuple(found)

    def calls(self, sites: Sequence[Site]) -> tuple[tuple[Site, ast.Call], ...]:
        """The LLM calls of some statements, those inside nested functions included. Refuses nothing."""
        self._collect_nested()
        return tuple((site, call) for site in sites for call in self._calls_of(site))

    def _collect_nested(self) -> None:
        for site in self._context.sites:
            if not site.in_nested_function:
                continue
            calls = list(self._calls_of(site))
            function = site.scope.function
            if calls and isinstance(function, Function):
                self._inner.setdefault(function.name, []).extend(calls)

    def _calls_of(self, site: Site) -> Iterator[ast.Call]:
        if isinstance(site.statement, Function | ast.ClassDef):
            return
        skipped: set[int] = set()
        for node in site.header:
            if id(node) in skipped or not isinstance(node, ast.Call):
                continue
            if is_logging_call(node):
                skipped.update(id(n) for n in walk(node))
            elif self._is_llm_call(node, site.scope):
                self._add(node, site.scope)
                yield node

    def _add(self, call: ast.Call, scope: Scope) -> None:
        self._nodes.add(id(call))
        self._context.repeatable.never_again(call, scope)

    def _is_llm_call(self, call: ast.Call, scope: Scope) -> bool:
        function = call.func
        last = (dotted_name(function) or "").rpartition(".")[2] or getattr(function, "attr", "")
        if last in _NOT_CALLS:
            return False
        if isinstance(function, ast.Attribute) and self._is_model(function.value, scope):
            return not function.attr.startswith(_QUIET_METHODS)
        if (
            isinstance(function, ast.Attribute)
            and function.attr in _CLIENT_METHODS
            and self._client(function, scope)
        ):
            return True
        if (
            isinstance(function, ast.Name)
            and function.id in self._inner
            and scope.nested_function(function.id) is not None
        ):
            return True
        passed = [*call.args, *(k.value for k in call.keywords)]
        if any(self._is_model(a, scope) for a in passed):
            return not self._constructs(function, scope)
        if isinstance(function, ast.Attribute):
            holder = function.value
            if (isinstance(holder, ast.Name) and self._is_holder(holder.id, scope)) or (
                isinstance(holder, ast.Call) and self._is_holding(holder, scope)
            ):
                return not function.attr.startswith(_QUIET_METHODS)
        return self._is_calling_helper(function, scope)

    def _is_calling_helper(self, function: ast.expr, scope: Scope) -> bool:
        """Whether `self.helper(...)` is a method of the class that makes LLM calls with a model of its own."""
        if not (
            isinstance(function, ast.Attribute)
            and isinstance(function.value, ast.Name)
            and function.value.id == scope.self_name
        ):
            return False
        context = self._context
        if function.attr in {
            "create_llm_executor",
            "input",
            "output",
            "requires",
            *context.settings.entry_methods,
        }:
            return False
        member = context.sources.classes.method(context.owner, function.attr)
        if member is None or member.method is None or member.owner.name in context.settings.base_classes:
            return False
        inner = Scope(member.owner.module, context.owner, member.method)
        given = {p.arg for p in parameters(member.method)} & set(context.settings.llm_arguments)
        return not given and any(
            isinstance(node, ast.Call) and self._is_llm_call(node, inner) for node in own_nodes(member.method)
        )

    def _constructs(self, function: ast.expr, scope: Scope) -> bool:
        dotted = dotted_name(function)
        if dotted is None or scope.is_local(dotted.partition(".")[0]):
            return False
        resolved = self._context.sources.names.resolve(function, scope.module)
        if resolved is not None:
            return resolved.class_def is not None
        return dotted.rpartition(".")[2][:1].isupper()

    def _is_holder(self, name: str, scope: Scope) -> bool:
        """Whether a name holds an object that was constructed with a model."""
        return any(
            isinstance(v, ast.Call) and self._is_holding(v, scope) for v in scope.values_of(name) or ()
        )

    def _is_holding(self, call: ast.Call, scope: Scope) -> bool:
        """Whether a call constructs an object with a model: `Runner(llm)`."""
        passed = (*call.args, *(k.value for k in call.keywords))
        return self._constructs(call.func, scope) and any(self._is_model(a, scope) for a in passed)

    def _is_model(self, node: ast.expr, scope: Scope, depth: int = 0) -> bool:
        if depth > 5:
            return False
        arguments = self._context.settings.llm_arguments
        if isinstance(node, ast.Attribute):
            return (
                node.attr in arguments
                and isinstance(node.value, ast.Name)
                and node.value.id == scope.self_name
            )
        if isinstance(node, ast.Call):
            return self._makes_model(node, scope, depth)
        if not isinstance(node, ast.Name):
            return False
        values = scope.values_of(node.id)
        if values is None:
            return node.id in arguments and node.id in scope.module.bindings
        if node.id in arguments or any(self._is_given_to_entry(v) for v in values):
            return True
        return any(
            isinstance(v, ast.expr)
            and (isinstance(v, ast.Name | ast.Call))
            and self._is_model(v, scope, depth + 1)
            for v in values
        )

    def _is_given_to_entry(self, value: ast.AST) -> bool:
        """Whether a name is the parameter of `run_with_llm`, whatever it is called."""
        entry = self._context.entry
        return entry.name == _GIVEN_MODEL and any(value is p for p in parameters(entry)[1:2])

    def _makes_model(self, call: ast.Call, scope: Scope, depth: int) -> bool:
        if not isinstance(call.func, ast.Attribute):
            return False
        if call.func.attr == "create_llm_executor":
            return isinstance(call.func.value, ast.Name) and call.func.value.id == scope.self_name
        return call.func.attr.startswith(("as_", "with_", "bind")) and self._is_model(
            call.func.value, scope, depth + 1
        )

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
                if any(isinstance(e, ast.Name) and self._is_model(e, site.scope) for e in elements):
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
                    and node.id in self._inner
                    and site.scope.nested_function(node.id) is not None
                    and id(node) not in bracketed
                ):
                    raise Refused("DBR105", f"{node.id} makes an LLM call and is handed on", node)

    def _own_calls(self, site: Site) -> Iterator[ast.Call]:
        for node in site.header:
            if isinstance(node, ast.Call) and id(node) in self._nodes and not site.in_nested_function:
                yield node

    def _bracket(self, site: Site, call: ast.Call) -> CallSite:
        statement = site.statement
        if isinstance(statement, ast.Return):
            raise Refused("DBR102", f"the result of {ast.unparse(call.func)} is returned directly", call)
        only_if = _position_in(statement, call)
        if isinstance(statement, ast.If) and (only_if is not None or self._is_elif_chain(site)):
            raise Refused("DBR101", f"{ast.unparse(call.func)} is called in a chain of conditions", call)
        result, derived = self._result(site, call)
        prompt = self._prompt(site, call)
        model, is_executor = self._model(call, site.scope)
        result_class = None if derived else self._context.inference.of(result, site.scope)
        if result_class is None and not derived:
            result_class = self._context.inference.of(call, site.scope)
        return CallSite(site, call, prompt, result, result_class, model, is_executor, only_if, derived)

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
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
            value = statement.value.body if isinstance(statement.value, ast.IfExp) else statement.value
            if isinstance(statement.value, ast.IfExp) and not any(n is call for n in walk(value)):
                value = statement.value.orelse
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
                    and not self._is_model(holder, site.scope)
                ):
                    if holder.id != site.scope.self_name:
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

    def _client(self, function: ast.expr, scope: Scope) -> ast.expr | None:
        """The model that a chain starts from: `client` of `client.chat.completions.create`, None for others."""
        root = function
        while isinstance(root, ast.Attribute):
            root = root.value
            if self._is_model(root, scope):
                return root
        return None

    def _model(self, call: ast.Call, scope: Scope) -> tuple[ast.expr | None, bool]:
        candidates = [*call.args, *(k.value for k in call.keywords)]
        if isinstance(call.func, ast.Attribute):
            candidates.insert(0, self._client(call.func, scope) or call.func.value)
        for candidate in candidates:
            if self._is_model(candidate, scope):
                return candidate, self._is_executor(candidate, scope)
        return None, True

    def _is_executor(self, node: ast.expr, scope: Scope) -> bool:
        if isinstance(node, ast.Call) or not isinstance(node, ast.Name):
            return True
        values = scope.values_of(node.id) or []
        if any(isinstance(v, ast.arg) for v in values):
            return "executor" in node.id
        ref = self._context.inference.of(node, scope)
        if ref is not None:
            return self._context.sources.classes.method(ref, "run") is not None
        return any(isinstance(_assigned(v), ast.Call) for v in values)

    def _prompt(self, site: Site, call: ast.Call) -> ast.expr:
        inner = self._inner_calls(call, site.scope)
        prompt = self._prompt_argument(call, site.scope) if not inner else None
        if inner:
            function, calls = inner
            if len(calls) > 1:
                raise Refused("DBR104", f"{len(calls)} LLM calls behind {ast.unparse(call.func)}", call)
            inner_scope = Scope(site.scope.module, site.scope.owner, function, site.scope)
            prompt = self._prompt_argument(calls[0], inner_scope)
            if prompt is not None:
                prompt = self._in_outer_terms(prompt, function, call, inner_scope)
        if prompt is None:
            raise Refused("DBR201", f"no argument of {ast.unparse(call.func)} is a prompt", call)
        if self._context.repeatable.expression(prompt, site.scope) is not Verdict.SAME:
            raise Refused("DBR202", f"the prompt {ast.unparse(prompt)} cannot be evaluated twice", call)
        return prompt

    def _in_outer_terms(
        self, prompt: ast.expr, function: Function | ast.Lambda, call: ast.Call, inner: Scope
    ) -> ast.expr:
        own = set(inner.bindings)
        used = read_names(prompt) & own
        if not used:
            return prompt
        names = [p.arg for p in parameters(function)]
        direct = isinstance(call.func, ast.Name) and not any(isinstance(a, ast.Starred) for a in call.args)
        if direct and isinstance(prompt, ast.Name) and prompt.id in names:
            given = {
                **dict(zip(names, call.args, strict=False)),
                **{k.arg: k.value for k in call.keywords if k.arg},
            }
            if prompt.id in given:
                return given[prompt.id]
        raise Refused("DBR203", f"{', '.join(sorted(used))} belong to the nested function", call)

    def _inner_calls(
        self, call: ast.Call, scope: Scope
    ) -> tuple[Function | ast.Lambda, list[ast.Call]] | None:
        candidates = [call.func, *call.args, *(k.value for k in call.keywords)]
        for candidate in candidates:
            if isinstance(candidate, ast.Name) and candidate.id in self._inner:
                function = scope.nested_function(candidate.id)
                if function is not None:
                    return function, self._inner[candidate.id]
                if any(isinstance(v, Function) for v in scope.values_of(candidate.id) or ()):
                    raise Refused("DBR105", f"{candidate.id} makes an LLM call, and is bound again", call)
            if isinstance(candidate, ast.Lambda):
                inner = Scope(scope.module, scope.owner, candidate, scope)
                calls = [
                    n for n in walk(candidate.body) if isinstance(n, ast.Call) and self._is_llm_call(n, inner)
                ]
                if calls:
                    for inner_call in calls:
                        self._add(inner_call, inner)
                    return candidate, calls
        return None

    def _prompt_argument(self, call: ast.Call, scope: Scope) -> ast.expr | None:
        by_keyword = {k.arg: k.value for k in call.keywords if k.arg is not None}
        for name in _PROMPT_KEYWORDS:
            if name in by_keyword:
                return by_keyword[name]
        for argument in call.args:
            if not isinstance(argument, ast.Starred) and self._can_be_prompt(argument, scope):
                return argument
        for keyword in call.keywords:
            if keyword.arg is not None and self._can_be_prompt(keyword.value, scope):
                return keyword.value
        return None

    def _can_be_prompt(self, node: ast.expr, scope: Scope) -> bool:
        """Whether an argument is neither the model nor a function: `asyncio.to_thread(f, llm, query)`."""
        if isinstance(node, ast.Lambda) or self._is_model(node, scope):
            return False
        if isinstance(node, ast.Name) and scope.nested_function(node.id) is not None:
            return False
        root = (dotted_name(node) or "").partition(".")[0]
        if not root or (scope.is_local(root) and root != scope.self_name):
            return True
        sources = self._context.sources
        resolved = sources.names.resolve(node, scope.module)
        if resolved is not None and not isinstance(resolved.node, ast.expr):
            return False
        if not isinstance(node, ast.Attribute):
            return True
        owner = self._context.inference.of(node.value, scope) or sources.classes.resolve(
            node.value, scope.module
        )
        member = sources.classes.method(owner, node.attr) if owner is not None else None
        return member is None or member.has_decorator("property")


def _unwrapped(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.Await | ast.NamedExpr):
        node = node.value
    return node


def _assigned(value: ast.AST) -> ast.AST | None:
    return value.value if isinstance(value, ast.AnnAssign) else value


def _as_read(target: ast.expr) -> ast.expr:
    return ast.parse(ast.unparse(target), mode="eval").body


def _position_in(statement: ast.stmt, call: ast.Call) -> ast.expr | None:
    """The condition that decides about a call inside its statement, None where it always runs.

    Raises:
        Refused: no statement can be placed right before and right after the call.
    """
    if not isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr | ast.If):
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
