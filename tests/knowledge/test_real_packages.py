"""The vendors' own packages against a local server: the row has what went over the wire, and what came back.

Each is skipped where it is not installed; the extra `sdks` has them.
"""

from __future__ import annotations

import gc
import json
import re
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import dedent, indent
from typing import TYPE_CHECKING, Any

import pytest

from codemods import api
from codemods.model import TaskState
from codemods.settings import Settings
from codemods.source import SourceFile
from pipeline.database.answer_facts import facts_of_text
from tests.knowledge.test_running import HEAD
from tests.knowledge.vendor_server import (
    ANSWERING,
    CACHED,
    INPUT,
    OUTPUT,
    REASONED,
    SAID,
    VendorServer,
    serve_vendors,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "sdks.md"


@dataclass(frozen=True)
class Case:
    """One call of one package.

    Attributes:
        package: the package, as it is imported.
        name: for the test's id.
        body: what the task does until it has its text; `URL` is the server's address.
        prompt: the arguments that are the prompt, as the row has them and as the wire has them.
        where: where the answer's text, model, tokens in and out, and reason are in `response_text`; empty for an
            answer that is recorded as its text alone.
        said: whether it ends in the model's text, and not in a call of a tool.
        parameters: how the model is to answer, as the row has it in a column of its own.
    """

    package: str
    name: str
    body: str
    prompt: tuple[tuple[str, str], ...]
    where: tuple[str, ...] = ()
    said: bool = True
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True)
class Told:
    """What the rows of a package's calls have in columns of their own, with the style `steps`.

    Attributes:
        model: the model that answered; None where the answer does not tell.
        sent: the tokens of the input, those of the cache among them.
        said: the tokens of the output, those of reasoning among them.
        cached: of the input tokens; None where the answer does not tell.
        reasoned: of the output tokens, likewise.
    """

    model: str | None = ANSWERING
    sent: int = INPUT
    said: int = OUTPUT
    cached: int | None = CACHED
    reasoned: int | None = REASONED


MESSAGES = '[{"role": "system", "content": "Be brief."}, {"role": "user", "content": query}]'
TOOL = '[{"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}]'
CHAT = (
    "choices[0].message.content",
    "model",
    "usage.prompt_tokens",
    "usage.completion_tokens",
    "choices[0].finish_reason",
)
RESPONSES = ("output[0].content[0].text", "model", "usage.input_tokens", "usage.output_tokens", "status")
ANTHROPIC = ("content[0].text", "model", "usage.input_tokens", "usage.output_tokens", "stop_reason")
GEMINI = (
    "candidates[0].content.parts[0].text",
    "model_version",
    "usage_metadata.prompt_token_count",
    "usage_metadata.candidates_token_count",
    "candidates[0].finish_reason",
)
COHERE = (
    "message.content[0].text",
    "",
    "usage.tokens.input_tokens",
    "usage.tokens.output_tokens",
    "finish_reason",
)
BEDROCK = (
    "output.message.content[0].text",
    "",
    "usage.inputTokens",
    "usage.outputTokens",
    "stopReason",
)
SAME = (("messages", "messages"),)
LOCAL = 'api_base="URL/v1", api_key="k"'


def chat(
    package: str, maker: str, member: str = "chat.completions.create", path: str = "/v1"
) -> tuple[Case, ...]:
    """A chat in OpenAI's form: plain, with parameters, with a tool, awaited."""
    made = f'{maker}(base_url="URL{path}", api_key="k")'
    module, name = maker.rsplit(".", 1)
    later = f'{module}.Async{name}(base_url="URL{path}", api_key="k")'
    given = f"model=name, messages={MESSAGES}, temperature=0.5, max_tokens=9"
    text = "text = reply.choices[0].message.content"
    return (
        Case(
            package,
            "chat",
            f"client = {made}\nreply = client.{member}({given})\n{text}",
            SAME,
            CHAT,
            parameters=("temperature", "max_tokens"),
        ),
        Case(
            package,
            "tools",
            f"client = {made}\nreply = client.{member}({given}, tools={TOOL})\n"
            "text = reply.choices[0].message.tool_calls[0].function.arguments",
            SAME,
            CHAT,
            said=False,
            parameters=("temperature", "max_tokens", "tools"),
        ),
        Case(
            package,
            "structured",
            f"client = {made}\nreply = client.{member}({given}, response_format={{'type': 'json_object'}})\n{text}",
            SAME,
            CHAT,
            parameters=("temperature", "max_tokens", "response_format"),
        ),
        Case(
            package,
            "async",
            f"client = {later}\n\nasync def ask():\n    reply = await client.{member}({given})\n"
            "    await client.close()\n    return reply.choices[0].message.content\n\n"
            "import asyncio\ntext = asyncio.run(ask())",
            SAME,
        ),
    )


