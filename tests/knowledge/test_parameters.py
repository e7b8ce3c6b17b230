"""How a model is to answer stands in a column of its own, where the service is one that has it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from textwrap import dedent, indent
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from codemods import api
from codemods.settings import INLINE, STEPS, Settings
from codemods.source import SourceFile
from pipeline.database import migrate
from pipeline.database.engine import dispose_engines, get_engine
from pipeline.database.service import DatabaseService
from tests.knowledge.stubs import Sent, packages

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = """\
import os

import luigi
from openai import OpenAI

client = OpenAI()


class Base(luigi.Task):
    run_dir = luigi.Parameter()

    def get_plan_id(self):
        return os.path.basename(self.run_dir)

    def get_database_service(self):
{opens}

    def database_steps(self):
        from pipeline.database.steps import DatabaseSteps

        return DatabaseSteps(
            self.get_database_service, self.get_plan_id(), "ask", columns=("parameters",), is_complete=True
        )


class Ask(Base):
    warmth = luigi.FloatParameter(default=0.5)

    def output(self):
        return luigi.LocalTarget(f"{{self.run_dir}}/a.txt")

    def run(self):
        query = "hello"
{body}
        with self.output().open("w") as f:
            f.write(str(answer.choices[0].message.content))
"""
OURS = "from pipeline.database.service import DatabaseService\n\nreturn DatabaseService()"
CALL = 'client.chat.completions.create(model="m", messages=[{"role": "user", "content": query}]'
STORED: dict[str, tuple[str, dict[str, Any]]] = {
    "a number": (f"answer = {CALL}, temperature=0.2)", {"temperature": 0.2}),
    "a name": (f"most = 30\nanswer = {CALL}, max_tokens=most)", {"max_tokens": 30}),
    "one of the task's own, which may be anything": (
        f"answer = {CALL}, temperature=self.warmth, seed=1)",
        {"seed": 1},
    ),
    "a tool": (
        f'answer = {CALL}, tools=[{{"type": "function", "function": {{"name": "add"}}}}])',
        {"tools": [{"type": "function", "function": {"name": "add"}}]},
    ),
    "a handler around the call": (
        f"try:\n    answer = {CALL}, top_p=0.1, stop=['x'])\nexcept ValueError:\n    raise",
        {"top_p": 0.1, "stop": ["x"]},
    ),
}
LEFT_OUT = {
    "no parameter": f"answer = {CALL})",
    "a key": f'answer = {CALL}, extra_headers={{"api-key": "s"}})',
    "what is not data": f"answer = {CALL}, temperature=open)",
    "what a handler would see fail": (
        f'chosen = {{}}\ntry:\n    answer = {CALL}, temperature=chosen["warm"])\nexcept KeyError:\n    raise'
    ),
}


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DatabaseService]:
    monkeypatch.setenv("PIPELINE_DATABASE_URL", f"sqlite:///{tmp_path / 'pipeline.db'}")
    migrate.upgrade()
    yield DatabaseService()
    dispose_engines()


def refactored(body: str, style: str, opens: str = OURS) -> tuple[str, str]:
    source = HEAD.format(opens=indent(opens, "        "), body=indent(dedent(body), "        "))
    settings = Settings(base_classes=("Base",), style=style)
    (inspection,) = api.inspect([SourceFile(Path("ask.py").absolute(), source)], settings)
    rewritten = api.apply(inspection, lambda _: True, settings)
    assert rewritten.changed == ("Ask",), [r.reason for r in rewritten.reports]
    (again,) = api.inspect([rewritten.after], settings)
    assert api.revert(again, lambda _: True, settings).after.text == source
    assert (
        list(api.verify(SourceFile(rewritten.after.path, source), rewritten.after, settings).findings) == []
    )
    return source, rewritten.after.text


def run(source: str, directory: Path) -> Sent:
    sent = Sent()
    with pytest.MonkeyPatch.context() as patch:
        for name, module in packages(sent).items():
            patch.setitem(sys.modules, name, module)
        names: dict[str, Any] = {"__name__": f"parameters_{directory.name}"}
        exec(compile(source, "ask.py", "exec"), names)
        names["Ask"](run_dir=str(directory)).run()
    return sent


@pytest.mark.parametrize("style", [INLINE, STEPS])
@pytest.mark.parametrize("call", STORED)
def test_the_row_has_the_parameters(call: str, style: str, database: DatabaseService, tmp_path: Path) -> None:
    body, expected = STORED[call]
    before, after = refactored(body, style)
    run(before, tmp_path / "before")
    run(after, tmp_path / "after")
    with get_engine().connect() as connection:
        (row,) = connection.execute(text("SELECT status, parameters FROM llm_interactions"))
    assert (row.status, json.loads(row.parameters)) == ("completed", expected)
    assert (tmp_path / "before" / "a.txt").read_bytes() == (tmp_path / "after" / "a.txt").read_bytes()


@pytest.mark.parametrize("call", LEFT_OUT)
def test_what_is_no_parameter_or_could_fail_early_is_left_out(call: str) -> None:
    _, after = refactored(LEFT_OUT[call], INLINE)
    assert '"parameters"' not in after.partition("class Ask")[2]


@pytest.mark.parametrize(
    "opens",
    [
        "return SERVICE",
        "return make()",
        "from app.database import DatabaseService\n\nreturn DatabaseService()",
    ],
)
def test_a_service_that_is_not_known_to_have_the_column_is_not_given_it(opens: str) -> None:
    source = STORED["a number"][0]
    settings = Settings(base_classes=("Base",))
    whole = HEAD.format(opens=indent(opens, "        "), body=indent(source, "        "))
    (inspection,) = api.inspect([SourceFile(Path("ask.py").absolute(), whole)], settings)
    after = api.apply(inspection, lambda _: True, settings).after.text
    assert "create_llm_interaction" in after
    assert '"parameters"' not in after.partition("class Ask")[2]
