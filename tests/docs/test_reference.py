"""The reference pages in docs/ are what the declarations say now."""

from pathlib import Path

import pytest

from refactor.reference import PAGES

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", PAGES)
def test_page_is_current(name: str) -> None:
    """`make docs` was run after the last change of a declaration."""
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name]()
