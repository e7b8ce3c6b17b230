"""What a method that keeps its answer in an attribute does a second time: source of the class, and the verdict."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from codemods.knowledge.verdicts import Verdict
from codemods.python.classes import ClassRef, ClassResolver
from codemods.python.inference import ClassInference
from codemods.python.modules import ModuleFinder
from codemods.python.names import NameResolver
from codemods.python.repeatable import Repeatability
from codemods.python.scopes import Scope, Sources
from codemods.source import SourceFile

HEAD = "import random\n\n\nclass T:\n    kept = None\n    text: str = 'a'\n    words: list[str] = []\n\n"
MAKE = "        if self.words:\n            return self.text.upper()\n        return self.text\n\n"
KEPT = (
    "found = self.kept or self.make()\nif self.text:\n    self.kept = found\nreturn found",
    "self.kept = self.kept or self.make()\nreturn self.kept",
    "if not self.kept:\n    self.kept = self.make()\nreturn self.kept",
    "self.kept = self.kept or self.text + '.txt'\nreturn self.kept",
    "found = self.kept or self.text + '.txt'\nif self.text:\n    self.kept = found\nreturn found",
    "if self.kept is None:\n    self.kept = self.text.upper()\nreturn self.kept",
    "if not self.kept:\n    self.kept = self.text.upper()\nreturn self.kept",
    "if not hasattr(self, 'kept'):\n    self.kept = self.text\nreturn self.kept",
    "if self.kept is not None:\n    return self.kept\nself.kept = len(self.words)\nreturn self.kept",
    "self.kept = self.text if self.kept is None else self.kept\nreturn self.kept",
    "if self.text:\n    if self.kept is None:\n        self.kept = f'{self.text}'\nreturn self.kept",
    "if self.kept:\n    pass\nelse:\n    self.kept = self.text\nreturn self.kept",
)
NOT_KEPT = (
    "self.kept = self.text\nreturn self.kept",
    "self.kept = (self.kept or 0) + 1\nreturn self.kept",
    "if not self.kept:\n    self.kept = (self.kept or 0) + 1\nreturn self.kept",
    "if self.text is None:\n    self.kept = self.text\nreturn self.kept",
    "if self.kept is not None:\n    self.kept = self.text\nreturn self.kept",
    "if self.kept is None:\n    print(1)\nself.kept = self.text\nreturn self.kept",
    "if self.kept is None:\n    self.kept = str(random.random())\nreturn self.kept",
    "if self.kept is None:\n    self.kept = iter(self.words)\nreturn self.kept",
    "if self.kept is None:\n    self.kept = [self.text]\nreturn self.kept",
    "if self.kept is None:\n    for word in self.words:\n        self.kept = word\nreturn self.kept",
    "other = self\nif self.kept is None:\n    other.kept = self.text\nreturn self.kept",
    "found = self.kept or self.given()\nself.kept = found\nreturn found",
    "found = self.kept or iter(self.words)\nself.kept = found\nreturn found",
    "found = self.kept or [self.make()]\nself.kept = found\nreturn found",
    "if not hasattr(self, 'other'):\n    self.kept = self.text\nreturn self.kept",
    "found = self.kept or self.text\nfound = 'b'\nself.kept = found\nreturn found",
)
ELSEWHERE = (
    "def again(self):\n    self.kept = self.text",
    "def again(self):\n    return self.kept",
    "def again(self):\n    setattr(self, 'kept', 'x')",
    "@property\ndef kept(self):\n    return self.text",
)


def _verdict(method: str, more: str = "", heir: str = "") -> Verdict:
    body = "".join(f"        {line}\n" for line in method.splitlines())
    others = "".join(f"    {line}\n" for line in more.splitlines())
    heirs = f"\n\nclass Heir(T):\n    def other(self):\n        {heir}\n" if heir else ""
    own = f"    def make(self):\n{MAKE}    def keep(self):\n{body}\n{others}\n"
    text = f"{HEAD}{own}    def run(self):\n        return self.keep()\n{heirs}"
    source = SourceFile(Path(__file__).parent / "case.py", text)
    names = NameResolver(ModuleFinder((source,)))
    sources = Sources(names, ClassResolver(names))
    module = names.finder.adopt(source)
    owner = next(n for n in module.tree.body if isinstance(n, ast.ClassDef))
    run = next(n for n in owner.body if isinstance(n, ast.FunctionDef) and n.name == "run")
    last = run.body[-1]
    assert isinstance(last, ast.Return)
    found = Repeatability(sources, ClassInference(sources), run)
    return found.expression(last.value, Scope(module, ClassRef(module, owner), run))


@pytest.mark.parametrize("method", KEPT)
def test_what_is_kept_where_nothing_is_yet_is_the_same_twice(method: str) -> None:
    assert _verdict(method) is Verdict.SAME


@pytest.mark.parametrize("method", NOT_KEPT)
def test_what_is_assigned_anew_or_can_be_used_up_is_not(method: str) -> None:
    assert _verdict(method) is not Verdict.SAME


@pytest.mark.parametrize("more", ELSEWHERE)
def test_an_attribute_that_others_use_too_is_not_kept(more: str) -> None:
    assert _verdict(KEPT[2], more) is not Verdict.SAME


def test_an_attribute_that_is_emptied_elsewhere_is_kept() -> None:
    assert _verdict(KEPT[2], "def forget(self):\n    self.kept = None") is Verdict.SAME


def test_an_attribute_that_an_heir_assigns_is_not_kept() -> None:
    assert _verdict(KEPT[2], heir="self.kept = self.text") is not Verdict.SAME


SHARED = (
    "if cls.kept is None:\n    cls.kept = cls(*given, **more)\nreturn cls.kept",
    "if not cls.kept:\n    cls.kept = cls(*given)\nreturn cls.kept",
    "cls.kept = cls.kept or cls()\nreturn cls.kept",
)
NOT_SHARED = (
    "cls.kept = cls(*given)\nreturn cls.kept",
    "if cls.kept is None:\n    cls.kept = iter(cls.words)\nreturn cls.kept",
    "if cls.text is None:\n    cls.kept = cls(*given)\nreturn cls.kept",
)
INIT = "def __init__(self, *given, **more):\n    more.setdefault('a', 1)\n    self.given = given\n"


def _shared(method: str, more: str = "", asked: str = "return {}") -> Verdict:
    body = "".join(f"    {line}\n" for line in method.splitlines())
    own = f"{INIT}\n{more}\n@classmethod\ndef shared(cls, *given, **more):\n{body}"
    return _verdict(asked.format("T.shared(*['a'], mode='b')"), own)


@pytest.mark.parametrize("method", SHARED)
def test_an_object_that_a_class_makes_once_is_the_same_twice(method: str) -> None:
    assert _shared(method) is Verdict.SAME


@pytest.mark.parametrize("method", NOT_SHARED)
def test_one_that_is_made_anew_is_not(method: str) -> None:
    assert _shared(method) is not Verdict.SAME


def test_nor_is_one_that_others_replace() -> None:
    assert _shared(SHARED[0], "def again(self):\n    T.kept = T()\n") is not Verdict.SAME


@pytest.mark.parametrize(
    "asked",
    [
        "return ''.join({})",
        "for word in {}:\n    return word",
        "return next({})",
        "{}.found.append('a')\nreturn 'a'",
        "found = {}\nfound.count += 1\nreturn found.count",
        "return {}.take()",
    ],
)
@pytest.mark.parametrize("method", SHARED)
def test_what_is_done_to_it_lasts(method: str, asked: str) -> None:
    more = (
        "found = []\ncount = 0\n\ndef __iter__(self):\n    return self\n\n"
        "def __next__(self):\n    self.count += 1\n    return self.text\n\n"
        "def take(self):\n    return self.found.pop()\n"
    )
    assert _shared(method, more, asked) is not Verdict.SAME
