"""One function's own file effects, and the calls in sight through which it may have more.

Over-approximated: every branch and every nested function counts as run, in whatever order.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from codemods.knowledge import file_effects as known
from codemods.knowledge.call_names import BUILTINS, FUNCTIONS, METHODS
from codemods.knowledge.file_uses import Use
from codemods.python.call_facts import called_name, is_logging_call
from codemods.python.effects.external import (
    external_effect,
    is_only_read,
    known_writer,
    origin_of,
    path_argument,
)
from codemods.python.effects.left_out import LeftOut
from codemods.python.effects.model import NOWHERE, OWN, Effect, Place, Places
from codemods.python.effects.opens import opened, use_of_encoding, use_of_mode
from codemods.python.effects.resolving import Called, CallResolver
from codemods.python.effects.values import PathValues, is_open_call
from codemods.python.names import dotted_name
from codemods.python.scopes import Sources, parameters
from codemods.python.substitution import bind_arguments
from codemods.python.trees import children, walk

_NO_EFFECT = frozenset({"isinstance", "issubclass", "id", "hash", "callable", "super", "print", "next"})
FILLS = frozenset("append extend insert add update setdefault appendleft".split())
"""Methods that put an object into a container."""
_SUITES = ("body", "orelse", "finalbody", "handlers", "cases")
_HARMLESS_BUILTINS = BUILTINS | _NO_EFFECT
_PURE = known.PURE | FUNCTIONS
_FILLS_OR_READS = FILLS | METHODS
_OF_FILE_SYSTEMS = frozenset({"copy", "move", "remove", "rename", "rename_dont_move"})
"""Methods of Luigi's file systems, `target.fs`, that change files by their paths."""

_PATH_METHODS = METHODS | frozenset(
    "makedirs temporary_path joinpath with_stem relative_to resolve absolute".split()
)


@dataclass(frozen=True)
class InnerCall:
    """A call in sight inside a function.

    Attributes:
        called: what it calls.
        arguments: the paths that each parameter is given; None where that cannot be told.
        constants: the parameters that are given a literal text, for modes.
        handed: the parameters of the caller that are handed on as they are, by the callee's parameter.
        line: its line.
        by: its source, for people.
    """

    called: Called
    arguments: Mapping[str, Places] | None
    constants: Mapping[str, str]
    handed: Mapping[str, str]
    line: int
    by: str


