"""The file effects of functions in sight, through all that they call."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from codemods.knowledge.file_uses import WRITES, Use
from codemods.python.classes import ClassRef, Function
from codemods.python.effects.certain import CertainWrites
from codemods.python.effects.model import NOWHERE, OWN, Effect, Place, Places
from codemods.python.effects.opens import use_of_text
from codemods.python.effects.reading import FunctionReader, InnerCall
from codemods.python.effects.resolving import Called, CallResolver
from codemods.python.inference import ClassInference
from codemods.python.scopes import Sources, own_nodes
from codemods.python.trees import walk

Key = tuple[int, int]


@dataclass
class _Node:
    """One function of the call graph."""

    called: Called
    effects: dict[Effect, None]
    inner: list[InnerCall]
    reader: FunctionReader
    callers: dict[Key, None] = field(default_factory=dict)


class FileEffects:
    """Tells what functions do to files; each function is read once, and cycles end where nothing new is found."""

    def __init__(self, sources: Sources, inference: ClassInference) -> None:
        self.calls = CallResolver(sources, inference)
        self._sources = sources
        self._nodes: dict[Key, _Node] = {}
        self._certain: dict[tuple[Key, str, tuple[tuple[str, str], ...]], bool] = {}

    @classmethod
    def shared(cls, sources: Sources) -> FileEffects:
        """The effects of one project's functions, which all of its tasks share."""
        found = sources.learnt.get(cls)
        if not isinstance(found, cls):
            found = sources.learnt[cls] = cls(sources, ClassInference(sources))
        return found

    def of(self, called: Called) -> tuple[Effect, ...]:
        """What running a function may do, in terms of its parameters and of the attributes of its instance."""
        if called.key not in self._nodes:
            self._settle(self._read(called))
        return tuple(self._nodes[called.key].effects)

    def own(self, called: Called) -> tuple[Effect, ...]:
        """What a function does by statements of its own, whatever it calls."""
        self.of(called)
        return tuple(self._nodes[called.key].reader.effects)

    def followed(self, called: Called) -> frozenset[int]:
        """The identities of the functions that the effects of one are told of: itself and all that it calls."""
        self.of(called)
        return frozenset(id(self._nodes[key].called.function) for key in self._reached(called))

    def all_of(self, called: Called) -> tuple[Called, ...]:
        """A function and all in sight that it calls."""
        self.of(called)
        return tuple(self._nodes[key].called for key in self._reached(called))

    def _reached(self, called: Called) -> frozenset[Key]:
        """A function that was read, and all that it calls."""
        seen = {called.key}
        pending = [called.key]
        while pending:
            inner = {call.called.key for call in self._nodes[pending.pop()].inner} - seen
            seen |= inner
            pending += inner
        return frozenset(seen)

    def _read(self, called: Called) -> list[Key]:
        """Reads a function and all that it calls; gives those that are new."""
        new: list[Key] = []
        pending = [called]
        while pending:
            current = pending.pop()
            if current.key in self._nodes:
                continue
            reader = FunctionReader(current, self._sources, self.calls)
            self._nodes[current.key] = _Node(current, dict(reader.effects), reader.inner, reader)
            new.append(current.key)
            pending.extend(call.called for call in reader.inner)
        for key in new:
            for call in self._nodes[key].inner:
                self._nodes[call.called.key].callers[key] = None
        return new

    def _settle(self, new: list[Key]) -> None:
        pending = dict.fromkeys(reversed(new))
        while pending:
            key = next(iter(pending))
            del pending[key]
            node = self._nodes[key]
            found = [e for call in node.inner for e in self._through(call)]
            if any(effect not in node.effects for effect in found):
                for effect in found:
                    node.effects.setdefault(effect)
                pending.update(dict.fromkeys(k for k in node.callers))

    def _through(self, call: InnerCall) -> Iterator[Effect]:
        """The effects of a call in sight, in the caller's terms."""
        for effect in self._nodes[call.called.key].effects:
            places = places_in_caller(effect.place, call)
            own = not places or places == {OWN}
            if own and effect.use not in WRITES | {Use.NOTED}:
                continue
            use, mode = mode_in_caller(effect, call)
            if use is None:
                continue
            for place in places or {OWN}:
                yield replace(effect, use=use, place=place, mode=mode, by=call.by, line=call.line)

    def writes_later(self, called: Called) -> bool:
        """Whether a file may be written after a function has ended: by a closure or a generator that it gives."""
        self.of(called)
        return any(
            _may_be_written_later(self._nodes[key].called.function, self._writing_calls(key))
            for key in self._reached(called)
        )

    def _writing_calls(self, key: Key) -> frozenset[int]:
        """The calls in one function by which it writes, itself or through what it calls."""
        reader = self._nodes[key].reader
        through = {
            place
            for place, call in reader.inner_at.items()
            if any(effect.use in WRITES for effect in self._nodes[call.called.key].effects)
        }
        generators = {
            place
            for place in through
            if any(
                isinstance(n, ast.Yield | ast.YieldFrom)
                for n in own_nodes(reader.inner_at[place].called.function)
            )
        }
        return frozenset({*reader.written_by, *through, *(-place for place in generators)})

    def hides_writes(self, called: Called) -> bool:
        """Whether a function writes through calls, and not only by statements of its own."""
        self.of(called)
        return any(e.use in WRITES for call in self._nodes[called.key].inner for e in self._through(call))

    def only_reads(self, ref: ClassRef, attribute: str) -> bool:
        """Whether no method of a class, all of it in sight, does more with an attribute than reading the file."""
        classes = self._sources.classes
        if not (classes.is_complete(ref) or classes.is_pydantic(ref)):
            return False
        root = f"self.{attribute}"
        names = {s.name for item in classes.line(ref) for s in item.node.body if isinstance(s, Function)}
        for name in sorted(names - {"__init__"}):
            called = self.calls.method_of(ref, name)
            if called is None:
                return False
            if any(e.place.root == root and e.use is not Use.READ for e in self.of(called)):
                return False
        return True

    def always_writes(self, called: Called, parameter: str, constants: Mapping[str, str]) -> bool:
        """Whether every way through a function that ends without an error has written the file it is given.

        Args:
            called: the function.
            parameter: the parameter that is given the file.
            constants: the parameters that are given a literal text, one of which may be the mode.
        """
        if called.is_wrapped:
            return False
        key = (called.key, parameter, tuple(sorted(constants.items())))
        if key not in self._certain:
            self._certain[key] = (
                False  # while it is read: a function that calls itself may never come to write
            )
            self.of(called)
            self._certain[key] = CertainWrites(
                self.always_writes, self._nodes[called.key].reader, parameter, constants
            ).holds()
        return self._certain[key]


