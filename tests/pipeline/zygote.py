"""What `tests.forking` starts for the tests of the whole pipeline: with every call written down, or unrefactored."""

import importlib
import json
import os
import resource
import sys
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

with warnings.catch_warnings():
    # Luigi warns at its first import of a default that this project does not use.
    warnings.simplefilter("ignore", DeprecationWarning)
    import luigi

from pipeline.database.records import PlanRecord
from pipeline.llm.offline import OfflineLLM
from pipeline.running.inputs import input_files
from pipeline.running.progress import PlainProgress
from pipeline.running.runner import run_tasks
from pipeline.speed_vs_detail import SpeedVsDetailEnum
from tests import forking

RECORD_VARIABLE = "TEST_RECORD_CALLS"
FILE_SIZE_VARIABLE = "TEST_FILE_SIZE"
"""Bytes that a file may have at most, as if the disk were full after that."""

UNDONE = "undone"
"""The package with no task refactored, on the path that the first argument names."""


def record_calls() -> None:
    """Have every call of the offline model append what went in and came out to a file."""
    complete = OfflineLLM.complete

    def recording(self, system_prompt, user_prompt, response_model):
        call = {"model": self.model, "system": system_prompt, "user": user_prompt}
        try:
            response = complete(self, system_prompt, user_prompt, response_model)
            call |= {
                "answer": response.text,
                "input_tokens": response.input_tokens,
                "output_tokens": response.output_tokens,
            }
        except Exception as error:
            call["error"] = str(error)
            raise
        finally:
            if path := os.environ.get(RECORD_VARIABLE):
                descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
                os.write(descriptor, json.dumps(call).encode() + b"\n")
                os.close(descriptor)
        return response

    OfflineLLM.complete = recording


def run_undone(run_dir: str, prompt: str, start: str, models: str, speed: str, workers: str) -> None:
    """Run the pipeline as it was before any refactoring, as whoever started it then did."""
    directory = Path(run_dir)
    directory.mkdir(parents=True)
    started_at = datetime.fromisoformat(start).astimezone(UTC)
    plan = PlanRecord(directory.name, "running", prompt, started_at, speed, tuple(models.split(",")))
    for name, content in input_files(plan).items():
        (directory / name).write_bytes(content)
    root: luigi.Task = importlib.import_module(UNDONE).FullPlanPipeline(
        run_id_dir=directory, speedvsdetail=SpeedVsDetailEnum(speed), llm_models=plan.llm_models
    )
    progress = PlainProgress(lambda line: print(line, file=sys.stderr))  # noqa: T201
    outcome = run_tasks(root, workers=int(workers), progress=progress, is_stored=lambda _: False)
    sys.exit(0 if outcome.succeeded else 1)


def limited(start: Callable[[list[str]], None]) -> Callable[[list[str]], None]:
    """The same, with files of the size that its environment allows."""

    def run(arguments: list[str]) -> None:
        if limit := os.environ.get(FILE_SIZE_VARIABLE):
            resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
        start(arguments)

    return run


def main() -> None:
    """Serve; the arguments are the directory of the package with no task refactored, and the descriptor."""
    root, descriptor = sys.argv[1:]
    sys.path.insert(0, root)
    for name in (UNDONE, "pipeline.example.tasks", *forking.IMPORTED):
        importlib.import_module(name)
    record_calls()
    undone = limited(lambda arguments: run_undone(*arguments))
    forking.serve(int(descriptor), {forking.PIPELINE: limited(forking.run_pipeline), UNDONE: undone})


if __name__ == "__main__":
    main()
