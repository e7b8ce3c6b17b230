"""What every task inherits."""

from enum import StrEnum
from pathlib import Path

import luigi
import pytest

from pipeline.database.deferred import line_of_this_process
from pipeline.database.service import DatabaseService
from pipeline.errors import (
    ConfigurationError,
    DatabaseUnavailableError,
    InvalidNameError,
    LLMError,
    TaskFailedError,
)
from pipeline.llm.base import LLM
from pipeline.llm.executor import PipelineStopRequested
from pipeline.plan_task import KEEP_ANSWERS_VARIABLE, STOP_FLAG_FILENAME, PlanTask
from pipeline.speed_vs_detail import SpeedVsDetailEnum
from tests.runtime.tiny_pipeline import Answer


class File(StrEnum):
    A = "a.txt"


class Asks(PlanTask):
    def run_with_llm(self, llm: LLM) -> None:
        self.file_path(File.A).write_text(llm.model)  # type: ignore[arg-type]


class Breaks(PlanTask):
    def run_inner(self) -> None:
        raise KeyError("Bearer abcdefgh")


@pytest.mark.parametrize("kind", [str, Path])
def test_paths_and_plan_id_follow_the_run_directory(kind: type, tmp_path: Path) -> None:
    task = Asks(run_id_dir=kind(tmp_path / "p1"))
    assert task.get_plan_id() == "p1"
    assert task.file_path(File.A) == tmp_path / "p1" / "a.txt"  # type: ignore[arg-type]
    target = task.local_target(File.A)  # type: ignore[arg-type]
    assert isinstance(target, luigi.LocalTarget)
    assert target.path == str(tmp_path / "p1" / "a.txt") or target.path == tmp_path / "p1" / "a.txt"


def test_a_run_directory_that_is_no_plan_id_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidNameError):
        Asks(run_id_dir=tmp_path / "not a plan").get_plan_id()


def test_the_callback_makes_no_difference_to_a_tasks_identity(tmp_path: Path) -> None:
    plain = Asks(run_id_dir=tmp_path)
    called = Asks(run_id_dir=tmp_path, _pipeline_executor_callback=lambda task, seconds: False)
    assert plain.task_id == called.task_id
    assert "executor_callback" not in repr(called)
    assert plain.speedvsdetail is SpeedVsDetailEnum.ALL_DETAILS_BUT_SLOW


def test_models_are_tried_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Asks(run_id_dir=tmp_path, llm_models=["offline-x", "offline"]).run()
    assert (tmp_path / "a.txt").read_text() == "offline-x"


def test_an_error_names_task_and_directory_and_keeps_its_cause(tmp_path: Path) -> None:
    with pytest.raises(TaskFailedError) as caught:
        Breaks(run_id_dir=tmp_path).run()
    assert str(caught.value) == f"Breaks failed in {tmp_path}: KeyError: 'Bearer [redacted]'"
    assert isinstance(caught.value.__cause__, KeyError)


def test_a_stop_passes_through_and_leaves_a_flag(tmp_path: Path) -> None:
    asked: list[tuple[str, float]] = []

    def stop(task: luigi.Task, seconds: float) -> bool:
        asked.append((type(task).__name__, seconds))
        return True

    with pytest.raises(PipelineStopRequested):
        Asks(run_id_dir=tmp_path, _pipeline_executor_callback=stop).run()
    assert (tmp_path / STOP_FLAG_FILENAME).exists()
    assert [name for name, _ in asked] == ["Asks"]
    assert asked[0][1] >= 0


def test_a_task_that_overrides_nothing_says_so(tmp_path: Path) -> None:
    with pytest.raises(TaskFailedError) as caught:
        PlanTask(run_id_dir=tmp_path).run()
    assert isinstance(caught.value.__cause__, LLMError)
    assert isinstance(caught.value.__cause__.__cause__, ConfigurationError)


def test_an_unknown_model_fails_the_task(tmp_path: Path) -> None:
    with pytest.raises(TaskFailedError, match="unknown LLM 'nope'"):
        Asks(run_id_dir=tmp_path, llm_models=["nope"]).run()


class Fails(PlanTask):
    """Fails after an answer, with the error that the test gives it."""

    error: Exception

    def run_inner(self) -> None:
        self.create_llm_executor().run(lambda llm: llm.complete("system", "user", Answer))
        raise self.error


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        (OSError("No space left on device"), 1),
        (DatabaseUnavailableError("away"), 1),
        (ValueError("what came of it is no good"), 0),
    ],
)
def test_an_answer_is_dropped_unless_the_disk_or_the_database_was_at_fault(
    error: Exception, kept: int, service: DatabaseService, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An answer that the task's work cannot use would come back with each resume."""
    monkeypatch.setenv(KEEP_ANSWERS_VARIABLE, "1")
    monkeypatch.setattr(Fails, "error", error, raising=False)
    (tmp_path / "p").mkdir()
    with pytest.raises(TaskFailedError):
        Fails(run_id_dir=tmp_path / "p").run()
    service.sharing(line_of_this_process()).flush()
    assert len(service.list_answer_keys("p")) == kept