CASES = (
    *chat("openai", "openai.OpenAI"),
    Case(
        "openai",
        "responses",
        'reply = openai.OpenAI(base_url="URL/v1", api_key="k").responses.create(\n'
        '    model=name, instructions="Be brief.", input=query, temperature=0.5)\ntext = reply.output_text',
        (("instructions", "instructions"), ("input", "input")),
        RESPONSES,
        parameters=("temperature",),
    ),
    Case(
        "openai",
        "parse",
        f'client = openai.OpenAI(base_url="URL/v1", api_key="k")\n'
        f"reply = client.chat.completions.parse(model=name, messages={MESSAGES}, response_format=Tea)\n"
        "text = reply.choices[0].message.parsed.tea",
        SAME,
        CHAT,
    ),
    *chat("groq", "groq.Groq", path=""),
    *chat("together", "together.Together"),
    Case(
        "mistralai",
        "chat",
        'client = Mistral(server_url="URL", api_key="k")\n'
        f"reply = client.chat.complete(model=name, messages={MESSAGES}, temperature=0.5)\n"
        "text = reply.choices[0].message.content",
        SAME,
        CHAT,
        parameters=("temperature",),
    ),
    Case(
        "mistralai",
        "tools",
        'client = Mistral(server_url="URL", api_key="k")\n'
        f"reply = client.chat.complete(model=name, messages={MESSAGES}, tools={TOOL})\n"
        "text = reply.choices[0].message.tool_calls[0].function.arguments",
        SAME,
        CHAT,
        said=False,
        parameters=("tools",),
    ),
    Case(
        "mistralai",
        "structured",
        'client = Mistral(server_url="URL", api_key="k")\n'
        f"reply = client.chat.complete(model=name, messages={MESSAGES}, response_format={{'type': 'json_object'}})\n"
        "text = reply.choices[0].message.content",
        SAME,
        CHAT,
        parameters=("response_format",),
    ),
    Case(
        "mistralai",
        "async",
        'client = Mistral(server_url="URL", api_key="k")\n\nasync def ask():\n'
        f"    reply = await client.chat.complete_async(model=name, messages={MESSAGES})\n"
        "    return reply.choices[0].message.content\n\n"
        "import asyncio\ntext = asyncio.run(ask())",
        SAME,
    ),
    Case(
        "litellm",
        "chat",
        f'reply = litellm.completion(model="openai/m", messages={MESSAGES}, api_base="URL/v1", api_key="k")\n'
        "text = reply.choices[0].message.content",
        SAME,
        CHAT,
    ),
    *(
        Case(
            "litellm",
            name,
            f'reply = litellm.completion(model="openai/m", messages={MESSAGES}, {given}, {LOCAL})\n'
            f"text = reply.choices[0].message.{text}",
            SAME,
            CHAT,
            said=text == "content",
            parameters=(given.partition("=")[0],),
        )
        for name, given, text in (
            ("tools", f"tools={TOOL}", "tool_calls[0].function.arguments"),
            ("structured", "response_format={'type': 'json_object'}", "content"),
        )
    ),
    Case(
        "litellm",
        "async",
        "async def ask():\n"
        f'    reply = await litellm.acompletion(model="openai/m", messages={MESSAGES}, {LOCAL})\n'
        "    return reply.choices[0].message.content\n\n"
        "import asyncio\ntext = asyncio.run(ask())",
        SAME,
    ),
    Case(
        "anthropic",
        "messages",
        'client = anthropic.Anthropic(base_url="URL", api_key="k")\n'
        'reply = client.messages.create(model=name, system="Be brief.", max_tokens=9,\n'
        '    messages=[{"role": "user", "content": query}])\ntext = reply.content[0].text',
        (("system", "system"), ("messages", "messages")),
        ANTHROPIC,
        parameters=("max_tokens",),
    ),
    Case(
        "anthropic",
        "structured",
        'client = anthropic.Anthropic(base_url="URL", api_key="k")\n'
        "reply = client.messages.parse(model=name, max_tokens=9, output_format=Tea,\n"
        '    messages=[{"role": "user", "content": query}])\ntext = reply.parsed_output.tea',
        SAME,
        ANTHROPIC,
        parameters=("max_tokens",),
    ),
    Case(
        "anthropic",
        "tools",
        'client = anthropic.Anthropic(base_url="URL", api_key="k")\n'
        "reply = client.messages.create(model=name, max_tokens=9,\n"
        '    tools=[{"name": "add", "input_schema": {"type": "object"}}],\n'
        '    messages=[{"role": "user", "content": query}])\ntext = str(reply.content[0].input)',
        SAME,
        ANTHROPIC,
        said=False,
        parameters=("max_tokens", "tools"),
    ),
    Case(
        "anthropic",
        "async",
        'client = anthropic.AsyncAnthropic(base_url="URL", api_key="k")\n\nasync def ask():\n'
        '    reply = await client.messages.create(model=name, system="Be brief.", max_tokens=9,\n'
        '        messages=[{"role": "user", "content": query}])\n    await client.close()\n'
        "    return reply.content[0].text\n\n"
        "import asyncio\ntext = asyncio.run(ask())",
        (("system", "system"), ("messages", "messages")),
    ),
    Case(
        "ollama",
        "chat",
        f'client = ollama.Client(host="URL")\nreply = client.chat(model=name, messages={MESSAGES})\n'
        'text = reply["message"]["content"]',
        SAME,
    ),
    Case(
        "ollama",
        "generate",
        'client = ollama.Client(host="URL")\nreply = client.generate(model=name, prompt=query, system="Be brief.")\n'
        'text = reply["response"]',
        (("system", "system"), ("prompt", "prompt")),
    ),
    Case(
        "google.genai",
        "generate_content",
        'client = genai.Client(api_key="k", http_options={"base_url": "URL"})\n'
        "reply = client.models.generate_content(model=name, contents=query)\ntext = reply.text",
        (("contents", "contents"),),
        GEMINI,
    ),
    Case(
        "google.genai",
        "structured",
        'client = genai.Client(api_key="k", http_options={"base_url": "URL"})\n'
        "reply = client.models.generate_content(model=name, contents=query,\n"
        '    config={"system_instruction": "Be brief.", "response_mime_type": "application/json"})\ntext = reply.text',
        (("contents", "contents"), ("config", "systemInstruction")),
        GEMINI,
    ),
    Case(
        "google.genai",
        "tools",
        'client = genai.Client(api_key="k", http_options={"base_url": "URL"})\n'
        "reply = client.models.generate_content(model=name, contents=query,\n"
        '    config={"tools": [{"function_declarations": [{"name": "add"}]}]})\n'
        "text = reply.function_calls[0].name",
        (("contents", "contents"), ("config", "tools")),
        GEMINI,
        said=False,
    ),
    Case(
        "google.genai",
        "async",
        'client = genai.Client(api_key="k", http_options={"base_url": "URL"})\n\nasync def ask():\n'
        "    reply = await client.aio.models.generate_content(model=name, contents=query)\n"
        "    return reply.text\n\n"
        "import asyncio\ntext = asyncio.run(ask())",
        (("contents", "contents"),),
    ),
    Case(
        "cohere",
        "chat",
        f'client = cohere.ClientV2(base_url="URL", api_key="k")\n'
        f"reply = client.chat(model=name, messages={MESSAGES}, temperature=0.5)\n"
        "text = reply.message.content[0].text",
        SAME,
        COHERE,
        parameters=("temperature",),
    ),
    Case(
        "cohere",
        "tools",
        'client = cohere.ClientV2(base_url="URL", api_key="k")\n'
        f"reply = client.chat(model=name, messages={MESSAGES}, tools={TOOL})\n"
        "text = reply.message.tool_calls[0].function.arguments",
        SAME,
        COHERE,
        said=False,
        parameters=("tools",),
    ),
    Case(
        "cohere",
        "structured",
        'client = cohere.ClientV2(base_url="URL", api_key="k")\n'
        f"reply = client.chat(model=name, messages={MESSAGES}, response_format={{'type': 'json_object'}})\n"
        "text = reply.message.content[0].text",
        SAME,
        COHERE,
        parameters=("response_format",),
    ),
    Case(
        "cohere",
        "async",
        'client = cohere.AsyncClientV2(base_url="URL", api_key="k")\n\nasync def ask():\n'
        f"    reply = await client.chat(model=name, messages={MESSAGES})\n"
        "    return reply.message.content[0].text\n\n"
        "import asyncio\ntext = asyncio.run(ask())",
        SAME,
    ),
    Case(
        "boto3",
        "converse",
        'client = boto3.client("bedrock-runtime", endpoint_url="URL", region_name="us-east-1",\n'
        '    aws_access_key_id="k", aws_secret_access_key="s")\n'
        'reply = client.converse(modelId=name, system=[{"text": "Be brief."}],\n'
        '    messages=[{"role": "user", "content": [{"text": query}]}])\n'
        'text = reply["output"]["message"]["content"][0]["text"]',
        (("system", "system"), ("messages", "messages")),
        BEDROCK,
    ),
    Case(
        "boto3",
        "tools",
        'client = boto3.client("bedrock-runtime", endpoint_url="URL", region_name="us-east-1",\n'
        '    aws_access_key_id="k", aws_secret_access_key="s")\n'
        'reply = client.converse(modelId=name, inferenceConfig={"temperature": 0.5},\n'
        '    toolConfig={"tools": [{"toolSpec": {"name": "add", "inputSchema": {"json": {"type": "object"}}}}]},\n'
        '    messages=[{"role": "user", "content": [{"text": query}]}])\n'
        'text = reply["output"]["message"]["content"][0]["toolUse"]["name"]',
        SAME,
        BEDROCK,
        said=False,
        parameters=("inferenceConfig", "toolConfig"),
    ),
    Case(
        "ollama",
        "async",
        'client = ollama.AsyncClient(host="URL")\n\nasync def ask():\n'
        f"    reply = await client.chat(model=name, messages={MESSAGES})\n"
        '    return reply["message"]["content"]\n\n'
        "import asyncio\ntext = asyncio.run(ask())",
        SAME,
    ),
    Case(
        "ollama",
        "structured",
        'client = ollama.Client(host="URL")\n'
        f'reply = client.chat(model=name, messages={MESSAGES}, format="json", options={{"temperature": 0.5}})\n'
        'text = reply["message"]["content"]',
        SAME,
        parameters=("format", "options"),
    ),
)
TOLD = {
    "openai": Told(),
    "groq": Told(),
    "together": Told(),
    "mistralai": Told(),
    "litellm": Told(),
    "anthropic": Told(sent=INPUT + CACHED, reasoned=None),
    "ollama": Told(cached=None, reasoned=None),
    "google.genai": Told(said=OUTPUT + REASONED),
    "cohere": Told(model=None, cached=None, reasoned=None),
    "boto3": Told(model=None, sent=INPUT + CACHED, reasoned=None),
}
IMPORTS = {
    "mistralai": "from mistralai.client import Mistral",
    "google.genai": "from google import genai",
}
STREAMS = {
    "openai": "reply = openai.OpenAI().chat.completions.create(model=name, messages=[], stream=True)",
    "anthropic": "reply = anthropic.Anthropic().messages.create(model=name, messages=[], stream=True)",
    "groq": "reply = groq.Groq().chat.completions.create(model=name, messages=[], stream=True)",
    "together": "reply = together.Together().chat.completions.create(model=name, messages=[], stream=True)",
    "mistralai": "reply = Mistral().chat.stream(model=name, messages=[])",
    "litellm": "reply = litellm.completion(model=name, messages=[], stream=True)",
    "ollama": "reply = ollama.chat(model=name, messages=[], stream=True)",
    "google.genai": "reply = genai.Client().models.generate_content_stream(model=name, contents=query)",
    "cohere": "reply = cohere.ClientV2().chat_stream(model=name, messages=[])",
    "boto3": 'reply = boto3.client("bedrock-runtime").converse_stream(modelId=name, messages=[])',
}
SETTINGS = Settings(base_classes=("BaseTask",))


