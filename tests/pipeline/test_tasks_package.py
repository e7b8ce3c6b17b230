"""`pipeline/example/tasks` is what the codemod makes of the legacy pipeline, and runs in the same order."""

import importlib
import sys
from pathlib import Path

import luigi
import pytest

import pipeline.example.tasks
from pipeline.running.graph import output_paths, walk
from tests.pipeline.regenerate import LEGACY, TASKS, modules, refactored, seed_state
from tests.pipeline.zygote import UNDONE


def test_the_refactored_tasks_are_what_the_codemod_makes_of_the_legacy_ones(tmp_path: Path) -> None:
    assert refactored(LEGACY, tmp_path) == modules(TASKS)


def test_the_legacy_pipeline_is_in_the_state_of_the_seed(tmp_path: Path) -> None:
    assert seed_state(tmp_path) == modules(LEGACY)


def graph(root: type[luigi.Task]) -> dict[str, tuple[list[str], list[str]]]:
    """Each task's dependencies and output files by the task's name."""
    return {
        type(task).__name__: (
            sorted(type(dependency).__name__ for dependency in task.deps()),
            [path.name for path in output_paths(task)],
        )
        for task in walk(root(run_id_dir=Path("plan")))
    }


def test_the_dependency_graph_is_the_same(undone_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(undone_root), *sys.path])
    before = graph(importlib.import_module(UNDONE).FullPlanPipeline)
    assert len(before) == 62
    assert graph(pipeline.example.tasks.FullPlanPipeline) == before
