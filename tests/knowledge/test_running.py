"""Tasks on the packages of the vendors, run before and after: the rows tell what the stand-ins were sent and said."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent
from typing import TYPE_CHECKING, Any

import pytest

from codemods import api
from codemods.model import TaskState
from codemods.settings import Settings
from codemods.source import SourceFile
from tests.knowledge.stubs import Sent, packages

if TYPE_CHECKING:
    from collections.abc import Mapping

HEAD = """\
import os

import luigi
{imports}


class Service:
    def __init__(self):
        self.rows = []

    def create_llm_interaction(self, data):
        self.rows.append(dict(data))
        return type("Row", (), {{"id": len(self.rows) - 1}})

    def update_llm_interaction(self, number, data):
        self.rows[number].update(data)

    def create_plan_content(self, data):
        self.content = data["content"]

    def close(self):
        pass


SERVICE = Service()


class BaseTask(luigi.Task):
    run_dir = luigi.Parameter()

    def get_plan_id(self):
        return os.path.basename(self.run_dir)

    def get_database_service(self):
        return SERVICE


{module}
class Ask(BaseTask):
    def output(self):
        return luigi.LocalTarget(f"{{self.run_dir}}/a.txt")

    def run(self):
        query = "hällo"
        name = "m"
{body}
        with self.output().open("w") as f:
            f.write(text)
