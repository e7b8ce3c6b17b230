"""Where the content of a file can be known before the file is written (ways 1 to 3 of the pattern)."""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass

from codemods.knowledge.verdicts import Verdict
from codemods.model import ContentOrigin
from codemods.python.callees import Callee, find_callee
from codemods.python.global_names import last_star_import, written_names
from codemods.python.opening import is_idle, joined, written_expression
from codemods.python.scopes import Scope, parameters
from codemods.python.sourcing import source_or_none
from codemods.python.statements import read_names
from codemods.python.substitution import bind_arguments, substitute
from codemods.python.trees import walk
from codemods.tasks.context import TaskContext
from codemods.tasks.replaying import ReplayChecker
from codemods.tasks.writer_source import path_parameter, written_text

_LONGEST_CARRIED = 320


@dataclass(frozen=True)
class Content:
    """How to know a file's content.

    Attributes:
        origin: which way.
        expression: the content (ways 1 and 2), None for a replay or a scratch file.
        replay: the statements to run once more with the handle bound to a buffer.
        handle: the name of the file handle in `replay`, or of the open file that is read back.
        bytes_at: the attribute of that open file that names where its bytes are.
        is_bytes: whether the content is bytes, not text.
        source: the path that is read before a file is moved or copied from there.
        verdict: whether doing it twice gives the same bytes.
        why: what is not proven to be the same, empty where all is.
    """

    origin: ContentOrigin
    expression: ast.expr | None = None
    replay: tuple[ast.stmt, ...] = ()
    handle: str = ""
    bytes_at: str = ""
    is_bytes: bool = False
    source: ast.expr | None = None
    verdict: Verdict = Verdict.SAME
    why: str = ""

    @property
    def once_only(self) -> bool:
        """Whether it is not proven that it can be done twice."""
        return self.verdict > Verdict.MAY_DIFFER


