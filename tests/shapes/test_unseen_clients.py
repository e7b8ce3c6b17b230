"""Clients whose class is out of sight: the model that a call names is booked, the text that is read is kept."""

from __future__ import annotations

import pytest

from codemods.checking.engine import Checker
from codemods.model import TaskState
from codemods.settings import Settings
from codemods.source import SourceFile
from tests.shapes.cases import PATH, WRITE, Case
from tests.shapes.rewriting import rewrite

READ = "\nkeep = reply.content.strip()"


@pytest.mark.parametrize(
    ("named", "booked"), [("'small'", "'small'"), ("MODEL", "MODEL"), ("f'{MODEL}-2'", "f'{MODEL}-2'")]
)
def test_the_model_that_a_call_names_is_booked(named: str, booked: str):
    """Not the client that is asked, which has no name."""
    body = f"MODEL = 'large'\nreply = llm.chat.completions.create(model={named}, messages='x'){READ}{WRITE}"
    result = rewrite(SourceFile(PATH, Case("named", body).source))
    assert f'"llm_model": {booked},' in result.after.text
    assert Checker(Settings()).check(result.after) == ()


def test_the_text_that_the_method_reads_is_the_response():
    """The text of an object of an unknown class may be no more than its address."""
    body = f"reply = llm.chat.create(messages='x')\nprint(reply.usage){READ}{WRITE}"
    result = rewrite(SourceFile(PATH, Case("read", body).source))
    assert '"response_text": getattr(reply, "content", None),' in result.after.text


@pytest.mark.parametrize(
    ("used", "response"),
    [
        ("keep = reply.strip()", "reply"),
        ("keep = json.loads(reply)", "reply"),
        ("keep = 'said: ' + reply", "reply"),
        ("with self.output().open('w') as f:\n    f.write(reply)", "reply"),
    ],
)
def test_a_value_that_is_used_as_text_is_the_response(used: str, response: str):
    """Nothing but a text can be stripped, parsed, put behind a text or written to a text file."""
    write = "" if "output" in used else WRITE
    result = rewrite(SourceFile(PATH, Case("used", f"reply = llm.ask('x')\n{used}{write}").source))
    assert f'"response_text": {response},' in result.after.text


@pytest.mark.parametrize(
    "used", ["print(reply)", "keep = len(reply)", "keep = reply.content", "keep = [reply]"]
)
def test_a_value_of_which_nothing_is_known_is_refused(used: str):
    """Its text could be `<Reply object at 0x7f...>`."""
    (report,) = rewrite(
        SourceFile(PATH, Case("unknown", f"reply = llm.ask('x')\n{used}{WRITE}").source)
    ).reports
    assert report.state is TaskState.REFUSED
    assert report.refusal is not None
    assert report.refusal.code == "DBR103"
