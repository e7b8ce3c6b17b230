"""The names of files as expressions."""

from __future__ import annotations

import ast

import pytest

from codemods.tasks.places import formatted


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("f\"{'a.txt'}\"", "'a.txt'"),
        ("f\"{'part'}/{x}.txt\"", "f'part/{x}.txt'"),
        ("f\"{f'{x}.txt'}\"", "f'{x}.txt'"),
        ("f\"{f'{x}-{y}'}.{'txt'}\"", "f'{x}-{y}.txt'"),
        ('f"{1}.txt"', "f'{1}.txt'"),
        ("f\"{'a':>3}.txt\"", "f\"{'a':>3}.txt\""),
        ("f\"{'a'!r}\"", "f\"{'a'!r}\""),
    ],
)
def test_a_text_that_is_filled_in_as_it_is_is_that_text(name: str, shown: str) -> None:
    """`f"{'a.txt'}"` is what is left of `f"{self.run_dir}/{name}"` where `name` is known."""
    parts = ast.parse(name, mode="eval").body
    assert isinstance(parts, ast.JoinedStr)
    assert ast.unparse(formatted(parts.values)) == ast.unparse(ast.parse(shown, mode="eval"))
