"""The model that is booked is the one that answered, where the executor keeps a list of its attempts."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

from codemods import api
from codemods.settings import Settings
from codemods.source import SourceFile

HEAD = """\
import os
from typing import List

import luigi


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


class NamedModel:
    def __init__(self, name):
        self.name = name


ATTEMPT


class Executor:
    def __init__(self, names):
        self.models = [NamedModel(name) for name in names]
        ATTEMPTS = []

    def run(self, prompt):
        RESET
        for model in self.models:
            answers = model.name in GOOD
            self.attempts.append(Attempt(MODEL, answers))
            if answers:
                return "answer"
        return "nothing"


class Answer:
    def __init__(self, text: str):
        self.text: str = text

    @classmethod
    def execute(cls, llm_executor: Executor, query: str) -> "Answer":
        return cls(llm_executor.run(query))


class BaseTask(luigi.Task):
    run_dir = luigi.Parameter()
    llm_models = ["first", "second", "third"]

    def get_plan_id(self):
        return os.path.basename(self.run_dir)

    def get_database_service(self):
        return SERVICE

    def create_llm_executor(self) -> Executor:
        return Executor(self.llm_models)


class Ask(BaseTask):
    def output(self):
        return luigi.LocalTarget(f"{self.run_dir}/a.txt")

    def run_inner(self):
        llm_executor = self.create_llm_executor()
        answer = Answer.execute(llm_executor, "hello")
        with self.output().open("w") as f:
            f.write(answer.text)

    run = run_inner
"""
OF_MODELS = """class Attempt:
    def __init__(self, llm_model: NamedModel, success: bool):
        self.llm_model: NamedModel = llm_model
        self.success: bool = success
"""
OF_NAMES = """class Attempt:
    llm_model: str
    success: bool

    def __init__(self, llm_model, success):
        self.llm_model = llm_model
        self.success = success
"""

FORMS = {
    "a model with a name": (OF_MODELS, "self.attempts: list[Attempt]", "pass", "model"),
    "forgotten at each run": (OF_MODELS, "self.attempts: List[Attempt]", "self.attempts = []", "model"),
    "names": (OF_NAMES, "self.attempts: list[Attempt]", "pass", "model.name"),
    "no list in sight": (OF_MODELS, "self.attempts", "pass", "model"),
    "attempts of unknown kind": (OF_MODELS, "self.attempts: list", "pass", "model"),
    "a model without a name": (OF_MODELS, "self.attempts: list[Attempt]", "pass", "object()"),
}
PROVEN = tuple(FORMS)[:3]


def source_of(form: str) -> str:
    attempt, attempts, reset, model = FORMS[form]
    text = HEAD.replace("ATTEMPTS", attempts).replace("ATTEMPT\n", attempt)
    return text.replace("RESET", reset).replace("MODEL", model)


def inspected(text: str) -> api.FileInspection:
    (inspection,) = api.inspect([SourceFile(Path("tasks.py"), text)], Settings(base_classes=("BaseTask",)))
    return inspection


def rewritten(text: str) -> str:
    settings = Settings(base_classes=("BaseTask",))
    return api.apply(inspected(text), lambda _: True, settings).after.text


def run(text: str, directory: Path, good: set[str]) -> ModuleType:
    module = ModuleType("tasks")
    module.GOOD = good  # type: ignore[attr-defined]
    sys.modules["tasks"] = module
    try:
        exec(compile(text, "tasks.py", "exec"), module.__dict__)
        module.Ask(run_dir=os.fspath(directory)).run()
    finally:
        del sys.modules["tasks"]
    return module


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("good", "answered"),
    [({"first"}, "first"), ({"second", "third"}, "second"), ({"third"}, "third"), (set(), "first")],
)
def test_the_model_of_the_last_attempt_that_succeeded_is_booked(
    form: str, good: set[str], answered: str, tmp_path: Path
) -> None:
    module = run(rewritten(source_of(form)), tmp_path, good)
    (row,) = module.SERVICE.rows
    assert row["status"] == "completed"
    # Where the sources do not tell, it is the model that is asked first, as the page of DBF502 says.
    assert row["llm_model"] == (answered if form in PROVEN else "first")
    assert (tmp_path / "a.txt").read_text() == ("answer" if good else "nothing")


@pytest.mark.parametrize("form", FORMS)
def test_it_comes_back(form: str) -> None:
    before = source_of(form)
    after = rewritten(before)
    reverted = api.revert(inspected(after), lambda _: True, Settings(base_classes=("BaseTask",)))
    assert reverted.after.text == before