def source(package: str, body: str, url: str) -> str:
    imports = IMPORTS.get(package, f"import {package}")
    model = "import pydantic\n\n\nclass Tea(pydantic.BaseModel):\n    tea: str\n\n\n" if "Tea" in body else ""
    text = indent(dedent(body).strip("\n").replace("URL", url), "        ")
    return HEAD.format(imports=imports, module=model, body=text)


BLOCK = """
    def database_steps(self, *, stage=None):
        from pipeline.database.answer_facts import FACTS
        from pipeline.database.steps import DatabaseSteps

        columns = FACTS | {"first_chunk_seconds", "error_type", "parameters"}
        return DatabaseSteps(self.get_database_service, "p", "ask", run_directory=self.run_dir, columns=columns)


"""


def with_block(text: str) -> str:
    """The module with the method by which its tasks open the block of the steps."""
    head, base, rest = text.partition("    def get_database_service(self):\n        return SERVICE\n\n\n")
    return f"{head}{base.rstrip()}\n{BLOCK}{rest}"


@pytest.fixture(scope="module")
def server() -> Iterator[VendorServer]:
    with serve_vendors() as server, pytest.MonkeyPatch.context() as patch:
        # Else LiteLLM looks for its prices in the net when it is imported.
        patch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
        yield server


