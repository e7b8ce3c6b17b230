"""Whether the statements under a file handle may run once more, into a buffer."""

from __future__ import annotations

import ast

from codemods.knowledge.library_functions import Use
from codemods.knowledge.verdicts import Verdict
from codemods.python.call_facts import is_logging_call, is_new_value
from codemods.python.repeatable import describe
from codemods.python.repeating.frames import SAME, Outcome, worst
from codemods.python.scopes import Scope
from codemods.python.statements import bound_names
from codemods.python.trees import walk
from codemods.tasks.context import TaskContext
from codemods.tasks.open_files import OpenFiles

_WRAPPERS = frozenset({"csv.writer", "csv.DictWriter"})
_BUFFER_METHODS = frozenset({"write", "writelines", "flush", "tell", "seek", "truncate"})
_DUMPERS = frozenset({"json.dump", "yaml.dump", "yaml.safe_dump"})


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

    def suite(self, body: list[ast.stmt]) -> tuple[Verdict, str]:
        """What running the statements once more does, and what it is that is not the same."""
        found = worst(self._kept_names(body), self._suite(body))
        if found.verdict is Verdict.SAME:
            return Verdict.SAME, ""
        return found.verdict, describe(found)

    def _kept_names(self, body: list[ast.stmt]) -> Outcome:
        """Refuses a name that is bound here and read with the value it has before: a replayed one has none."""
        inside = {id(node) for statement in body for node in walk(statement)}
        for name in sorted(frozenset[str]().union(*(bound_names(s) for s in body))):
            if all(id(node) in inside for node in self._scope.values_of(name) or ()):
                continue
            read = _read_before(body, name, [])
            if read is not None:
                return _once(read, "is read before it is bound again")
        return SAME

    def _suite(self, body: list[ast.stmt]) -> Outcome:
        return worst(SAME, *(self._statement(s) for s in body))

    def _statement(self, node: ast.stmt) -> Outcome:
        if isinstance(node, ast.Pass):
            return SAME
        if isinstance(node, ast.Continue | ast.Break):
            # The proof takes no jump of an inserted statement.
            return _once(node, "leaves a pass of a loop")
        if isinstance(node, ast.Expr):
            return self._effect(node.value)
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if not all(isinstance(t, ast.Name) for t in targets):
                return _once(targets[0], "is assigned, and lasts")
            return self._value(node.value)
        if isinstance(node, ast.For) and not node.orelse:
            run_over = self._used(node.iter, Use.ITERATE)
            element = self._context.repeatable.unpacked(node, self._scope)
            return worst(run_over, element, self._suite(node.body))
        if isinstance(node, ast.If):
            return worst(self._used(node.test, Use.SIZE), self._suite(node.body), self._suite(node.orelse))
        return _once(node, "is a statement that cannot be run once more")

    def _used(self, node: ast.expr, how: Use) -> Outcome:
        asked = self._asked_of_handle(node)
        if asked is not None:
            return asked
        return self._context.repeatable.outcome(node, self._scope, how=how)

    def _asked_of_handle(self, node: ast.AST | None) -> Outcome | None:
        """What an expression asks of the open file that is no method by which it is written: its name, its class."""
        if node is None or not any(isinstance(n, ast.Name) and n.id == self._handle for n in walk(node)):
            return None
        return _once(node, "asks the open file itself")

    def _expression(self, node: ast.AST | None) -> Outcome:
        asked = self._asked_of_handle(node)
        if asked is not None:
            return asked
        return self._context.repeatable.outcome(node, self._scope)

    def _value(self, node: ast.expr | None) -> Outcome:
        """An assigned value; `csv.writer(f)` is made once more, around the buffer."""
        if not isinstance(node, ast.Call) or not self._wraps_handle(node):
            return self._expression(node)
        origin = self._context.sources.names.origin(node.func, self._scope.module)
        if origin not in _WRAPPERS:
            return _once(node, "is given the file, and out of sight")
        return worst(SAME, *(self._expression(a) for a in _arguments(node) if not self._is_handle(a)))

    def _effect(self, node: ast.expr) -> Outcome:
        if isinstance(node, ast.Constant) or is_logging_call(node):
            return SAME
        if not isinstance(node, ast.Call):
            return self._expression(node)
        how = self._use_of(node)
        found = worst(SAME, *(self._used(a, how) for a in _arguments(node) if not self._is_handle(a)))
        root: ast.expr = node.func
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(root, ast.Name) and root.id in self._made_anew:
            if root.id == self._handle and not self._is_of_any_text_file(node.func):
                return _once(node, "is of a real file alone")
            return found
        if not self._wraps_handle(node):
            return _once(node, "is called for its effect")
        if self._is_builtin_print(node.func):
            return found
        origin = self._context.sources.names.origin(node.func, self._scope.module)
        if origin in _DUMPERS:
            return worst(found, self._encoder(node))
        if OpenFiles(self._context).closes(node, self._scope):
            return _once(node, "may close the file, and what a closed buffer held is gone")
        given = self._context.repeatable.with_handle(node, self._handle, self._scope)
        return worst(found, Outcome(Verdict.MAY_DIFFER, culprit=node, why="is given the file"), given)

    def _encoder(self, node: ast.Call) -> Outcome:
        """What the `cls=` or `default=` of a call of `json.dump` runs, as `json.dumps` has it."""
        if not any(k.arg in {"cls", "default", None} for k in node.keywords):
            return SAME
        written = [a for a in node.args if not self._is_handle(a)]
        options = [k for k in node.keywords if not self._is_handle(k.value)]
        dumps = ast.Attribute(ast.Name("json", ast.Load()), "dumps", ast.Load())
        return self._expression(ast.copy_location(ast.Call(dumps, written, options), node))

    @staticmethod
    def _is_of_any_text_file(function: ast.expr) -> bool:
        """Whether a buffer in memory has the method too: `f.write`, not `f.buffer.write` or `f.fileno`."""
        return (
            isinstance(function, ast.Attribute)
            and isinstance(function.value, ast.Name)
            and function.attr in _BUFFER_METHODS
        )

    def _use_of(self, node: ast.Call) -> Use:
        """What is done with the arguments: text is written as it is, lines are run over, anything else is shown."""
        if isinstance(node.func, ast.Attribute):
            if node.func.attr in {"write", "append", "writeheader"}:
                return Use.KEEP
            if node.func.attr == "writelines":
                return Use.ITERATE
        origin = self._context.sources.names.origin(node.func, self._scope.module)
        return Use.KEEP if origin == "json.dump" else Use.SHOW

    def _is_builtin_print(self, function: ast.expr) -> bool:
        return (
            isinstance(function, ast.Name)
            and function.id == "print"
            and not self._scope.is_local("print")
            and "print" not in self._scope.module.bindings
        )


def _read_before(suite: list[ast.stmt], name: str, bound: list[str]) -> ast.AST | None:
    """The first read of a name that may come before the statements have bound it; `bound` tells when they have."""
    for statement in suite:
        if bound:
            return None
        if isinstance(statement, ast.For):
            found = _first_read(statement.iter, name)
            own = bound[:]
            if any(isinstance(n, ast.Name) and n.id == name for n in walk(statement.target)):
                own.append(name)
            found = found or _read_before(statement.body, name, own)
        elif isinstance(statement, ast.If):
            branches: list[list[str]] = [[], []]
            found = _first_read(statement.test, name)
            for branch, seen in zip((statement.body, statement.orelse), branches, strict=True):
                found = found or _read_before(branch, name, seen)
            if all(branches):
                bound.append(name)
        else:
            found = _first_read(statement, name)
            if name in bound_names(statement):
                bound.append(name)
        if found is not None:
            return found
    return None


def _first_read(node: ast.AST, name: str) -> ast.AST | None:
    reads = (
        n for n in walk(node) if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load)
    )
    return next(reads, None)


def _once(node: ast.AST, why: str) -> Outcome:
    return Outcome(Verdict.EFFECT, culprit=node, why=why)


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(k.value for k in call.keywords)]