def places_in_caller(place: Place, call: InnerCall) -> Places:
    """Where a path of the callee comes from in the caller; nowhere for paths of the callee's own."""
    if place.root is None:
        return NOWHERE
    if place.root.startswith("self."):
        return frozenset({place}) if call.called.on_self else NOWHERE
    if call.arguments is None:
        return NOWHERE
    given = call.arguments.get(place.root, NOWHERE)
    return frozenset(g if place.exact else g.derived() for g in given)


def mode_in_caller(effect: Effect, call: InnerCall) -> tuple[Use | None, str | None]:
    """What a file is opened for, where a parameter of the callee holds the mode."""
    if effect.mode is None:
        return effect.use, None
    if effect.mode in call.constants:
        return use_of_text(call.constants[effect.mode]), None
    return effect.use, call.handed.get(effect.mode)


def _may_be_written_later(function: Function, writing: frozenset[int]) -> bool:
    """Whether a call that writes stands in a nested function that is not just called, or is what is given back.

    Args:
        function: the function.
        writing: identities of the calls that write; negative ones are of generators.
    """
    called = {id(n.func) for n in walk(function) if isinstance(n, ast.Call)}
    handed = {n.id for n in walk(function) if isinstance(n, ast.Name) and id(n) not in called}
    for node in walk(function):
        if isinstance(node, ast.Return) and node.value is not None and -id(node.value) in writing:
            return True
        is_closure = isinstance(node, ast.Lambda | ast.GeneratorExp) or (
            isinstance(node, Function) and node is not function and node.name in handed
        )
        if is_closure and any(id(inner) in writing for inner in walk(node)):
            return True
    return False
