"""What a function in sight does to files."""

from __future__ import annotations

import ast
from pathlib import Path
from textwrap import dedent

import pytest

from codemods.knowledge.file_uses import Use
from codemods.python.callees import Callee
from codemods.python.classes import ClassRef, ClassResolver
from codemods.python.effects.model import Effect
from codemods.python.effects.resolving import Called
from codemods.python.effects.summary import FileEffects
from codemods.python.inference import ClassInference
from codemods.python.modules import ModuleFinder
from codemods.python.names import NameResolver
from codemods.python.scopes import Sources
from codemods.source import SourceFile
from tests.codemods.file_effect_cases import EFFECT_CASES, EffectCase


def asked(source: str) -> tuple[FileEffects, Called]:
    """The function `f` of a module, or of its class `C`."""
    finder = ModuleFinder()
    names = NameResolver(finder)
    sources = Sources(names, ClassResolver(names))
    module = finder.adopt(SourceFile(Path("effects_case.py"), dedent(source)))
    effects = FileEffects(sources, ClassInference(sources))
    found = module.bindings.get("f")
    if isinstance(found, ast.FunctionDef):
        return effects, Called(Callee(found, module, None, None, bound=False))
    holder = module.bindings["C"]
    assert isinstance(holder, ast.ClassDef)
    called = effects.calls.method_of(ClassRef(module, holder), "f")
    assert called is not None
    return effects, called


def said(effect: Effect) -> str:
    place = effect.place
    return f"{effect.use.name} {place.root or 'own'}{'' if place.exact or place.root is None else '~'}"


def relevant(effects: tuple[Effect, ...]) -> set[str]:
    """The effects on `path` and on the function's own files."""
    quiet = {Use.READ, Use.CONTENT, Use.HAND, Use.KEEP, Use.REMOVE}
    return {
        said(e) for e in effects if e.place.root == "path" or (e.place.root is None and e.use not in quiet)
    }


@pytest.mark.parametrize("case", EFFECT_CASES, ids=lambda case: case.name)
def test_a_function_does_to_files_what_the_table_says(case: EffectCase):
    """Uses and places are those of the table, and so is whether the file is there in the end."""
    effects, called = asked(case.source)
    expected = {e.strip() for e in case.effects.split(",") if e.strip()}
    assert relevant(effects.of(called)) == expected
    assert effects.always_writes(called, "path", {}) == case.always
