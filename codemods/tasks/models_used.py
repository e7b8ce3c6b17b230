"""Which expressions of a task are models, and which calls use one."""

from __future__ import annotations

import ast

from codemods.python.call_facts import is_super
from codemods.python.memo import Memo
from codemods.python.names import dotted_name
from codemods.python.scopes import Scope, parameters
from codemods.tasks.asking import NOT_CALLS, Asked, is_quiet
from codemods.tasks.context import TaskContext
from codemods.tasks.origin_kinds import Code
from codemods.tasks.passing import OnlyPrompt, passed_argument

_GIVEN_MODEL = "run_with_llm"
_CLIENT_METHODS = frozenset("create parse generate complete completion chat run invoke send stream".split())


class ModelUse:
    """Recognises models and LLM calls in one task.

    Attributes:
        inner: the LLM calls inside each nested function, by its name; filled by the caller as it finds them.
    """

    def __init__(self, context: TaskContext, only_prompt: OnlyPrompt) -> None:
        """`only_prompt` looks into the methods of the task's own class."""
        self._context = context
        self._only_prompt = only_prompt
        # Whether any of several calls a model: what comes back to itself adds nothing to that.
        self._models: Memo[bool] = Memo(again=False)
        self.inner: dict[str, list[ast.Call]] = {}

    def asked(self, call: ast.Call, scope: Scope) -> Asked | None:
        """What a call asks through a known package, None for other calls."""
        return self._context.reach.asking.of_call(call, self._context.frame_of(scope))

    def is_call(self, call: ast.Call, scope: Scope) -> bool:
        """Whether a call is an LLM call.

        It asks a known package, or a function outside of the class that does; or it is given a model, made on one, or
        on an object that holds one.
        """
        function = call.func
        last = (dotted_name(function) or "").rpartition(".")[2] or getattr(function, "attr", "")
        if last in NOT_CALLS:
            return False
        if self.asked(call, scope) is not None:
            return True
        frame = self._context.frame_of(scope)
        if self._context.reach.asking.is_known_other(function, frame):
            return False
        if isinstance(function, ast.Attribute) and self.is_model(function.value, scope):
            return not is_quiet(function.attr) and not self.constructs(function, scope)
        if (
            isinstance(function, ast.Attribute)
            and function.attr in _CLIENT_METHODS
            and self._client(function, scope)
        ):
            return True
        if (
            isinstance(function, ast.Name)
            and function.id in self.inner
            and scope.nested_function(function.id) is not None
        ):
            return True
        if self.is_own_method(function, scope):
            return self.passed_on(call, scope) is not None
        passed = [*call.args, *(k.value for k in call.keywords)]
        if any(self.is_model(a, scope) for a in passed):
            return not self.constructs(function, scope)
        if isinstance(function, ast.Attribute) and self._is_on_holder(function, scope):
            return not is_quiet(function.attr)
        return self.is_asking_function(call, scope)

    def passed_on(self, call: ast.Call, scope: Scope) -> ast.expr | None:
        """What a call gives to a method of the class that is the whole prompt of exactly one model call in there."""
        return passed_argument(call, scope, self._context, self._only_prompt)

    def _is_on_holder(self, function: ast.Attribute, scope: Scope) -> bool:
        """Whether a method is one of an object that was constructed with a model."""
        holder = function.value
        return (isinstance(holder, ast.Name) and self.is_holder(holder.id, scope)) or (
            isinstance(holder, ast.Call) and self.is_holding(holder, scope)
        )

    def is_own_method(self, function: ast.expr, scope: Scope) -> bool:
        """Whether `self.helper` or `super().helper` is a method of an instance whose source is in sight."""
        if not isinstance(function, ast.Attribute) or not (
            is_super(function.value)
            or (isinstance(function.value, ast.Name) and function.value.id == scope.self_name)
        ):
            return False
        found = self._context.reach.origins.of(function, self._context.frame_of(scope))
        return any(isinstance(origin, Code) and not is_of_no_instance(origin.function) for origin in found)

    def is_boundary(self, call: ast.Call, scope: Scope) -> bool:
        """Whether a call is known to ask a model by the source of what it runs alone: it is given none here."""
        passed = (*call.args, *(k.value for k in call.keywords))
        if self.has_model(call, scope) or any(self.is_model(a, scope) for a in passed):
            return False
        if isinstance(call.func, ast.Attribute) and self._is_on_holder(call.func, scope):
            return False
        return not self.is_own_method(call.func, scope) and self.is_asking_function(call, scope)

    def is_asking_function(self, call: ast.Call, scope: Scope) -> bool:
        """Whether a call runs a function outside of the class, in sight, that asks a model."""
        frame = self._context.frame_of(scope)
        return any(
            isinstance(origin, Code)
            and isinstance(origin.function, ast.FunctionDef | ast.AsyncFunctionDef)
            and origin.frame.parent is None
            and not origin.is_property
            and self._context.reach.asks(call, origin, frame)
            for origin in self._context.reach.origins.of(call.func, frame)
        )

    def constructs(self, function: ast.expr, scope: Scope) -> bool:
        """Whether a called expression is a class."""
        dotted = dotted_name(function)
        if dotted is None or scope.is_local(dotted.partition(".")[0]):
            return False
        names = self._context.sources.names
        if not names.is_class_attribute(function, scope.module):
            resolved = names.resolve(function, scope.module)
            if resolved is not None:
                return resolved.class_def is not None
        return dotted.rpartition(".")[2][:1].isupper()

    def is_holder(self, name: str, scope: Scope) -> bool:
        """Whether a name holds an object that was constructed with a model."""
        return any(isinstance(v, ast.Call) and self.is_holding(v, scope) for v in scope.values_of(name) or ())

    def is_holding(self, call: ast.Call, scope: Scope) -> bool:
        """Whether a call constructs an object with a model: `Runner(llm)`."""
        passed = (*call.args, *(k.value for k in call.keywords))
        return any(self.is_model(a, scope) for a in passed) and self.constructs(call.func, scope)

    def is_model(self, node: ast.expr, scope: Scope) -> bool:
        """Whether an expression is a model or an executor."""
        if not isinstance(node, ast.Attribute | ast.Call | ast.Name):
            return False
        return self._models.of((node, scope.key), lambda: self._is_model(node, scope))

    def _is_model(self, node: ast.Attribute | ast.Call | ast.Name, scope: Scope) -> bool:
        arguments = self._context.settings.llm_arguments
        if self._context.reach.asking.is_client(node, self._context.frame_of(scope)):
            return True
        if isinstance(node, ast.Attribute):
            return (
                node.attr in arguments
                and isinstance(node.value, ast.Name)
                and node.value.id == scope.self_name
            )
        if isinstance(node, ast.Call):
            return self._makes_model(node, scope)
        values = scope.values_of(node.id)
        if values is None:
            return node.id in arguments and node.id in scope.module.bindings
        if node.id in arguments or any(self._is_given_to_entry(v) for v in values):
            return True
        key = (node.id, scope.holder_of(node.id).key, scope.key)
        return self._models.of(key, lambda: self._is_any_model(values, scope))

    def _is_any_model(self, values: list[ast.AST], scope: Scope) -> bool:
        return any(isinstance(v, ast.Name | ast.Call) and self.is_model(v, scope) for v in values)

    def _is_given_to_entry(self, value: ast.AST) -> bool:
        """Whether a name is the parameter of `run_with_llm`, whatever it is called."""
        entry = self._context.entry
        return entry.name == _GIVEN_MODEL and any(value is p for p in parameters(entry)[1:2])

    def _makes_model(self, call: ast.Call, scope: Scope) -> bool:
        if not isinstance(call.func, ast.Attribute):
            return False
        if call.func.attr == "create_llm_executor":
            return isinstance(call.func.value, ast.Name) and call.func.value.id == scope.self_name
        return call.func.attr.startswith(("as_", "with_", "bind")) and self.is_model(call.func.value, scope)

    def _client(self, function: ast.expr, scope: Scope) -> ast.expr | None:
        """The model that a chain starts from: `client` of `client.chat.completions.create`, None for others."""
        root = function
        while isinstance(root, ast.Attribute):
            root = root.value
            if self.is_model(root, scope):
                return root
        return None

    def has_model(self, call: ast.Call, scope: Scope) -> bool:
        """Whether a call is made on what is a model by its name."""
        return isinstance(call.func, ast.Attribute) and (
            self.is_model(call.func.value, scope) or self._client(call.func, scope) is not None
        )

    def chosen(self, call: ast.Call, scope: Scope) -> tuple[ast.expr | None, bool]:
        """The model that a call is given, and whether it is an executor that picks the model itself."""
        candidates = [*call.args, *(k.value for k in call.keywords)]
        if isinstance(call.func, ast.Attribute):
            candidates.insert(0, self._client(call.func, scope) or call.func.value)
        for candidate in candidates:
            if self.is_model(candidate, scope):
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


def is_of_no_instance(function: ast.AST) -> bool:
    """Whether a method has no instance, and so no service: it is a function that stands in the class."""
    decorators = getattr(function, "decorator_list", [])
    return len(decorators) == 1 and dotted_name(decorators[0]) in {"staticmethod", "classmethod"}


def _assigned(value: ast.AST) -> ast.AST | None:
    return value.value if isinstance(value, ast.AnnAssign) else value
