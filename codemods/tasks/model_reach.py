"""Every call of a model that code leads to, through the functions that are in sight, whatever their depth.

Over-approximated on purpose: a function that is mentioned counts as run, a nested function or lambda too; what a
parameter can be is taken together over all calls. What is found here and recorded nowhere is refused, so that a call
is never missed.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from enum import StrEnum

from codemods.python.call_facts import is_logging_call
from codemods.python.classes import ClassRef, Function
from codemods.python.frames import Frame
from codemods.python.modules import Module
from codemods.python.scopes import Sources
from codemods.python.trees import children, walk
from codemods.settings import Settings
from codemods.tasks.asking import NOT_CALLS, Asked, Asking, as_written, is_data, is_quiet
from codemods.tasks.origins import Code, Instance, Kind, Named, Origin, OriginFinder, Origins, Outside

_ROUNDS = 20
_MOST_FUNCTIONS = 4000
_SPECIAL = frozenset(
    "__init__ __post_init__ __new__ __call__ __enter__ __aenter__ __iter__ __next__ __aiter__ __anext__ __getitem__ "
    "__str__ forward".split()
)


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
class _Way:
    """How a function was reached: by which names, from where, through which functions."""

    names: tuple[str, ...] = ()
    led: ast.expr | None = None
    through: tuple[Function | ast.Lambda, ...] = ()


class ModelReach:
    """Finds the model calls that functions lead to."""

    def __init__(self, sources: Sources, settings: Settings) -> None:
        self._sources = sources
        self._settings = settings
        self.origins = OriginFinder(sources, settings)
        self.asking = Asking(self.origins)
        self._asks: dict[tuple[int, int], bool] = {}

    def from_method(
        self,
        function: Function,
        owner: ClassRef | None,
        module: Module,
        recorded: frozenset[int] = frozenset(),
    ) -> tuple[Hit, ...]:
        """The places that a function leads to.

        Args:
            function: where to begin.
            owner: its class.
            module: where its global names live.
            recorded: identities of calls that are recorded: what they run is theirs.
        """
        frame = self.origins.frame(function, owner, module)
        hits: tuple[Hit, ...] = ()
        for _ in range(_ROUNDS):
            walker = _Walker(self, self._settings, recorded)
            walker.run(frame)
            hits = tuple(walker.hits.values())
            if not walker.learned:
                return hits
            self.origins.forget()
        return (
            *hits,
            _not_followed(frame, _Way(), "what functions are given was not known after some rounds"),
        )

    def asks(self, call: ast.Call, code: Code, frame: Frame) -> bool:
        """Whether a call of a function of the tree leads to a model."""
        walker = _Walker(self, self._settings, frozenset())
        walker.give(call, code, frame)
        key = (id(code.function), id(code.frame.owner.node) if code.frame.owner else 0)
        if walker.learned:
            self.origins.forget()
        if walker.learned or key not in self._asks:
            owner, module = code.frame.owner, code.frame.module
            function = code.function
            self._asks[key] = isinstance(function, Function) and bool(
                self.from_method(function, owner, module)
            )
        return self._asks[key]


class _Walker:
    """One walk over everything that a function leads to."""

    def __init__(self, reach: ModelReach, settings: Settings, recorded: frozenset[int]) -> None:
        self._origins = reach.origins
        self._asking = reach.asking
        self._settings = settings
        self._recorded = recorded
        self._seen: set[tuple[int, int]] = set()
        self._queue: list[tuple[Frame, _Way]] = []
        self.hits: dict[int, Hit] = {}
        self.learned = False

    def run(self, frame: Frame) -> None:
        self._push(frame, _Way())
        while self._queue:
            self._visit(*self._queue.pop(0))

    def _push(self, frame: Frame, way: _Way) -> None:
        key = (id(frame.function), id(frame.owner.node) if frame.owner else 0)
        if key in self._seen:
            return
        if len(self._seen) >= _MOST_FUNCTIONS:
            self.hits.setdefault(0, _not_followed(frame, way, f"more than {_MOST_FUNCTIONS} functions"))
            return
        self._seen.add(key)
        self._queue.append((frame, way))

    def _visit(self, frame: Frame, way: _Way) -> None:
        function = frame.function
        roots: list[ast.AST] = [function.body] if isinstance(function, ast.Lambda) else [*function.body]
        if isinstance(function, Function):
            roots += function.decorator_list
        for root in roots:
            self._look(root, root, frame, way)

    def _look(self, root: ast.AST, parent: ast.AST, frame: Frame, way: _Way) -> None:
        stack: list[tuple[ast.AST, ast.AST]] = [(root, parent)]
        logged: set[int] = set()
        while stack:
            node, above = stack.pop()
            if isinstance(node, Function | ast.Lambda):
                self._push(frame.inner(node), way)
                stack.extend((d, node) for d in getattr(node, "decorator_list", ()))
                stack.extend(
                    (d, node) for d in (*node.args.defaults, *node.args.kw_defaults) if d is not None
                )
                continue
            if isinstance(node, ast.AnnAssign):
                stack.extend((part, node) for part in (node.value, node.target) if part is not None)
                continue
            if isinstance(node, ast.Call):
                if is_logging_call(node):
                    stack.extend((c, node) for c in (*node.args, *(k.value for k in node.keywords)))
                    logged.update(id(n) for n in walk(node))
                    continue
                self._call(node, frame, way, logged=id(node) in logged)
            elif isinstance(node, ast.Name | ast.Attribute):
                self._mention(node, above, frame, way)
            stack.extend((child, node) for child in reversed(children(node)))

    def _call(self, call: ast.Call, frame: Frame, way: _Way, *, logged: bool) -> None:
        if id(call) in self._recorded:
            return
        asked = self._asking.of_call(call, frame)
        if asked is not None:
            deferred = asked.call is not None and (asked.call.deferred or _defers(call, asked))
            self._hit(call, asked.what, Manner.DEFERRED if deferred else Manner.CALLED, way, frame, asked)
            return
        found = self._origins.of(call.func, frame)
        last = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if any(isinstance(o, Named) and o.member and not is_quiet(last) for o in found):
            # The configuration calls it a model, whatever its source says.
            self._hit(call, as_written(call.func), Manner.CALLED, way, frame)
            return
        in_sight = False
        for origin in found:
            if isinstance(origin, Code):
                in_sight = True
                self.give(call, origin, frame)
                self._push(origin.frame, _on(way, call.func, call, origin.frame))
            elif isinstance(origin, Kind | Instance):
                in_sight = True
                self._special(call, origin, frame, way)
        if in_sight or logged or last in NOT_CALLS:
            return
        if not _constructs(found, last) and self._is_given_model(call, frame):
            self._hit(call, f"{as_written(call.func)}, which is given a model", Manner.CALLED, way, frame)

    def _is_given_model(self, call: ast.Call, frame: Frame) -> bool:
        if isinstance(call.func, ast.Attribute) and is_quiet(call.func.attr):
            return False
        return any(
            Named() in self._origins.of(given, frame)
            for given in (*call.args, *(k.value for k in call.keywords))
            if isinstance(given, ast.Name | ast.Attribute | ast.Call | ast.Starred)
        )

    def _special(self, call: ast.Call, origin: Kind | Instance, frame: Frame, way: _Way) -> None:
        """What constructing an object can run, and what calling one does."""
        for item in reversed(self._lines(origin.ref)):
            for statement in item.node.body:
                if isinstance(statement, Function) and statement.name in _SPECIAL:
                    inner = self._origins.frame(statement, origin.ref, item.module)
                    code = Code(statement, inner, bound=True)
                    if statement.name in ("__init__", "__call__", "forward"):
                        self.give(call, code, frame)
                    self._push(inner, _on(way, call.func, call, inner))

    def _lines(self, ref: ClassRef) -> tuple[ClassRef, ...]:
        return self._origins.line(ref)

    def give(self, call: ast.Call, code: Code, frame: Frame) -> None:
        """Notes what the parameters of a called function are given."""
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
            origins = frozenset(o for o in self._origins.of(given, frame) if _is_telling(o))
            if origins:
                self.learned |= self._origins.give(function, name, origins)

    def _mention(self, node: ast.expr, above: ast.AST, frame: Frame, way: _Way) -> None:
        """A name or attribute that is read: the function that it names may be run."""
        if isinstance(above, ast.Attribute) and above.value is node:
            return
        if not isinstance(getattr(node, "ctx", None), ast.Load):
            self._store(node, above, frame, way)
            return
        called = isinstance(above, ast.Call) and above.func is node
        if id(above) in self._recorded and (
            called or not isinstance(node, ast.Attribute) or not _is_method_of_self(node, frame)
        ):
            # What a recorded call runs is its own, whether it is called or given to it.
            return
        found = self._origins.of(node, frame)
        for origin in found:
            if isinstance(origin, Code) and (not called or origin.is_property):
                self._push(origin.frame, _on(way, node, node, origin.frame))
        if called or not _is_handed_on(node, above):
            return
        asked = self._asking.of_function(node, frame) if isinstance(node, ast.Attribute) or found else None
        if asked is not None and not (isinstance(node, ast.Name) and _is_client(found)):
            if asked.certain or asked.call is not None:
                self._hit(node, asked.what, Manner.HANDED_ON, way, frame, asked)
        elif (
            isinstance(node, ast.Attribute)
            and any(isinstance(o, Named) and o.member and not is_data(o.member) for o in found)
            and not self._is_known_data(node, frame)
        ):
            self._hit(node, as_written(node), Manner.HANDED_ON, way, frame)

    def _is_known_data(self, node: ast.Attribute, frame: Frame) -> bool:
        """Whether the class of a model that a name of the configuration holds says that a member is no method."""
        for holder in self._origins.of(node.value, frame):
            if isinstance(holder, Instance):
                return not any(
                    isinstance(o, Code) and not o.is_property for o in self._origins.of(node, frame)
                )
        return False

    def _store(self, node: ast.expr, above: ast.AST, frame: Frame, way: _Way) -> None:
        """A model that is kept in an attribute of an object whose class is not in sight."""
        if not isinstance(node, ast.Attribute) or not isinstance(above, ast.Assign | ast.AnnAssign):
            return
        if above.value is None or any(
            isinstance(o, Instance | Kind) for o in self._origins.of(node.value, frame)
        ):
            return
        given = self._origins.of(above.value, frame)
        if isinstance(above.value, ast.Name) and Named() in given:
            self._hit(node, f"the model, in {as_written(node)}", Manner.STORED, way, frame)

    def _hit(
        self,
        node: ast.expr,
        what: str,
        manner: Manner,
        way: _Way,
        frame: Frame,
        asked: Asked | None = None,
    ) -> None:
        hit = Hit(node, what, manner, way.names, frame, way.led or node, way.through, asked)
        self.hits.setdefault(id(node), hit)


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
