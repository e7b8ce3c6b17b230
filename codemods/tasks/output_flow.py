"""Where the outputs of a task go: everything that is made of `self.output()` is followed to each of its uses.

So is everything that is made of the run directory, as a file below it that nobody looked at would have no row.

A use is accounted for where it is a write that the analysis has found, where it only reads or prepares, or
where the source of the called function shows the same of each use in there. Anything else may write a file
that has no row, and is refused. This does not depend on whether `output()` itself is understood.

Over-approximated: the order of statements (a name that is ever bound to an output is one everywhere), elements
of containers (one output in a list makes the whole list one), and calls of one function (what one of them gives
a parameter, all give it).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntFlag
from functools import cached_property

from codemods.knowledge.file_handles import WRITERS
from codemods.python.call_facts import called_name, is_logging_call, is_super
from codemods.python.callees import Callee, find_callee
from codemods.python.classes import ClassRef, Function
from codemods.python.effects.external import full_name, is_only_read, origin_of
from codemods.python.effects.left_out import LeftOut
from codemods.python.effects.model import NOWHERE, Place
from codemods.python.names import dotted_name
from codemods.python.opening import module_opens_to_write, opened_path, opens_to_write
from codemods.python.scopes import Scope, parameters
from codemods.python.statements import Site
from codemods.python.trees import children
from codemods.refusals import Refused
from codemods.tasks.context import TaskContext
from codemods.tasks.lineage import OF_LUIGI, OF_PLAN_TASK, OF_THE_CONTRACT, Lineage
from codemods.tasks.lost_files import Removal, taken_away
from codemods.tasks.not_outputs import NotOutputs
from codemods.tasks.output_uses import (
    COLLECTING_METHODS,
    COPYING,
    OPENERS,
    PASSING,
    PASSING_BUILTINS,
    PASSING_METHODS,
    READING,
    READING_BUILTINS,
    READING_FAMILIES,
    READING_METHODS,
)
from codemods.tasks.places import MARKER
from codemods.tasks.run_directory import own_directories
from codemods.tasks.write_site import WriteSite

_MAX_PASSES = 40
_NAMES = frozenset("name stem suffix suffixes".split())
"""Attributes of a path that are a name and lead nowhere by themselves."""
_NAMING = frozenset({"os.path.basename"})


class Kind(IntFlag):
    """What a value can be."""

    NOTHING = 0
    OUTPUT = 1
    """A target, a path, a container of them, or a text that is made of one."""
    SELF = 2
    """The task itself."""
    HANDLE = 4
    """An open file: what it is given is content."""
    PLACE = 8
    """The run directory, a path below it, or what holds one: a file of its own may be written there."""


_PATHS = Kind.OUTPUT | Kind.PLACE


@dataclass(eq=False)
class _Frame:
    """One function on the way of the outputs.

    Attributes:
        scope: the function from inside.
        parent: the frame of the function that it is nested in.
        called_at: the first call that led here, and its frame; None for the entry method.
        names: what its names can be.
        returned: what it can return.
    """

    scope: Scope
    parent: _Frame | None
    called_at: tuple[ast.AST, _Frame] | None
    names: dict[str, Kind] = field(default_factory=dict)
    returned: Kind = Kind.NOTHING

    @property
    def function(self) -> Function | ast.Lambda:
        """The function."""
        return self.scope.function


@dataclass(frozen=True)
class Problem:
    """A use of an output that is not accounted for.

    Attributes:
        code: of the refusal.
        reason: what is done with it.
        node: where.
        led: the part of the entry method that this is, or that leads there.
    """

    code: str
    reason: str
    node: ast.AST
    led: ast.AST

    @property
    def refused(self) -> Refused:
        """The refusal of the task."""
        return Refused(self.code, self.reason, self.node)


class OutputFlow:
    """Follows the outputs of one task through its entry method and what that calls."""

    def __init__(
        self, context: TaskContext, writes: Iterable[WriteSite], left: frozenset[str] = frozenset()
    ) -> None:
        """`left` are paths, as written, that are moved to an output: what is done to them before is none to it."""
        self._context = context
        self._left = left
        self._not_outputs = NotOutputs(context)
        self._left_parts = any(not text.isidentifier() for text in left)
        self._writes: dict[int, list[WriteSite]] = {}
        for write in writes:
            self._writes.setdefault(id(write.call), []).append(write)
        self._understood = {id(node) for write in writes for node in write.given}
        outputs = context.locations.outputs
        self._has_markers = any(t.kind == MARKER for t in (*outputs.targets.values(), outputs.each) if t)
        self._directories = own_directories(context.run_directory, context.locations)
        self._lineage = Lineage(context.sources.names, context.sources.classes)
        self._unseen = self._lineage.unseen(context.owner)
        self._frames: dict[tuple[int, int], _Frame] = {}
        self._problems: list[Problem] = []
        self._removals: dict[int, Removal] = {}
        self._changed = False
        self._entry = self._frame(context.scope, None, None)
        self._follow()

    def check(self) -> None:
        """Raises Refused where a use of an output is not accounted for."""
        if self.problems:
            raise self.problems[0].refused

    @property
    def problems(self) -> list[Problem]:
        """The uses that are not accounted for, in source order."""
        return sorted(self._problems, key=lambda p: (getattr(p.node, "lineno", 0), p.code))

    @property
    def removals(self) -> tuple[Removal, ...]:
        """The places where what is made of an output or of the run directory is taken away."""
        return tuple(self._removals.values())

    def own_functions(self) -> tuple[Function, ...]:
        """The entry method and the methods of the task that it leads to."""
        return tuple(
            frame.function
            for frame in self._frames.values()
            if frame.parent is None
            and frame.scope.owner is self._context.owner
            and not isinstance(frame.function, ast.Lambda)
        )

    def derives(self, write: WriteSite) -> bool:
        """Whether the path of a write is made of an output."""
        frame = self._frames.get(
            (id(write.site.scope.function), self._owner_id(write.site.scope)), self._entry
        )
        return bool(self._of(write.path, frame) & Kind.OUTPUT)

    def _follow(self) -> None:
        for _ in range(_MAX_PASSES):
            self._changed = False
            self._problems.clear()
            self._removals.clear()
            for frame in tuple(self._frames.values()):
                self._suite(frame)
            if not self._changed:
                return
        self._problem(
            "DBR421", "where the outputs go could not be followed", self._context.entry, self._entry
        )

    def _problem(self, code: str, reason: str, node: ast.AST, frame: _Frame) -> None:
        """Notes a use that is not accounted for, at its place or at the call in the task's module that leads there."""
        while frame.scope.module is not self._context.scope.module and frame.called_at is not None:
            node, frame = frame.called_at
        self._problems.append(Problem(code, reason, node, self._led(node, frame)))

    def _led(self, node: ast.AST, frame: _Frame) -> ast.AST:
        """The part of the entry method that a node is, or that leads there."""
        while self._outermost(frame) is not self._entry and frame.called_at is not None:
            node, frame = frame.called_at
        return node

    @staticmethod
    def _outermost(frame: _Frame) -> _Frame:
        while frame.parent is not None:
            frame = frame.parent
        return frame

    def _handed_on(self, given: str, to: str, node: ast.AST, frame: _Frame) -> None:
        self._problem("DBR421", f"{given} is {to}, which may write it", node, frame)

    @staticmethod
    def _owner_id(scope: Scope) -> int:
        return id(scope.owner.node) if scope.owner is not None else 0

    def _frame(self, scope: Scope, parent: _Frame | None, called_at: tuple[ast.AST, _Frame] | None) -> _Frame:
        key = (id(scope.function), self._owner_id(scope))
        known = self._frames.get(key)
        if known is None:
            known = self._frames[key] = _Frame(scope, parent, called_at)
            self._changed = True
            if scope.owner is self._context.owner and parent is None and scope.self_name is not None:
                known.names[scope.self_name] = Kind.SELF
        return known

    # Statements

    def _suite(self, frame: _Frame) -> None:
        function = frame.function
        if isinstance(function, ast.Lambda):
            return
        pending: list[ast.AST] = list(reversed(function.body))
        while pending:
            node = pending.pop()
            inner = [
                c for c in children(node) if isinstance(c, ast.stmt | ast.ExceptHandler | ast.match_case)
            ]
            if isinstance(node, Function):
                nested = Scope(frame.scope.module, frame.scope.owner, node, frame.scope)
                self._frame(nested, frame, (node, frame))
                inner = []
            elif isinstance(node, ast.ClassDef):
                inner = []
            elif isinstance(node, ast.stmt):
                self._statement(node, frame)
            pending.extend(reversed(inner))

    def _statement(self, node: ast.stmt, frame: _Frame) -> None:
        if isinstance(node, ast.Assign):
            self._bind_all(node.targets, node.value, frame)
        elif isinstance(node, ast.AnnAssign | ast.AugAssign) and node.value is not None:
            self._bind_all([node.target], node.value, frame)
        elif isinstance(node, ast.For | ast.AsyncFor):
            self._bind_element(node.target, node.iter, frame)
        elif isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                kind = self._of(item.context_expr, frame)
                if item.optional_vars is not None:
                    self._bind(item.optional_vars, kind, frame)
        elif isinstance(node, ast.Return):
            self._return(node, frame)
        elif isinstance(node, ast.Raise):
            self._quietly(node.exc, frame)
        else:
            for child in children(node):
                if isinstance(child, ast.expr):
                    self._of(child, frame)

    def _return(self, node: ast.Return, frame: _Frame) -> None:
        if node.value is None:
            return
        kind = self._of(node.value, frame)
        if frame is self._entry:
            if kind & Kind.OUTPUT:
                self._handed_on(ast.unparse(node.value), "returned by the entry method", node, frame)
        elif kind & ~frame.returned:
            frame.returned |= kind
            self._changed = True

    def _bind_all(self, targets: list[ast.expr], value: ast.expr, frame: _Frame) -> None:
        first = targets[0]
        if (
            len(targets) == 1
            and isinstance(first, ast.Tuple | ast.List)
            and isinstance(value, ast.Tuple | ast.List)
            and len(first.elts) == len(value.elts)
            and not any(isinstance(e, ast.Starred) for e in (*first.elts, *value.elts))
        ):
            for target, element in zip(first.elts, value.elts, strict=True):
                self._bind(target, self._of(element, frame), frame)
            return
        kind = self._of(value, frame)
        for target in targets:
            self._bind(target, kind, frame)

    def _bind_element(self, target: ast.expr, iterated: ast.expr, frame: _Frame) -> None:
        """Binds a loop's variable: of `items()` and `enumerate()` the second part alone is an output."""
        kind = self._of(iterated, frame) & ~Kind.SELF
        pair = target.elts if isinstance(target, ast.Tuple) and len(target.elts) == 2 else None
        name = called_name(iterated) if isinstance(iterated, ast.Call) else ""
        if pair is not None and name in {"items", "enumerate"}:
            self._bind(pair[1], kind, frame)
        elif pair is not None and isinstance(iterated, ast.Call) and name == "zip":
            for element, given in zip(pair, iterated.args, strict=False):
                self._bind(element, self._of(given, frame) & ~Kind.SELF, frame)
        else:
            self._bind(target, kind, frame)

    def _bind(self, target: ast.expr, kind: Kind, frame: _Frame) -> None:
        if isinstance(target, ast.Name):
            self._mark(target.id, kind, frame, target)
        elif isinstance(target, ast.Starred):
            self._bind(target.value, kind, frame)
        elif isinstance(target, ast.Tuple | ast.List):
            for element in target.elts:
                self._bind(element, kind, frame)
        elif isinstance(target, ast.Subscript):
            self._of(target.slice, frame)
            self._collect(target.value, kind, frame)
        elif isinstance(target, ast.Attribute):
            if self._of(target.value, frame) & Kind.OUTPUT:
                self._handed_on(ast.unparse(target.value), f"given another {target.attr}", target, frame)
            if kind & Kind.OUTPUT:
                self._handed_on("an output", f"kept in {ast.unparse(target)}", target, frame)
            elif kind & Kind.PLACE:
                self._keep(target, frame)

    def _collect(self, container: ast.expr, kind: Kind, frame: _Frame) -> None:
        """Something is put into a container: a local name's container becomes what it holds."""
        kind &= _PATHS | Kind.SELF
        if isinstance(container, ast.Name):
            self._of(container, frame)
            if kind:
                self._mark(container.id, kind, frame, container)
        elif isinstance(container, ast.Subscript):
            self._collect(container.value, kind, frame)
        else:
            self._of(container, frame)
            if kind & _PATHS:
                self._handed_on(_called(kind), f"kept in {ast.unparse(container)}", container, frame)

    def _keep(self, target: ast.Attribute, frame: _Frame) -> None:
        """A path below the run directory is kept in an object, which holds it from then on."""
        holder = target.value
        if self._of(holder, frame) & Kind.SELF:
            if target.attr not in self._directories:
                self._directories.add(target.attr)
                self._changed = True
        elif isinstance(holder, ast.Name) and holder.id == frame.scope.self_name:
            if not frame.names.get(holder.id, Kind.NOTHING) & Kind.PLACE:
                frame.names[holder.id] = frame.names.get(holder.id, Kind.NOTHING) | Kind.PLACE
                self._changed = True
        elif isinstance(holder, ast.Name):
            self._mark(holder.id, Kind.PLACE, frame, holder)
        else:
            self._handed_on(_called(Kind.PLACE), f"kept in {ast.unparse(target)}", target, frame)

    def _mark(self, name: str, kind: Kind, frame: _Frame, node: ast.AST) -> None:
        holder: _Frame | None = frame
        while holder is not None and name not in holder.scope.bindings:
            holder = holder.parent
        if holder is None:
            if kind & _PATHS:
                self._handed_on(_called(kind), f"kept in the global {name}", node, frame)
            return
        if (
            kind & _PATHS
            and holder.parent is None
            and holder is not self._entry
            and not holder.names.get(name, Kind.NOTHING) & kind & _PATHS
            and any(isinstance(v, ast.arg) for v in holder.scope.bindings[name])
            and isinstance(getattr(node, "ctx", None), ast.Load)
        ):
            self._handed_on(_called(kind), f"put into {name}, which the caller gave", node, frame)
        if kind & ~holder.names.get(name, Kind.NOTHING):
            holder.names[name] = holder.names.get(name, Kind.NOTHING) | kind
            self._changed = True

    # Expressions

    def _quietly(self, node: ast.AST | None, frame: _Frame) -> None:
        """Looks into an expression whose value is only a message or content."""
        if isinstance(node, ast.Call):
            for part in (*node.args, *(k.value for k in node.keywords)):
                self._of(part, frame)
        elif isinstance(node, ast.expr):
            self._of(node, frame)

    def _union(self, nodes: Iterable[ast.AST | None], frame: _Frame) -> Kind:
        kind = Kind.NOTHING
        for node in nodes:
            if isinstance(node, ast.expr):
                kind |= self._of(node, frame)
        return kind

    def _of(self, node: ast.expr, frame: _Frame) -> Kind:
        if isinstance(node, ast.Constant) or id(node) in self._understood:
            return Kind.NOTHING
        if self._has_markers and self._is_marker(node, frame):
            return Kind.NOTHING
        if self._left_parts and frame is self._entry and ast.unparse(node) in self._left:
            return Kind.NOTHING
        if isinstance(node, ast.Name):
            return self._of_name(node.id, frame)
        if isinstance(node, ast.Call):
            return self._of_call(node, frame)
        if isinstance(node, ast.Attribute):
            return self._of_attribute(node, frame)
        if isinstance(node, ast.BinOp | ast.BoolOp | ast.JoinedStr | ast.FormattedValue):
            return self._union(_operands(node), frame) & _PATHS
        if isinstance(node, ast.Subscript):
            self._of(node.slice, frame)
            return self._of(node.value, frame)
        if isinstance(node, ast.IfExp):
            self._of(node.test, frame)
            return self._union((node.body, node.orelse), frame)
        if isinstance(node, ast.NamedExpr):
            kind = self._of(node.value, frame)
            self._bind(node.target, kind, frame)
            return kind
        if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            for generator in node.generators:
                self._bind_element(generator.target, generator.iter, frame)
                self._union(generator.ifs, frame)
            made = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
            return self._union(made, frame)
        if isinstance(node, ast.Lambda):
            return self._of(node.body, frame) & _PATHS
        if isinstance(node, ast.Yield | ast.YieldFrom):
            if node.value is not None and self._of(node.value, frame) & Kind.OUTPUT:
                self._handed_on(ast.unparse(node.value), "yielded", node, frame)
            return Kind.NOTHING
        inner = [c for c in children(node) if isinstance(c, ast.expr)]
        kind = self._union(inner, frame)
        return Kind.NOTHING if isinstance(node, ast.Compare | ast.UnaryOp) else kind

    def _is_marker(self, node: ast.expr, frame: _Frame) -> bool:
        """Whether a value is an output that is no file, or all of them where each is none."""
        if not isinstance(node, ast.Name | ast.Call | ast.Subscript | ast.Attribute):
            return False
        location = self._context.locations.evaluate(node, frame.scope)
        if location is not None:
            return location.kind == MARKER
        targets = self._context.locations.outputs.targets.values()
        return all(t.kind == MARKER for t in targets) and self._context.locations.names_outputs(
            node, frame.scope
        )

    def _of_name(self, name: str, frame: _Frame) -> Kind:
        holder: _Frame | None = frame
        while holder is not None and name not in holder.scope.bindings:
            holder = holder.parent
        if holder is None:
            return Kind.NOTHING
        nested = holder.scope.nested_function(name)
        if nested is not None:
            inner = self._frames.get((id(nested), self._owner_id(holder.scope)))
            return inner.returned & _PATHS if inner is not None else Kind.NOTHING
        found = holder.names.get(name, Kind.NOTHING)
        return found & ~_PATHS if holder is self._entry and name in self._left else found

    def _of_attribute(self, node: ast.Attribute, frame: _Frame) -> Kind:
        kind = self._of(node.value, frame)
        found = Kind.NOTHING
        if kind & Kind.SELF:
            found |= self._own_member(node, frame)
        if kind & Kind.OUTPUT:
            found |= Kind.OUTPUT if node.attr != "suffix" else Kind.NOTHING
        if kind & Kind.PLACE and node.attr not in _NAMES:
            found |= Kind.PLACE
        if kind & Kind.HANDLE:
            found |= Kind.OUTPUT if node.attr in {"name", "tmp_path", "path"} else Kind.HANDLE
        return found

    def _own_member(self, node: ast.Attribute, frame: _Frame) -> Kind:
        """`self.name` that is not called here: a property, or a method that is handed on and may be called."""
        if node.attr == "output":
            return Kind.OUTPUT
        if node.attr in self._directories:
            return Kind.PLACE
        member = self._context.sources.classes.method(self._context.owner, node.attr)
        if member is None or member.method is None or node.attr in OF_LUIGI | OF_THE_CONTRACT:
            return Kind.NOTHING
        return self._entered(
            Scope(member.owner.module, self._context.owner, member.method), None, node, frame
        )

    def _of_call(self, call: ast.Call, frame: _Frame) -> Kind:
        if self._is_left_out(call, frame):
            return Kind.NOTHING
        path = taken_away(call, origin_of(call, frame.scope, self._context.sources) or "")
        if path is not None and (id(path) in self._understood or self._of(path, frame) & _PATHS):
            self._removals[id(call)] = Removal(path, call, frame.scope, self._led(call, frame))
        writes = self._writes.get(id(call))
        if writes is not None:
            return self._of_write(call, writes, frame)
        given = [*call.args, *(k.value for k in call.keywords)]
        if is_logging_call(call):
            self._union(given, frame)
            return Kind.NOTHING
        kinds = [(argument, self._of(argument, frame)) for argument in given]
        passed = Kind.NOTHING
        for _, kind in kinds:
            passed |= kind
        function = call.func
        if isinstance(function, ast.Attribute):
            receiver = self._of(function.value, frame)
            if receiver & Kind.SELF or is_super(function.value):
                return self._of_own_method(call, function, passed, frame)
            if receiver & (_PATHS | Kind.HANDLE):
                return self._of_method(call, function, receiver, passed, frame)
        entered = self._in_sight(call, passed, frame)
        if entered is not None:
            return entered
        return self._of_function(call, passed, frame)

    def _is_left_out(self, call: ast.Call, frame: _Frame) -> bool:
        """Whether what a call writes is no output, by the user's word; of an output a comment alone can say so."""
        if frame.scope.function is self._context.entry:
            site = self._sites.get(id(call))
            return site is not None and self._not_outputs.covers(site, call)
        path = opened_path(call) or getattr(call.func, "value", None)
        is_output = path is not None and bool(self._of(path, frame) & Kind.OUTPUT)
        places = frozenset({Place("an output")}) if is_output else NOWHERE
        return LeftOut.of(self._context.sources).holds(call, places, frame.scope)

    @cached_property
    def _sites(self) -> dict[int, Site]:
        return {id(n): site for site in self._context.sites for n in site.header if isinstance(n, ast.Call)}

    def _of_write(self, call: ast.Call, writes: list[WriteSite], frame: _Frame) -> Kind:
        """A write that has a row: its path is accounted for, nothing else that a writer is given is."""
        paths = {id(write.path) for write in writes}
        indexes = {write.path_argument for write in writes if write.path_argument is not None}
        reads = any(write.given for write in writes)
        # What a function in sight does with a text is seen where its writes are.
        counted = _PATHS if self._callee(call, frame) is None else Kind.OUTPUT
        for argument in (*call.args, *(k.value for k in call.keywords)):
            kind = self._of(argument, frame)
            if (indexes or reads) and id(argument) not in paths and kind & counted:
                self._handed_on(
                    ast.unparse(argument), f"given to {ast.unparse(call.func)} beside the path", call, frame
                )
        if isinstance(call.func, ast.Attribute):
            kind = self._of(call.func.value, frame)
            if reads and kind & counted and id(call.func.value) not in paths:
                self._handed_on(
                    ast.unparse(call.func.value), f"used by {ast.unparse(call.func)}()", call, frame
                )
        if opened_path(call) is not None:
            return Kind.HANDLE
        return self._result(call, frame)

    def _result(self, call: ast.Call, frame: _Frame) -> Kind:
        """What a writer returns can be the path."""
        callee = self._callee(call, frame)
        if callee is None:
            return Kind.NOTHING
        names = any(isinstance(n, ast.Return) and n.value is not None for n in ast.walk(callee.function))
        return Kind.OUTPUT if names else Kind.NOTHING

    def _callee(self, call: ast.Call, frame: _Frame) -> Callee | None:
        return find_callee(call, frame.scope, self._context.sources, self._context.inference)

    def _of_own_method(self, call: ast.Call, function: ast.Attribute, passed: Kind, frame: _Frame) -> Kind:
        name = function.attr
        if name == "output":
            return Kind.OUTPUT
        context = self._context
        if name in OF_THE_CONTRACT or name in {"input", "requires", "clone"}:
            return Kind.NOTHING
        inherited = is_super(function.value)
        owner = self._behind(frame) if inherited else context.owner
        member = context.sources.classes.method(owner, name) if owner is not None else None
        if member is not None and member.method is not None:
            scope = Scope(member.owner.module, context.owner, member.method)
            bound = not member.has_decorator("staticmethod")
            return self._entered(scope, call, call, frame, bound=bound)
        if name in OF_LUIGI or (name in OF_PLAN_TASK and self._lineage.rests_on_plan_task(context.owner)):
            return Kind.OUTPUT if name in {"file_path", "local_target"} else Kind.NOTHING
        unknown = self._unseen and context.sources.classes.member(context.owner, name) is None
        if unknown and not self._lineage.only_reads(context.owner, name):
            bases = " and ".join(self._unseen)
            self._problem(
                "DBR422",
                f"{ast.unparse(function)}() is a method of {bases}, whose source is not in sight",
                call,
                frame,
            )
        elif passed & (_PATHS | Kind.SELF):
            self._handed_on(_called(passed), f"given to {ast.unparse(function)}", call, frame)
        return passed & _PATHS

    def _behind(self, frame: _Frame) -> ClassRef | None:
        """The class that `super()` starts from: the next one that is not the class of the method."""
        line = self._context.sources.classes.line(self._context.owner)
        outer = frame
        while outer.parent is not None:
            outer = outer.parent
        here = next((i for i, item in enumerate(line) if outer.function in item.node.body), 0)
        return line[here + 1] if here + 1 < len(line) else None

    def _of_method(
        self, call: ast.Call, function: ast.Attribute, receiver: Kind, passed: Kind, frame: _Frame
    ) -> Kind:
        name = function.attr
        if receiver & Kind.HANDLE and not receiver & _PATHS:
            return Kind.NOTHING
        made = receiver & _PATHS
        if name == "open":
            if opens_to_write(call):
                self._handed_on(ast.unparse(function.value), "opened out of the tool's sight", call, frame)
            return Kind.HANDLE
        if name in COLLECTING_METHODS:
            self._collect(function.value, passed, frame)
            return made if name == "setdefault" else Kind.NOTHING
        if name in READING_METHODS:
            return Kind.NOTHING
        # A container's and a text's `copy` takes nothing; a target's, or a file system's, makes another file.
        makes_file = name == "copy" and bool(call.args or call.keywords)
        if (name in PASSING_METHODS and not makes_file) or (name == "replace" and len(call.args) > 1):
            return made
        callee = self._callee(call, frame)
        if callee is not None and callee.bound and callee.holder is not None and parameters(callee.function):
            # A method of a target's class in sight: what it does with itself is followed.
            scope = Scope(callee.module, callee.holder, callee.function)
            inner = self._frame(scope, None, (call, frame))
            instance = parameters(callee.function)[0].arg
            if made & ~inner.names.get(instance, Kind.NOTHING):
                inner.names[instance] = inner.names.get(instance, Kind.NOTHING) | made
                self._changed = True
            return self._entered(scope, call, call, frame)
        self._handed_on(ast.unparse(function.value), f"used by {ast.unparse(function)}()", call, frame)
        return Kind.NOTHING

    def _in_sight(self, call: ast.Call, passed: Kind, frame: _Frame) -> Kind | None:
        """Follows a call into its source; None where that is out of sight or no output goes there."""
        function = call.func
        if isinstance(function, ast.Name):
            holder: _Frame | None = frame
            while holder is not None and function.id not in holder.scope.bindings:
                holder = holder.parent
            nested = holder.scope.nested_function(function.id) if holder is not None else None
            if holder is not None and nested is not None:
                scope = Scope(holder.scope.module, holder.scope.owner, nested, holder.scope)
                return self._entered(scope, call, call, frame, parent=holder, bound=False)
        if not passed & (_PATHS | Kind.SELF):
            return None
        callee = self._callee(call, frame)
        if callee is not None:
            own = callee.holder
            scope = Scope(callee.module, own, callee.function)
            return self._entered(scope, call, call, frame, bound=callee.bound)
        return self._constructed(call, passed, frame)

    def _constructed(self, call: ast.Call, passed: Kind, frame: _Frame) -> Kind | None:
        dotted = dotted_name(call.func)
        if dotted is None or frame.scope.is_local(dotted.partition(".")[0]):
            return None
        if dotted.rpartition(".")[2].endswith("Target"):
            return passed & _PATHS
        classes = self._context.sources.classes
        ref = classes.resolve(call.func, frame.scope.module)
        init = classes.method(ref, "__init__") if ref is not None else None
        if ref is None or init is None or init.method is None:
            return self._filled(ref, passed) if ref is not None else None
        scope = Scope(init.owner.module, ref, init.method)
        self._entered(scope, call, call, frame, bound=True)
        inner = self._frame(scope, None, (call, frame))
        return inner.names.get(scope.self_name or "", Kind.NOTHING) & Kind.PLACE

    def _filled(self, ref: ClassRef, passed: Kind) -> Kind | None:
        """What an instance of a class in sight without a constructor of its own holds; None where that is unknown."""
        if passed & (Kind.OUTPUT | Kind.SELF):
            return None
        if self._lineage.is_task(ref):
            # Another task's run is its own.
            return Kind.NOTHING
        classes = self._context.sources.classes
        known = classes.is_dataclass(ref) or classes.is_pydantic(ref)
        return passed & Kind.PLACE if known else None

    def _entered(
        self,
        scope: Scope,
        call: ast.Call | None,
        at: ast.AST,
        frame: _Frame,
        *,
        parent: _Frame | None = None,
        bound: bool = True,
    ) -> Kind:
        """What a function in sight returns, given these arguments."""
        inner = self._frame(scope, parent, (at, frame))
        if call is None or isinstance(scope.function, ast.Lambda):
            return inner.returned
        for name, argument in _bound_arguments(scope.function, call, bound=bound):
            kind = self._of(argument, frame)
            if kind & ~inner.names.get(name, Kind.NOTHING):
                inner.names[name] = inner.names.get(name, Kind.NOTHING) | kind
                self._changed = True
        return inner.returned

    def _of_function(self, call: ast.Call, passed: Kind, frame: _Frame) -> Kind:
        """A call whose source is out of sight."""
        function = call.func
        called = self._of(function, frame) if not isinstance(function, ast.Attribute) else Kind.NOTHING
        if not passed & (_PATHS | Kind.SELF):
            return called & _PATHS
        if passed & Kind.HANDLE and not passed & _PATHS:
            return Kind.NOTHING
        dotted = dotted_name(function) or ""
        imported = full_name(function, frame.scope, self._context.sources)
        local = imported is None and (frame.scope.is_local(dotted.partition(".")[0]) if dotted else True)
        name = imported or dotted
        if not local and (known := self._known(call, name, dotted, passed, frame)) is not None:
            return passed & known
        if isinstance(function, ast.Attribute):
            if function.attr in COLLECTING_METHODS:
                self._collect(function.value, passed, frame)
                return Kind.NOTHING
            if function.attr in {"join", "format", "joinpath", "relative_to", "is_relative_to"}:
                return passed & _PATHS
            if (
                function.attr in {"startswith", "endswith", "count", "index", "remove", "discard", "replace"}
                and not passed & Kind.SELF
            ):
                return passed & _PATHS
        if passed & _PATHS:
            argument = next(
                a for a in (*call.args, *(k.value for k in call.keywords)) if self._of(a, frame) & _PATHS
            )
            self._handed_on(ast.unparse(argument), f"given to {ast.unparse(function)}", call, frame)
        elif not passed & Kind.HANDLE:
            self._handed_on("the task itself", f"given to {ast.unparse(function)}", call, frame)
        return Kind.NOTHING

    def _known(self, call: ast.Call, name: str, dotted: str, passed: Kind, frame: _Frame) -> Kind | None:
        """What is left of what a known function is given: all of it, or nothing. None for unknown functions."""
        if "." not in dotted and dotted not in frame.scope.module.bindings:
            if dotted in PASSING_BUILTINS:
                return _PATHS | Kind.HANDLE
            if dotted in READING_BUILTINS or dotted.endswith(("Error", "Exception", "Warning")):
                return Kind.NOTHING
            if dotted == "open":
                return None if opens_to_write(call) else Kind.NOTHING
            return None
        if name in PASSING:
            return Kind.OUTPUT if name in _NAMING else _PATHS
        if name in READING or name.startswith(READING_FAMILIES):
            return Kind.NOTHING
        if is_only_read(call, frame.scope, self._context.sources):
            return Kind.NOTHING
        if name in WRITERS and not passed & Kind.OUTPUT:
            # What a file is given is its content.
            return Kind.NOTHING
        if name in COPYING:
            source = [*call.args[:1], *(k.value for k in call.keywords if k.arg == "src")]
            others = [a for a in (*call.args, *(k.value for k in call.keywords)) if a not in source]
            return None if self._union(others, frame) & _PATHS else Kind.NOTHING
        if name in {"io.open", "codecs.open"} or name in OPENERS:
            return None if module_opens_to_write(call) else Kind.NOTHING
        return None


