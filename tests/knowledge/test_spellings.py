"""Model calls however they are spelt: recorded rightly, or refused with a true reason, never overlooked."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from codemods import api
from codemods.checking.engine import Checker
from codemods.model import TaskState
from codemods.settings import Settings
from codemods.source import SourceFile
from tests.knowledge.sdks import FUNCTIONS, SPELLINGS, Spelling, module_of

SETTINGS = Settings(base_classes=("BaseTask",))
PATH = Path(__file__).parent / "spelling_of_a_test.py"

BINDINGS = {
    "local": {"body": "client = CLIENT\nanswer = CALL(client, query)CALL"},
    "renamed": {"body": "first = CLIENT\nclient = first\nanswer = CALL(client, query)CALL"},
    "module": {"module": "client = CLIENT", "body": "answer = CALL(client, query)CALL"},
    "chained": {"body": "answer = CALL(CLIENT, query)CALL"},
    "class-body": {"members": "client = CLIENT", "body": "answer = CALL(self.client, query)CALL"},
    "init": {
        "members": "def __init__(self, *args, **kwargs):\n    super().__init__(*args, **kwargs)\n"
        "    self._client = CLIENT\n",
        "body": "answer = CALL(self._client, query)CALL",
    },
    "maker": {
        "module": "def make():\n    made = CLIENT\n    return made\n\n",
        "body": "client = make()\nanswer = CALL(client, query)CALL",
    },
    "lazy": {
        "module": "_client = None\n\n\ndef make():\n    global _client\n    if _client is None:\n"
        "        _client = CLIENT\n"
        "    return _client\n\n",
        "body": "answer = CALL(make(), query)CALL",
    },
    "property": {
        "members": "@property\ndef client(self):\n    return CLIENT\n",
        "body": "answer = CALL(self.client, query)CALL",
    },
    "either": {"body": "client = CLIENT if query else CLIENT\nanswer = CALL(client, query)CALL"},
    "unpacked": {"body": "client, other = CLIENT, 1\nanswer = CALL(client, query)CALL"},
}
PLACES = {
    "helper": (
        {
            "members": "def ask(self, topic: str):\n    client = CLIENT\n"
            "    return CALL(client, 'about ' + topic)CALL\n",
            "body": "answer = self.ask(query)",
        },
        {"DBR106", "DBR107"},
    ),
    "helper-of-a-helper": (
        {
            "members": "def ask(self, topic: str):\n    return CALL(CLIENT, topic + '!')CALL\n\n"
            "def more(self, x):\n    return self.ask(x)\n",
            "body": "answer = self.more(query)",
        },
        {"DBR106", "DBR107"},
    ),
    "coroutine": (
        {
            "members": "async def ask(self, topic):\n    return CALL(CLIENT, topic + '?')CALL\n",
            "body": "answer = asyncio.run(self.ask(query))",
        },
        {"DBR106", "DBR107"},
    ),
    "client-given-to-a-helper": (
        {
            "members": "def ask(self, thing, topic: str):\n    return CALL(thing, 'on ' + topic)CALL\n",
            "body": "answer = self.ask(CLIENT, query)",
        },
        {"DBR106", "DBR107"},
    ),
    "nested": (
        {
            "body": "client = CLIENT\ndef work(topic):\n    return CALL(client, topic)CALL\n"
            "answers = list(map(work, [query]))"
        },
        {"DBR105", "DBR106", "DBR107"},
    ),
    "lambda": (
        {"body": "client = CLIENT\nwork = lambda topic: CALL(client, topic)CALL\nanswer = work(query)"},
        {"DBR105", "DBR106", "DBR107"},
    ),
    "comprehension": (
        {"body": "client = CLIENT\nanswers = [CALL(client, topic)CALL for topic in [query]]"},
        {"DBR101", "DBR106", "DBR107"},
    ),
    "constructor": (
        {
            "module": "class Note:\n    def __init__(self, topic):\n        self.text = CALL(CLIENT, topic)CALL\n\n",
            "body": "note = Note(query)",
        },
        {"DBR106", "DBR107"},
    ),
    "property-that-asks": (
        {
            "members": "@property\ndef answer(self):\n    return CALL(CLIENT, 'x')CALL\n",
            "body": "answer = self.answer",
        },
        {"DBR106", "DBR107"},
    ),
    "function-without-arguments": (
        {"module": "def ask():\n    return CALL(CLIENT, 'x')CALL\n\n", "body": "answer = ask()"},
        {"DBR106"},
    ),
    "function-mapped": (
        {
            "module": "def ask(topic):\n    return CALL(CLIENT, topic)CALL\n\n",
            "body": "answers = list(map(ask, [query]))",
        },
        {"DBR106", "DBR107"},
    ),
    "base-class": (
        {
            "module": "class Asking(BaseTask):\n    def ask(self, topic):\n"
            "        return CALL(CLIENT, '.' + topic)CALL\n\n",
            "body": "answer = Asking.ask(self, query)",
        },
        {"DBR106", "DBR107", "DBR103"},
    ),
}


def inspect(text: str):
    ((report,),) = (
        [r for r in i.reports if r.task.name == "Ask"]
        for i in api.inspect([SourceFile(PATH, text)], SETTINGS)
    )
    return report


def check_recorded(text: str, prompt: str) -> None:
    """The call is bracketed, with the prompt as JSON or text, the model that it names, and no repr."""
    (inspection,) = api.inspect([SourceFile(PATH, text)], SETTINGS)
    after = api.apply(inspection, lambda _: True, SETTINGS).after
    assert after.text.count(".create_llm_interaction(") == 1, inspection.reports[-1].reason
    recorded = columns_of(after.text)
    assert prompt in recorded["prompt_text"]
    assert "str(" not in recorded["prompt_text"].replace("str(value)", "")
    assert "'m'" in recorded["llm_model"]
    assert [f.message for f in Checker(SETTINGS).check(after)] == []


def columns_of(text: str) -> dict[str, str]:
    """What each column of the one interaction is set to where it is created."""
    (record,) = (
        node.args[0]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "create_llm_interaction"
    )
    assert isinstance(record, ast.Dict)
    return {
        key.value: ast.unparse(value)
        for key, value in zip(record.keys, record.values, strict=True)
        if isinstance(key, ast.Constant)
    }


@pytest.mark.parametrize("binding", BINDINGS)
@pytest.mark.parametrize("spelling", SPELLINGS, ids=lambda s: s.name)
def test_a_call_in_the_entry_method_is_recorded_or_refused(spelling: Spelling, binding: str) -> None:
    """However the method comes by its client."""
    text = module_of(spelling, **BINDINGS[binding])
    report = inspect(text)
    if report.state is TaskState.TODO:
        assert not spelling.code
        check_recorded(text, "query")
    else:
        assert report.refusal is not None, report.reason
        wanted = {spelling.code} if spelling.code else {"DBR106", "DBR202"}
        assert report.refusal.code in wanted, report.refusal.reason
        # What is simple has to be recorded, unless its kind never is.
        assert spelling.code or binding not in {"local", "renamed", "module"}, report.refusal.reason


@pytest.mark.parametrize("spelling", FUNCTIONS, ids=lambda s: s.name)
def test_a_function_of_a_package_is_recorded_or_refused(spelling: Spelling) -> None:
    """By the module's name, by its own, under another one."""
    text = module_of(spelling, f"answer = CALL({spelling.client}, query)CALL")
    if not spelling.code:
        check_recorded(text, "query")
        return
    report = inspect(text)
    assert report.refusal is not None, report.reason
    assert report.refusal.code == spelling.code, report.refusal.reason


