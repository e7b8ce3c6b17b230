"""Functions that ask a model by the configuration's word: `llm-calls`. The tasks are executed before and after."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from codemods.checking.engine import Checker
from codemods.settings import DeclaredModelCall, Settings
from codemods.source import decode
from tests.properties.foreign.projects import HELPERS, Project
from tests.properties.foreign.running import SETTINGS, broken, refactor, run
from tests.shapes.test_output_forms import A, Form

OUT = f"return {A}"
ASKERS = """

class Asker:
    def __init__(self, level=1):
        self.level = level

    def question(self, text, level=None):
        return faraway.Model().ask(text)


def question(text, level=None):
    return faraway.Model().ask(text)


def answered(text):
    return {"said": faraway.Model().ask(text)}
"""
TEXT = DeclaredModelCall((0,), response="text")
BY_NAME = DeclaredModelCall(("text",), model="level", response="text")
SEEN = "import helpers\nfrom helpers import Asker, question as put_it\n"
HIDDEN = "import faraway as far\nfrom faraway import Model\n\nASKER = Model()\n"
METHOD = "def ask(self, text, level=2):\n    return faraway.Model().ask(text)\n"
KEEP = "\nwith self.output().open('w') as f:\n    f.write(answer)"


def _form(name: str, body: str, before: str = "", members: str = "", keep: str = KEEP) -> Form:
    return Form(name, OUT, f"{body}{keep}", before=before, members=members)


IN_SIGHT = (
    _form("imported", "answer = put_it(f'what is {1 + 1}?')", SEEN),
    _form("of-the-module", "answer = helpers.question('what?', level='small')", SEEN),
    _form("by-keyword", "answer = helpers.question(level='small', text='what?')", SEEN),
    _form("method", "answer = Asker().question('what?')", SEEN),
    _form("method-of-a-name", "asker = Asker(level=3)\nanswer = asker.question('what?', 'small')", SEEN),
    _form("inherited", "answer = Sharp().question('what?')", f"{SEEN}\n\nclass Sharp(Asker):\n    pass\n"),
    _form("in-a-loop", "answer = ''\nfor n in range(2):\n    said = put_it(f'what is {n}?')\n    answer += said", SEEN),
    _form("in-a-helper", "answer = self.best()", SEEN,
          "def best(self):\n    said = put_it('what?')\n    return said\n"),
)  # fmt: skip
OUT_OF_SIGHT = (
    _form("of-a-new-object", "answer = Model().ask('what?')", HIDDEN),
    _form("of-a-name", "model = far.Model()\nanswer = model.ask('what?')", HIDDEN),
    _form("of-the-module", "answer = ASKER.ask('what?')", HIDDEN),
)
OF_THE_TASK = (
    _form("called", "answer = self.ask('what?')", members=METHOD),
    _form("with-a-model", "answer = self.ask('what?', level='small')", members=METHOD),
    _form("in-a-branch", "answer = ''\nif self.names:\n    answer = self.ask(f'is it {self.names[0]}?')",
          members=METHOD),
)  # fmt: skip
DECLARED = {
    "in-sight": (
        IN_SIGHT,
        {
            "helpers.question": BY_NAME,
            "helpers.Asker.question": BY_NAME,
        },
    ),
    "out-of-sight": (OUT_OF_SIGHT, {"faraway.Model.ask": TEXT}),
    "of-the-task": (OF_THE_TASK, {"self.ask": BY_NAME}),
}
EACH = [
    pytest.param(form, declared, id=f"{kind}-{form.name}")
    for kind, (forms, declared) in DECLARED.items()
    for form in forms
]


def _project(form: Form) -> Project:
    return replace(form.project, files={**form.project.files, "helpers.py": HELPERS + ASKERS})


def _settings(declared: dict[str, DeclaredModelCall]) -> Settings:
    return replace(SETTINGS, llm_calls=declared)


@pytest.mark.parametrize(("form", "declared"), EACH)
def test_prompt_answer_and_model_are_recorded(form: Form, declared: dict[str, DeclaredModelCall]) -> None:
    project = _project(form)
    assert broken(project, _settings(declared)) == ([], "")
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory, "project")
        place.mkdir()
        case = refactor(project, place, _settings(declared))
        outcome = run(case.after, project.tasks, Path(directory, "run"))
    assert outcome.interactions
    assert [row["response_text"] for row in outcome.interactions] == outcome.answers
    assert {row["status"] for row in outcome.interactions} == {"completed"}
    asked = "'small'" in form.body
    assert {row["llm_model"] for row in outcome.interactions} == {"small" if asked else "unknown"}


def test_data_is_recorded_as_json() -> None:
    form = _form("data", "said = helpers.answered('what?')\nanswer = said['said']", "import helpers\n")
    settings = _settings({"helpers.answered": DeclaredModelCall((0,), response="json")})
    project = _project(form)
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory, "project")
        place.mkdir()
        case = refactor(project, place, settings)
        outcome = run(case.after, project.tasks, Path(directory, "run"))
    [row] = outcome.interactions
    assert json.loads(row["response_text"]) == {"said": outcome.answers[0]}


REFUSED = (
    (_form("no-prompt", "answer = helpers.question(level='small', **{'text': 'x'})", SEEN), "DBR106"),
    (_form("another-argument", "answer = put_it(level='small')", SEEN), "DBR201"),
    (_form("differs", "answer = put_it(faraway.clock())", SEEN), "DBR202"),
    (_form("taken-apart", "answer = put_it('what?').upper()", SEEN), "DBR103"),
    (_form("not-kept", "put_it('what?')\nanswer = 'x'", SEEN), "DBR103"),
    (_form("handed-on", "answer = ''.join(map(put_it, ['what?']))", SEEN), "DBR105"),
    (_form("bound-to-a-name", "ask = put_it\nanswer = ask('what?')", SEEN), "DBR105"),
    (_form("in-a-comprehension", "answer = ''.join([put_it(q) for q in 'ab'])", SEEN), "DBR101"),
)


@pytest.mark.parametrize(("form", "code"), REFUSED, ids=lambda value: getattr(value, "name", value))
def test_what_cannot_be_recorded_is_refused(form: Form, code: str) -> None:
    found, refused = broken(_project(form), _settings({"helpers.question": BY_NAME}))
    assert found == []
    assert refused == code


def test_a_position_is_not_guessed_out_of_sight() -> None:
    form = OUT_OF_SIGHT[0]
    by_name = {"faraway.Model.ask": DeclaredModelCall(("prompt",), response="text")}
    assert broken(form.project, _settings(by_name)) == ([], "DBR201")


@pytest.mark.parametrize(("form", "declared"), EACH)
def test_a_call_that_was_put_in_later_is_found(form: Form, declared: dict[str, DeclaredModelCall]) -> None:
    """In a task that has its steps, `check` tells that the declared call has none."""
    settings = _settings(declared)
    undeclared = replace(form, body=f"answer = 'x'{KEEP}")
    with tempfile.TemporaryDirectory() as directory:
        after = refactor(_project(undeclared), Path(directory), settings).after["tasks.py"]
        [line] = [line for line in after.splitlines() if line.strip() == "answer = 'x'"]
        before = line[: len(line) - len(line.lstrip())]
        asking = form.body.removesuffix(KEEP).splitlines()
        path = Path(directory, "tasks.py")
        path.write_text(after.replace(line, "\n".join(f"{before}{one}" for one in asking)))
        found = {f.code for f in Checker(settings).check(decode(path.read_bytes(), path))}
    assert found & {"DBF300", "DBF304"}