"""


@dataclass(frozen=True)
class Task:
    """One task.

    Attributes:
        name: for the test's id.
        imports: its imports.
        body: what it does until it has its text.
        prompt: the arguments that are the prompt; one alone stands as itself.
        module: what stands before the class.
        whole: how the answer is recorded: `json` whole, `text`, or `dict`.
    """

    name: str
    imports: str
    body: str
    prompt: tuple[str, ...]
    module: str = ""
    whole: str = "json"


CHAT = "messages=[{'role': 'user', 'content': query}]"
FIXED = "text = 'x'"
TASKS = (
    Task(
        "openai-chat",
        "from openai import OpenAI",
        f"client = OpenAI()\nreply = client.chat.completions.create(model=name, {CHAT}, temperature=0)\n"
        "text = reply.choices[0].message.content",
        ("messages",),
    ),
    Task(
        "openai-instructions",
        "import openai",
        "reply = openai.OpenAI().responses.create(model=name, instructions='Be brief.', input=query)\n"
        "text = 'said: ' + reply.output_text",
        ("instructions", "input"),
    ),
    Task(
        "openai-input",
        "import openai",
        "reply = openai.OpenAI().responses.create(model='m', input=query)\ntext = reply.output_text",
        ("input",),
    ),
    Task(
        "openai-taken-apart",
        "from openai import OpenAI",
        f"text = OpenAI().chat.completions.create(model='m', {CHAT}).choices[0].message.content",
        ("messages",),
        whole="text",
    ),
    Task(
        "openai-tools",
        "from openai import OpenAI",
        """
        client = OpenAI()
        messages = [{"role": "user", "content": query}]
        while True:
            reply = client.chat.completions.create(model="m", messages=messages, tools=["add"])
            message = reply.choices[0].message
            messages.append(message)
            if not message.tool_calls:
                break
            messages.append({"role": "tool", "content": "4"})
        text = message.content
        """,
        ("messages",),
    ),
    Task(
        "openai-legacy",
        "import openai",
        f"reply = openai.ChatCompletion.create(model='m', {CHAT})\ntext = reply['choices'][0]['message']['content']",
        ("messages",),
        whole="dict",
    ),
    Task(
        "anthropic",
        "import anthropic",
        "for topic in ('a', 'b'):\n"
        "    reply = client.messages.create(model=name, system='Be kind.', messages=[topic], max_tokens=9)\n"
        "    text = reply.content[0].text",
        ("system", "messages"),
        module="client = anthropic.Anthropic()\n\n",
    ),
    Task(
        "groq",
        "from groq import Groq",
        f"reply = Groq().chat.completions.create(model='m', {CHAT})\n{FIXED}",
        ("messages",),
    ),
    Task(
        "groq-documents",
        "from groq import Groq",
        f"reply = Groq().chat.completions.create(model='m', documents=[query], {CHAT})\n{FIXED}",
        ("messages", "documents"),
    ),
    Task(
        "mistral",
        "from mistralai import Mistral",
        f"reply = Mistral().chat.complete(model=name, {CHAT})\n{FIXED}",
        ("messages",),
    ),
    Task(
        "litellm",
        "from litellm import completion",
        "reply = completion('m', [query])\ntext = 'x'",
        ("messages",),
    ),
    Task(
        "ollama",
        "import ollama",
        f"reply = ollama.chat(model='m', {CHAT})\ntext = reply['message']['content']",
        ("messages",),
        whole="text",
    ),
    Task(
        "ollama-generate",
        "import ollama",
        "reply = ollama.generate(model='m', prompt=query, system='s')\ntext = reply['response']",
        ("system", "prompt"),
        whole="text",
    ),
    Task(
        "vertex-text",
        "from vertexai.language_models import TextGenerationModel",
        "settings = {'temperature': 0.5, 'top_k': 40}\nmodel = TextGenerationModel.from_pretrained('m')\n"
        "for topic in (query, 'b'):\n    reply = model.predict(topic, **settings)\n    text = reply.text",
        ("prompt",),
        whole="text",
    ),
    Task(
        "parameters-of-the-module",
        "from openai import OpenAI",
        f"reply = OpenAI().chat.completions.create({CHAT}, **SETTINGS)\n{FIXED}",
        ("messages",),
        module="SETTINGS = dict(model='m', temperature=0)\n\n",
    ),
    Task(
        "parameters-in-place",
        "from openai import OpenAI",
        f"reply = OpenAI().chat.completions.create(**{{'model': 'm', 'stop': ['a']}}, {CHAT})\n{FIXED}",
        ("messages",),
    ),
    Task(
        "bedrock",
        "import boto3",
        "client = boto3.client('bedrock-runtime')\n"
        "reply = client.converse(modelId='m', messages=[{'content': [{'text': query}]}])\n"
        "text = reply['output']['message']['content'][0]['text']",
        ("messages",),
        whole="dict",
    ),
    Task(
        "llama-index",
        "from llama_index.llms.openai import OpenAI",
        "llm = OpenAI(model='m')\nreply = llm.complete(query)\ntext = reply.text",
        ("prompt",),
        whole="text",
    ),
    Task(
        "google-generativeai",
        "import google.generativeai as genai",
        "model = genai.GenerativeModel('m')\nreply = model.generate_content(query)\ntext = reply.said",
        ("contents",),
        whole="to_dict",
    ),
    Task(
        "in-a-branch-and-a-handler",
        "from openai import OpenAI",
        """
        client = OpenAI()
        try:
            if query:
                reply = client.responses.create(model="m", input=[query, {"a": 1}])
            text = reply.output_text
        except ValueError:
            text = ""
        """,
        ("input",),
    ),
    Task(
        "in-a-nested-function",
        "import anthropic",
        """
        client = anthropic.Anthropic()

        def ask():
            reply = client.messages.create(model=name, system="Be kind.", messages=[{"role": "user", "content": query}])
            return reply.content[0].text

        text = ask()
        """,
        ("system", "messages"),
        whole="file",
    ),
    Task(
        "function",
        "from openai import OpenAI",
        "text = ask(query)",
        ("input",),
        module="""
        def ask(topic):
            return OpenAI().responses.create(model="m", input=topic).output_text + "!"


        """,
        whole="file",
    ),
)


def run(task: Task, text: str, directory: Path) -> tuple[Sent, Any, bytes]:
    """Runs the task of a module in a directory."""
    sent = Sent()
    directory.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        for name, module in packages(sent).items():
            patch.setitem(sys.modules, name, module)
        names: dict[str, Any] = {"__name__": f"module_of_{directory.name}"}
        exec(compile(text, task.name, "exec"), names)
        names["Ask"](run_dir=str(directory)).run()
    return sent, names["SERVICE"], (directory / "a.txt").read_bytes()


def source(task: Task) -> str:
    body = indent(dedent(task.body).strip("\n"), "        ")
    return HEAD.format(imports=task.imports, module=dedent(task.module).lstrip("\n"), body=body)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_the_rows_tell_what_was_sent_and_said(task: Task, tmp_path: Path) -> None:
    """One interaction a call, with the prompt that went out and the answer that came, and the file as before."""
    before = SourceFile(tmp_path / "t.py", source(task))
    (inspection,) = api.inspect([before], Settings(base_classes=("BaseTask",)))
    states = [(r.state, r.reason) for r in inspection.reports]
    assert states == [(TaskState.TODO, "")]
    after = api.apply(inspection, lambda _: True, Settings(base_classes=("BaseTask",))).after.text
    sent_before, _, file_before = run(task, before.text, tmp_path / "before")
    sent, service, file = run(task, after, tmp_path / "after")
    assert file == file_before
    assert service.content.encode() == file
    assert sent.calls == sent_before.calls
    assert len(service.rows) == len(sent.calls)
    for row, call, answer in zip(service.rows, sent.calls, sent.answers, strict=False):
        assert row["status"] == "completed"
        assert row["llm_model"] == "m"
        assert as_sent(row["prompt_text"], call, task.prompt) == {name: call[name] for name in task.prompt}
        assert row["response_text"] == as_said(answer, task.whole, file)


def as_sent(prompt: str, call: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """What a recorded prompt says of each argument."""
    if len(names) > 1:
        return dict(json.loads(prompt))
    return {names[0]: prompt if isinstance(call[names[0]], str) else json.loads(prompt)}


def as_said(answer: Any, whole: str, file: bytes) -> str:
    """What should be recorded of an answer."""
    if whole == "file":
        return file.decode()
    if whole == "json":
        return str(answer.model_dump_json())
    if whole == "dict":
        return json.dumps(answer)
    if whole == "to_dict":
        return json.dumps({"said": answer.said})
    return str(answer["message"]["content"]) if isinstance(answer, dict) else str(answer.text)


def test_a_stream_in_a_nested_function_is_refused(tmp_path: Path) -> None:
    body = """
    def ask():
        return "".join(anthropic.Anthropic().messages.create(model=name, messages=[query], stream=True))

    text = ask()
    """
    task = Task("stream", "import anthropic", body, ())
    (inspection,) = api.inspect(
        [SourceFile(tmp_path / "t.py", source(task))], Settings(base_classes=("BaseTask",))
    )
    (report,) = inspection.reports
    assert report.refusal is not None
    assert report.refusal.code == "DBR107"


@pytest.mark.parametrize(
    ("before", "code"),
    [
        ("settings = {'stream': True}", "DBR107"),
        ("settings = {'temperature': 0}\nsettings['stream'] = True", "DBR106"),
        ("settings = {'temperature': 0}\nsettings.update(stream=True)", "DBR106"),
        ("settings = {'temperature': 0}\nother = settings", "DBR106"),
        ("settings = {'temperature': 0}\nsettings = {'stream': True}", "DBR106"),
        ("settings = {'temperature': float('0')}", "DBR106"),
        ("settings = {name: 0}", "DBR106"),
        ("settings = {**{}, 'temperature': 0}", "DBR106"),
        ("for settings in [{}]:\n    pass", "DBR106"),
        ("settings = {'temperature': 0}\ndef change():\n    settings['stream'] = True\nchange()", "DBR106"),
        ("dict = print\nsettings = dict(temperature=0)", "DBR106"),
    ],
)
def test_unpacked_parameters_that_are_not_all_in_sight_are_refused(
    before: str, code: str, tmp_path: Path
) -> None:
    body = f"{before}\nreply = OpenAI().chat.completions.create(model='m', {CHAT}, **settings)\n{FIXED}"
    task = Task("parameters", "from openai import OpenAI", body, ())
    (inspection,) = api.inspect(
        [SourceFile(tmp_path / "t.py", source(task))], Settings(base_classes=("BaseTask",))
    )
    (report,) = inspection.reports
    assert report.refusal is not None
    assert report.refusal.code == code


def test_parameters_of_a_module_that_another_one_knows_are_refused(tmp_path: Path) -> None:
    body = f"reply = OpenAI().chat.completions.create({CHAT}, **SETTINGS)\n{FIXED}"
    task = Task("parameters", "from openai import OpenAI", body, (), module="SETTINGS = {'model': 'm'}\n\n")
    other = SourceFile(tmp_path / "u.py", "import t\n\nt.SETTINGS['stream'] = True\n")
    found = api.inspect(
        [SourceFile(tmp_path / "t.py", source(task)), other], Settings(base_classes=("BaseTask",))
    )
    codes = [r.refusal.code for inspection in found for r in inspection.reports if r.refusal is not None]
    assert codes == ["DBR106"]
