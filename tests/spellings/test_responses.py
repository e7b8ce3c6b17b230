"""What is recorded as a model's answer: all that it said, and nothing that the task writes around it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest

from tests.properties.foreign.running import broken, refactor, run
from tests.shapes.test_output_forms import A, Form

OPEN = "with self.output().open('w') as f:\n"
ASK = "llm = faraway.Model()\na = llm.ask('q')\n"
BOTH = f"{ASK}b = llm.ask('r')\n"
MADE = "llm = faraway.Model()\na = Out.execute(llm, 'q')\n"
ALSO = f"{MADE}b = Out.execute(llm, 'r')\n"
OUT = (
    "class Out:\n    def __init__(self, t):\n        self.t = t\n\n    @classmethod\n    def execute(cls, llm, q):\n"
    "        return cls(llm.ask(q))\n\n    def to_dict(self):\n        return {'said': self.t}\n"
)
OF_NO_KNOWN_CLASS = {
    "a-constant-beside-it": f"{ASK}{OPEN}    json.dump({{'a': a, 'm': 'x'}}, f)",
    "an-attribute-beside-it": f"{ASK}{OPEN}    json.dump({{'a': a, 'm': self.run_dir}}, f)",
    "a-name-of-the-module": f"{ASK}{OPEN}    json.dump([NAME, a], f)",
    "a-clock-beside-it": f"{ASK}{OPEN}    json.dump({{'a': a, 'at': time.time()}}, f)",
    "by-a-path": f"{ASK}Path(self.output().path).write_text(json.dumps({{'a': {{'deep': a}}, 'n': 1}}))",
    "alone": f"{ASK}{OPEN}    json.dump(a, f)",
    "two-answers": f"{BOTH}{OPEN}    json.dump([a, b], f)",
    "two-answers-by-key": f"{BOTH}{OPEN}    json.dump({{'a': a, 'b': b}}, f)",
    "a-word-before-it": f"{ASK}{OPEN}    f.write('\\n'.join(['head', a]))",
    "a-word-behind-it": f"{ASK}{OPEN}    f.write(a + 'end')",
    "a-format": f"{ASK}{OPEN}    f.write(f'# {{self.run_dir}} {{a}}')",
    "a-part-of-it": f"{ASK}{OPEN}    f.write(a[:3])",
}
NOT_ALL = {
    "its-length": "json.dump({'n': len(a)}, f)",
    "whether-it-is-there": "json.dump({'ok': bool(a)}, f)",
    "one-of-two-words": "json.dump({'ok': 'yes' if a else 'no'}, f)",
    "its-beginning": "f.write(json.dumps([a[:3]]))",
    "words-around-it": "json.dump({'a': f'<{a}>'}, f)",
    "in-words-of-the-task": "f.write('so: %s' % a)",
    "by-a-format-method": "f.write('so: {}'.format(a))",
    "beside-another-value": "f.write('%s: %s' % (self.run_dir, a))",
    "by-its-repr": "f.write(f'so: {a!r}')",
}
OF_NO_KNOWN_CLASS |= {name: f"{ASK}{OPEN}    {write}" for name, write in NOT_ALL.items()}
OF_A_CLASS = {
    "a-constant-beside-it": f"{MADE}{OPEN}    json.dump({{'d': a.to_dict(), 'm': 'x'}}, f)",
    "spread-behind-a-constant": f"{MADE}{OPEN}    json.dump({{'m': 'x', **a.to_dict()}}, f)",
    "an-attribute-beside-it": f"{MADE}{OPEN}    json.dump({{'d': a.to_dict(), 'm': self.run_dir}}, f)",
    "a-name-beside-it": f"{MADE}x = len(self.run_dir)\n{OPEN}    f.write(json.dumps([a.to_dict(), x]))",
    "taken-apart": f"{MADE}{OPEN}    json.dump({{k: v for k, v in a.to_dict().items()}}, f)",
    "its-length": f"{MADE}{OPEN}    json.dump({{'n': len(a.t)}}, f)",
    "an-attribute-of-it": f"{MADE}{OPEN}    json.dump({{'n': a.t}}, f)",
    "its-names": f"{MADE}{OPEN}    json.dump(list(a.to_dict()), f)",
    "some-of-it": f"{MADE}{OPEN}    json.dump({{k: v for k, v in a.to_dict().items() if k == 'n'}}, f)",
    "another-answer": f"{ALSO}{OPEN}    json.dump([a.to_dict(), b.to_dict()], f)",
    "alone": f"{MADE}{OPEN}    json.dump(a.to_dict(), f)",
}
OF_A_STATEMENT = {
    "text": "a = str(llm.ask('q'))",
    "f-string": "a = f'{llm.ask(1)}'",
    "joined": "a = ''.join(llm.ask('q'))",
    "field": "a = Out.execute(llm, 'q').t",
    "either": "a = llm.ask('q') or 'nothing'",
}
PUT_INTO_TEXT = {"words-around-it", "in-words-of-the-task", "by-a-format-method", "beside-another-value"}
REFUSED = {"a-word-before-it", "a-part-of-it", "by-its-repr", *NOT_ALL} - PUT_INTO_TEXT


def answers_and_responses(body: str, before: str) -> tuple[list[str], list[str]]:
    """What the model said, and what the rows have of it."""
    form = Form("said", f"return {A}", body, before=f"NAME = 'm'\n\n\n{before}")
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory, "project")
        place.mkdir()
        outcome = run(refactor(form.project, place).after, ["First"], Path(directory, "run"))
    assert outcome.error == []
    return outcome.answers, [row["response_text"] for row in outcome.interactions]


@pytest.mark.parametrize("name", OF_NO_KNOWN_CLASS)
def test_a_value_of_no_known_class_is_recorded_as_it_is(name: str) -> None:
    body = OF_NO_KNOWN_CLASS[name]
    if name in REFUSED:
        assert broken(Form(name, f"return {A}", body).project) == ([], "DBR103")
        return
    answers, responses = answers_and_responses(body, "")
    assert answers == responses


@pytest.mark.parametrize("name", OF_A_STATEMENT)
def test_what_the_statement_keeps_whole_is_recorded(name: str) -> None:
    """`kinds/asking.txt` has what it does not."""
    body = f"llm = faraway.Model()\n{OF_A_STATEMENT[name]}\n{OPEN}    f.write(a)"
    answers, responses = answers_and_responses(body, OUT)
    assert answers == responses


@pytest.mark.parametrize("name", OF_A_CLASS)
def test_an_object_says_itself_and_nothing_else(name: str) -> None:
    answers, responses = answers_and_responses(OF_A_CLASS[name], OUT)
    assert [{"said": answer} for answer in answers] == [json.loads(text) for text in responses]


@pytest.mark.parametrize(
    "write",
    [
        "json.dump({'said': a.t}, f)",
        "json.dump({'said': a.t}, f, indent=2)",
        "f.write(json.dumps({'said': a.t}))",
    ],
)
@pytest.mark.parametrize("kind", ["@dataclass\n", ""])
def test_an_object_that_cannot_say_itself_is_what_the_task_writes_of_it(kind: str, write: str) -> None:
    """Rather than its text, which shows attributes that are no answer, or an address."""
    made = "    t: str\n" if kind else "    def __init__(self, t):\n        self.t = t\n"
    out = f"{kind}class Out:\n{made}\n    @classmethod\n    def execute(cls, llm, q):\n        return cls(llm.ask(q))\n"
    head = f"from dataclasses import dataclass\n\n\n{out}" if kind else out
    answers, responses = answers_and_responses(f"{MADE}{OPEN}    {write}", head)
    assert [{"said": answer} for answer in answers] == [json.loads(text) for text in responses]
