"""Suppressing a finding on its line, with a reason."""

from __future__ import annotations

import pytest

from codemods.checking.declaration import PATTERN
from tests.check.tools import codes

CUT = '"prompt_text": query[:10000],'
CODE = PATTERN.replace('"prompt_text": query,', CUT)


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("# refactor: ignore[DBF303] kept elsewhere", []),
        ("#refactor:ignore[dbf303]kept elsewhere", []),
        ("# refactor: ignore[DBF700, DBF303] kept elsewhere", []),
        ("# refactor: ignore[DBF3] kept elsewhere", []),
        ("# refactor: ignore[DBF303]", ["DBF002", "DBF303"]),
        ("# refactor: ignore[DBF700] kept elsewhere", ["DBF001", "DBF303"]),
        ("# refactor: ignore kept elsewhere", ["DBF002", "DBF303"]),
        ("# refactor: ignore[] kept elsewhere", ["DBF002", "DBF303"]),
        ("# refactor: ignored[DBF303] kept elsewhere", ["DBF303"]),
    ],
)
def test_what_a_comment_suppresses(comment: str, expected: list[str]) -> None:
    assert sorted(codes(CODE.replace(CUT, f"{CUT}  {comment}"))) == expected


def test_a_comment_on_another_line_suppresses_nothing_and_is_found_unused() -> None:
    code = CODE.replace('"status": "pending",', '"status": "pending",  # refactor: ignore[DBF303] kept')
    assert sorted(codes(code)) == ["DBF001", "DBF303"]


def test_text_in_a_string_is_no_comment() -> None:
    code = CODE.replace(
        '"stage": "summarise",\n                "prompt',
        '"stage": "# refactor: ignore[DBF303] x",\n                "prompt',
    )
    assert codes(code) == ["DBF303"]


def test_one_comment_can_suppress_several_findings_of_a_line() -> None:
    line = '"prompt_text": query[:10000], "llm_model": "gpt",  # refactor: ignore[DBF303, DBF502] both known'
    code = CODE.replace(CUT, line).replace(
        '                "llm_model": str(self.llm_models[0]) if self.llm_models else "unknown",\n', ""
    )
    assert codes(code) == []
