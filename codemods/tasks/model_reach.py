"""Every call of a model that code leads to, through the functions that are in sight, whatever their depth.

Over-approximated on purpose: a function that is mentioned counts as run, a nested function or lambda too; what a
parameter can be is taken together over all calls. What is found here and recorded nowhere is refused, so that a call
is never missed.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from codemods.python.call_facts import is_logging_call
from codemods.python.classes import ClassRef, Function
from codemods.python.constructions import default_factories
from codemods.python.frames import Frame
from codemods.python.known_texts import texts_of
from codemods.python.modules import Module
from codemods.python.names import dotted_name
from codemods.python.scopes import Sources
from codemods.python.told import Kept, Told
from codemods.python.trees import nodes_of, push_children, walk
from codemods.settings import Settings
from codemods.tasks.asking import NOT_CALLS, Asked, Asking, as_written, is_data, is_quiet
from codemods.tasks.declared_calls import DeclaredCalls
from codemods.tasks.origin_kinds import Code, Instance, Kind, Named, Origin, Origins, Outside, in_order
from codemods.tasks.origins import Found, OriginFinder, leads_to_a_model
from codemods.tasks.unseen_calls import UnseenCalls

_ROUNDS = 20
_MOST_FUNCTIONS = 4000
_SPECIAL = frozenset({"forward", "model_post_init"})
_STARTED = frozenset({"Thread", "Process", "Timer"})
"""Bases whose method `run` is run by their method `start`."""


class Manner(StrEnum):
    """How a model is asked, or could be."""

    CALLED = "called"
    DEFERRED = "deferred"
    HANDED_ON = "handed on"
    STORED = "stored"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Hit:
    """A place that asks a model, or hands one on.

    Attributes:
        node: the call or the reference.
        what: what is asked, for messages.
        manner: how.
        way: the functions on the way there, the first one's own left out.
        frame: the function that it stands in.
        led: where the first function leads there: the place itself, where it stands in it.
        through: the functions on the way, the first one left out.
        asked: what is known of the call.
    """

    node: ast.expr
    what: str
    manner: Manner
    way: tuple[str, ...]
    frame: Frame
    led: ast.expr
    through: tuple[Function | ast.Lambda, ...] = ()
    asked: Asked | None = None


@dataclass(frozen=True)
class Reached:
    """A function that is led to.

    Attributes:
        frame: the function.
        names: the names by which, the first one's own left out.
        led: where the first function leads there.
    """

    frame: Frame
    names: tuple[str, ...]
    led: ast.AST


@dataclass(frozen=True)
class _Step:
    """A function that one leads to: called or read at a place, or None where it stands in the other."""

    frame: Frame
    called: ast.expr | None = None
    place: ast.expr | None = None


@dataclass(frozen=True)
class _Place:
    """A place of one function that asks a model, or hands one on; the parts as those of `Hit`."""

    node: ast.expr
    what: str
    manner: Manner
    asked: Asked | None


@dataclass(frozen=True)
class _Visit:
    """What one function by itself does.

    Attributes:
        found: the functions that it leads to and the places where it asks, in order.
        given: what it gives to the parameters of others.
    """

    found: tuple[_Step | _Place, ...]
    given: tuple[tuple[Function | ast.Lambda, str, Origins], ...]


@dataclass(frozen=True)
class _Shared:
    """What was found in the sources, whatever task it was found for.

    Attributes:
        found: where values come from.
        visits: what functions do, by function, class and the calls in it that are recorded.
        calls: the identities of the calls in a function.
        imports: what modules import.
    """

    found: Found = field(default_factory=Found)
    visits: Kept[_Visit] = field(default_factory=Kept)
    calls: dict[Function | ast.Lambda, frozenset[int]] = field(default_factory=dict)
    imports: dict[int, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, sources: Sources, settings: Settings) -> _Shared:
        """The one of a project, under one configuration of what models are called."""
        by_names = sources.learnt.setdefault(cls, {})
        names = frozenset(settings.llm_arguments), tuple(sorted(settings.llm_calls.items()))
        found: _Shared = by_names.setdefault(names, cls())
        return found

    def recorded_in(self, function: Function | ast.Lambda, recorded: frozenset[int]) -> frozenset[int]:
        """Which of the recorded calls stand in a function."""
        if not recorded:
            return recorded
        if function not in self.calls:
            self.calls[function] = frozenset(id(n) for n in nodes_of(function) if isinstance(n, ast.Call))
        return self.calls[function] & recorded


@dataclass(frozen=True)
class _Way:
    """How a function was reached: by which names, from where, through which functions."""

    names: tuple[str, ...] = ()
    led: ast.expr | None = None
    through: tuple[Function | ast.Lambda, ...] = ()


@dataclass(frozen=True)
class _Walked:
    """What one walk found."""

    hits: tuple[Hit, ...]
    functions: tuple[Reached, ...]


class ModelReach:
    """Finds the model calls that functions lead to."""

    def __init__(self, sources: Sources, settings: Settings) -> None:
        """Nothing was given to any function yet."""
        self.shared = _Shared.of(sources, settings)
        self.told = Told()
        self.origins = OriginFinder(sources, settings, self.told, self.shared.found)
        declared = DeclaredCalls(settings.llm_calls, sources.names, self.origins)
        self.asking = Asking(self.origins, self.shared.imports, declared)
        self._asks: dict[tuple[int, int], bool] = {}
        self._walks: dict[tuple[Frame, frozenset[int], tuple[Frame, ...]], tuple[object, _Walked]] = {}

    def from_method(
        self,
        function: Function,
        owner: ClassRef | None,
        module: Module,
        recorded: frozenset[int] = frozenset(),
        hooks: tuple[Frame, ...] = (),
    ) -> tuple[Hit, ...]:
        """The places that a function leads to.

        Args:
            function: where to begin.
            owner: its class.
            module: where its global names live.
            recorded: identities of calls that are recorded: what they run is theirs.
            hooks: further functions that are run with it, called by nobody in sight.
        """
        return self._walked(function, owner, module, recorded, hooks).hits

    def reached(
        self,
        function: Function,
        owner: ClassRef | None,
        module: Module,
        recorded: frozenset[int] = frozenset(),
        hooks: tuple[Frame, ...] = (),
    ) -> tuple[Reached, ...]:
        """The functions that a function leads to, itself left out; the arguments are those of `from_method`."""
        return self._walked(function, owner, module, recorded, hooks).functions

    def _walked(
        self,
        function: Function,
        owner: ClassRef | None,
        module: Module,
        recorded: frozenset[int],
        hooks: tuple[Frame, ...],
    ) -> _Walked:
        frame = self.origins.frame(function, owner, module)
        key = (frame, recorded, hooks)
        known = self._walks.get(key)
        if known is not None and known[0] is self.told.version:
            return known[1]
        hits: tuple[Hit, ...] = ()
        for _ in range(_ROUNDS):
            walker = _Walker(self, recorded)
            walker.run(frame, hooks)
            hits = tuple(walker.hits.values())
            if not walker.learned:
                break
        else:
            unknown = _not_followed(frame, _Way(), "what functions are given was not known after some rounds")
            hits = (*hits, unknown)
        walked = _Walked(hits, tuple(walker.reached))
        self._walks[key] = (self.told.version, walked)
        return walked

    def asks(self, call: ast.Call, code: Code, frame: Frame) -> bool:
        """Whether a call of a function of the tree leads to a model."""
        learned = False
        for name, origins in _given(self.origins, call, code, frame):
            learned |= self.origins.give(code.function, name, origins)
        key = (id(code.function), id(code.frame.owner.node) if code.frame.owner else 0)
        if learned or key not in self._asks:
            owner, module = code.frame.owner, code.frame.module
            function = code.function
            self._asks[key] = isinstance(function, Function) and any(
                hit.manner is not Manner.UNKNOWN for hit in self.from_method(function, owner, module)
            )
        return self._asks[key]


class _Walker:
    """One walk over everything that a function leads to."""

    def __init__(self, reach: ModelReach, recorded: frozenset[int]) -> None:
        self._reach = reach
        self._recorded = recorded
        self._seen: set[tuple[int, int]] = set()
        self._queue: deque[tuple[Frame, _Way]] = deque()
        self.hits: dict[int, Hit] = {}
        self.reached: list[Reached] = []
        self.learned = False

    def run(self, frame: Frame, hooks: tuple[Frame, ...]) -> None:
        self._push(frame, _Way())
        for hook in hooks:
            name = getattr(hook.function, "name", "")
            led = ast.copy_location(ast.Name(name, ast.Load()), frame.function)
            self._push(hook, _Way((name,), led, (hook.function,)))
        while self._queue:
            self._visit(*self._queue.popleft())

    def _push(self, frame: Frame, way: _Way) -> None:
        key = (id(frame.function), id(frame.owner.node) if frame.owner else 0)
        if key in self._seen:
            return
        if len(self._seen) >= _MOST_FUNCTIONS:
            self.hits.setdefault(0, _not_followed(frame, way, f"more than {_MOST_FUNCTIONS} functions"))
            return
        self._seen.add(key)
        self._queue.append((frame, way))
        self.reached.append(Reached(frame, way.names, way.led or frame.function))

    def _visit(self, frame: Frame, way: _Way) -> None:
        for found in self._visited(frame).found:
            if isinstance(found, _Place):
                hit = Hit(
                    node=found.node,
                    what=found.what,
                    manner=found.manner,
                    way=way.names,
                    frame=frame,
                    led=way.led or found.node,
                    through=way.through,
                    asked=found.asked,
                )
                self.hits.setdefault(id(found.node), hit)
            elif found.called is None or found.place is None:
                self._push(found.frame, way)
            else:
                self._push(found.frame, _on(way, found.called, found.place, found.frame))

    def _visited(self, frame: Frame) -> _Visit:
        shared, told = self._reach.shared, self._reach.told
        recorded = shared.recorded_in(frame.function, self._recorded)
        key = (frame.function, frame.owner.node if frame.owner else None, recorded)
        known = shared.visits.find(key, told)
        if known is None:
            begun = told.begin()
            visit = _Visitor(self._reach, frame, recorded).visit()
            shared.visits.keep(key, visit, told.since(begun))
        else:
            visit = known[0]
            for function, name, origins in visit.given:
                self._reach.origins.give(function, name, origins)
        self.learned |= bool(visit.given)
        return visit


class _Visitor:
    """Looks at one function, from its first statement to its decorators; those nested in it are left to the walk."""

    def __init__(self, reach: ModelReach, frame: Frame, recorded: frozenset[int]) -> None:
        self._origins = reach.origins
        self._asking = reach.asking
        self._unseen = UnseenCalls(reach.origins, reach.asking)
        self._frame = frame
        self._recorded = recorded
        self._found: list[_Step | _Place] = []
        self._given: list[tuple[Function | ast.Lambda, str, Origins]] = []

    def visit(self) -> _Visit:
        function = self._frame.function
        roots: list[ast.AST] = [function.body] if isinstance(function, ast.Lambda) else [*function.body]
        if isinstance(function, Function):
            roots += function.decorator_list
        for root in roots:
            self._look(root)
        return _Visit(tuple(self._found), tuple(self._given))

    def _look(self, root: ast.AST) -> None:
        stack: list[tuple[ast.AST, ast.AST]] = [(root, root)]
        logged: set[int] = set()
        while stack:
            node, above = stack.pop()
            if isinstance(node, ast.Constant):
                continue
            if isinstance(node, ast.Name):
                self._mention(node, above)
                continue
            if isinstance(node, Function | ast.Lambda):
                self._found.append(_Step(self._frame.inner(node)))
                stack.extend((d, node) for d in getattr(node, "decorator_list", ()))
                stack.extend(
                    (d, node) for d in (*node.args.defaults, *node.args.kw_defaults) if d is not None
                )
                continue
            if isinstance(node, ast.ClassDef):
                self._subclassed(node)
            if isinstance(node, ast.AnnAssign):
                stack.extend((part, node) for part in (node.value, node.target) if part is not None)
                continue
            if isinstance(node, ast.Call):
                if is_logging_call(node):
                    stack.extend((c, node) for c in (*node.args, *(k.value for k in node.keywords)))
                    logged.update(id(n) for n in walk(node))
                    continue
                self._call(node, logged=id(node) in logged)
            elif isinstance(node, ast.Attribute):
                self._mention(node, above)
            below: list[ast.AST] = []
            push_children(node, below)
            stack += [(child, node) for child in below]

    def _call(self, call: ast.Call, *, logged: bool) -> None:
        if id(call) in self._recorded:
            return
        asked = self._asking.of_call(call, self._frame)
        if asked is not None:
            deferred = asked.call is not None and (asked.call.deferred or _defers(call, asked))
            self._hit(call, asked.what, Manner.DEFERRED if deferred else Manner.CALLED, asked)
            return
        self._read_by_name(call)
        if self._looks_up_member(call):
            self._hit(call, as_written(call), Manner.HANDED_ON)
            return
        unseen = self._unseen.of_call(call, self._frame)
        if unseen:
            self._hit(call, unseen, Manner.UNKNOWN)
            return
        found = self._origins.of(call.func, self._frame)
        self._getters(call, found)
        last = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if any(isinstance(o, Named) and o.member and not is_quiet(last) for o in found):
            # The configuration calls it a model, whatever its source says.
            self._hit(call, as_written(call.func), Manner.CALLED)
            return
        in_sight = False
        for origin in in_order(found):
            if isinstance(origin, Code):
                in_sight = True
                self._give(call, origin)
                self._found.append(_Step(origin.frame, call.func, call))
            elif isinstance(origin, Kind | Instance):
                in_sight = True
                self._special(call, origin)
        stored = self._unseen.stored_by(call, self._frame)
        if stored:
            self._hit(call, stored, Manner.STORED)
        if in_sight or logged or (last in NOT_CALLS and isinstance(call.func, ast.Name)):
            return
        if last not in NOT_CALLS and not _constructs(found, last) and self._is_given_model(call):
            self._hit(call, f"{as_written(call.func)}, which is given a model", Manner.CALLED)
        elif self._unseen.is_given_client(call, found, self._frame):
            self._hit(call, f"{as_written(call.func)}, which is given a client of one", Manner.CALLED)

    def _subclassed(self, node: ast.ClassDef) -> None:
        """What the bases of a class that stands in a function run when it is made."""
        for base in node.bases:
            for origin in self._origins.of(base, self._frame):
                if isinstance(origin, Kind):
                    hooks = self._origins.attribute_of(origin, "__init_subclass__")
                    self._found += [_Step(o.frame, base, base) for o in hooks if isinstance(o, Code)]

    def _getters(self, call: ast.Call, found: Origins) -> None:
        """What a function runs that looks a method up in what it is given, or that is made here to do so later."""
        for step in self._unseen.looked_up(call, found, self._frame):
            if isinstance(step, Code):
                self._found.append(_Step(step.frame, call.func, call))
            else:
                self._hit(call, step, Manner.HANDED_ON)

    def _read_by_name(self, call: ast.Call) -> None:
        """The properties that `getattr(x, n)` and `hasattr(x, n)` run."""
        looked_up = self._origins.lookups.member_of(call, self._frame)
        if isinstance(call.func, ast.Name) and call.func.id == "hasattr" and len(call.args) == 2:
            looked_up = call.args[0], call.args[1]
        for origin in in_order(self._origins.lookups.members(*looked_up, self._frame)) if looked_up else ():
            if isinstance(origin, Code) and origin.is_property:
                self._found.append(_Step(origin.frame, call.func, call))

    def _looks_up_member(self, call: ast.Call) -> bool:
        """Whether a call is `getattr(client, name)`: whatever it gives may ask."""
        looked_up = self._origins.lookups.member_of(call, self._frame)
        if looked_up is None or texts_of(looked_up[1], self._frame) is not None:
            return False
        return any(
            isinstance(o, Outside) and o.client is not None
            for o in self._origins.of(looked_up[0], self._frame)
        )

    def _is_given_model(self, call: ast.Call) -> bool:
        if isinstance(call.func, ast.Attribute) and is_quiet(call.func.attr):
            return False
        return any(
            Named() in self._origins.of(given, self._frame)
            for given in (*call.args, *(k.value for k in call.keywords))
            if isinstance(given, ast.Name | ast.Attribute | ast.Call | ast.Starred)
        )

    def _special(self, call: ast.Call, origin: Kind | Instance) -> None:
        """What constructing an object can run, and what calling one does."""
        for item in reversed(self._lines(origin.ref)):
            for statement in item.node.body:
                if isinstance(statement, Function) and _runs_by_itself(statement, item.node):
                    inner = self._origins.frame(statement, origin.ref, item.module)
                    code = Code(statement, inner, bound=True)
                    if statement.name in ("__init__", "__call__", "forward"):
                        self._give(call, code)
                    self._found.append(_Step(inner, call.func, call))
        for maker in self._origins.metaclasses(origin.ref):
            made_by = self._origins.attribute_of(maker, "__call__")
            self._found += [_Step(o.frame, call.func, call) for o in made_by if isinstance(o, Code)]
        for _, factory, module in (
            default_factories(self._lines(origin.ref)) if isinstance(origin, Kind) else ()
        ):
            for made in self._origins.of(factory, self._origins.top(module)):
                if isinstance(made, Code):
                    self._found.append(_Step(made.frame, call.func, call))

    def _lines(self, ref: ClassRef) -> tuple[ClassRef, ...]:
        return self._origins.line(ref)

    def _give(self, call: ast.Call, code: Code) -> None:
        for name, origins in _given(self._origins, call, code, self._frame):
            if self._origins.give(code.function, name, origins):
                self._given.append((code.function, name, origins))

    def _mention(self, node: ast.expr, above: ast.AST) -> None:
        """A name or attribute that is read: the function that it names may be run."""
        if isinstance(above, ast.Attribute) and above.value is node:
            return
        if not isinstance(getattr(node, "ctx", None), ast.Load):
            self._store(node, above)
            return
        called = isinstance(above, ast.Call) and above.func is node
        if id(above) in self._recorded and (
            called or not isinstance(node, ast.Attribute) or not _is_method_of_self(node, self._frame)
        ):
            # What a recorded call runs is its own, whether it is called or given to it.
            return
        found = self._origins.of(node, self._frame)
        for origin in in_order(found):
            if isinstance(origin, Code) and (not called or origin.is_property):
                self._found.append(_Step(origin.frame, node, node))
        if called or not _is_handed_on(node, above):
            return
        asked = (
            self._asking.of_function(node, self._frame) if isinstance(node, ast.Attribute) or found else None
        )
        if asked is not None and not (isinstance(node, ast.Name) and _is_client(found)):
            if asked.certain or asked.call is not None:
                self._hit(node, asked.what, Manner.HANDED_ON, asked)
        elif (
            isinstance(node, ast.Attribute)
            and any(isinstance(o, Named) and o.member and not is_data(o.member) for o in found)
            and not self._is_known_data(node)
        ):
            self._hit(node, as_written(node), Manner.HANDED_ON)

    def _is_known_data(self, node: ast.Attribute) -> bool:
        """Whether the class of a model that a name of the configuration holds says that a member is no method."""
        for holder in self._origins.of(node.value, self._frame):
            if isinstance(holder, Instance):
                return not any(
                    isinstance(o, Code) and not o.is_property for o in self._origins.of(node, self._frame)
                )
        return False

    def _store(self, node: ast.expr, above: ast.AST) -> None:
        """A model that is kept in an attribute of an object whose class is not in sight."""
        if not isinstance(node, ast.Attribute) or not isinstance(above, ast.Assign | ast.AnnAssign):
            return
        if above.value is None or any(
            isinstance(o, Instance | Kind) for o in self._origins.of(node.value, self._frame)
        ):
            return
        given = self._origins.of(above.value, self._frame)
        if (isinstance(above.value, ast.Name) and Named() in given) or leads_to_a_model(given):
            self._hit(node, f"the model, in {as_written(node)}", Manner.STORED)

    def _hit(self, node: ast.expr, what: str, manner: Manner, asked: Asked | None = None) -> None:
        self._found.append(_Place(node, what, manner, asked))


def _runs_by_itself(method: Function, owner: ast.ClassDef) -> bool:
    """Whether a method of an object is run by an operator, a statement or a base class, without a call of it."""
    name = method.name
    if name in _SPECIAL or (name.startswith("__") and name.endswith("__")):
        return True
    if name == "run":
        bases = ((dotted_name(base) or "").rpartition(".")[2] for base in owner.bases)
        return any(base in _STARTED for base in bases)
    return is_setter(method)


def is_setter(method: Function) -> bool:
    """Whether an assignment to an attribute runs a method."""
    return any(
        isinstance(d, ast.Attribute) and d.attr in {"setter", "deleter"} for d in method.decorator_list
    )


def _given(found: OriginFinder, call: ast.Call, code: Code, frame: Frame) -> Iterator[tuple[str, Origins]]:
    """What the parameters of a called function are given, as far as it tells something."""
    function = code.function
    arguments = function.args
    names = [p.arg for p in (*arguments.posonlyargs, *arguments.args)]
    if code.bound and names and isinstance(function, Function):
        names = names[1:]
    pairs: list[tuple[str, ast.expr]] = []
    for index, given in enumerate(call.args):
        if isinstance(given, ast.Starred):
            break
        if index < len(names):
            pairs.append((names[index], given))
        elif arguments.vararg is not None:
            pairs.append((arguments.vararg.arg, given))
    known = {*names, *(p.arg for p in arguments.kwonlyargs)}
    for keyword in call.keywords:
        if keyword.arg in known:
            pairs.append((str(keyword.arg), keyword.value))
        elif keyword.arg is not None and arguments.kwarg is not None:
            pairs.append((arguments.kwarg.arg, keyword.value))
    for name, given in pairs:
        origins = frozenset(o for o in found.of(given, frame) if _is_telling(o))
        if origins:
            yield name, origins


def _defers(call: ast.Call, asked: Asked) -> bool:
    """Whether an argument makes the answer a stream, or may: anything but a literal that says no."""
    deferring = asked.call.deferring if asked.call is not None else ()
    return any(
        k.arg in deferring and not (isinstance(k.value, ast.Constant) and not k.value.value)
        for k in call.keywords
    )


def _not_followed(frame: Frame, way: _Way, what: str) -> Hit:
    """A place behind which nothing was looked at: a model may be asked there."""
    node = way.led or ast.copy_location(
        ast.Name(getattr(frame.function, "name", "lambda"), ast.Load()), frame.function
    )
    return Hit(node, what, Manner.UNKNOWN, way.names, frame, node, way.through)


def _is_method_of_self(node: ast.Attribute, frame: Frame) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == frame.self_name


def _on(way: _Way, called: ast.expr, place: ast.expr, frame: Frame) -> _Way:
    return _Way((*way.names, as_written(called)), way.led or place, (*way.through, frame.function))


def _is_telling(origin: Origin) -> bool:
    if isinstance(origin, Named):
        return not origin.member or not is_data(origin.member)
    return not isinstance(origin, Outside) or origin.client is not None


def _is_client(found: Origins) -> bool:
    return any(isinstance(o, Outside) and o.client is not None and not o.member for o in found)


def _constructs(found: Origins, last: str) -> bool:
    return last[:1].isupper() and not any(isinstance(o, Code) for o in found)


def _is_handed_on(node: ast.expr, above: ast.AST) -> bool:
    """Whether a reference goes where it could be called from: into a call, a name, a container or out."""
    if isinstance(above, ast.Call):
        name = above.func.attr if isinstance(above.func, ast.Attribute) else getattr(above.func, "id", "")
        return name not in NOT_CALLS and not is_logging_call(above)
    return isinstance(
        above,
        ast.keyword
        | ast.Assign
        | ast.AnnAssign
        | ast.NamedExpr
        | ast.List
        | ast.Tuple
        | ast.Set
        | ast.Dict
        | ast.Return
        | ast.Yield
        | ast.Starred
        | ast.IfExp
        | ast.BoolOp
        | ast.Lambda,
    )
