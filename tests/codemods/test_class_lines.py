"""The order in which members are looked up is Python's own, for whatever classes there are."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemods.python.classes import ClassRef, ClassResolver
from codemods.python.modules import ModuleFinder, statements_at_module_level
from codemods.python.names import NameResolver
from codemods.source import SourceFile

NAMES = "ABCDEFGH"


def lines(source: str) -> dict[str, list[str]]:
    """The line of each class of a module, by name."""
    finder = ModuleFinder()
    module = finder.adopt(SourceFile(Path("classes.py"), source))
    classes = ClassResolver(NameResolver(finder))
    return {
        node.name: [item.name for item in classes.line(ClassRef(module, node))]
        for node in statements_at_module_level(module.tree.body)
        if isinstance(node, ast.ClassDef)
    }


@st.composite
def hierarchies(draw: st.DrawFn) -> list[tuple[str, ...]]:
    """The bases of each class: some of those before it, in any order."""
    return [
        tuple(draw(st.permutations(NAMES[:i]))[: draw(st.integers(0, min(i, 3)))]) for i in range(len(NAMES))
    ]


@settings(deadline=None)
@given(hierarchies())
def test_a_line_is_the_order_of_python(bases: list[tuple[str, ...]]) -> None:
    made: dict[str, type] = {}
    source = ""
    for name, above in zip(NAMES, bases, strict=True):
        if not all(base in made for base in above):
            continue
        try:
            made[name] = type(name, tuple(made[base] for base in above), {})
        except TypeError:
            continue  # Python finds no order for it, so no program has it
        source += f"class {name}({', '.join(above)}):\n    pass\n\n\n"
    expected = {name: [c.__name__ for c in cls.__mro__ if c is not object] for name, cls in made.items()}
    assert lines(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "class A(A):\n    pass\n",
        "class A(B):\n    pass\n\n\nclass B(A):\n    pass\n",
        "class X:\n    pass\n\n\nclass A(X):\n    pass\n\n\nclass B(X, A):\n    pass\n",
    ],
)
def test_what_python_refuses_to_make_has_a_line_all_the_same(source: str) -> None:
    for name, line in lines(source).items():
        assert line[0] == name
        assert len(line) == len(set(line))