class ContentFinder:
    """Finds the content of the writes of one task."""

    def __init__(self, context: TaskContext) -> None:
        self._context = context

    def of_handle(self, body: list[ast.stmt], handle: str, scope: Scope) -> Content:
        """Way 1: the statements that write to an open handle.

        Raises:
            Refused: the content consumes or changes something.
        """
        expressions: list[ast.expr] = []
        assigned: dict[str, ast.expr] = {}
        for statement in body:
            written = written_expression(statement, handle)
            if written is not None and handle in read_names(written):
                # What is asked of the open file cannot be asked before it is opened, nor of a buffer.
                return self._replay(body, handle, scope)
            if written is not None:
                expressions.append(substitute(written, assigned) if assigned else written)
            elif is_idle(statement, handle):
                continue
            elif (
                isinstance(statement, ast.Assign)
                and len(statement.targets) == 1
                and isinstance(statement.targets[0], ast.Name)
                and handle not in read_names(statement.value)
            ):
                assigned[statement.targets[0].id] = substitute(statement.value, assigned)
            else:
                return self._replay(body, handle, scope)
        if not expressions:
            return Content(ContentOrigin.IN_METHOD, ast.Constant(""))
        content = joined(expressions)
        if source_or_none(content) is None:
            return self._replay(body, handle, scope)
        return self._judged(ContentOrigin.IN_METHOD, content, scope)

    def _replay(self, body: list[ast.stmt], handle: str, scope: Scope) -> Content:
        checker = ReplayChecker(self._context, handle, scope, body)
        verdict, why = checker.suite(body)
        return Content(ContentOrigin.REPLAY, None, tuple(body), handle, verdict=verdict, why=why)

    def of_expression(self, expression: ast.expr, scope: Scope) -> Content:
        """Way 1 for `path.write_text(expression)` and the like."""
        return self._judged(ContentOrigin.IN_METHOD, expression, scope)

    def _judged(self, origin: ContentOrigin, expression: ast.expr, scope: Scope) -> Content:
        repeatable = self._context.repeatable
        verdict = repeatable.expression(expression, scope)
        return Content(origin, expression, verdict=verdict, why=repeatable.reason(expression, scope))

    def of_call(self, call: ast.Call, path_index: int | str, scope: Scope) -> Content:
        """Ways 2 and 3: a called writer is given the path.

        Args:
            call: the call.
            path_index: the position or keyword of the path among its arguments.
            scope: where the call stands.

        Raises:
            Refused: running the writer once more would change something.
        """
        callee = self._callee(call, scope)
        carried = self._carry(callee, call, path_index, scope) if callee is not None else None
        if carried is not None:
            return self._judged(ContentOrigin.WRITER_SOURCE, carried, scope)
        # To be run with the path of a scratch file: what it opens there is its own.
        again = _with_path(call, path_index)
        verdict = self._context.repeatable.expression(again, scope)
        why = self._context.repeatable.reason(again, scope)
        if callee is None and verdict is Verdict.SAME:
            verdict = Verdict.MAY_DIFFER
        return Content(ContentOrigin.SCRATCH_FILE, verdict=verdict, why=why)

    def _callee(self, call: ast.Call, scope: Scope) -> Callee | None:
        return find_callee(call, scope, self._context.sources, self._context.inference)

    def _carry(self, callee: Callee, call: ast.Call, path_index: int | str, scope: Scope) -> ast.expr | None:
        if not isinstance(callee.function, ast.FunctionDef):
            return None
        arguments = bind_arguments(callee.function, call, bound=callee.bound)
        parameter = path_parameter(callee.function, path_index, bound=callee.bound)
        if arguments is None or parameter is None:
            return None
        body = written_text(callee.function, parameter)
        if body is None:
            return None
        if callee.bound and callee.receiver is not None:
            arguments[parameters(callee.function)[0].arg] = callee.receiver
        expression = substitute(body, arguments)
        return expression if self._is_portable(body, expression, callee, arguments, scope) else None

    def _is_portable(
        self,
        body: ast.expr,
        expression: ast.expr,
        callee: Callee,
        arguments: dict[str, ast.expr],
        scope: Scope,
    ) -> bool:
        source = source_or_none(expression)
        if source is None or len(source) > _LONGEST_CARRIED:
            return False
        own = {n.id for n in walk(body) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        free_in_arguments = set().union(*(read_names(a) for a in arguments.values())) if arguments else set()
        if own & (free_in_arguments | set(scope.bindings)):
            return False
        for node in walk(body):
            if (
                isinstance(node, ast.Attribute)
                and node.attr.startswith("__")
                and not node.attr.endswith("__")
            ):
                return False
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in own:
                if node.id in arguments:
                    continue
                if not self._means_the_same(node.id, callee, scope):
                    return False
        return True

    def _means_the_same(self, name: str, callee: Callee, scope: Scope) -> bool:
        there, here = callee.module, scope.module
        if scope.is_local(name):
            return False
        if name == "json":
            return there.binds(name, "json") and (name not in here.bindings or here.binds(name, "json"))
        if name not in there.bindings:
            # A star import may bring a name of its own in place of the builtin.
            hidden = last_star_import(there) or last_star_import(here)
            written = written_names(there) | written_names(here)
            return name not in written and not hidden and hasattr(builtins, name)
        if there is here:
            return True
        left = self._context.sources.names.resolve(ast.Name(name, ast.Load()), there)
        right = self._context.sources.names.resolve(ast.Name(name, ast.Load()), here)
        if left is not None and right is not None:
            return left.node is right.node
        return name in here.bindings and here.bindings[name] == there.bindings[name]

    def of_helper(
        self, body: ast.expr, callee: Callee, arguments: dict[str, ast.expr], scope: Scope
    ) -> Content | None:
        """Way 2 for a helper method that chooses the file itself; None where its content is its own."""
        expression = substitute(body, arguments)
        if not self._is_portable(body, expression, callee, arguments, scope):
            return None
        return self._judged(ContentOrigin.WRITER_SOURCE, expression, scope)


def _with_path(call: ast.Call, path_index: int | str) -> ast.Call:
    path = ast.Constant("scratch")
    arguments = [path if i == path_index else a for i, a in enumerate(call.args)]
    keywords = [ast.keyword(k.arg, path) if k.arg == path_index else k for k in call.keywords]
    return ast.copy_location(ast.Call(call.func, arguments, keywords), call)
