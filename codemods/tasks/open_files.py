"""Whether what was written to an open file can be read back under its name, before the file is closed (way 2).

Whatever is written, by loops, iterators, random numbers or a clock, is evaluated once: the original's own way. What has
to be known is that the file is still open at the end of the block, that the end is reached on every way that leaves the
file whole, and that its bytes are the text's.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from codemods.knowledge.file_handles import (
    ATTRIBUTES,
    BYTE_ATTRIBUTES,
    BYTE_METHODS,
    BYTE_WRITERS,
    METHODS,
    WRITERS,
)
from codemods.python.callees import Callee, find_callee
from codemods.python.classes import Function
from codemods.python.effects.external import full_name
from codemods.python.frame_nodes import names_bound_by
from codemods.python.opening import opened_path
from codemods.python.scopes import Scope, declared_elsewhere, own_nodes, parameters
from codemods.python.statements import Site
from codemods.python.substitution import bind_arguments
from codemods.python.trees import children, walk
from codemods.tasks.context import TaskContext
from codemods.tasks.places import Location, makes_temporary_path

_DEEPEST = 4


class _Level(NamedTuple):
    """Where a use of an open file stands.

    Attributes:
        as_bytes: whether it is read back as bytes.
        depth: how many functions deep.
        is_dropped: whether what the innermost function returns is dropped.
    """

    as_bytes: bool = False
    depth: int = 0
    is_dropped: bool = False


def name_attribute(call: ast.Call, location: Location) -> str:
    """The attribute of an open file that names where its bytes are: Luigi's targets write to a temporary file.

    Measured with Luigi 3.6 to 3.8: after `flush()`, the file `tmp_path` holds exactly what was written.
    """
    return "tmp_path" if opens_target(call, location) else "name"


def opens_target(call: ast.Call, location: Location) -> bool:
    """Whether a call is the `open` of a target, whose file appears when it is closed."""
    return isinstance(call.func, ast.Attribute) and location.kind == "target"


class OpenFiles:
    """Answers for the files that one task opens by `with`."""

    def __init__(self, context: TaskContext) -> None:
        self._context = context

    def block_doubt(
        self,
        statement: ast.With | ast.AsyncWith,
        item: ast.withitem,
        handle: str,
        scope: Scope,
        *,
        as_bytes: bool = False,
    ) -> str:
        """Why a file cannot be read back at the end of the block that it is open in; empty where it can."""
        if isinstance(statement, ast.AsyncWith):
            return "the block is asynchronous"
        for inner in statement.items[statement.items.index(item) + 1 :]:
            if not is_file_context(inner.context_expr):
                # It could end an error of the block: the file would be closed whole, its row never made.
                return f"{ast.unparse(inner.context_expr)} may leave the block before its end"
        return self._doubt(statement.body, handle, scope, as_bytes=as_bytes)

    def closed_at(self, site: Site) -> Site | None:
        """The statement `f.close()` in the suite of `f = open(...)`, None where there is not exactly one."""
        handle = assigned_name(site.statement)
        suite = site.chain[-1].suite
        found = [
            other
            for other in self._context.sites
            if other.chain[-1].suite is suite
            and other.chain[-1].index > site.chain[-1].index
            and _closes(other.statement, handle)
        ]
        return found[0] if handle and len(found) == 1 else None

    def close_doubt(self, opened: Site, closed: Site, *, as_bytes: bool = False) -> str:
        """Why a file cannot be read back before the statement that closes it; empty where it can."""
        handle = assigned_name(opened.statement)
        if len(opened.scope.bindings.get(handle, ())) != 1:
            return f"{handle} is bound more than once"
        body = opened.chain[-1].suite[opened.chain[-1].index + 1 : closed.chain[-1].index]
        return self._doubt(body, handle, opened.scope, as_bytes=as_bytes)

    def _doubt(self, body: Sequence[ast.stmt], handle: str, scope: Scope, *, as_bytes: bool) -> str:
        for inner in body:
            left = next(leaving(inner), None)
            if left is not None:
                kind = type(left).__name__.lower()
                return f"the {kind} on line {left.lineno} leaves the block before its end"
        if handle in declared_elsewhere(scope.function):
            return f"{handle} is a name of other functions too"
        if any(handle in names_bound_by(node) for inner in body for node in walk(inner)):
            return f"{handle} is bound anew in the block"
        # A function that is defined elsewhere in the method may be called in the block, and sees the same name.
        nested = [
            n
            for n in walk(scope.function)
            if isinstance(n, Function | ast.Lambda) and n is not scope.function
        ]
        if any(isinstance(n, ast.Nonlocal) and handle in n.names for f in nested for n in walk(f)):
            return f"{handle} is bound anew in a function"
        return self._misuse([*body, *nested], handle, scope, _Level(as_bytes))

    def _misuse(self, body: Sequence[ast.AST], handle: str, scope: Scope, level: _Level) -> str:
        """The first use of an open file that may close it or lead to its bytes."""
        for node in body:
            stack: list[tuple[ast.AST, ast.AST | None, ast.AST | None]] = [(node, None, None)]
            while stack:
                at, above, beyond = stack.pop()
                if isinstance(at, ast.Name) and at.id == handle:
                    found = self._use(at, above, isinstance(beyond, ast.Expr), scope, level)
                    if found:
                        return found
                # A keyword's value is given to the call, as an argument is.
                outer, further = (above, beyond) if isinstance(at, ast.keyword) else (at, above)
                stack.extend((child, outer, further) for child in children(at))
        return ""

    def _use(
        self, name: ast.Name, above: ast.AST | None, is_statement: bool, scope: Scope, level: _Level
    ) -> str:
        if isinstance(above, ast.Attribute):
            known = BYTE_ATTRIBUTES if level.as_bytes else ATTRIBUTES
            return "" if above.attr in known else f"{ast.unparse(above)} is used"
        if isinstance(above, ast.Call) and above.func is not name:
            return self._given(above, name, is_statement, scope, level)
        if isinstance(above, ast.Return) and level.is_dropped:
            return ""
        return f"{name.id} is handed on"

    def closes(self, call: ast.Call, scope: Scope, depth: int = 0) -> bool:
        """Whether a function in sight that a call runs closes something, or enters it by `with`, at any depth."""
        callee = find_callee(call, scope, self._context.sources, self._context.inference)
        if callee is None:
            return False
        given = {p.arg for p in parameters(callee.function)}
        inner = Scope(callee.module, callee.holder, callee.function)
        for node in walk(callee.function):
            if isinstance(node, ast.Attribute) and node.attr in {"close", "detach", "__exit__"}:
                return True
            if (
                isinstance(node, ast.withitem)
                and {n.id for n in walk(node.context_expr) if isinstance(n, ast.Name)} & given
            ):
                return True
            if isinstance(node, ast.Call) and depth < _DEEPEST and self.closes(node, inner, depth + 1):
                return True
        return False

    def _given(self, call: ast.Call, name: ast.Name, is_statement: bool, scope: Scope, level: _Level) -> str:
        function = call.func
        callee = find_callee(call, scope, self._context.sources, self._context.inference)
        if callee is None and is_file_writer(function, scope, self._context, as_bytes=level.as_bytes):
            return ""
        if callee is None or level.depth >= _DEEPEST:
            return f"{name.id} is given to {ast.unparse(function)}, which may close it"
        return self._inside(callee, call, name, _Level(level.as_bytes, level.depth + 1, is_statement))

    def _inside(self, callee: Callee, call: ast.Call, name: ast.Name, level: _Level) -> str:
        """What a function in sight does with the file: it gets the same questions."""
        function = callee.function
        doubt = f"{name.id} is given to {ast.unparse(call.func)}, "
        if not isinstance(function, ast.FunctionDef) or function.decorator_list:
            return f"{doubt}which may close it"
        arguments = bind_arguments(function, call, bound=callee.bound)
        if arguments is None:
            return f"{doubt}in a way that is not understood"
        named = [p.arg for p in parameters(function) if arguments.get(p.arg) is name]
        inner = Scope(callee.module, callee.holder, function)
        if any(isinstance(n, ast.Yield | ast.YieldFrom) for n in own_nodes(function)):
            return f"{doubt}which is a generator"
        for parameter in named:
            if any(parameter in names_bound_by(n) for s in function.body for n in walk(s)):
                return f"{doubt}which binds it anew"
            found = self._misuse(function.body, parameter, inner, level)
            if found:
                return found
        return "" if named else f"{doubt}in a way that is not understood"


def is_file_writer(function: ast.expr, scope: Scope, context: TaskContext, *, as_bytes: bool) -> bool:
    """Whether a function or method of a library is known to write to a file that it is given, and to leave it open."""
    writers, methods = (BYTE_WRITERS, BYTE_METHODS) if as_bytes else (WRITERS, METHODS)
    if isinstance(function, ast.Name) and not scope.is_local(function.id):
        if function.id not in scope.module.bindings:
            return function.id in writers
    elif isinstance(function, ast.Attribute) and function.attr in methods:
        return True
    return (full_name(function, scope, context.sources) or "") in writers


def is_file_context(expression: ast.expr) -> bool:
    """Whether what a `with` enters is a file or a path of Luigi's, which never ends an error of its block."""
    if makes_temporary_path(expression):
        return True
    return isinstance(expression, ast.Call) and opened_path(expression) is not None


def assigned_name(statement: ast.stmt) -> str:
    """The name that an assignment binds, empty for other statements."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        return target.id if isinstance(target, ast.Name) else ""
    return ""


def _closes(statement: ast.stmt, handle: str) -> bool:
    return isinstance(statement, ast.Expr) and ast.unparse(statement) == f"{handle}.close()"


def leaving(statement: ast.AST, *, in_loop: bool = False) -> Iterator[ast.stmt]:
    """The statements that leave the block around a statement, other than by an error."""
    if isinstance(statement, ast.Return):
        yield statement
    elif isinstance(statement, ast.Break | ast.Continue):
        if not in_loop:
            yield statement
    elif not isinstance(statement, Function | ast.ClassDef | ast.Lambda):
        for child in children(statement):
            is_body = (
                isinstance(statement, ast.For | ast.AsyncFor | ast.While) and child not in statement.orelse
            )
            yield from leaving(child, in_loop=in_loop or is_body)
