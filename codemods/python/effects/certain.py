"""Whether a function writes the file it is given on every way through it that ends without an error."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from codemods.python.call_facts import is_generator
from codemods.python.effects.model import Place
from codemods.python.effects.opens import use_of_text
from codemods.python.effects.reading import FunctionReader
from codemods.python.effects.resolving import Called
from codemods.python.trees import children

AlwaysWrites = Callable[[Called, str, Mapping[str, str]], bool]
"""Whether a function, by its key, always writes the file that one of its parameters is given, with those constants."""

_MAYBE = (ast.IfExp, ast.BoolOp, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class _Ways:
    """The ways through a suite that have not written the file: do they go on behind it, do they leave?"""

    on: bool
    out: bool = False


_WRITTEN = _Ways(on=False)
_UNWRITTEN = _Ways(on=True)


class CertainWrites:
    """Answers for one function and one of its parameters."""

    def __init__(
        self, always: AlwaysWrites, reader: FunctionReader, parameter: str, constants: Mapping[str, str]
    ) -> None:
        """`always` answers the same for the functions that this one calls."""
        self._always = always
        self._constants = constants
        self._reader = reader
        self._place = Place(parameter)

    def holds(self) -> bool:
        """Whether no way ends without an error and without the file."""
        if is_generator(self._reader.function):
            return False
        ways = self._suite(self._reader.function.body)
        return not ways.on and not ways.out

    def _suite(self, body: list[ast.stmt]) -> _Ways:
        out = False
        for statement in body:
            ways = self._statement(statement)
            out |= ways.out
            if not ways.on:
                return _Ways(on=False, out=out)
        return _Ways(on=True, out=out)

    def _statement(self, node: ast.stmt) -> _Ways:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return _UNWRITTEN
        if isinstance(node, ast.Raise):
            return _WRITTEN
        if isinstance(node, ast.Return):
            return _WRITTEN if self._writes(node) else _Ways(on=False, out=True)
        if isinstance(node, ast.Break | ast.Continue):
            return _Ways(on=False, out=True)
        if isinstance(node, ast.If):
            first, second = self._suite(node.body), self._suite(node.orelse)
            return _Ways(first.on or second.on, first.out or second.out)
        if isinstance(node, ast.With | ast.AsyncWith):
            if any(self._writes(item) for item in node.items):
                return _WRITTEN
            return self._suite(node.body)
        if isinstance(node, ast.Try):
            return self._try(node)
        if isinstance(node, ast.For | ast.AsyncFor | ast.While | ast.Match):
            bodies = [node.body] if not isinstance(node, ast.Match) else [c.body for c in node.cases]
            return _Ways(on=True, out=any(self._suite(b).out for b in bodies))
        return _WRITTEN if self._writes(node) else _UNWRITTEN

    def _try(self, node: ast.Try) -> _Ways:
        final = self._suite(node.finalbody)
        if node.finalbody and not final.on:
            return final
        body = self._suite([*node.body, *node.orelse])
        handlers = [self._suite(handler.body) for handler in node.handlers]
        # A handler may be entered before anything of the body was done.
        on = body.on or any(h.on for h in handlers)
        return _Ways(on, body.out or final.out or any(h.out for h in handlers))

    def _writes(self, node: ast.AST) -> bool:
        """Whether evaluating a node certainly writes the file."""
        if isinstance(node, _MAYBE):
            return False
        if self._reader.written_by.get(id(node)) == {self._place}:
            mode = self._reader.mode_of.get(id(node))
            return mode is None or use_of_text(self._constants.get(mode, "r")) is not None
        call = self._reader.inner_at.get(id(node))
        if call is not None and call.arguments is not None:
            for parameter, places in call.arguments.items():
                if places == {self._place} and self._always(call.called, parameter, call.constants):
                    return True
        return any(self._writes(child) for child in children(node))
