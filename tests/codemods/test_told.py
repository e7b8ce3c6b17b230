"""Answers are kept for as long as what they rest on stands, and no longer."""

from __future__ import annotations

import ast
import gc
import weakref

from codemods.python.memo import Memo
from codemods.python.told import Kept, Told
from codemods.python.trees import by_kind


def _memo(told: Told, kept: Kept[int]) -> Memo[int]:
    return Memo(0, told, kept)


def test_an_answer_that_looked_at_nothing_is_kept_for_all() -> None:
    kept: Kept[int] = Kept()
    asked: list[str] = []
    for told in (Told(), Told()):
        told.add("other", frozenset({1}))
        assert _memo(told, kept).of("x", lambda: asked.append("x") or 7) == 7
    assert asked == ["x"]


def test_an_answer_is_found_anew_when_more_is_told_of_what_it_looked_at() -> None:
    told, kept = Told(), Kept[int]()
    memo = _memo(told, kept)

    def count() -> int:
        return len(told.of("parameter"))

    assert memo.of("x", count) == 0
    told.add("parameter", frozenset({"a"}))
    assert memo.of("x", count) == 1
    assert _memo(Told(), kept).of("x", lambda: 99) == 0, "where nothing is told the first answer stands"


def test_what_an_inner_answer_rests_on_its_outer_one_rests_on_too() -> None:
    told, kept = Told(), Kept[int]()
    memo = _memo(told, kept)

    def inner() -> int:
        return len(told.of("parameter"))

    def outer() -> int:
        return 10 + memo.of("inner", inner)

    assert memo.of("inner", inner) == 0
    assert memo.of("outer", outer) == 10  # the inner one was known already
    told.add("parameter", frozenset({"a"}))
    assert memo.of("outer", outer) == 11


def test_an_answer_that_looked_at_very_much_stands_until_anything_is_told() -> None:
    told, kept = Told(), Kept[int]()
    memo = _memo(told, kept)
    asked: list[str] = []

    def much() -> int:
        asked.append("x")
        return sum(len(told.of(number)) for number in range(1000))

    assert [memo.of("x", much), memo.of("x", much)] == [0, 0]
    assert len(asked) == 1
    told.add("something else", frozenset({"a"}))
    memo.of("x", much)
    assert len(asked) == 2
    assert len(_rests(kept, told)) == 1


def _rests(kept: Kept[int], told: Told) -> tuple[object, ...]:
    known = kept.find("x", told)
    assert known is not None
    return known[1]


def test_what_was_looked_at_counts_as_it_was_before_more_was_told() -> None:
    told = Told()
    begun = told.begin()
    told.of("a")
    told.add("a", frozenset({1}))
    told.of("a")
    assert told.since(begun) == (("a", frozenset()),)


def test_few_variants_of_one_answer_are_kept() -> None:
    kept: Kept[int] = Kept()
    finders: list[int] = []
    for number in range(20):
        told = Told()
        told.add("parameter", frozenset({number}))
        memo = _memo(told, kept)
        memo.of("x", lambda told=told: finders.append(1) or len(told.of("parameter")))
    assert len(finders) == 20
    assert kept.find("x", Told()) is None


def test_what_is_found_of_a_file_goes_with_it() -> None:
    tree = ast.parse("import os\nx = [os.name]\n")
    assert by_kind(tree) is by_kind(tree)
    assert [type(node) for node in by_kind(tree)[ast.Import]] == [ast.Import]
    gone = weakref.ref(tree)
    del tree
    gc.collect()
    assert gone() is None
