"""Every text and every datum that a task hands to its call stands whole in its interaction, or is named as left out."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent
from types import ModuleType
from typing import Any

import pytest

from codemods import api
from codemods.model import TaskAnalysis, TaskState
from codemods.settings import Settings
from codemods.source import SourceFile

HEAD = """\
import enum
import json as j
import os
from dataclasses import dataclass
from json import loads

import luigi

SENT = []


class Service:
    def __init__(self):
        self.rows = []

    def create_llm_interaction(self, data):
        self.rows.append(dict(data))
        return type("Row", (), {"id": len(self.rows) - 1})

    def update_llm_interaction(self, number, data):
        self.rows[number].update(data)

    def create_plan_content(self, data):
        self.content = data["content"]

    def close(self):
        pass


SERVICE = Service()


class Purpose(enum.Enum):
    BUSINESS = "business"
    OTHER = 1


@dataclass
class Plan:
    prompt: str
    pages: int
    owner: object

    @classmethod
    def load(cls, path) -> "Plan":
        return cls("plant tea", 3, object())


class Item:
    def __init__(self, name):
        self.name = name


class Checker:
    def __init__(self, text: str):
        self.text: str = text

    @classmethod
    def execute(cls, llm, rules, document="", label="", *, purpose=None, items=()) -> "Checker":
        SENT.append((rules, document, label, purpose, items))
        return cls("fine")


class Executor:
    def run(self, function):
        return function(self)


class BaseTask(luigi.Task):
    run_dir = luigi.Parameter()
    purpose = luigi.EnumParameter(enum=Purpose, default=Purpose.BUSINESS)

    def get_plan_id(self):
        return os.path.basename(self.run_dir)

    def get_database_service(self):
        return SERVICE

    def create_llm_executor(self) -> Executor:
        return Executor()


class Ask(BaseTask):
    def output(self):
        return luigi.LocalTarget(f"{self.run_dir}/a.txt")

    def run_inner(self):
        llm = self.create_llm_executor()
        rules = "be \\"brief\\", hällo"
"""
TAIL = """
        with self.output().open("w") as f:
            f.write(result.text)

    run = run_inner
