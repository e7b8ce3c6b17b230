"""Planning only some tasks gives for each of them what planning all gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods import api
from codemods.model import TaskReport, TaskState
from codemods.settings import Settings
from codemods.source import SourceFile

LEGACY = Path(__file__).parents[2] / "fixtures" / "legacy"
SETTINGS = Settings()


SHARED = """\
import os

import luigi


class PlanTask(luigi.Task):
    run_dir = luigi.Parameter()
    llm_model = luigi.Parameter()

    def get_database_service(self):
        return None

    def get_plan_id(self):
        return os.path.basename(self.run_dir)


def ask(llm, prompt):
    return llm.complete(prompt)


def shown(value, how=str):
    return how(value)


class PlainTask(PlanTask):
    def output(self):
        return luigi.LocalTarget(os.path.join(self.run_dir, "plain.txt"))

    def run(self):
        text = shown("plain")
        with self.output().open("w") as f:
            f.write(text)


class GivenTask(PlanTask):
    def output(self):
        return luigi.LocalTarget(os.path.join(self.run_dir, "given.txt"))

    def run_with_llm(self, llm):
        text = shown("prompt", llm.complete)
        with self.output().open("w") as f:
            f.write(text)


class HeirTask(PlainTask):
    pass
"""


def _reports(sources: list[SourceFile], wanted: str | None = None) -> dict[str, TaskReport]:
    def chosen(task: object) -> bool:
        return wanted is None or getattr(task, "name", "") == wanted

    found = api.inspect(sources, SETTINGS, chosen)
    return {report.task.name: report for inspection in found for report in inspection.reports}


def _seen(report: TaskReport) -> tuple[object, ...]:
    plan = report.analysis
    steps = [(i.step, i.anchor, i.where, i.code) for i in plan.insertions] if plan is not None else []
    return report.state, report.reason, report.refusal, steps


@pytest.fixture(scope="module")
def legacy() -> list[SourceFile]:
    return [SourceFile(path, path.read_text()) for path in sorted(LEGACY.rglob("*.py"))]


def test_each_task_alone_is_planned_as_with_all(legacy: list[SourceFile]) -> None:
    everything = _reports(legacy)
    assert len(everything) > 50
    for name in sorted(everything)[::6]:
        assert _seen(_reports(legacy, name)[name]) == _seen(everything[name]), name


@pytest.mark.parametrize("name", ["PlainTask", "GivenTask", "HeirTask"])
def test_what_one_task_gives_a_shared_function_is_not_what_another_gives_it(name: str) -> None:
    sources = [SourceFile(Path("tasks.py"), SHARED)]
    everything, alone = _reports(sources), _reports(sources, name)
    assert _seen(alone[name]) == _seen(everything[name])
    assert everything["PlainTask"].state is TaskState.TODO
    assert everything["GivenTask"].state is TaskState.REFUSED


def test_a_stage_is_wanted_by_its_name(legacy: list[SourceFile]) -> None:
    everything = _reports(legacy)
    group = everything["DeduplicateLeversTask"].task.group
    found = api.inspect(legacy, SETTINGS, lambda task: task.group == group)
    reports = [report for inspection in found for report in inspection.reports]
    assert group
    assert {r.task.name for r in reports if r.state is not TaskState.UNPLANNED} >= {
        name for name, report in everything.items() if report.task.group == group
    }
    assert TaskState.UNPLANNED in {r.state for r in reports if r.task.group != group}


def test_a_task_nobody_asks_for_is_not_planned() -> None:
    reports = _reports([SourceFile(Path("tasks.py"), SHARED)], "PlainTask")
    assert reports["GivenTask"].state is TaskState.UNPLANNED
    assert reports["GivenTask"].analysis is None
    assert reports["PlainTask"].state is TaskState.TODO


def test_the_parent_of_a_wanted_heir_is_planned_with_it() -> None:
    reports = _reports([SourceFile(Path("tasks.py"), SHARED)], "HeirTask")
    assert reports["HeirTask"].reason.endswith("which is to do")
