"""Each rule proves itself: its valid code has no finding at all, its invalid code has its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from codemods.checking.declaration import RIGHT, SEED, Example, Rule
from codemods.checking.rules import BY_CODE, RULES
from tests.check.tools import codes


def _valid() -> Iterator[object]:
    for rule in RULES:
        for number, example in enumerate(rule.valid):
            yield pytest.param(rule, example, id=f"{rule.code}-{number}")


def _invalid() -> Iterator[object]:
    for rule in RULES:
        for number, example in enumerate(rule.invalid):
            yield pytest.param(rule, example, id=f"{rule.code}-{number}")


@pytest.mark.parametrize(("rule", "example"), list(_valid()))
def test_right_code_is_not_accused_by_the_rule_that_it_is_an_example_of(rule: Rule, example: Example) -> None:
    assert rule.code not in codes(example.code, strict=example.strict)


@pytest.mark.parametrize(("rule", "example"), list(_invalid()))
def test_wrong_code_is_found(rule: Rule, example: Example) -> None:
    assert rule.code in codes(example.code, strict=example.strict)


@pytest.mark.parametrize(("rule", "example"), list(_invalid()))
def test_judgements_are_reported_on_demand_only(rule: Rule, example: Example) -> None:
    if example.strict:
        assert rule.code not in codes(example.code)


@pytest.mark.parametrize("example", [RIGHT, SEED], ids=["ours", "seed"])
def test_the_wording_that_counts_as_right_has_no_finding_at_all(example: Example) -> None:
    assert codes(example.code) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_declaration_says_everything_that_a_page_needs(rule: Rule) -> None:
    assert rule.valid
    assert rule.invalid or rule.code == "DBF998"  # which no code of a readable size can show
    for text in (rule.wrong, rule.why, rule.remedy):
        assert text.endswith(".")
    assert not rule.summary.endswith(".")


def test_codes_and_names_are_unique() -> None:
    assert len(BY_CODE) == len(RULES) == len({rule.name for rule in RULES})
