"""What `apply` writes, `check` has nothing against: calls through functions, methods and clients of every kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods import api
from codemods.checking.engine import Checker
from codemods.model import TaskState
from codemods.settings import Settings
from codemods.source import SourceFile

HEAD = """\
import os

import luigi
from langchain_openai import ChatOpenAI
from openai import OpenAI

from pipeline.plan_task import PlanTask

client = OpenAI()


def ask(question):
    return ChatOpenAI(model="gpt-4o").invoke(question).content


def ask_openai(question, model="small"):
    return client.responses.create(model=model, input=question).output_text


def ask_with(llm, question):
    return llm.invoke(question).content


class NoteTask(PlanTask):
    def output(self):
        return self.local_target("note.txt")

    def run(self):
"""
WRITE = """
        with self.output().open("w") as f:
            f.write(str(answer))
"""
METHOD = """
    def _ask(self, model, question):
        text = "about " + question
        answer = model.responses.create(model="m", input=text)
        return answer.output_text
"""
FORMS = {
    "function": ('answer = ask("x")', "", "'gpt-4o'"),
    "function-with-a-default": ('answer = ask_openai("x")', "", "'small'"),
    "function-given-its-model": ('answer = ask_openai("x", model="large")', "", "'large'"),
    "function-given-a-client": (
        'llm = ChatOpenAI(model="m")\n        answer = ask_with(llm, "x")',
        "",
        "'m'",
    ),
    "client-made-by-position": ('llm = ChatOpenAI("m")\n        answer = ask_with(llm, "x")', "", "'m'"),
    "method": ('answer = self._ask(client, "x")', METHOD, "'m'"),
    "direct": ('answer = client.responses.create(model="m", input="x")', "", "'m'"),
}


@pytest.mark.parametrize("form", FORMS)
def test_what_is_written_is_right_by_the_rules(form: str) -> None:
    body, members, model = FORMS[form]
    source = SourceFile(Path("tasks.py"), f"{HEAD}        {body}{WRITE}{members}")
    (inspection,) = api.inspect([source], Settings())
    assert [r.state for r in inspection.reports] == [TaskState.TODO], inspection.reports[0].reason
    after = api.apply(inspection, lambda report: True, Settings()).after
    assert f'"llm_model": {model}' in after.text
    assert [f"{f.code} {f.message}" for f in Checker(Settings()).check(after)] == []
    (again,) = api.inspect([after], Settings())
    assert [r.state for r in again.reports] == [TaskState.DONE]
    reverted = api.revert(again, lambda report: True, Settings()).after
    assert reverted.text == source.text
