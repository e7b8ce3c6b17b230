"""A run of the legacy pipeline in a directory of its own."""

import json
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

with warnings.catch_warnings():
    # Luigi warns at its first import of a default that this project does not use.
    warnings.filterwarnings("ignore", r"\s*Autoloading range tasks by default", DeprecationWarning)
    import luigi

from luigi.task import flatten
from pydantic import BaseModel

from fixtures.legacy import FullPlanPipeline
from pipeline.database import migrate
from pipeline.database.engine import URL_VARIABLE, database_url, dispose_engines, make_engine
from pipeline.errors import LLMError
from pipeline.example.domain.analysis import PlanTypeResponse
from pipeline.example.filenames import FilenameEnum
from pipeline.llm.offline import OfflineLLM, OfflineSettings
from pipeline.speed_vs_detail import SpeedVsDetailEnum

PLAN = "Open a workshop in Malmö where people repair their own bicycles, with a budget of 800,000 SEK."


class CountingLLM(OfflineLLM):
    """The offline model, told what type of plan it sees, counting its calls, failing where told to."""

    def __init__(self, plan_type: str, fails_for: type[BaseModel] | None) -> None:
        super().__init__(settings=OfflineSettings())
        self.plan_type = plan_type
        self.fails_for = fails_for
        self.calls = 0

    def complete(self, system_prompt, user_prompt, response_model):
        self.calls += 1
        if response_model is self.fails_for:
            raise LLMError(f"no answer for {response_model.__name__}")
        response = super().complete(system_prompt, user_prompt, response_model)
        if response_model is PlanTypeResponse:
            response.parsed.plan_type = self.plan_type
        return response


@dataclass
class LegacyRun:
    """What one run left behind."""

    root: luigi.Task
    llm: CountingLLM
    succeeded: bool
    files: dict[str, bytes]

    def tasks(self) -> dict[str, luigi.Task]:
        """All tasks by name."""
        found: dict[str, luigi.Task] = {}
        to_visit = [self.root]
        while to_visit:
            task = to_visit.pop()
            if type(task).__name__ not in found:
                found[type(task).__name__] = task
                to_visit.extend(flatten(task.requires()))
        return found


@pytest.fixture(scope="session")
def database(tmp_path_factory) -> Iterator[str]:
    """URL of the database that the tasks which are done write to."""
    url = f"sqlite:///{tmp_path_factory.mktemp('database') / 'pipeline.db'}"
    engine = make_engine(database_url(url))
    migrate.upgrade(engine)
    engine.dispose()
    yield url
    dispose_engines()


@pytest.fixture(scope="session")
def run_legacy(tmp_path_factory, database):
    """A function that runs the whole pipeline in an empty directory, or gives the run of that name again."""
    runs: dict[tuple[object, ...], LegacyRun] = {}

    def run(
        speed: SpeedVsDetailEnum,
        plan_type: str = "physical",
        fails_for: type[BaseModel] | None = None,
        name: str = "first",
    ) -> LegacyRun:
        key = (speed, plan_type, fails_for, name)
        if key not in runs:
            run_dir = tmp_path_factory.mktemp("legacy") / "plan"
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv(URL_VARIABLE, database)
                runs[key] = _run(run_dir, speed, CountingLLM(plan_type, fails_for))
        return runs[key]

    return run


def _run(run_dir: Path, speed: SpeedVsDetailEnum, llm: CountingLLM) -> LegacyRun:
    run_dir.mkdir()
    (run_dir / FilenameEnum.START_TIME.value).write_text(json.dumps({"start_time": "2026-03-02T08:00:00Z"}))
    (run_dir / FilenameEnum.INITIAL_PLAN.value).write_text(PLAN, encoding="utf-8")
    root = FullPlanPipeline(run_id_dir=run_dir, speedvsdetail=speed, llm_models=("offline",))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.llm.registry.get_llm", lambda _: llm)
        succeeded = luigi.build([root], local_scheduler=True, workers=1, log_level="ERROR")
    files = {path.name: path.read_bytes() for path in sorted(run_dir.iterdir())}
    return LegacyRun(root, llm, succeeded, files)
