"""A process that has imported everything once and forks a child for each command: what users start, sooner.

Reads one JSON document a line from standard input and answers with one a line:

    {"start": "pipeline" | "undone", "arguments", "directory", "environment", "output"} -> {"pid"}
    {"wait": pid} -> {"status"}, negative for a signal

A child is the leader of a process group, so that a kill can take its workers too.
"""

import contextlib
import importlib
import json
import os
import resource
import sys
import traceback
import warnings
from datetime import UTC, datetime
from pathlib import Path

with warnings.catch_warnings():
    # Luigi warns at its first import of a default that this project does not use.
    warnings.simplefilter("ignore", DeprecationWarning)
    import luigi

from pipeline.cli.main import main as pipeline_command
from pipeline.database.records import PlanRecord
from pipeline.llm.offline import OfflineLLM
from pipeline.running.inputs import input_files
from pipeline.running.progress import PlainProgress
from pipeline.running.runner import run_tasks
from pipeline.speed_vs_detail import SpeedVsDetailEnum

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


def run_child(order: dict) -> None:
    """Be the command that the order names; does not return."""
    os.setsid()
    status = 70
    with Path(order["output"]).open("ab", buffering=0) as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    sys.stdout = open(1, "w", encoding="utf-8", buffering=1, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", buffering=1, closefd=False)  # noqa: SIM115
    try:
        os.chdir(order["directory"])
        os.environ.update(order["environment"])
        if limit := os.environ.get(FILE_SIZE_VARIABLE):
            resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
        if order["start"] == "pipeline":
            pipeline_command(order["arguments"])
        else:
            run_undone(*order["arguments"])
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError):
            sys.stderr.flush()
        os._exit(status)


def answer(order: dict) -> dict[str, int]:
    """Do what one line asks for."""
    if "wait" in order:
        _, status = os.waitpid(order["wait"], 0)
        return {"status": os.waitstatus_to_exitcode(status)}
    pid = os.fork()
    if pid == 0:
        run_child(order)
    return {"pid": pid}


def main() -> None:
    """Serve until standard input ends."""
    sys.path.insert(0, sys.argv[1])
    for name in (
        UNDONE,
        "pipeline.example.tasks",
        "pipeline.running.lifecycle",
        "pipeline.llm.answers",
        "pipeline.database.migrate",
    ):
        importlib.import_module(name)
    record_calls()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
