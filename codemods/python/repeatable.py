"""Whether an expression gives the same value and no lasting effect when it is evaluated once more.

Inserting only means that a content expression, a file's name or a prompt is evaluated twice: once for the row, once
in the original statement. The answer is a proof or none: what is out of sight is unknown, and unknown is not the
same. The proof is that of `codemods.python.repeating.evaluation`, an interpreter over what is known of values.

What is over-approximated: a name has the join of all its bindings where the order of the statements does not decide
it; both branches of a condition run; a call of a method runs every override in the tree. What is taken on trust: a
concrete annotation, the kind of a Luigi parameter, and that a task's `input()` and `output()`, where their source is
out of reach, are the same each time, as Luigi itself needs them to be.
"""

from __future__ import annotations

import ast

from codemods.knowledge.library_functions import Use
from codemods.knowledge.verdicts import Verdict
from codemods.python.classes import Function
from codemods.python.inference import ClassInference
from codemods.python.repeating.evaluation import Evaluator
from codemods.python.repeating.frames import SAME, Outcome, outer_frame
from codemods.python.repeating.values import Value
from codemods.python.scopes import Scope, Sources


class Repeatability:
    """Decides for expressions and, through their sources, for the functions that they call."""

    def __init__(self, sources: Sources, inference: ClassInference, frame: Function | None = None) -> None:
        """`frame` is the entry method; it is kept for the callers that name it."""
        self._frame = frame
        self._evaluator = Evaluator(sources, inference)

    def never_again(self, call: ast.Call, scope: Scope) -> None:
        """Takes a call that must not be made a second time whatever its source says: an LLM call."""
        self._evaluator.calls.never_again(call, scope)

    def expression(self, node: ast.AST | None, scope: Scope) -> Verdict:
        """What evaluating the expression once more does."""
        return self.outcome(node, scope).verdict

    def outcome(self, node: ast.AST | None, scope: Scope, *, how: Use = Use.KEEP) -> Outcome:
        """The verdict, the value, and what it is that is not the same.

        Args:
            node: the expression.
            scope: where it stands.
            how: what is done with its value, once more, after that.
        """
        self._evaluator.home = self._evaluator.home or scope.module
        found = self._evaluator.evaluate(node, outer_frame(scope))
        return self._evaluator.use(found, how, node) if node is not None else found

    def with_handle(self, node: ast.expr, handle: str, scope: Scope) -> Outcome:
        """What an expression does that is given a file, where that is opened anew."""
        frame = outer_frame(scope).within({handle: Value("handle", fresh=True)})
        return self._evaluator.evaluate(node, frame)

    def unpacked(self, loop: ast.For, scope: Scope) -> Outcome:
        """What unpacking the elements of a loop into its targets does."""
        if isinstance(loop.target, ast.Name):
            return SAME
        value = self._evaluator.value(loop.iter, outer_frame(scope))
        return self._evaluator.used(self._evaluator.element(value), Use.ITERATE, loop.iter)

    def reason(self, node: ast.AST | None, scope: Scope, *, how: Use = Use.KEEP) -> str:
        """What of the expression is not proven to be the same, and why; empty where all is."""
        found = self.outcome(node, scope, how=how)
        return "" if found.verdict is Verdict.SAME else describe(found)


def describe(found: Outcome) -> str:
    """What is not proven to be the same, and why, in words."""
    if found.culprit is None:
        return "it is not proven to be the same twice"
    return f"{_short(found.culprit)} {found.why}"


def _short(node: ast.AST) -> str:
    try:
        text = ast.unparse(node)
    except (AttributeError, ValueError, RecursionError):
        return "an expression"
    text = text.partition("\n")[0]
    return text if len(text) <= 60 else f"{text[:57]}..."
