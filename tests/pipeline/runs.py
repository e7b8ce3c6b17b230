"""Plans that run in processes of their own: refactored as users start them, and as before the refactoring."""

import json
import os
import signal
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import text

from pipeline.database.engine import get_engine
from pipeline.database.service import DatabaseService
from tests.forked import Forked, Server
from tests.forking import PIPELINE
from tests.pipeline.zygote import RECORD_VARIABLE, UNDONE

REPOSITORY = Path(__file__).parents[2]
KILLED = -signal.SIGKILL
START = "2025-10-01T08:00:00+00:00"
PHYSICAL = "Open a repair café in Aarhus"
DIGITAL = "Publish a podcast on bicycles"


@dataclass(frozen=True)
class Setting:
    """What a plan is about and how it is to be worked out."""

    prompt: str = PHYSICAL
    fast: bool = False
    first_model_fails: bool = False

    @property
    def models(self) -> tuple[str, ...]:
        return ("offline-broken", "offline-spare") if self.first_model_fails else ("offline",)

    @property
    def environment(self) -> dict[str, str]:
        return {"PIPELINE_OFFLINE_FAILING_MODELS": "offline-broken"} if self.first_model_fails else {}


@dataclass(frozen=True)
class Started:
    """A process that was forked, with its workers a group."""

    process: Forked
    output: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def wait(self) -> int:
        """Return the exit status, negative for a signal."""
        return self.process.wait()

    def kill(self) -> int:
        """Kill it and its workers, as the end of a container does, and return the exit status."""
        # It may have ended by itself.
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        return self.wait()

    def messages(self) -> str:
        return self.output.read_text(encoding="utf-8")


@dataclass(frozen=True)
class Run:
    """One plan in a working directory of its own, with or without a database."""

    zygote: Server
    directory: Path
    setting: Setting = field(default_factory=Setting)
    database_url: str = ""
    plan_id: str = "p1"

    @property
    def run_dir(self) -> Path:
        return self.directory / "run" / self.plan_id

    def start(self, *arguments: str, **environment: str) -> Started:
        """Start any `pipeline` command."""
        return self._start(PIPELINE, {"PIPELINE_DATABASE_URL": self.database_url, **environment}, arguments)

    def begin(self, *options: str, **environment: str) -> Started:
        """Start `pipeline run`."""
        models = [word for model in self.setting.models for word in ("--llm-model", model)]
        fast = ["--fast"] if self.setting.fast else []
        plan = ("--prompt", self.setting.prompt, "--plan-id", self.plan_id, "--start-time", START)
        return self.start("run", *plan, *models, *fast, *options, **environment)

    def resume(self, *options: str, **environment: str) -> Started:
        """Start `pipeline resume`."""
        return self.start("resume", self.plan_id, *options, **environment)

    def begin_undone(self, workers: int = 1) -> Started:
        """Start the pipeline as it was before the refactoring."""
        speed = "fast_but_skip_details" if self.setting.fast else "all_details_but_slow"
        models = ",".join(self.setting.models)
        arguments = (str(self.run_dir), self.setting.prompt, START, models, speed, str(workers))
        return self._start(
            UNDONE, {"PIPELINE_DATABASE_URL": f"sqlite:///{self.directory}/no/such.db"}, arguments
        )

    def _start(self, what: str, environment: dict[str, str], arguments: tuple[str, ...]) -> Started:
        files = {
            "PIPELINE_OFFLINE_CALL_LOG": str(self.directory / "calls.log"),
            RECORD_VARIABLE: str(self.directory / "calls.jsonl"),
        }
        self.directory.mkdir(exist_ok=True, parents=True)
        output = self.directory / "output.txt"
        process = self.zygote.start(
            what,
            arguments,
            self.directory,
            {**self.zygote.environment, **files, **self.setting.environment, **environment},
            leads=True,
            files=[output, output],
        )
        return Started(process, output)

    def files(self) -> dict[str, bytes]:
        """Everything in the run directory."""
        return {path.name: path.read_bytes() for path in sorted(self.run_dir.iterdir())}

    def wipe(self) -> None:
        """What a container's restart does to the run directory."""
        if self.run_dir.exists():
            for path in self.run_dir.iterdir():
                path.unlink()
            self.run_dir.rmdir()

    def requests(self) -> Counter[str]:
        """Every call that reached a model, as model and hash of the request, with how often it did."""
        log = self.directory / "calls.log"
        return Counter(log.read_text().splitlines() if log.exists() else [])

    def calls(self) -> list[dict[str, Any]]:
        """Every call that a model answered, or failed to, in whole."""
        lines = (self.directory / "calls.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def service(self) -> DatabaseService:
        return DatabaseService(get_engine(self.database_url))

    def rows(self, query: str) -> list[dict[str, Any]]:
        """The rows of a query on this plan, whose id is `:plan`."""
        with get_engine(self.database_url).connect() as connection:
            return [dict(row._mapping) for row in connection.execute(text(query), {"plan": self.plan_id})]


def assert_ended(process: Started, status: int = 0) -> None:
    assert process.wait() == status, process.messages()


def assert_as_undisturbed(run: Run, reference: Run) -> None:
    """Whatever happened in between: this plan is as if nothing had."""
    assert run.files() == reference.files()
    service = run.service()
    assert service.get_plan(run.plan_id).status == "completed"
    assert "pending" not in service.count_interactions(run.plan_id)
    assert_rows_equal_files(run)


def assert_rows_equal_files(run: Run) -> None:
    service = run.service()
    inputs = {"001-1-start_time.json", "001-2-plan.txt"}
    names = [info.filename for info in service.list_content(run.plan_id)]
    assert {name: service.get_content(run.plan_id, name) for name in names} == {
        name: content for name, content in run.files().items() if name not in inputs
    }
