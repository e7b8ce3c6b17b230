"""Recognises the steps of the style `steps` in a method, by their own form; see `step_forms` for the other style."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from codemods.python.classes import Function
from codemods.python.trees import walk
from codemods.rewriting.blocks import is_block
from codemods.rewriting.statement_facts import (
    bound,
    comments_of,
    compares,
    is_bound_to,
    is_method_call,
    target,
)
from codemods.rewriting.step_forms import NotOursError, Recogniser, Steps

_OF_BLOCK = frozenset({"persist", "written", "read_back"})
_OF_CALL = frozenset({"complete", "fail", "part", "end_of_stream"})


def recognise_block(method: Function, lines: Sequence[str]) -> Steps:
    """The steps in a method whose statements stand in a block.

    Args:
        method: as parsed from its file; its last statement opens the block.
        lines: the lines of that file.

    Raises:
        NotOursError: the method's steps have another form.
    """
    return _BlockRecogniser(method, lines, comments_of(lines, method)).steps()


class _BlockRecogniser(Recogniser):
    def __init__(self, method: Function, lines: Sequence[str], comments: Mapping[int, str]) -> None:
        super().__init__(method, lines, comments)
        self._calls: set[str] = set()

    def steps(self) -> Steps:
        """What was inserted."""
        *before, block = self.method.body
        if not is_block(block):
            raise NotOursError("there is no block around the method's statements", block)
        for number, statement in enumerate(before):
            is_docstring = number == 0 and ast.get_docstring(self.method, clean=False) is not None
            if not is_docstring and not isinstance(statement, ast.Global | ast.Nonlocal):
                raise NotOursError("a statement stands in front of the block", statement)
        variable = block.items[0].optional_vars
        self.service = variable.id if isinstance(variable, ast.Name) else ""
        self.made.add(self.service)
        self._calls = {
            name
            for node in walk(block)
            if isinstance(node, ast.Assign) and self._begins(node) and (name := target(node)) is not None
        }
        self.made |= self._calls
        kept = self._suite(block.body)
        if not kept:
            raise NotOursError("nothing is left of the method but steps", block)
        self._leave_nothing([*before, *kept])
        self._are_copies(kept)
        return Steps(len(before), frozenset(map(id, self.found)))

    def _is_one(self, statement: ast.stmt) -> bool:
        if isinstance(statement, ast.Assign):
            return self._is_assignment(statement)
        if isinstance(statement, ast.Expr):
            return self._is_step_call(statement.value)
        if isinstance(statement, ast.If):
            return self._is_for_a_call(statement)
        if isinstance(statement, ast.With):
            return self._is_reading(statement)
        return isinstance(statement, ast.For) and self._is_loop(statement)

    def _is_assignment(self, statement: ast.Assign) -> bool:
        name = target(statement)
        if name is None:
            return False
        if name in self._calls:
            return self._begins(statement) or is_bound_to(statement, name, None)
        if self._labelled(statement, "answer") or self._labelled(statement, "persist"):
            self.made.add(name)
            return True
        return False

    def _begins(self, statement: ast.Assign) -> bool:
        """`call = steps.llm_call(prompt=...)`, or that under a condition."""
        value = statement.value
        if (
            isinstance(value, ast.IfExp)
            and isinstance(value.orelse, ast.Constant)
            and value.orelse.value is None
        ):
            value = value.body
        return (
            isinstance(value, ast.Call)
            and self._is_on(value, {self.service}, {"llm_call"})
            and not value.args
            and {k.arg for k in value.keywords} <= {"prompt", "model", "executor", "parameters"}
        )

    def _is_step_call(self, value: ast.expr) -> bool:
        return isinstance(value, ast.Call) and (
            self._is_on(value, {self.service}, _OF_BLOCK) or self._is_on(value, self._calls, _OF_CALL)
        )

    @staticmethod
    def _is_on(value: ast.Call, receivers: set[str], methods: frozenset[str] | set[str]) -> bool:
        called = value.func
        return (
            isinstance(called, ast.Attribute)
            and called.attr in methods
            and isinstance(called.value, ast.Name)
            and called.value.id in receivers
        )

    def _is_for_a_call(self, statement: ast.If) -> bool:
        """`if call is not None:` with nothing but its end below."""
        if statement.orelse or not any(compares(statement.test, name, ast.IsNot) for name in self._calls):
            return False
        for inner in statement.body:
            if not self._is_one(inner):
                raise self._unknown(inner)
        return True

    def _is_reading(self, statement: ast.With | ast.AsyncWith) -> bool:
        """Whether a `with` runs a writer into a scratch file."""
        if not self._labelled(statement, "persist"):
            return False
        scratch = is_method_call(statement.items[0].context_expr, "TemporaryDirectory")
        if (
            len(statement.items) != 1
            or not scratch
            or not self._has_reading_form(statement.body, scratch=True)
        ):
            raise NotOursError(f"the step on line {statement.lineno} has another form", statement)
        self.made |= bound(statement)
        return True

    def _is_loop(self, statement: ast.For) -> bool:
        """`for target in luigi.task.flatten(self.output()): steps.read_back(target)`."""
        if not self._labelled(statement, "persist") or statement.orelse or len(statement.body) != 1:
            return False
        (inner,) = statement.body
        if not isinstance(inner, ast.Expr) or not self._is_step_call(inner.value):
            return False
        self.made |= bound(statement)
        return True
