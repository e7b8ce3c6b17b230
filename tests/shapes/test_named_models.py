"""A call that names its model itself: that one is booked, and the gate agrees."""

from __future__ import annotations

import pytest

from codemods.checking.engine import Checker
from codemods.settings import Settings
from codemods.source import SourceFile
from tests.shapes.cases import PATH, WRITE, Case
from tests.shapes.rewriting import rewrite


@pytest.mark.parametrize(
    ("named", "booked"), [("'small'", "'small'"), ("MODEL", "MODEL"), ("f'{MODEL}-2'", "f'{MODEL}-2'")]
)
def test_the_model_that_a_call_names_is_booked(named: str, booked: str):
    """Not the client that is asked, which has no name."""
    body = f"MODEL = 'large'\nreply = llm.chat.completions.create(model={named}, messages='x'){WRITE}"
    result = rewrite(SourceFile(PATH, Case("named", body).source))
    assert f'"llm_model": {booked},' in result.after.text
    assert Checker(Settings()).check(result.after) == ()
