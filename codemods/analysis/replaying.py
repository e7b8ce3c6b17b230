"""Whether the statements under a file handle may run once more, into a buffer."""

from __future__ import annotations

import ast

from codemods.analysis.call_facts import is_logging_call, is_new_value
from codemods.analysis.context import TaskContext
from codemods.analysis.repeatable import Verdict
from codemods.analysis.scopes import Scope
from codemods.analysis.statements import bound_names

_WRAPPERS = frozenset({"csv.writer", "csv.DictWriter"})


class ReplayChecker:
    """Whether the statements under a file handle may run once more, with the handle bound to a buffer."""

    def __init__(self, context: TaskContext, handle: str, scope: Scope, body: list[ast.stmt]) -> None:
        self._context = context
        self._handle = handle
        self._scope = scope
        self._made_anew = {handle} | self._names_of_new_values(body)

    def _names_of_new_values(self, body: list[ast.stmt]) -> set[str]:
        """The names that the statements bind to nothing but new objects: those may be changed in both runs."""
        assigned = [
            (target, statement.value)
            for statement in body
            if isinstance(statement, ast.Assign)
            for target in statement.targets
        ]
        new = {t.id for t, value in assigned if isinstance(t, ast.Name) and self._is_new(value)}
        other = [s for s in body if not (isinstance(s, ast.Assign) and self._is_new(s.value))]
        return new - set().union(*(bound_names(s) for s in other))

    def _is_new(self, value: ast.expr) -> bool:
        return self._wraps_handle(value) or is_new_value(value, self._scope)

    def _wraps_handle(self, value: ast.AST | None) -> bool:
        return isinstance(value, ast.Call) and any(self._is_handle(a) for a in _arguments(value))

    def _is_handle(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id == self._handle

    def suite(self, body: list[ast.stmt]) -> Verdict:
        """What running the statements once more does."""
        return max((self._statement(s) for s in body), default=Verdict.SAME)

    def _statement(self, node: ast.stmt) -> Verdict:
        if isinstance(node, ast.Pass | ast.Continue | ast.Break):
            return Verdict.SAME
        if isinstance(node, ast.Expr):
            return self._effect(node.value)
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if not all(isinstance(t, ast.Name) for t in targets):
                return Verdict.EFFECT
            return self._value(node.value)
        if isinstance(node, ast.For) and not node.orelse:
            return max(self._expression(node.iter), self.suite(node.body))
        if isinstance(node, ast.If):
            return max(self._expression(node.test), self.suite(node.body), self.suite(node.orelse))
        return Verdict.EFFECT

    def _expression(self, node: ast.AST | None) -> Verdict:
        return self._context.repeatable.expression(node, self._scope)

    def _value(self, node: ast.expr | None) -> Verdict:
        """An assigned value; `csv.writer(f)` is made once more, around the buffer."""
        if not isinstance(node, ast.Call) or not self._wraps_handle(node):
            return self._expression(node)
        origin = self._context.sources.names.origin(node.func, self._scope.module)
        wrapper = Verdict.SAME if origin in _WRAPPERS else Verdict.MAY_DIFFER
        return max([wrapper, *(self._expression(a) for a in _arguments(node) if not self._is_handle(a))])

    def _effect(self, node: ast.expr) -> Verdict:
        if isinstance(node, ast.Constant) or is_logging_call(node):
            return Verdict.SAME
        if not isinstance(node, ast.Call):
            return self._expression(node)
        arguments = [a for a in _arguments(node) if not self._is_handle(a)]
        worst = max((self._expression(a) for a in arguments), default=Verdict.SAME)
        root: ast.expr = node.func
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(root, ast.Name) and root.id in self._made_anew:
            return worst
        if not self._wraps_handle(node):
            return Verdict.EFFECT
        return worst if self._is_builtin_print(node.func) else max(worst, Verdict.MAY_DIFFER)

    def _is_builtin_print(self, function: ast.expr) -> bool:
        return (
            isinstance(function, ast.Name)
            and function.id == "print"
            and not self._scope.is_local("print")
            and "print" not in self._scope.module.bindings
        )


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(k.value for k in call.keywords)]