def run(text: str, directory: Path) -> tuple[Any, bytes]:
    directory.mkdir()
    names: dict[str, Any] = {"__name__": f"real_{directory.name}"}
    with warnings.catch_warnings():
        # What the packages say of themselves, and clients that the garbage collector closes.
        warnings.simplefilter("ignore")
        exec(compile(text, "t.py", "exec"), names)
        names["Ask"](run_dir=str(directory)).run()
        service = names["SERVICE"]
        names.clear()
        gc.collect()
    return service, (directory / "a.txt").read_bytes()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.package}-{case.name}")
def test_the_row_has_what_was_sent_and_what_came_back(
    case: Case, server: VendorServer, tmp_path: Path
) -> None:
    pytest.importorskip(case.package)
    before = SourceFile(tmp_path / "t.py", source(case.package, case.body, server.url))
    (inspection,) = api.inspect([before], SETTINGS)
    assert [(r.state, r.reason) for r in inspection.reports] == [(TaskState.TODO, "")]
    after = api.apply(inspection, lambda _: True, SETTINGS).after.text
    server.sent.clear()
    _, file_before = run(before.text, tmp_path / "before")
    service, file = run(after, tmp_path / "after")
    assert file == file_before == service.content.encode()
    (_, sent_before), (_, sent) = server.sent
    assert sent == sent_before
    (row,) = service.rows
    require_prompt_and_answer(case, row, sent)


