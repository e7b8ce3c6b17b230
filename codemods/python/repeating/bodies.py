"""What running the body of a function in sight once more does."""

from __future__ import annotations

import ast

from codemods.knowledge.library_functions import Use
from codemods.knowledge.verdicts import Verdict
from codemods.python.classes import Function
from codemods.python.repeating.frames import SAME, Frame, Outcome, worst
from codemods.python.repeating.interpreter import Interpreter
from codemods.python.repeating.kept import filled_with, is_emptied
from codemods.python.repeating.name_values import _holder
from codemods.python.repeating.values import CONTAINERS, UNKNOWN, Value

_IDLE = (ast.Pass, ast.Break, ast.Continue, ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal, Function)
_KEPT = frozenset("text number date path bytes none target".split())
_UNCHANGEABLE = frozenset("text number date path bytes none nothing tuple".split())


class Bodies:
    """Runs bodies."""

    def __init__(self, evaluator: Interpreter) -> None:
        self._evaluator = evaluator

    def run(self, function: ast.FunctionDef, frame: Frame) -> tuple[Outcome, list[Value], list[Value]]:
        """What the body does, what it returns, and what it yields."""
        run = _Run(self._evaluator, frame)
        return run.suite(function.body), run.returned, run.yielded


class _Run:
    """One run of one body."""

    def __init__(self, evaluator: Interpreter, frame: Frame) -> None:
        self._evaluator = evaluator
        self._frame = frame
        self.returned: list[Value] = []
        self.yielded: list[Value] = []

    def suite(self, body: list[ast.stmt]) -> Outcome:
        return worst(SAME, *(self._statement(s) for s in body))

    def _evaluate(self, node: ast.AST | None) -> Outcome:
        return self._evaluator.evaluate(node, self._frame)

    def _statement(self, node: ast.stmt) -> Outcome:
        if isinstance(node, _IDLE):
            return SAME
        if isinstance(node, ast.Return):
            found = self._evaluate(node.value)
            self.returned.append(found.value)
            return found
        if isinstance(node, ast.Expr):
            return self._effect(node.value)
        if isinstance(node, ast.Assign):
            return worst(self._assigned(node.value), *(self._target(t, node.value) for t in node.targets))
        if isinstance(node, ast.AnnAssign):
            if node.value is None:
                return SAME
            return worst(self._assigned(node.value), self._target(node.target, node.value))
        if isinstance(node, ast.AugAssign):
            return self._added(node)
        if isinstance(node, ast.Raise):
            return worst(self._evaluate(node.exc), self._evaluate(node.cause))
        if isinstance(node, ast.Assert | ast.If | ast.While):
            test = self._evaluator.use(self._evaluate(node.test), Use.SIZE, node.test)
            return worst(test, self._suites(node))
        if isinstance(node, ast.For):
            run_over = self._evaluator.use(self._evaluate(node.iter), Use.ITERATE, node.iter)
            return worst(run_over, self._target(node.target, node.iter, looped=True), self._suites(node))
        if isinstance(node, ast.With):
            managers = [self._evaluator.calls.manager(i.context_expr, self._frame) for i in node.items]
            return worst(SAME, *managers, self._suites(node))
        if isinstance(node, ast.Try):
            return self._suites(node)
        if isinstance(node, ast.Match):
            subject = self._evaluator.use(self._evaluate(node.subject), Use.SHOW, node.subject)
            guards = [self._evaluate(c.guard) for c in node.cases if c.guard is not None]
            return worst(subject, *guards, *(self.suite(c.body) for c in node.cases))
        if isinstance(node, ast.Delete):
            return worst(SAME, *(self._target(t, t) for t in node.targets))
        return Outcome(Verdict.UNKNOWN, UNKNOWN, node, "is a statement that is not understood")

    def _suites(self, node: ast.stmt) -> Outcome:
        suites = [getattr(node, name, []) for name in ("body", "orelse", "finalbody")]
        suites.extend(handler.body for handler in getattr(node, "handlers", []))
        return worst(SAME, *(self.suite(suite) for suite in suites))

    def _assigned(self, node: ast.expr) -> Outcome:
        return self._yield(node) if isinstance(node, ast.Yield | ast.YieldFrom) else self._evaluate(node)

    def _effect(self, node: ast.expr) -> Outcome:
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return self._yield(node)
        dumped = self._dumped(node)
        if dumped is not None:
            return dumped
        return self._evaluate(node)

    def _yield(self, node: ast.Yield | ast.YieldFrom) -> Outcome:
        found = self._evaluate(node.value)
        if isinstance(node, ast.YieldFrom):
            self.yielded.append(self._evaluator.element(found.value))
            return self._evaluator.use(found, Use.ITERATE, node.value)
        self.yielded.append(found.value)
        return found

    def _dumped(self, node: ast.expr) -> Outcome | None:
        """`json.dump(data, f)` into a file that is opened here, and `print(..., file=f)`."""
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name | ast.Attribute):
            return None
        named = ast.unparse(node.func)
        arguments = [*node.args, *(k.value for k in node.keywords)]
        if named not in {"json.dump", "yaml.dump", "yaml.safe_dump", "print"}:
            return None
        handles = [a for a in arguments if self._evaluator.value(a, self._frame).kind in {"handle", "buffer"}]
        if not handles or not all(self._evaluator.value(h, self._frame).fresh for h in handles):
            return None
        if named == "json.dump":
            kept = [k for k in node.keywords if k.value not in handles]
            dumps = ast.Attribute(node.func.value, "dumps", ast.Load())  # type: ignore[union-attr]
            call = ast.Call(dumps, [a for a in node.args if a not in handles], kept)
            return self._evaluate(ast.copy_location(call, node))
        shown = [a for a in arguments if a not in handles]
        return worst(SAME, *(self._evaluator.use(self._evaluate(a), Use.SHOW, a) for a in shown))

    def _added(self, node: ast.AugAssign) -> Outcome:
        found = self._evaluate(node.value)
        target = node.target
        read = ast.copy_location(_as_read(target), target)
        value = self._evaluate(read).value
        if value.kind == "unknown":
            found = worst(found, Outcome(Verdict.UNKNOWN, UNKNOWN, read, "is added to, and out of sight"))
        if found.value.kind in CONTAINERS or value.kind in CONTAINERS:
            found = self._evaluator.use(found, Use.ITERATE, node.value)
        else:
            found = self._evaluator.use(found, Use.SHOW, node.value)
        if isinstance(target, ast.Name) and not self._is_outer(target.id):
            if value.kind in _UNCHANGEABLE or value.fresh:
                return found
            return worst(found, Outcome(Verdict.EFFECT, UNKNOWN, target, "is changed in place"))
        return worst(found, self._target(target, node.value))

    def _is_outer(self, name: str) -> bool:
        return _holder(name, self._frame) is not self._frame

    def _target(self, target: ast.expr, value: ast.expr, *, looped: bool = False) -> Outcome:
        if isinstance(target, ast.Name):
            holder = _holder(target.id, self._frame)
            if holder is None or holder.lasting:
                return Outcome(Verdict.EFFECT, UNKNOWN, target, "is a name of another function, bound anew")
            return SAME
        if isinstance(target, ast.Tuple | ast.List):
            given = self._evaluate(value).value
            if looped:
                given = self._evaluator.element(given)
            unpacked = self._evaluator.used(given, Use.ITERATE, value)
            return worst(unpacked, *(self._inner_target(t, value) for t in target.elts))
        return self._inner_target(target, value)

    def _inner_target(self, target: ast.expr, value: ast.expr) -> Outcome:
        if isinstance(target, ast.Starred):
            target = target.value
        if isinstance(target, ast.Tuple | ast.List):
            return worst(SAME, *(self._inner_target(t, value) for t in target.elts))
        if isinstance(target, ast.Name):
            return self._target(target, value)
        if isinstance(target, ast.Attribute | ast.Subscript):
            owner = self._evaluate(target.value)
            index = self._evaluate(target.slice) if isinstance(target, ast.Subscript) else SAME
            name = "__setitem__" if isinstance(target, ast.Subscript) else "__setattr__"
            found = worst(owner, index)
            if owner.value.kind == "instance":
                hooks = (
                    self._evaluator.objects.implementations(owner.value.ref, name) if owner.value.ref else []
                )
                if hooks or isinstance(target, ast.Subscript):
                    found = worst(found, Outcome(Verdict.UNKNOWN, UNKNOWN, target, f"goes through {name}"))
            if owner.value.fresh or self._is_filled_once(target, value, owner.value):
                return found
            return worst(found, Outcome(Verdict.EFFECT, UNKNOWN, target, "is assigned, and lasts"))
        return SAME

    def _is_filled_once(self, target: ast.expr, value: ast.expr, owner: Value) -> bool:
        """Whether an attribute is filled where it is empty, with what nobody can change or use up."""
        if owner.kind not in {"instance", "class"} or owner.ref is None:
            return False
        objects, classes = self._evaluator.objects, self._evaluator.sources.classes
        related = {id(r.node): r for v in objects.variants(owner.ref) for r in classes.line(v)}
        made = filled_with(target, value, self._frame.scope, related.values())
        if made is None or not isinstance(target, ast.Attribute):
            return False
        # An object that a class keeps is the same one from then on, and no longer fresh to who reads it.
        kept = _KEPT | ({"instance"} if owner.kind == "class" else set())
        if self._evaluate(value).value.kind in kept:
            return True
        # What the attribute holds is what was made, or the constant that says that it is empty.
        return is_emptied(target.attr, related.values()) and self._evaluate(made).value.kind in kept


def _as_read(target: ast.expr) -> ast.expr:
    if isinstance(target, ast.Name):
        return ast.Name(target.id, ast.Load())
    if isinstance(target, ast.Attribute):
        return ast.Attribute(target.value, target.attr, ast.Load())
    if isinstance(target, ast.Subscript):
        return ast.Subscript(target.value, target.slice, ast.Load())
    return target
