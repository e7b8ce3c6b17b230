"""A value has a class only where everything that it can be has that class: what is not known decides."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from codemods.python.classes import ClassResolver, Function
from codemods.python.inference import ClassInference
from codemods.python.modules import Module, ModuleFinder
from codemods.python.names import NameResolver
from codemods.python.scopes import Scope, Sources
from codemods.source import SourceFile

HEAD = """\
import outside


class A:
    def same(self):
        return self

    def other(self):
        return B()

    def lost(self):
        return outside.thing()

    @classmethod
    def made(cls, given):
        if given:
            return cls()
        return None


class B:
    pass


def some(flag):
    if flag:
        return A()
    return outside.thing()


def again(flag):
    if flag:
        return again(False)
    return A()


"""


def class_of(body: str) -> str | None:
    """The class of `x` at the end of a function."""
    text = (
        HEAD
        + "def f(given, flag):\n"
        + "".join(f"    {line}\n" for line in body.splitlines())
        + "    return x\n"
    )
    module = Module(SourceFile(Path("a.py"), text))
    function = module.tree.body[-1]
    assert isinstance(function, Function)
    names = NameResolver(ModuleFinder((module.source,)))
    inference = ClassInference(Sources(names, ClassResolver(names)))
    found = inference.of(ast.Name("x", ast.Load()), Scope(module, None, function))
    return found.name if found is not None else None


@pytest.mark.parametrize(
    "body",
    [
        "x = A()\nx = unknown()",
        "x = unknown()\nif flag:\n    x = A()",
        "x = A() if flag else given",
        "for x in given:\n    pass\nx = A()",
        "x = some(flag)",
        "x = A()\nx = x.lost()",
        "x = A()\nx = x.other()",
        "x = A()\ny = x.other()\nx = y",
        "x = A()\nx = B()",
        "with given as x:\n    pass\nx = A()",
        "x = A()\nx, y = given",
    ],
)
def test_what_is_not_known_decides(body: str) -> None:
    assert class_of(body) is None


@pytest.mark.parametrize(
    "body",
    [
        "x = A()",
        "x = None\nif flag:\n    x = A()",
        "x = A() if flag else None",
        "x = A()\nx = x.same()",
        "x = A()\ny = x.same()\nx = y",
        "x = again(flag)",
        "x = A.made(given)",
        "x = (y := A())",
    ],
)
def test_what_is_known_is_told(body: str) -> None:
    assert class_of(body) == "A"