def require_prompt_and_answer(case: Case, row: dict[str, Any], sent: dict[str, Any]) -> None:
    assert row["status"] == "completed"
    assert row["llm_model"] in {"openai/m" if case.package == "litellm" else "m", TOLD[case.package].model}
    names = [name for name, _ in case.prompt]
    recorded = row["prompt_text"] if len(names) == 1 else json.loads(row["prompt_text"])
    for name, wire in case.prompt:
        value = recorded if len(names) == 1 else recorded[name]
        assert texts(json.loads(value) if name == "messages" and len(names) == 1 else value) == texts(
            sent[wire]
        )
    if not case.where:
        assert row["response_text"] == SAID
        return
    answer = json.loads(row["response_text"])
    text, model, inputs, outputs, reason = (at(answer, path) if path else "" for path in case.where)
    assert text == (SAID if case.said else text)
    assert model in ({ANSWERING, f"openai/{ANSWERING}"} if case.where[1] else {""})
    assert (inputs, outputs) == (INPUT, OUTPUT)
    assert reason in {
        "stop",
        "tool_calls",
        "completed",
        "end_turn",
        "tool_use",
        "STOP",
        "COMPLETE",
        "TOOL_CALL",
    }
    if not case.said:
        assert "add" in json.dumps(answer)
    # The included service has columns for them.
    told = facts_of_text(row["response_text"])
    counted = TOLD[case.package]
    assert (told["input_tokens"], told["output_tokens"], told["finish_reason"]) == (
        counted.sent,
        counted.said,
        reason,
    )
    assert told.get("llm_model", "") == model


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.package}-{case.name}")
def test_the_block_records_what_an_answer_took(case: Case, server: VendorServer, tmp_path: Path) -> None:
    """The same with the style `steps`: what the answer says beside its text is in columns of their own."""
    pytest.importorskip(case.package)
    in_steps = replace(SETTINGS, style="steps")
    before = SourceFile(tmp_path / "t.py", with_block(source(case.package, case.body, server.url)))
    (inspection,) = api.inspect([before], in_steps)
    assert [(r.state, r.reason) for r in inspection.reports] == [(TaskState.TODO, "")]
    after = api.apply(inspection, lambda _: True, in_steps).after
    server.sent.clear()
    _, file_before = run(before.text, tmp_path / "before")
    service, file = run(after.text, tmp_path / "after")
    assert file == file_before == service.content.encode()
    (_, sent_before), (_, sent) = server.sent
    assert sent == sent_before
    (row,) = service.rows
    require_prompt_and_answer(case, row, sent)
    (done,) = api.inspect([after], in_steps)
    assert api.revert(done, lambda _: True, in_steps).after.text == before.text
    if is_behind_a_function(case):
        return
    assert json.loads(row.get("parameters", "{}")).keys() == set(case.parameters)
    (analysis,) = [r.analysis for r in inspection.reports]
    assert analysis is not None
    left_out = {text.partition("=")[0] for call in analysis.calls for text in call.left_out}
    assert not left_out & set(case.parameters)
    told = TOLD[case.package]
    assert row["llm_model"] == (told.model or "m")
    assert (row["input_tokens"], row["output_tokens"]) == (told.sent, told.said)
    assert (row.get("cached_input_tokens"), row.get("reasoning_tokens")) == (told.cached, told.reasoned)
    assert row["finish_reason"]


