"""The base class and the helpers that generated tasks use. The codemod reads this file, the harness runs it."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from enum import Enum
from pathlib import Path

from luigi import LocalTarget

from pipeline.database.step_values import stage_of
from pipeline.database.steps import DatabaseSteps

STATE = {}
"""`STATE["world"]` is the recording world of the run at hand."""


class Names(Enum):
    """File names, templates among them."""

    RAW = "001-raw.json"
    REPORT = "002-report.md"
    TABLE = "003-table.csv"
    CHUNK = "004-chunk-{}.json"
    PAGE = "005-page-{}.md"


class LlmError(Exception):
    """What the legacy code expects of a model."""


class Attempt:
    """One attempt of an executor."""

    llm_model: str

    def __init__(self, llm_model):
        self.llm_model = llm_model


class LLM:
    """A model that answers from its prompt alone."""

    model: str = "stub-model"

    def complete(self, prompt: str) -> Reply:
        """One completion."""
        return Reply(STATE["world"].ask("complete", prompt))


class Reply:
    """What a completion gives; as text it is the response."""

    text: str

    def __init__(self, text):
        self.text = text

    def __str__(self):
        return self.text


class LLMExecutor:
    """Runs a function with a model."""

    def __init__(self):
        self.llm = LLM()

    def run(self, function):
        """The function's result for the model."""
        return function(self.llm)

    def complete(self, prompt: str) -> Reply:
        """One completion."""
        return self.llm.complete(prompt)

    def get_last_attempt(self) -> Attempt:
        """The attempt that answered."""
        return Attempt(self.llm.model)


class PlanTask:
    """The base class of generated tasks."""

    llm_models: list[str] = ["stub-model"]  # noqa: RUF012
    run_id_dir: Path

    def __init__(self, run_id_dir):
        self.run_id_dir = run_id_dir

    def input(self):
        """The inputs of the task."""
        return {"setup": LocalTarget(self.run_id_dir.parent / "setup.txt")}

    def local_target(self, name: Names) -> LocalTarget:
        """A target below the run directory."""
        return LocalTarget(self.run_id_dir / name.value)

    def file_path(self, name: Names) -> Path:
        """A path below the run directory."""
        return self.run_id_dir / name.value

    def get_plan_id(self) -> str:
        """The plan's id."""
        return self.run_id_dir.name

    def get_database_service(self):
        """A recording database service."""
        return STATE["world"].open_service()

    def database_steps(self, *, stage=None):
        """The block of the steps style."""
        return DatabaseSteps(
            self.get_database_service,
            self.get_plan_id(),
            stage or stage_of(type(self).__name__),
            model="stub-model",
            run_directory=self.run_id_dir,
        )

    def create_llm_executor(self) -> LLMExecutor:
        """An executor."""
        return LLMExecutor()


def trip(number):
    """Leaves a trace of having run."""
    STATE["world"].effect("trip", number)


@contextmanager
def span(name):
    """A context without influence on exceptions."""
    STATE["world"].effect("enter", name)
    try:
        yield name
    finally:
        STATE["world"].effect("finally leave", name)


@asynccontextmanager
async def aspan(name):
    """The same for asynchronous code."""
    STATE["world"].effect("enter", name)
    try:
        yield name
    finally:
        STATE["world"].effect("finally leave", name)


async def counted(stop):
    """An asynchronous range."""
    for number in range(stop):
        yield number


def each(items, function):
    """Calls a function for each item."""
    for item in items:
        function(item)
