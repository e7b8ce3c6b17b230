"""The diagrams are what their source draws."""

from __future__ import annotations

import pytest

from tests.docs.diagrams import ASSETS, DIAGRAMS


@pytest.mark.parametrize("name", DIAGRAMS)
def test_a_diagram_is_current(name: str) -> None:
    """`python -m tests.docs.diagrams` was run after the last change."""
    assert (ASSETS / name).read_text(encoding="utf-8") == DIAGRAMS[name]()
