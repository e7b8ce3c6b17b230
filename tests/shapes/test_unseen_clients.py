"""Clients whose class is out of sight: the model that a call names is booked, the text that is read is kept."""

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


def test_the_text_that_the_method_reads_is_the_response():
    """The text of an object of an unknown class may be no more than its address."""
    body = "reply = llm.chat.create(messages='x')\nprint(reply.usage)\nkeep = len(reply.content)" + WRITE
    result = rewrite(SourceFile(PATH, Case("read", body).source))
    assert '"response_text": str(getattr(reply, "content", reply)),' in result.after.text
