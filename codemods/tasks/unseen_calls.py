"""Calls behind which a model may be asked although none is in sight: texts that are run, clients that are given."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.knowledge import lookups as known
from codemods.knowledge.models import ASKING, is_sdk
from codemods.python.frames import Frame
from codemods.python.known_texts import texts_of
from codemods.tasks.asking import Asking, as_written, is_data, is_quiet
from codemods.tasks.origin_kinds import Code, Getter, Instance, Kind, Origins, Outside
from codemods.tasks.origins import OriginFinder, leads_to_a_model


class UnseenCalls:
    """Looks at single calls."""

    def __init__(self, origins: OriginFinder, asking: Asking) -> None:
        self._origins = origins
        self._asking = asking

    def of_call(self, call: ast.Call, frame: Frame) -> str:
        """What a call runs that is not in sight, and may be anything; empty where it runs no such thing."""
        lookups = self._origins.lookups
        if lookups.builtin(call, frame) in known.RUNNERS:
            return f"{as_written(call.func)}() runs code that is made at run time"
        if lookups.gives_unknown_module(call, frame):
            return f"{as_written(call)} gives a module of which the name is not in sight"
        name = next(iter(call.args), None)
        if lookups.builtin(call, frame) == known.METHODCALLER and texts_of(name, frame) is None:
            return f"{as_written(call)} calls a method of which the name is not in sight"
        return ""

    def is_given_client(self, call: ast.Call, found: Origins, frame: Frame) -> bool:
        """Whether a call out of sight is given a client, or is one of an object that was.

        Args:
            call: the call.
            found: the origins of what it calls.
            frame: where it stands.
        """
        function = call.func
        last = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if is_quiet(last) or self._asking.is_known_other(function, frame):
            return False
        if not is_data(last) and any(isinstance(o, Outside) and o.holds_client for o in found):
            return True
        if last[:1].isupper() or self._origins.is_collecting(call, frame):
            return False
        given = (*call.args, *(k.value for k in call.keywords))
        return any(self._holds_client(self._origins.of(one, frame)) for one in given)

    def _holds_client(self, origins: Origins) -> bool:
        return leads_to_a_model(origins) or any(
            self._origins.holds_client(o.ref) for o in origins if isinstance(o, Instance)
        )

    def stored_by(self, call: ast.Call, frame: Frame) -> str:
        """A client that `setattr` puts into an object whose class is not in sight; empty for any other call."""
        if self._origins.lookups.builtin(call, frame) != "setattr" or len(call.args) != 3:
            return ""
        holder, _, value = call.args
        if any(isinstance(o, Instance | Kind) for o in self._origins.of(holder, frame)):
            return ""
        return f"{as_written(value)}, a client" if leads_to_a_model(self._origins.of(value, frame)) else ""

    def looked_up(self, call: ast.Call, found: Origins, frame: Frame) -> Iterator[Code | str]:
        """The methods that `operator.methodcaller("save")` runs: where it is called, or made, by what it is given.

        Yields:
            Each method in sight; a text for one that asks a model.
        """
        for getter in found:
            if isinstance(getter, Getter) and getter.path == known.METHODCALLER and call.args:
                yield from self._methods_of(self._origins.of(call.args[0], frame), getter)
        for getter in self._origins.of(call, frame):
            if isinstance(getter, Getter) and getter.call is call and getter.path == known.METHODCALLER:
                yield from self._any_method(getter)

    def _methods_of(self, holders: Origins, getter: Getter) -> Iterator[Code | str]:
        name = next(iter(getter.call.args), None)
        texts = texts_of(name, getter.frame)
        found = self._origins.lookups.named(holders, texts)
        yield from (o for o in found if isinstance(o, Code))
        if any(isinstance(o, Outside) and o.client is not None for o in holders | found):
            yield as_written(getter.call)

    def _any_method(self, getter: Getter) -> Iterator[Code | str]:
        """What may be called by name on anything."""
        name = next(iter(getter.call.args), None)
        texts = texts_of(name, getter.frame)
        for text in sorted(texts or ()):
            member = ast.Attribute(ast.Name("unknown", ast.Load()), text, ast.Load())
            of_package = text in ASKING and any(map(is_sdk, self._asking.imports_of(getter.frame.module)))
            if of_package or self._asking.of_function(member, getter.frame) is not None:
                yield as_written(getter.call)
            yield from self._origins.lookups.methods_named(text, getter.frame)