def _called(kind: Kind) -> str:
    """What a value is, for people."""
    return "an output" if kind & Kind.OUTPUT else "a path below the run directory"


def _operands(node: ast.expr) -> Iterator[ast.expr]:
    """The parts of a concatenation, a condition or a formatted text, without recursion into long chains."""
    pending: list[ast.expr] = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, ast.BinOp):
            pending += [part.right, part.left]
        elif isinstance(part, ast.BoolOp | ast.JoinedStr):
            pending += part.values
        elif isinstance(part, ast.FormattedValue):
            pending.append(part.value)
        else:
            yield part


def _bound_arguments(function: Function, call: ast.Call, *, bound: bool) -> Iterator[tuple[str, ast.expr]]:
    """Each argument with each parameter that it can reach; what is unpacked can reach all of them."""
    own = parameters(function)[1:] if bound else parameters(function)
    positional = [a.arg for a in (*function.args.posonlyargs, *function.args.args)][1 if bound else 0 :]
    rest = function.args.vararg.arg if function.args.vararg is not None else None
    further = function.args.kwarg.arg if function.args.kwarg is not None else None
    for index, argument in enumerate(call.args):
        if isinstance(argument, ast.Starred):
            yield from ((p.arg, argument) for p in own)
        elif index < len(positional):
            yield positional[index], argument
        elif rest is not None:
            yield rest, argument
    names = {p.arg for p in own}
    for keyword in call.keywords:
        if keyword.arg is None:
            yield from ((p.arg, keyword.value) for p in own)
        elif keyword.arg in names:
            yield keyword.arg, keyword.value
        elif further is not None:
            yield further, keyword.value
