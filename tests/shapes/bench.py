"""Runs the tasks of a module through the runtime, on a real database, and writes down what happens in which order."""

from __future__ import annotations

import importlib.util
import itertools
import sys
import time
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from fixtures.shapes.support.inputs import GIVEN, give_inputs
from fixtures.shapes.support.models import ScriptedLLM
from pipeline.database.engine import get_engine
from pipeline.database.models import LLMInteraction, PlanContent
from pipeline.database.retry import RetryPolicy
from pipeline.database.service import DatabaseService
from pipeline.database.values import decode_content

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import ModuleType

    import pytest

LATENCY_SECONDS = 0.001
MODEL = "scripted"
_IMPATIENT = RetryPolicy(patience_seconds=0.1, first_wait_seconds=0.01, longest_wait_seconds=0.01)
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Event:
    """Something that happened.

    Attributes:
        kind: `ask` and `answer` for a model; `open`, `interaction`, `update`, `content` and `close` for the service.
        data: what was handed over.
        there: for `content`, whether the file was there already.
    """

    kind: str
    data: Any = None
    there: bool = False


@dataclass(frozen=True)
class Fault:
    """An error at one moment of a run.

    Attributes:
        where: `model` or `database`.
        number: at which of its operations, from 0.
        error: what is raised.
    """

    where: str
    number: int
    error: BaseException


@dataclass
class Outcome:
    """What one run left behind."""

    error: BaseException | None
    files: dict[str, bytes]
    events: list[Event]
    interactions: list[Any] = field(default_factory=list)
    rows: dict[str, Any] = field(default_factory=dict)

    def of(self, *kinds: str) -> list[Event]:
        """The events of these kinds, in order."""
        return [event for event in self.events if event.kind in kinds]

    @property
    def prompts(self) -> list[str]:
        """What the models were asked."""
        return [event.data for event in self.of("ask")]

    @property
    def database_operations(self) -> list[Event]:
        """What can go wrong with the database, in order."""
        return self.of("open", "interaction", "update", "content")

    def content(self, filename: str) -> bytes:
        """What the row of a file holds."""
        row = self.rows[filename]
        return decode_content(row.content, row.encoding, row.content_sha256)


class _Recorder:
    """Gathers the events of one run and raises its fault."""

    def __init__(self, run_dir: Path, fault: Fault | None) -> None:
        self.run_dir = run_dir
        self.events: list[Event] = []
        self._fault = fault
        self._counts = {"model": 0, "database": 0}

    def note(self, event: Event) -> None:
        self.events.append(event)

    def operate(self, where: str, event: Event) -> None:
        self.note(event)
        number = self._counts[where]
        self._counts[where] += 1
        if self._fault is not None and (self._fault.where, self._fault.number) == (where, number):
            raise self._fault.error

    def before_answer(self, prompt: str) -> None:
        self.operate("model", Event("ask", prompt))
        time.sleep(LATENCY_SECONDS)


class _SpyService(DatabaseService):
    """The real service, which tells the recorder what it is about to do."""

    def __init__(self, recorder: _Recorder, options: dict[str, Any]) -> None:
        recorder.operate("database", Event("open"))
        super().__init__(**{"policy": _IMPATIENT, **options})
        self._recorder = recorder

    def create_llm_interaction(self, data: Any) -> Any:
        self._recorder.operate("database", Event("interaction", dict(data)))
        return super().create_llm_interaction(data)

    def update_llm_interaction(self, interaction_id: int, data: Any) -> None:
        self._recorder.operate("database", Event("update", dict(data)))
        super().update_llm_interaction(interaction_id, data)

    def create_plan_content(self, data: Any) -> None:
        there = (self._recorder.run_dir / data["filename"]).exists()
        self._recorder.operate("database", Event("content", dict(data), there))
        super().create_plan_content(data)

    def close(self) -> None:
        self._recorder.note(Event("close"))
        super().close()


class Bench:
    """Loads modules from their text and runs their tasks, each time as a plan of its own."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._directory = directory
        self._monkeypatch = monkeypatch

    def load(self, data: bytes) -> ModuleType:
        """Imports a module from its bytes, which may not be those on the disk."""
        name = f"shape_{next(_numbers)}"
        path = self._directory / f"{name}.py"
        path.write_bytes(data)
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        with warnings.catch_warnings():
            # A byte order mark or a cookie is fine; an invalid escape in a shape would not be.
            spec.loader.exec_module(module)
        return module

    def run(
        self,
        module: ModuleType,
        tasks: Iterable[str],
        fault: Fault | None = None,
        models: tuple[str, ...] = (MODEL,),
    ) -> Outcome:
        """Runs tasks one after the other, up to the first error."""
        run_dir = self._directory / f"plan-{next(_numbers)}"
        run_dir.mkdir()
        give_inputs(run_dir)
        recorder = _Recorder(run_dir, fault)
        patch = self._monkeypatch.setattr
        patch("pipeline.database.service.DatabaseService", lambda **options: _SpyService(recorder, options))
        patch("pipeline.llm.registry.get_llm", lambda name: self._model(name, recorder))
        error: BaseException | None = None
        try:
            for task in tasks:
                getattr(module, task)(run_id_dir=run_dir, llm_models=models).run()
        except (Exception, KeyboardInterrupt) as raised:
            error = raised
        given = {name.value for name in GIVEN}
        files = {path.name: path.read_bytes() for path in sorted(run_dir.iterdir()) if path.name not in given}
        return self._with_rows(Outcome(error, files, recorder.events), run_dir.name)

    @staticmethod
    def _model(name: str, recorder: _Recorder) -> ScriptedLLM:
        return ScriptedLLM(name, recorder.before_answer, lambda text: recorder.note(Event("answer", text)))

    @staticmethod
    def _with_rows(outcome: Outcome, plan_id: str) -> Outcome:
        interactions = LLMInteraction.__table__
        contents = PlanContent.__table__
        with get_engine().connect() as connection:
            chosen = select(interactions).where(interactions.c.plan_id == plan_id).order_by(interactions.c.id)
            outcome.interactions = list(connection.execute(chosen))
            chosen = select(contents).where(contents.c.plan_id == plan_id)
            outcome.rows = {row.filename: row for row in connection.execute(chosen)}
        return outcome