def is_behind_a_function(case: Case) -> bool:
    """Whether the call stands in a function, whose text alone is recorded where it is called."""
    return "def ask" in case.body


@pytest.mark.parametrize("package", STREAMS)
def test_a_stream_is_refused(package: str, tmp_path: Path) -> None:
    """Whether or not the package is installed."""
    body = f"{STREAMS[package]}\ntext = str(reply)"
    (inspection,) = api.inspect([SourceFile(tmp_path / "t.py", source(package, body, ""))], SETTINGS)
    (report,) = inspection.reports
    assert report.state is TaskState.REFUSED
    assert report.refusal is not None
    assert "DBR107" in {refusal.code for refusal in (report.refusal, *report.also)}


KINDS = ("plain", "async", "streaming", "tool calls", "structured")
STREAMED = {
    "openai",
    "anthropic",
    "groq",
    "together",
    "litellm",
    "ollama",
    "mistralai",
    "google.genai",
    "cohere",
}
"""The packages whose streams are run by tests/knowledge/test_streamed_tasks.py."""
STREAMED_IN_BLOCKS = {"mistralai", "google.genai", "cohere"}
"""Of these, those whose streams the style `steps` alone records."""


def kind_of(case: Case) -> str:
    return {"async": "async", "tools": "tool calls", "structured": "structured", "parse": "structured"}.get(
        case.name, "plain"
    )