IN_A_METHOD = {
    "helper": "'about ' + topic",
    "helper-of-a-helper": "topic + '!'",
    "client-given-to-a-helper": "'on ' + topic",
}
"""The places in a method of the class, where a call can be recorded, and its prompt there."""


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("spelling", [*SPELLINGS, *FUNCTIONS], ids=lambda s: s.name)
def test_a_call_elsewhere_is_recorded_there_or_refused(spelling: Spelling, place: str) -> None:
    """Wherever it stands and whatever leads there, the task is not taken for one that asks no model."""
    parts, codes = PLACES[place]
    report = inspect(module_of(spelling, **parts))
    if report.analysis is not None and place in IN_A_METHOD and not spelling.code:
        (call,) = report.analysis.calls
        assert call.method == "ask"
        assert IN_A_METHOD[place] in call.prompt
        return
    assert report.refusal is not None, f"{report.state} {report.reason}"
    if place in IN_A_METHOD:
        codes = codes | {spelling.code}
    # A function that is given another name is handed on.
    renamed = {"DBR105"} if spelling.client == "completion" else set()
    assert report.refusal.code in codes | renamed, report.refusal.reason


@pytest.mark.parametrize("spelling", [*SPELLINGS, *FUNCTIONS], ids=lambda s: s.name)
def test_a_finished_task_that_leads_to_a_call_has_a_finding(spelling: Spelling) -> None:
    """The gate does not rest on what `apply` would have refused."""
    members = "def ask(self, topic):\n    return CALL(CLIENT, 'about ' + topic)CALL\n"
    body = "db = self.get_database_service()\ntry:\n    answer = self.ask(query)\nfinally:\n    db.close()"
    text = module_of(spelling, body, members=members)
    assert "DBF304" in {f.code for f in Checker(SETTINGS).check(SourceFile(PATH, text))}


QUIET = (
    (
        "from openai import OpenAI",
        "client = OpenAI()\nvectors = client.embeddings.create(input=query, model='m')",
    ),
    ("from openai import OpenAI", "client = OpenAI()\nmodels = client.models.list()\nclient.close()"),
    (
        "import anthropic",
        "client = anthropic.Anthropic()\nn = client.messages.count_tokens(model='m', messages=[])",
    ),
    ("import boto3", "s3 = boto3.client('s3')\ns3.put_object(Bucket='b', Key='k', Body=query)"),
    ("from transformers import pipeline", "mood = pipeline('sentiment-analysis')\nfound = mood(query)"),
    ("import twilio", "client = twilio.Client()\nclient.messages.create(body=query, to='x')"),
    (
        "from langchain_core.prompts import ChatPromptTemplate",
        "t = ChatPromptTemplate.from_template(query)\nprint(t)",
    ),
    ("from sklearn.svm import SVC", "m = SVC()\nm.fit([], [])\nfound = m.predict([query])"),
    ("import requests", "r = requests.get('http://x')\nchat = r.json()\nfound = chat.get('messages')"),
    ("import subprocess", "r = subprocess.run(['x'], check=True)\nprint(r)"),
)


@pytest.mark.parametrize(("imports", "body"), QUIET, ids=lambda v: v.split("\n")[0][:30])
def test_what_asks_no_model_is_not_accused(imports: str, body: str) -> None:
    """Embeddings, lists of models, other services, other packages with members of the same names."""
    text = module_of(Spelling("", imports, "", ""), body)
    report = inspect(text)
    assert report.refusal is None or not report.refusal.code.startswith(("DBR1", "DBR2")), report.reason
    assert {f.code for f in Checker(SETTINGS).check(SourceFile(PATH, text))} <= {"DBF000"}
