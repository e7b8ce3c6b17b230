"""The prompt of an LLM call: which argument it is, in terms of the entry method's names."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from codemods.knowledge.library_functions import Use
from codemods.knowledge.verdicts import Verdict
from codemods.python.classes import Function
from codemods.python.names import dotted_name
from codemods.python.scopes import Scope, parameters
from codemods.python.statements import Site, read_names
from codemods.python.trees import same, walk
from codemods.refusals import Refused
from codemods.tasks.asking import as_written
from codemods.tasks.boundaries import given
from codemods.tasks.context import TaskContext
from codemods.tasks.data import is_data
from codemods.tasks.models_used import ModelUse
from codemods.tasks.origin_kinds import Named, Outside
from codemods.tasks.texts import is_text

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


class PromptFinder:
    """Finds the prompts of one task's LLM calls.

    Args:
        context: the task.
        use: what its models are.
        found: called with each LLM call that is met inside a lambda.
    """

    def __init__(self, context: TaskContext, use: ModelUse, found: Callable[[ast.Call, Scope], None]) -> None:
        self._context = context
        self._use = use
        self._found = found

    def of(self, site: Site, call: ast.Call) -> ast.expr:
        """The expression of the whole prompt, valid in the entry method. Raises Refused where there is none."""
        inner = self.calls_behind(call, site.scope)
        prompt = self._prompt_argument(call, site.scope) if not inner else None
        if inner:
            self._require_one(call, site.scope)
            function, calls = inner
            inner_scope = Scope(site.scope.module, site.scope.owner, function, site.scope)
            prompt = self._prompt_argument(calls[0], inner_scope)
            if prompt is not None:
                prompt = self._in_outer_terms(prompt, function, call, inner_scope)
        if prompt is None:
            raise Refused("DBR201", f"no argument of {ast.unparse(call.func)} is a prompt", call)
        # A name can be read twice whatever it holds; what it holds is shown by the row alone.
        unseen = self._context.repeatable.outcome(prompt, site.scope).value.kind == "unknown"
        how = Use.KEEP if unseen and isinstance(prompt, ast.Name) else Use.SHOW
        why = self._context.repeatable.reason(prompt, site.scope, how=how)
        if why:
            reason = f"the prompt {ast.unparse(prompt)} cannot be evaluated twice: {why}"
            raise Refused("DBR202", reason, call)
        return prompt

    def _require_one(self, call: ast.Call, scope: Scope) -> None:
        """Raises Refused where the nested function that a call runs asks more than once."""
        inner = self.calls_behind(call, scope)
        if inner is not None and len(inner[1]) > 1:
            raise Refused("DBR104", f"{len(inner[1])} LLM calls behind {ast.unparse(call.func)}", call)

    def document(self, site: Site, call: ast.Call, prompt: ast.expr) -> tuple[tuple[str, ast.expr], ...]:
        """Every text and every datum that a call is given, by the names of its parameters; empty for one text alone.

        Only what is proven to be text or data, and the same if evaluated once more: encoding it can then not fail.
        """
        asking, scope, function = self._asking(call, site.scope)
        if self._use.has_model(asking, scope):
            return ()
        found: list[tuple[str, ast.expr]] = []
        has_prompt = False
        for name, value in given(asking, scope, self._context):
            if name in {"model", *self._context.settings.llm_arguments} or not self._can_be_prompt(
                value, scope
            ):
                continue
            outer = self._outside(value, function, call, scope)
            if outer is None:
                continue
            is_prompt = same(outer, prompt)
            if is_prompt and not is_data(prompt, site.scope, self._context):
                # As it is recorded where it is alone.
                outer = ast.Call(ast.Name("str", ast.Load()), [outer], [])
            elif not is_prompt and not self._can_be_said(outer, site.scope):
                continue
            found.append((name, outer))
            has_prompt = has_prompt or is_prompt
        names = [name for name, _ in found]
        whole = has_prompt and len(set(names)) == len(names) > 1
        has_str = not site.scope.is_local("str") and "str" not in site.scope.module.bindings
        return tuple(found) if whole and has_str else ()

    def of_known_inside(
        self, site: Site, call: ast.Call
    ) -> tuple[tuple[tuple[str, ast.expr], ...], ast.expr | None] | None:
        """Prompt and model of the known package that the nested function asks which a call runs; None for other calls.

        Raises:
            Refused: a part of the prompt belongs to the nested function, or the answer is not there when it returns.
        """
        asking, scope, function = self._asking(call, site.scope)
        asked = None if function is None else self._use.asked(asking, scope)
        if function is None or asked is None or asked.call is None or not asked.certain:
            return None
        self._require_one(call, site.scope)
        declared = asked.call
        given = {
            **dict(zip(declared.positional, asking.args, strict=False)),
            **{k.arg: k.value for k in asking.keywords if k.arg is not None},
        }
        for name in declared.deferring:
            value = given.get(name)
            if value is not None and not (isinstance(value, ast.Constant) and not value.value):
                raise Refused(
                    "DBR107",
                    f"{name}={as_written(value)}: the answer of {asked.what} may not be there when the call returns",
                    call,
                )
        document = []
        for name in (name for name in declared.prompt if name in given):
            outer = self._in_outer_terms(given[name], function, call, scope)
            if self._context.repeatable.expression(outer, site.scope) is not Verdict.SAME:
                reason = f"{name}, which is {as_written(outer)}, cannot be evaluated twice"
                raise Refused("DBR202", reason, call)
            document.append((name, outer))
        named = next((given[name] for name in declared.model if name in given), None)
        model = None if named is None else self._outside(named, function, call, scope)
        if model is not None and self._context.repeatable.expression(model, site.scope) is not Verdict.SAME:
            model = None
        return (tuple(document), model) if document else None

    def left_out(self, site: Site, call: ast.Call, told: Iterable[ast.expr | None]) -> tuple[str, ...]:
        """What a call is given, as written, and no column of its interaction tells."""
        asking, scope, _ = self._asking(call, site.scope)
        known = {ast.dump(part) for whole in told if whole is not None for part in walk(whole)}
        given = [("", a) for a in asking.args] + [
            (f"{k.arg}=" if k.arg else "**", k.value) for k in asking.keywords
        ]
        return tuple(
            f"{name}{as_written(value)}"
            for name, value in given
            if name != "model=" and ast.dump(value) not in known and self._can_be_prompt(value, scope)
        )

    def _asking(self, call: ast.Call, scope: Scope) -> tuple[ast.Call, Scope, Function | ast.Lambda | None]:
        """The call that is given the prompt: the call itself, or the one in the nested function that it runs."""
        inner = self.calls_behind(call, scope)
        if inner is None:
            return call, scope, None
        function, (asking, *_) = inner
        return asking, Scope(scope.module, scope.owner, function, scope), function

    def _can_be_said(self, value: ast.expr, scope: Scope) -> bool:
        said = is_data(value, scope, self._context)
        return said and self._context.repeatable.expression(value, scope) is Verdict.SAME

    def _outside(
        self, value: ast.expr, function: Function | ast.Lambda | None, call: ast.Call, inner: Scope
    ) -> ast.expr | None:
        """A value in terms of the entry method's names, None where there are none for it."""
        if function is None:
            return value
        try:
            return self._in_outer_terms(value, function, call, inner)
        except Refused:
            return None

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

    def calls_behind(
        self, call: ast.Call, scope: Scope
    ) -> tuple[Function | ast.Lambda, list[ast.Call]] | None:
        """The nested function or lambda that a call runs, and the LLM calls in it; None for other calls."""
        candidates = [call.func, *call.args, *(k.value for k in call.keywords)]
        for candidate in candidates:
            if isinstance(candidate, ast.Name) and candidate.id in self._use.inner:
                function = scope.nested_function(candidate.id)
                if function is not None:
                    return function, self._use.inner[candidate.id]
                if any(isinstance(v, Function) for v in scope.values_of(candidate.id) or ()):
                    raise Refused("DBR105", f"{candidate.id} makes an LLM call, and is bound again", call)
            if isinstance(candidate, ast.Lambda):
                inner = Scope(scope.module, scope.owner, candidate, scope)
                calls = [
                    n for n in walk(candidate.body) if isinstance(n, ast.Call) and self._use.is_call(n, inner)
                ]
                if calls:
                    for inner_call in calls:
                        self._found(inner_call, inner)
                    return candidate, calls
        return None

    def _prompt_argument(self, call: ast.Call, scope: Scope) -> ast.expr | None:
        by_keyword = {k.arg: k.value for k in call.keywords if k.arg is not None}
        for name in _PROMPT_KEYWORDS:
            if name in by_keyword:
                return by_keyword[name]
        texts = [a for a in call.args if is_text(a, scope, self._context)]
        on_model = isinstance(call.func, ast.Attribute) and self._use.is_model(call.func.value, scope)
        if on_model and len(texts) > 1:
            # `llm.complete(system, user, ...)`: both are what the model is asked.
            blank = ast.Attribute(ast.Constant("\n\n"), "join", ast.Load())
            return ast.Call(blank, [ast.List(texts, ast.Load())], [])
        given = [a for a in call.args if not isinstance(a, ast.Starred)]
        candidates = [
            value
            for value in (*given, *(k.value for k in call.keywords if k.arg is not None))
            if self._can_be_prompt(value, scope)
        ]
        if len(candidates) > 1 and not self._is_in_sight(call, scope):
            # Which of them is asked is a matter of the callee, which nobody can look at.
            candidates = [c for c in candidates if not _is_number(c)]
            return candidates[0] if len(candidates) == 1 else None
        return candidates[0] if candidates else None

    def _is_in_sight(self, call: ast.Call, scope: Scope) -> bool:
        """Whether the source of what a call runs is in the tree, or it is given a model, which tells a wrapper."""
        context = self._context
        if any(self._use.is_model(a, scope) for a in (*call.args, *(k.value for k in call.keywords))):
            return True
        return any(
            not isinstance(o, Outside | Named)
            for o in context.reach.origins.of(call.func, context.frame_of(scope))
        )

    def _can_be_prompt(self, node: ast.expr, scope: Scope) -> bool:
        """Whether an argument is neither the model nor a function: `asyncio.to_thread(f, llm, query)`."""
        if isinstance(node, ast.Lambda) or self._use.is_model(node, scope):
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


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not isinstance(node.value, str)