def overview() -> str:
    """The page's table with a row for each package: what the row of a call has in the style `steps`."""
    head = (
        "package",
        "prompt, system",
        "parameters",
        "text",
        "model",
        "tokens in, out",
        "cached",
        "reasoning",
        "why it ended",
    )
    lines = [f"| {' | '.join((*head, *KINDS))} |", f"| {' | '.join(['---'] * (len(head) + len(KINDS)))} |"]
    for package, told in TOLD.items():
        own = [case for case in CASES if case.package == package]
        kinds = {kind_of(case) for case in own}
        cells = [
            f"`{package}`",
            "yes",
            "yes" if any(case.parameters for case in own) else "in the prompt",
            "yes",
            "yes" if told.model else "the one asked",
            "yes",
            "yes" if told.cached else "not told",
            "yes" if told.reasoned else "not told",
            "yes",
        ]
        for kind in KINDS:
            if kind == "streaming":
                only = ", `steps` alone" if package in STREAMED_IN_BLOCKS else ""
                cells.append(f"yes{only}" if package in STREAMED else "refused")
            elif kind == "async" and kind in kinds:
                cells.append("text")
            else:
                cells.append(
                    "yes" if kind in kinds else "refused" if (package, kind) in REFUSED else "not run"
                )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


REFUSED = {
    (
        "ollama",
        "tool calls",
    ): "reply = ollama.Client().chat(model=name, messages=[], tools=[])\ntext = str(reply)"
}
"""Calls that cannot be recorded."""


@pytest.mark.parametrize("refused", REFUSED, ids=" ".join)
def test_what_the_page_says_is_refused_is(refused: tuple[str, str], tmp_path: Path) -> None:
    body = REFUSED[refused]
    for style in ("inline", "steps"):
        text = with_block(source(refused[0], body, ""))
        (inspection,) = api.inspect([SourceFile(tmp_path / "t.py", text)], replace(SETTINGS, style=style))
        assert inspection.reports[0].state is TaskState.REFUSED


def test_the_page_has_the_overview() -> None:
    assert overview() in PAGE.read_text(encoding="utf-8")


def table() -> str:
    """The rows of the page: which calls of a package were run, and where an answer's parts are in its row."""
    lines = [
        "| package | run against a local server | text | model that answered | tokens | why it ended |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for package in dict.fromkeys(case.package for case in CASES):
        own = [case for case in CASES if case.package == package]
        places = dict.fromkeys(case.where for case in own if case.where) or {(): None}
        for number, where in enumerate(places):
            # What is recorded as text alone stands with the first.
            names = ", ".join(c.name for c in own if c.where == where or (not number and not c.where))
            if where:
                text, model, inputs, outputs, reason = (f"`{path}`" if path else "not told" for path in where)
                lines.append(f"| `{package}` | {names} | {text} | {model} | {inputs}, {outputs} | {reason} |")
            else:
                lines.append(
                    f"| `{package}` | {names} | the column | not recorded | not recorded | not recorded |"
                )
    return "\n".join(lines) + "\n"


def test_the_page_has_the_table() -> None:
    assert table() in PAGE.read_text(encoding="utf-8")


def test_each_package_has_a_stream_that_is_refused() -> None:
    assert {case.package for case in CASES} == set(STREAMS)


def texts(value: object) -> list[str]:
    """All texts of a document that people wrote, in order, without its keys and roles."""
    if isinstance(value, str):
        return [value] if value in {"hällo", "Be brief."} else []
    if isinstance(value, dict):
        return [text for part in value.values() for text in texts(part)]
    return [text for part in value for text in texts(part)] if isinstance(value, list) else []


def at(document: Any, path: str) -> Any:
    """What stands at a path such as `choices[0].message.content`; None for what is not there."""
    for name in re.findall(r"\w+", path):
        if document is None:
            return None
        document = document[int(name)] if name.isdecimal() else document.get(name, None)
    return document