class FunctionReader:
    """Reads one function."""

    def __init__(self, called: Called, sources: Sources, calls: CallResolver) -> None:
        function = called.function
        self.scope = called.scope
        self._left_out = LeftOut.of(sources)
        self._sources = sources
        self._calls = calls
        self.function = function
        self.values = PathValues(function, _instance_name(called))
        self.effects: dict[Effect, None] = {}
        self.inner: list[InnerCall] = []
        self.written_by: dict[int, set[Place]] = {}
        self.mode_of: dict[int, str] = {}
        self.inner_at: dict[int, InnerCall] = {}
        self._kept_open: set[int] = self._opens_that_end()
        self._declared_outer = frozenset(
            name for n in self.values.nodes if isinstance(n, ast.Global | ast.Nonlocal) for name in n.names
        )
        self._suite(function.body)
        if called.is_wrapped:
            by = function.decorator_list[0] if function.decorator_list else ast.Name(function.name)
            for name in sorted(self.values.parameters):
                self._put(Use.HAND, frozenset({Place(name)}), by)

    def _opens_that_end(self) -> set[int]:
        """The calls to open whose file is closed, or written in one go, by the function itself."""
        found: set[int] = set()
        returned = {
            n.id
            for node in self.values.nodes
            if isinstance(node, ast.Return | ast.Yield) and node.value is not None
            for n in walk(node.value)
            if isinstance(n, ast.Name)
        }
        for node in self.values.nodes:
            if isinstance(node, ast.withitem):
                found.add(id(node.context_expr))
            elif isinstance(node, ast.Assign) and all(isinstance(t, ast.Name) for t in node.targets):
                if not {t.id for t in node.targets if isinstance(t, ast.Name)} & returned:
                    found.add(id(node.value))
            elif isinstance(node, ast.Attribute) or (isinstance(node, ast.Call) and not is_open_call(node)):
                found.update(id(child) for child in children(node) if is_open_call(child))
        return found

    def _suite(self, body: list[ast.stmt]) -> None:
        for statement in body:
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Raise | ast.Assert):
            return
        if isinstance(node, ast.If | ast.While | ast.Match):
            test = node.subject if isinstance(node, ast.Match) else node.test
            self._test(test, node)
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            self._assignment(node)
        if isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                for found in self._calls.entered(item.context_expr, self.scope):
                    self._inner(found, ast.Call(item.context_expr, [], []), item.context_expr)
        for child in children(node):
            self._below(child)

    def _below(self, node: ast.AST) -> None:
        if isinstance(node, ast.stmt):
            self._statement(node)
        elif isinstance(node, ast.ExceptHandler | ast.match_case):
            self._suite(node.body)
        elif not isinstance(node, ast.Name | ast.Constant):
            self._expression(node)

    def _test(self, test: ast.expr, statement: ast.stmt) -> None:
        """What a decision rests on, the content rests on, unless nothing is written either way."""
        if isinstance(statement, ast.If) and all(
            _is_preparation(s) for s in statement.body + statement.orelse
        ):
            return
        self._put(Use.CONTENT, self.values.of(_without_plain_questions(test)), test)

    def _assignment(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if node.value is None:
            return
        for target in targets:
            if isinstance(target, ast.Attribute) and _is_name(target.value, self.values.self_name):
                self._put(Use.KEEP, self.values.of(node.value), node, kept_in=target.attr)
            elif isinstance(target, ast.Attribute | ast.Subscript):
                root = dotted_name(target.value) or ""
                first = root.partition(".")[0]
                if first in self.values.parameters or first == self.values.self_name or not first:
                    self._put(Use.KEEP, self.values.of(node.value), node)
            elif isinstance(target, ast.Name) and self._is_outer(target.id):
                self._put(Use.KEEP, self.values.of(node.value), node)

    def _is_outer(self, name: str) -> bool:
        return name in self._declared_outer

    def _expression(self, node: ast.AST) -> None:
        if isinstance(node, ast.Call):
            self._call(node)
        elif isinstance(node, ast.IfExp):
            self._put(Use.CONTENT, self.values.of(_without_plain_questions(node.test)), node.test)
        elif isinstance(node, ast.Attribute):
            found = self._calls.property_of(node, self.scope)
            if found is not None:
                self._inner(found, ast.Call(node, [], []), node)
        for child in children(node):
            self._below(child)
            if not isinstance(node, ast.Call) or child is not node.func:
                self._reference(child)

    def _reference(self, node: ast.AST) -> None:
        """A function in sight that is named and not called: others may call it, with whatever they have."""
        if not isinstance(node, ast.Name | ast.Attribute) or not isinstance(node.ctx, ast.Load):
            return
        if isinstance(node, ast.Attribute) and not _is_name(node.value, self.values.self_name):
            return
        if isinstance(node, ast.Name) and (node.id in self.values.names or self.scope.is_local(node.id)):
            return
        found = self._calls.referenced(node, self.scope)
        if found is not None:
            by = ast.unparse(node)
            self.inner.append(InnerCall(found, None, {}, {}, getattr(node, "lineno", 0), by))

    def _call(self, call: ast.Call) -> None:
        if is_logging_call(call):
            return
        path = opened(call, self.scope, self.values)
        if path is not None:
            self._open(call, path)
            return
        if isinstance(call.func, ast.Name) and call.func.id in self.values.nested:
            return
        found = self._calls.called(call, self.scope)
        if found is not None:
            self._inner(found, call, call)
            return
        if isinstance(call.func, ast.Attribute) and self._path_method(call, call.func):
            return
        self._out_of_sight(call)

    def _open(self, call: ast.Call, path: ast.expr) -> None:
        use, parameter = use_of_mode(call, self.values.parameters)
        if use is None and parameter is None:
            self._put(Use.READ, self.values.of(path), call)
            return
        if parameter is not None:
            self.mode_of[id(call)] = parameter
        if id(call) not in self._kept_open:
            use = Use.OPEN
        self._write(use or Use.MODE, self.values.of(path), call, parameter)

    def _path_method(self, call: ast.Call, function: ast.Attribute) -> bool:
        """Whether a call is a method of a path, of a target or of its file system, and what it does."""
        receiver, name = self.values.of(function.value), function.attr
        if (
            name in _OF_FILE_SYSTEMS
            and isinstance(function.value, ast.Attribute)
            and function.value.attr == "fs"
        ):
            paths = [self.values.of(argument) for argument in (*call.args, *(k.value for k in call.keywords))]
            for places in paths[:1]:
                self._put(Use.READ if name == "copy" else Use.REMOVE, places, call)
            for places in paths[1:2] if name != "remove" else ():
                self._write(Use.MOVE, places, call)
        elif name == "copy" and receiver and (call.args or call.keywords):
            self._put(Use.READ, receiver, call)
            self._write(Use.MOVE, self._given(call), call)
        elif name == "write_text":
            self._write(use_of_encoding(call) or Use.WRITE, receiver, call)
            self._put(Use.CONTENT, self._given(call), call)
        elif name == "write_bytes":
            self._write(Use.BYTES, receiver, call)
        elif name == "touch" and (receiver or not call.args):
            self._write(Use.APPEND, receiver, call)
        elif name in known.READING_METHODS and receiver:
            self._put(Use.READ, receiver, call)
        elif (
            name in {"rename", "replace", "link_to", "symlink_to", "hardlink_to", "move"}
            and len(call.args) == 1
        ):
            moved = self._given(call)
            if not receiver and not moved:
                return False
            self._write(Use.MOVE, moved, call)
            self._put(Use.REMOVE, receiver, call)
        elif name in {"unlink", "rmdir", "remove"} and receiver and not call.args:
            self._put(Use.REMOVE, receiver, call)
        elif name == "mkdir" and receiver:
            if not _may_exist(call):
                self._put(Use.HAND, receiver, call)
        elif name in _PATH_METHODS:
            return bool(receiver)
        else:
            return False
        return True

    def _out_of_sight(self, call: ast.Call) -> None:
        origin = origin_of(call, self.scope, self._sources)
        given = self._given(call)
        last = called_name(call)
        if origin in known.REMOVERS:
            self._put(Use.REMOVE, given, call)
        elif origin in known.DIRECTORY_MAKERS:
            if not _may_exist(call):
                self._put(Use.HAND, given, call)
        elif origin in known.READERS or is_only_read(call, self.scope, self._sources):
            self._put(Use.READ, given, call)
        elif origin in _PURE or self._is_builtin(call):
            return
        elif (writer := known_writer(call, self.scope, self._sources)) is not None:
            path = path_argument(call, writer)
            if path is None or self._is_handle(path):
                self._put(Use.CONTENT, given, call)
                return
            self._write(external_effect(call, writer, None) or Use.MODE, self.values.of(path), call)
        elif any(self._is_handle(n) for n in self._parts(call)):
            self._put(Use.CONTENT, given, call)
        elif isinstance(call.func, ast.Attribute) and call.func.attr in _FILLS_OR_READS:
            self._filled(call, call.func, given)
        elif last[:1].isupper() and last.endswith(("Error", "Exception", "Warning")):
            return
        else:
            receiver = self.values.of(call.func.value) if isinstance(call.func, ast.Attribute) else NOWHERE
            self._put(Use.HAND, given | receiver, call)

    def _filled(self, call: ast.Call, function: ast.Attribute, given: Places) -> None:
        if function.attr not in FILLS:
            return
        root = (dotted_name(function.value) or "").partition(".")[0]
        local = root in self.values.names and root not in self.values.parameters
        if not local:
            self._put(Use.KEEP, given, call)

    def _is_builtin(self, call: ast.Call) -> bool:
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        return (
            name in _HARMLESS_BUILTINS
            and name not in self.scope.module.bindings
            and not self.scope.is_local(name)
        )

    def _is_handle(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Name) and node.id in self.values.handles

    def _parts(self, call: ast.Call) -> list[ast.expr]:
        """The receiver and the arguments of a call."""
        receiver = [call.func.value] if isinstance(call.func, ast.Attribute) else []
        return [*receiver, *call.args, *(k.value for k in call.keywords)]

    def _given(self, call: ast.Call) -> Places:
        arguments = [*call.args, *(k.value for k in call.keywords)]
        return frozenset[Place]().union(*(self.values.of(a) for a in arguments))

    def _inner(self, found: Called, call: ast.Call, at: ast.expr) -> None:
        callee = found.callee
        bound = bind_arguments(callee.function, call, bound=callee.bound)
        by, line = ast.unparse(call.func), getattr(at, "lineno", 0)
        if bound is None or callee.function.args.vararg or callee.function.args.kwarg:
            every = {p.arg: _all_derived(self._given(call)) for p in parameters(callee.function)}
            self.inner.append(InnerCall(found, every, {}, {}, line, by))
            return
        places = {name: self.values.of(argument) for name, argument in bound.items()}
        constants = {
            name: argument.value
            for name, argument in bound.items()
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        }
        handed = {
            name: argument.id
            for name, argument in bound.items()
            if isinstance(argument, ast.Name) and argument.id in self.values.parameters
        }
        self.inner_at[id(call)] = InnerCall(found, places, constants, handed, line, by)
        self.inner.append(self.inner_at[id(call)])

    def _write(self, use: Use, places: Places, node: ast.expr, mode: str | None = None) -> None:
        if self._left_out.holds(node, places, self.scope):
            self._put(Use.NOTED, frozenset({OWN}), node)
            return
        self.written_by.setdefault(id(node), set()).update(places)
        self._put(use, places or frozenset({OWN}), node, mode=mode)

    def _put(
        self, use: Use, places: Places, node: ast.AST, *, mode: str | None = None, kept_in: str | None = None
    ) -> None:
        for place in places:
            by = ast.unparse(node.func if isinstance(node, ast.Call) else node)
            self.effects.setdefault(Effect(use, place, mode, kept_in, by, getattr(node, "lineno", 0)))


def _instance_name(called: Called) -> str | None:
    """The first parameter of a method: the instance, or the class in a class method."""
    if called.scope.self_name is not None or called.scope.owner is None:
        return called.scope.self_name
    names = {d.id for d in called.function.decorator_list if isinstance(d, ast.Name)}
    first = parameters(called.function)[:1]
    return first[0].arg if "classmethod" in names and first else None


def _all_derived(places: Places) -> Places:
    return frozenset(place.derived() for place in places)


def _is_name(node: ast.AST, name: str | None) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _may_exist(call: ast.Call) -> bool:
    """Whether making a directory is fine with one that is there already."""
    return any(
        k.arg == "exist_ok" and isinstance(k.value, ast.Constant) and k.value.value is True
        for k in call.keywords
    )


def _is_preparation(statement: ast.stmt) -> bool:
    """Whether a statement only makes directories, logs, or raises."""
    if isinstance(statement, ast.Raise | ast.Pass):
        return True
    call = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(call, ast.Constant):
        return True
    if not isinstance(call, ast.Call):
        return False
    last = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return last in {"mkdir", "makedirs"} or is_logging_call(call)


def _without_plain_questions(test: ast.expr) -> ast.expr:
    """A test without the questions that every path answers alike: is it given, of which class is it."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _without_plain_questions(test.operand)
    if isinstance(test, ast.BoolOp):
        return ast.BoolOp(test.op, [_without_plain_questions(v) for v in test.values])
    nothing = ast.Constant(value=True)
    if isinstance(test, ast.Name):
        return nothing
    if isinstance(test, ast.Compare) and isinstance(test.left, ast.Name):
        others = test.comparators
        if len(others) == 1 and isinstance(others[0], ast.Constant) and others[0].value is None:
            return nothing
    if isinstance(test, ast.Call) and isinstance(test.func, ast.Name) and test.func.id == "isinstance":
        return nothing
    return test