"""


@dataclass(frozen=True)
class Form:
    """What a task does; `whole` are the parts of the document in the row, None where the prompt is one text."""

    name: str
    body: str
    whole: tuple[str, ...] | None
    left_out: tuple[str, ...] = ()


DATA = 'items = j.loads(\'[{"a": [1, null, "é"]}]\')\n'

FORMS = (
    Form("one text", "result = Checker.execute(llm, rules)", None),
    Form(
        "texts by position",
        'document = f"doc {rules}"\nresult = Checker.execute(llm, rules, document, "draft")',
        ("rules", "document", "label"),
    ),
    Form(
        "texts by keyword",
        'result = Checker.execute(llm=llm, document="d" * 3, rules=rules)',
        ("rules", "document"),
    ),
    Form(
        "texts mixed", 'result = Checker.execute(llm, rules, label="x" if rules else "y")', ("rules", "label")
    ),
    Form("a datum from JSON", DATA + "result = Checker.execute(llm, rules, items=items)", ("rules", "items")),
    Form(
        "loads by its name",
        "items = loads('[1, 2]')\nresult = Checker.execute(llm, rules, items=items[:1])",
        ("rules", "items"),
    ),
    Form(
        "load of a file",
        'with open(self.run_dir + "/in.json") as f:\n    items = j.load(f)["items"]\n'
        "result = Checker.execute(llm, rules, items=items)",
        ("rules", "items"),
    ),
    Form(
        "a list that is built",
        'items = []\nfor n in range(3):\n    items.append({"n": n, "t": f"{n}"})\n'
        "result = Checker.execute(llm, rules, items=items)",
        ("rules", "items"),
    ),
    Form(
        "a list of a list",
        "items = [word.upper() for word in rules.split()]\nresult = Checker.execute(llm, rules, items=items)",
        ("rules", "items"),
    ),
    Form(
        "a literal",
        'items = {"a": 1, "b": [True, None, 2.5]}\nresult = Checker.execute(llm, rules, items=items)',
        ("rules", "items"),
    ),
    Form("a number", "result = Checker.execute(llm, rules, items=len(rules))", ("rules", "items")),
    Form(
        "a member of an enumeration",
        "result = Checker.execute(llm, rules, purpose=Purpose.OTHER)",
        ("rules", "purpose"),
    ),
    Form(
        "a parameter that is one",
        "result = Checker.execute(llm, rules, purpose=self.purpose)",
        ("rules", "purpose"),
    ),
    Form(
        "a declared attribute",
        'plan = Plan.load("p")\nresult = Checker.execute(llm, rules, plan.prompt, items=plan.pages)',
        ("rules", "document", "items"),
    ),
    Form(
        "bound again after the call",
        DATA + "result = Checker.execute(llm, rules, items=items)\nitems = Item(result)",
        ("rules", "items"),
    ),
    Form(
        "in a nested function",
        DATA + "def ask(llm):\n    return Checker.execute(llm, rules, items=items)\n\nresult = llm.run(ask)",
        ("rules", "items"),
    ),
    Form(
        "in a lambda",
        'result = llm.run(lambda llm: Checker.execute(llm, rules, "doc"))',
        ("rules", "document"),
    ),
    Form(
        "a prompt of unknown kind",
        'document = "d"\nprompt = Plan.load("p").owner.__class__\nresult = Checker.execute(llm, prompt, document)',
        ("rules", "document"),
    ),
    # What is not proven to be data is named, and the prompt is what it was.
    Form(
        "an object",
        'item = Item("x")\nresult = Checker.execute(llm, rules, items=item)',
        None,
        ("items=item",),
    ),
    Form(
        "objects in a list",
        'items = []\nitems.append(Item("x"))\nresult = Checker.execute(llm, rules, items=items)',
        None,
        ("items=items",),
    ),
    Form(
        "an object put into it",
        DATA + 'items[0]["x"] = Item("x")\nresult = Checker.execute(llm, rules, items=items)',
        None,
        ("items=items",),
    ),
    Form(
        "an attribute of any kind",
        'plan = Plan.load("p")\nresult = Checker.execute(llm, rules, items=plan.owner)',
        None,
        ("items=plan.owner",),
    ),
    Form(
        "JSON with a hook",
        "items = loads('{\"a\": 1}', object_hook=lambda d: Item(d))\nresult = Checker.execute(llm, rules, items=items)",
        None,
        ("items=items",),
    ),
    Form(
        "an iterator",
        "items = enumerate(rules.split())\nresult = Checker.execute(llm, rules, items=items)",
        None,
        ("items=items",),
    ),
    Form(
        "bound again in a loop",
        DATA
        + "for n in range(1):\n    result = Checker.execute(llm, rules, items=items)\n    items = Item(n)",
        None,
        ("items=items",),
    ),
    Form(
        "one of two values",
        DATA
        + 'if rules == "never":\n    items = Item("x")\nresult = Checker.execute(llm, rules, items=items)',
        None,
        ("items=items",),
    ),
    Form(
        "of a module out of sight",
        "import outside\nresult = Checker.execute(llm, rules, items=outside.items)",
        None,
        ("items=outside.items",),
    ),
    Form(
        "keys that are no text",
        "items = {(1, 2): 3}\nresult = Checker.execute(llm, rules, items=items)",
        None,
        ("items=items",),
    ),
)


def source_of(form: Form) -> str:
    return HEAD + indent(dedent(form.body), " " * 8) + TAIL


def rewritten(text: str) -> tuple[str, TaskAnalysis]:
    settings = Settings(base_classes=("BaseTask",))
    (inspection,) = api.inspect([SourceFile(Path("tasks.py"), text)], settings)
    (report,) = inspection.reports
    assert report.state is TaskState.TODO, report
    assert report.analysis is not None
    return api.apply(inspection, lambda _: True, settings).after.text, report.analysis


def run(text: str, directory: Path) -> ModuleType:
    (directory / "in.json").write_text('{"items": ["é", {"b": null}]}')
    module = ModuleType("tasks")
    sys.modules["tasks"] = module
    try:
        exec(compile(text, "tasks.py", "exec"), module.__dict__)
        module.Ask(run_dir=os.fspath(directory)).run()
    finally:
        del sys.modules["tasks"]
    return module


@pytest.fixture(autouse=True)
def outside(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("outside")
    module.items = [object()]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "outside", module)


def as_said(value: Any) -> Any:
    return getattr(value, "value", value) if not isinstance(value, type) else str(value)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_what_is_sent_is_in_the_row(form: Form, tmp_path: Path) -> None:
    text, analysis = rewritten(source_of(form))
    (call,) = analysis.calls
    assert call.left_out == form.left_out
    for name, source in (("before", source_of(form)), ("after", text)):
        (tmp_path / name).mkdir()
        module = run(source, tmp_path / name)
        (sent,) = module.SENT
        assert (tmp_path / name / "a.txt").read_text() == "fine"
    (row,) = module.SERVICE.rows
    if form.whole is None:
        assert row["prompt_text"] == sent[0]
        return
    parts = dict(zip(("rules", "document", "label", "purpose", "items"), sent, strict=True))
    recorded = json.loads(row["prompt_text"])
    assert set(recorded) == set(form.whole)
    assert recorded == {name: as_said(parts[name]) for name in form.whole}


def test_an_object_that_other_code_put_into_a_list_does_not_end_the_task(tmp_path: Path) -> None:
    body = DATA + "Checker.put(items)\nresult = Checker.execute(llm, rules, items=items)"
    method = (
        "    @staticmethod\n    def put(items):\n"
        '        items += [Item("x"), Purpose.OTHER, Purpose]\n\n    @classmethod\n    def execute'
    )
    text = source_of(Form("", body, None)).replace("    @classmethod\n    def execute", method)
    module = run(rewritten(text)[0], tmp_path)
    recorded = json.loads(module.SERVICE.rows[0]["prompt_text"])
    assert recorded["items"][:3] == [{"a": [1, None, "é"]}, {"name": "x"}, 1]


def test_a_name_of_str_in_the_module_leaves_the_prompt_alone(tmp_path: Path) -> None:
    form = FORMS[1]
    text = source_of(form).replace("SENT = []", "SENT = []\nstr = str")
    assert rewritten(text)[1].calls[0].left_out == ("document", "'draft'")
