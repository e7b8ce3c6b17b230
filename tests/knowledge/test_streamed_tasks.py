"""Tasks that read streams, run before and after, in both styles: the rows tell what came, and nothing else changes."""

from __future__ import annotations

import gc
import json
import sys
import warnings
from pathlib import Path
from textwrap import dedent, indent
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from codemods import api
from codemods.checking.engine import Checker
from codemods.model import TaskState
from codemods.settings import Settings
from codemods.source import SourceFile
from tests.knowledge.test_real_packages import IMPORTS, with_block
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

STYLES = ("inline", "steps")
CHAT = 'model=name, messages=[{"role": "user", "content": query}]'


class Stream:
    """A stand-in for a stream of OpenAI's package, which may break off."""

    def __init__(self, breaks: bool) -> None:
        self.breaks = breaks
        self.is_closed = False

    def __iter__(self) -> Iterator[Any]:
        for text in ("one ", None, "two"):
            delta = SimpleNamespace(content=text)
            yield SimpleNamespace(choices=[SimpleNamespace(delta=delta, index=0, finish_reason=None)])
        if self.breaks:
            raise ValueError("gone")

    def close(self) -> None:
        self.is_closed = True


def source(body: str, imports: str = "from openai import OpenAI", *, members: str = "") -> str:
    text = HEAD.format(
        imports=imports, module=dedent(members), body=indent(dedent(body).strip("\n"), "        ")
    )
    return with_block(text)


def settings(style: str) -> Settings:
    return Settings(base_classes=("BaseTask",), style=style)


def run(
    text: str, directory: Path, *, breaks: bool = False, real: bool = False
) -> tuple[Any, str | None, str]:
    """The service, the file, and the error of a run."""
    directory.mkdir()
    fake = ModuleType("openai")
    completions = SimpleNamespace(create=lambda **_: Stream(breaks))
    fake.OpenAI = lambda **_: SimpleNamespace(chat=SimpleNamespace(completions=completions))  # type: ignore[attr-defined]
    names: dict[str, Any] = {"__name__": f"streamed_{directory.name}"}
    error = ""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        # Luigi's open files when a task fails, and clients that the garbage collector closes.
        warnings.simplefilter("ignore")
        if not real:
            patch.setitem(sys.modules, "openai", fake)
        exec(compile(text, "t.py", "exec"), names)
        try:
            names["Ask"](run_dir=str(directory)).run()
        except Exception as raised:
            error = repr(raised)
        service = names["SERVICE"]
        names.clear()
        gc.collect()
    file = directory / "a.txt"
    return service, file.read_text("utf-8") if file.exists() else None, error


