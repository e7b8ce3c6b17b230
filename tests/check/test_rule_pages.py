"""The pages are made from the declarations, and the one in the repository is current."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from codemods.checking.rules import RULES
from refactor.cli import main
from refactor.output import rule_pages

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rules.md"


def test_each_rule_has_a_page_and_the_index_leads_to_it() -> None:
    index = PAGE.read_text(encoding="utf-8")
    pages = {file.stem for file in (PAGE.parent / "rules").iterdir()}
    assert pages == {rule.code for rule in RULES}
    for rule in RULES:
        assert f"[{rule.code}](rules/{rule.code}.md) | {rule.name} |" in index
        assert rule_pages.page(rule) in (PAGE.parent / "rules" / f"{rule.code}.md").read_text(
            encoding="utf-8"
        )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_page_says_what_is_wrong_why_and_what_to_do_with_before_and_after(rule: object) -> None:
    page = rule_pages.page(rule)  # type: ignore[arg-type]
    assert rule.wrong in page and rule.why in page and rule.remedy in page  # type: ignore[attr-defined]  # noqa: PT018
    assert "Before" in page or not rule.invalid  # type: ignore[attr-defined]


def test_a_rule_is_found_by_code_in_any_case_and_by_name() -> None:
    for name in ("DBF700", "dbf700", "file-before-row"):
        assert "DBF700: file-before-row" in CliRunner().invoke(main, ["rule", name]).output


def test_an_unknown_rule_is_answered_with_the_nearest() -> None:
    result = CliRunner().invoke(main, ["rule", "DBF707"])
    assert result.exit_code == 2
    assert "did you mean" in result.output


def test_without_a_code_all_rules_are_listed() -> None:
    lines = CliRunner().invoke(main, ["rule"]).output.splitlines()
    assert [line.split()[0] for line in lines] == [rule.code for rule in RULES]


@pytest.mark.parametrize("code", ["DBR003", "dbr405", "DBR902"])
def test_a_refusal_has_a_page_as_well(code: str) -> None:
    """Codes that are printed can be looked up."""
    from codemods.refusals import REFUSALS

    result = CliRunner().invoke(main, ["rule", code])
    refusal = REFUSALS[code.upper()]
    assert result.exit_code == 0
    assert refusal.title in result.stdout
    assert refusal.remedy in result.stdout
