"""Whether the statements under a file handle may run once more, into a buffer."""

from __future__ import annotations

import ast

from codemods.analysis.context import TaskContext
from codemods.analysis.repeatable import Verdict, is_logging_call
from codemods.analysis.scopes import Scope


class ReplayChecker:
    """Whether the statements under a file handle may run once more, with the handle bound to a buffer."""

    def __init__(self, context: TaskContext, handle: str, scope: Scope, bound: set[str]) -> None:
        self._context = context
        self._handle = handle
        self._scope = scope
        self._bound = bound

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
            return self._expression(node.value)
        if isinstance(node, ast.For) and not node.orelse:
            return max(self._expression(node.iter), self.suite(node.body))
        if isinstance(node, ast.If):
            return max(self._expression(node.test), self.suite(node.body), self.suite(node.orelse))
        return Verdict.EFFECT

    def _expression(self, node: ast.AST | None) -> Verdict:
        return self._context.repeatable.expression(node, self._scope)

    def _effect(self, node: ast.expr) -> Verdict:
        if isinstance(node, ast.Constant) or is_logging_call(node):
            return Verdict.SAME
        if not isinstance(node, ast.Call):
            return self._expression(node)
        arguments = [
            a
            for a in (*node.args, *(k.value for k in node.keywords))
            if not (isinstance(a, ast.Name) and a.id == self._handle)
        ]
        worst = max((self._expression(a) for a in arguments), default=Verdict.SAME)
        root: ast.expr = node.func
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(root, ast.Name) and root.id in self._bound | {self._handle}:
            return worst
        return (
            max(worst, Verdict.MAY_DIFFER)
            if len(arguments) < len(node.args) + len(node.keywords)
            else Verdict.EFFECT
        )