ASKED = f"client.chat.completions.create({CHAT}, stream=True)"
ADDED = 'text += chunk.choices[0].delta.content or ""'
SHAPES = {
    "named": f"""
        client = OpenAI()
        stream = {ASKED}
        text = ""
        for chunk in stream:
            {ADDED}
        """,
    "in-the-header": f"""
        client = OpenAI()
        text = ""
        for chunk in {ASKED}:
            if not chunk.choices:
                continue
            {ADDED}
        else:
            text += ""
        """,
    "left-early": f"""
        client = OpenAI()
        text = ""
        stream = {ASKED}
        for chunk in stream:
            {ADDED}
            break
        stream.close()
        text += "two"
        """,
    "in-a-handler": f"""
        client = OpenAI()
        text = ""
        try:
            for chunk in {ASKED}:
                {ADDED}
        except ValueError:
            text = "broken"
        """,
    "twice": f"""
        client = OpenAI()
        text = ""
        for query in ("a", "b"):
            stream: object = {ASKED}
            for chunk in stream:
                {ADDED}
        """,
    "into-a-file": f"""
        client = OpenAI()
        text = ""
        stream = {ASKED}
        with luigi.LocalTarget(f"{{self.run_dir}}/b.txt").open("w") as g:
            for chunk in stream:
                {ADDED}
                g.write(chunk.choices[0].delta.content or "")
        """,
    "around-a-file": f"""
        client = OpenAI()
        text = ""
        with luigi.LocalTarget(f"{{self.run_dir}}/b.txt").open("w") as g:
            for chunk in {ASKED}:
                {ADDED}
                g.write(chunk.choices[0].delta.content or "")
        """,
    "changed-by-the-loop": f"""
        client = OpenAI()
        text = ""
        for chunk in {ASKED}:
            {ADDED}
            chunk.choices[0].delta.content = "other"
        """,
    "taken-apart-by-the-loop": f"""
        client = OpenAI()
        text = ""
        for chunk in {ASKED}:
            {ADDED}
            del chunk.choices
        """,
    "taken-names": f"""
        client = OpenAI()
        text, stream_parts, part, said, call, steps = "", 1, 2, 3, 4, 5
        getattr = stream_parts
        stream = {ASKED}
        for chunk in stream:
            {ADDED}
        """,
}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("breaks", [False, True], ids=["whole", "breaking"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_stream_that_one_loop_reads_is_recorded(
    shape: str, style: str, breaks: bool, tmp_path: Path
) -> None:
    before = SourceFile(tmp_path / "t.py", source(SHAPES[shape]))
    (inspection,) = api.inspect([before], settings(style))
    assert [(r.state, r.reason) for r in inspection.reports] == [(TaskState.TODO, "")]
    after = api.apply(inspection, lambda _: True, settings(style)).after
    assert api.verify(before, after, settings(style)).findings == ()
    assert Checker(settings(style), strict=True).check(after) == ()
    _, file_before, error_before = run(before.text, tmp_path / "before", breaks=breaks)
    service, file, error = run(after.text, tmp_path / "after", breaks=breaks)
    assert (file, error) == (file_before, error_before)
    reads_all = shape != "left-early"
    for row in service.rows:
        if breaks and reads_all:
            assert row["status"] == "failed"
            assert "gone" in row["error_message"]
        else:
            assert row["status"] == "completed"
            said = row["response_text"]
            text = said if style == "inline" else json.loads(said)["choices"][0]["message"]["content"]
            assert text == ("one two" if reads_all else "one ")
            assert ("first_chunk_seconds" in row) == (style == "steps")
    assert len(service.rows) == (2 if shape == "twice" and not breaks else 1)
    (done,) = api.inspect([after], settings(style))
    assert api.revert(done, lambda _: True, settings(style)).after.text == before.text


REFUSED = {
    "not-read": f"stream = {ASKED}\ntext = str(stream)",
    "handed-on": f"stream = {ASKED}\ntext = ''\nfor c in stream:\n    text += str(c)\nlen(stream)",
    "read-twice": f"stream = {ASKED}\ntext = ''\nfor c in stream:\n    break\nfor c in stream:\n    pass",
    "comprehension": f"stream = {ASKED}\ntext = ''.join(str(c) for c in stream)",
    "bound-twice": f"stream = []\nstream = {ASKED}\ntext = ''\nfor c in stream:\n    text += str(c)",
    "in-another-suite": f"stream = {ASKED}\ntext = ''\nif name:\n    for c in stream:\n        text += 'x'",
    "taken-apart": f"text = ''\nfor n, c in {ASKED}:\n    text += str(c)",
    "returns": f"text = ''\nfor c in {ASKED}:\n    return None",
    "enumerated": f"text = ''\nfor n in enumerate({ASKED}):\n    text += str(n)",
    "asked-meanwhile": f"""
        text = ''
        for c in {ASKED}:
            other = client.chat.completions.create({CHAT})
            text += other.choices[0].message.content
        """,
    "in-a-nested-function": f"""
        text = ''
        stream = {ASKED}
        def read():
            return [c for c in stream]
        for c in stream:
            text += str(c)
        """,
    "not-certain": f"text = ''\nfor c in {ASKED.replace('True', 'bool(name)')}:\n    text += str(c)",
    "global": f"stream = {ASKED}\ntext = ''\nfor c in stream:\n    text += str(c)",
}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", REFUSED)
def test_a_stream_that_goes_elsewhere_is_refused(name: str, style: str, tmp_path: Path) -> None:
    body = f"client = OpenAI()\n{dedent(REFUSED[name])}"
    if name == "global":
        body = f"global stream\n{body}"
    (inspection,) = api.inspect([SourceFile(tmp_path / "t.py", source(body))], settings(style))
    (report,) = inspection.reports
    assert report.refusal is not None
    codes = {refusal.code for refusal in (report.refusal, *report.also)}
    assert codes & {"DBR107", "DBR104", "DBR101"}


def test_parts_that_are_not_text_need_the_block(tmp_path: Path) -> None:
    body = SHAPES["named"].replace("stream=True", "stream=True, tools=[]")
    for style, state in (("inline", TaskState.REFUSED), ("steps", TaskState.TODO)):
        (inspection,) = api.inspect([SourceFile(tmp_path / "t.py", source(body))], settings(style))
        (report,) = inspection.reports
        assert report.state is state
    (inspection,) = api.inspect([SourceFile(tmp_path / "t.py", source(body))], settings("inline"))
    assert "with tools, the stream of openai" in inspection.reports[0].reason


def test_a_block_that_knows_no_streams_is_refused(tmp_path: Path) -> None:
    text = source(SHAPES["named"]).replace("from pipeline.database.steps import", "from own_steps import")
    own = SourceFile(tmp_path / "own_steps.py", "class DatabaseSteps:\n    pass\n")
    found = api.inspect([SourceFile(tmp_path / "t.py", text), own], settings("steps"))
    (report,) = [r for inspection in found for r in inspection.reports]
    assert report.refusal is not None
    assert report.refusal.code == "DBR007"


def test_a_method_of_the_class_records_its_stream(tmp_path: Path) -> None:
    method = f"""
    def ask(self, query, name):
        client = OpenAI()
        text = ""
        for chunk in {ASKED}:
            {ADDED}
        return text
    """
    for style in STYLES:
        text = source("text = self.ask(query, name)").replace(
            "    def output(self):", f"{method}\n    def output(self):"
        )
        before = SourceFile(tmp_path / f"{style}.py", text)
        (inspection,) = api.inspect([before], settings(style))
        assert [(r.state, r.reason) for r in inspection.reports] == [(TaskState.TODO, "")]
        after = api.apply(inspection, lambda _: True, settings(style)).after
        service, file, error = run(after.text, tmp_path / f"{style}_run")
        assert (file, error) == ("one two", "")
        (row,) = service.rows
        assert row["status"] == "completed"
        assert "one two" in row["response_text"]
        assert Checker(settings(style), strict=True).check(after) == ()


@pytest.fixture(scope="module")
def server() -> Iterator[VendorServer]:
    with serve_vendors() as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
        yield server


USAGE = 'stream_options={"include_usage": True}'
IN_CHAT = 'text += (chunk.choices[0].delta.content or "") if chunk.choices else ""'
REAL = {
    "openai": (
        'openai.OpenAI(base_url="URL/v1", api_key="k")',
        f"c.chat.completions.create({CHAT}, stream=True)",
        IN_CHAT,
    ),
    "openai-responses": (
        'openai.OpenAI(base_url="URL/v1", api_key="k")',
        'c.responses.create(model=name, instructions="Be brief.", input=query, stream=True)',
        'text += chunk.delta if chunk.type == "response.output_text.delta" else ""',
    ),
    "anthropic": (
        'anthropic.Anthropic(base_url="URL", api_key="k")',
        f"c.messages.create({CHAT}, max_tokens=9, stream=True)",
        'text += chunk.delta.text if chunk.type == "content_block_delta" else ""',
    ),
    "groq": (
        'groq.Groq(base_url="URL", api_key="k")',
        f"c.chat.completions.create({CHAT}, stream=True)",
        IN_CHAT,
    ),
    "together": (
        'together.Together(base_url="URL/v1", api_key="k")',
        f"c.chat.completions.create({CHAT}, stream=True)",
        IN_CHAT,
    ),
    "litellm": (
        "litellm",
        f'c.completion({CHAT}, api_base="URL/v1", api_key="k", custom_llm_provider="openai", stream=True, {USAGE})',
        IN_CHAT,
    ),
    "ollama": (
        'ollama.Client(host="URL")',
        f"c.chat({CHAT}, stream=True)",
        'text += chunk["message"]["content"]',
    ),
    "ollama-generate": (
        'ollama.Client(host="URL")',
        "c.generate(model=name, prompt=query, stream=True)",
        'text += chunk["response"]',
    ),
    "mistralai": (
        'Mistral(server_url="URL", api_key="k")',
        f"c.chat.stream({CHAT})",
        IN_CHAT.replace("chunk.", "chunk.data."),
    ),
    "google.genai": (
        'genai.Client(api_key="k", http_options={"base_url": "URL"})',
        "c.models.generate_content_stream(model=name, contents=query)",
        "text += chunk.text or ''",
    ),
    "cohere": (
        'cohere.ClientV2(base_url="URL", api_key="k")',
        f"c.chat_stream({CHAT})",
        'text += chunk.delta.message.content.text if chunk.type == "content-delta" else ""',
    ),
}
WHOLE_ONLY = {"mistralai", "google.genai", "cohere"}
"""Packages whose streams the block of the steps alone records."""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", REAL)
def test_the_stream_of_a_real_package_is_recorded(
    name: str, style: str, server: VendorServer, tmp_path: Path
) -> None:
    package = name.partition("-")[0]
    client, asked, adding = REAL[name]
    body = f"c = {client}\nstream = {asked}\ntext = ''\nfor chunk in stream:\n    {adding}"
    before = SourceFile(
        tmp_path / "t.py", source(body.replace("URL", server.url), IMPORTS.get(package, f"import {package}"))
    )
    (inspection,) = api.inspect([before], settings(style))
    (report,) = inspection.reports
    if style == "inline" and package in WHOLE_ONLY:
        assert report.refusal is not None
        assert report.refusal.code == "DBR107"
        return
    assert (report.state, report.reason) == (TaskState.TODO, "")
    after = api.apply(inspection, lambda _: True, settings(style)).after
    pytest.importorskip(package)
    server.sent.clear()
    _, file_before, _ = run(before.text, tmp_path / "before", real=True)
    service, file, error = run(after.text, tmp_path / "after", real=True)
    assert (file, file_before, error) == (SAID, SAID, "")
    (_, sent_before), (_, sent) = server.sent
    assert sent == sent_before
    (row,) = service.rows
    assert row["status"] == "completed"
    assert "hällo" in row["prompt_text"]
    if style == "inline":
        assert row["response_text"] == SAID
        return
    assert json.dumps(SAID)[1:-1] in json.dumps(row["response_text"]).replace("\\\\\\", "\\") or SAID in str(
        json.loads(row["response_text"])
    )
    assert row["llm_model"] == ("m" if package in {"cohere", "litellm"} else ANSWERING)
    assert row["finish_reason"] in {"stop", "completed", "end_turn", "STOP", "COMPLETE"}
    sent = INPUT + (CACHED if package == "anthropic" else 0)
    said = OUTPUT + (REASONED if package == "google.genai" else 0)
    assert (row["input_tokens"], row["output_tokens"]) == (sent, said)


CLAUDE = (
    "anthropic",
    f'anthropic.Anthropic(base_url="URL", api_key="k").messages.stream({CHAT}, max_tokens=9)',
)
CHATTING = (
    "openai",
    f'openai.OpenAI(base_url="URL/v1", api_key="k").chat.completions.stream({CHAT}, {USAGE})',
)
MANAGED = {
    "texts": (CLAUDE, "for said in stream.text_stream:\n    text += said"),
    "events": (CLAUDE, "for event in stream:\n    text += event.text if event.type == 'text' else ''"),
    "message": (CLAUDE, "message = stream.get_final_message()\ntext = message.content[0].text"),
    "text": (CLAUDE, "text = stream.get_final_text()"),
    "left": (CLAUDE, "for said in stream.text_stream:\n    break\ntext = str(bool(said))"),
    "chat": (
        CHATTING,
        "for event in stream:\n    text += event.delta if event.type == 'content.delta' else ''",
    ),
    "completion": (CHATTING, "text = stream.get_final_completion().choices[0].message.content"),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", MANAGED)
def test_a_stream_that_a_with_manages_is_recorded_by_the_block(
    name: str, server: VendorServer, tmp_path: Path
) -> None:
    (package, asked), reading = MANAGED[name]
    body = f"text = ''\nwith {asked} as stream:\n{indent(reading, '    ')}".replace("URL", server.url)
    before = SourceFile(tmp_path / "t.py", source(body, f"import {package}"))
    (refused,) = api.inspect([before], settings("inline"))
    assert refused.reports[0].refusal is not None
    assert refused.reports[0].refusal.code == "DBR107"
    (inspection,) = api.inspect([before], settings("steps"))
    assert [(r.state, r.reason) for r in inspection.reports] == [(TaskState.TODO, "")]
    after = api.apply(inspection, lambda _: True, settings("steps")).after
    assert api.verify(before, after, settings("steps")).findings == ()
    assert Checker(settings("steps"), strict=True).check(after) == ()
    (done,) = api.inspect([after], settings("steps"))
    assert api.revert(done, lambda _: True, settings("steps")).after.text == before.text
    pytest.importorskip(package)
    _, file_before, _ = run(before.text, tmp_path / "before", real=True)
    service, file, error = run(after.text, tmp_path / "after", real=True)
    assert (file, error) == (file_before, "")
    (row,) = service.rows
    assert row["status"] == "completed"
    assert row["llm_model"] == ANSWERING
    if name != "left":
        answer = json.loads(row["response_text"])
        said = (
            answer["content"][0]["text"]
            if package == "anthropic"
            else answer["choices"][0]["message"]["content"]
        )
        assert said == SAID
        assert row["finish_reason"] in {"end_turn", "stop"}
        assert row["output_tokens"] == OUTPUT
    assert ("first_chunk_seconds" in row) == ("for " in reading)


NOT_ALONE = {
    "not-read": "text = 'x'",
    "handed-on": "for said in stream.text_stream:\n    text += said\nprint(stream)",
    "returns": "for said in stream.text_stream:\n    return None",
    "changed": "message = stream.get_final_message()\nmessage.content[0].text = 'x'\ntext = 'y'",
    "changed-in-the-loop": "for event in stream:\n    del event.snapshot",
    "changed-as-the-stream-has-it": "stream.get_final_message().content[0].text = 'x'",
    "read-in-a-branch": "if name:\n    text = stream.get_final_text()",
}


@pytest.mark.parametrize("name", NOT_ALONE)
def test_a_managed_stream_that_may_not_be_read_is_refused(name: str, tmp_path: Path) -> None:
    body = f"text = ''\nwith {CLAUDE[1]} as stream:\n{indent(NOT_ALONE[name], '    ')}"
    before = SourceFile(tmp_path / "t.py", source(body, "import anthropic"))
    (inspection,) = api.inspect([before], settings("steps"))
    (report,) = inspection.reports
    assert report.refusal is not None
    assert report.refusal.code == "DBR107"
