"""What it means to have survived a crash."""

from collections import Counter
from pathlib import Path

from pipeline.database.engine import get_engine
from pipeline.database.service import DatabaseService
from pipeline.faults import FaultPoint
from tests.runtime.command import KILLED, Command, assert_ended

CALLS = 5
"""How often the tiny pipeline calls a model."""


def wipe(directory: Path) -> None:
    """What a container's restart does to the run directory."""
    if directory.exists():
        for path in directory.iterdir():
            path.unlink()
        directory.rmdir()


def assert_as_undisturbed(command: Command, undisturbed: Command) -> None:
    assert command.files() == undisturbed.files()
    service = DatabaseService(get_engine(command.database_url))
    assert service.get_plan("p1").status == "completed"
    assert "pending" not in service.count_interactions("p1")


def repeated_calls(command: Command) -> int:
    """How many calls reached a model although one with the same request had done so before."""
    return sum(count - 1 for count in Counter(command.calls()).values())


def assert_resumable_after_kill(
    command: Command, undisturbed: Command, point: FaultPoint, count: int, *options: str
) -> None:
    assert_ended(command.run(*options, PIPELINE_FAULT=f"{point}:{count}"), KILLED)
    wipe(command.run_dir)
    assert_ended(command("resume", "p1", *options), 0)
    assert_as_undisturbed(command, undisturbed)
    # Between the answer and its commit, which is that of the content made of it, a kill costs a call.
    lost = repeated_calls(command)
    assert (
        lost == 1 if point is FaultPoint.LLM_ANSWERED else lost <= (point is FaultPoint.CONTENT_BEFORE_COMMIT)
    )
    assert len(command.calls()) == CALLS + repeated_calls(command)
