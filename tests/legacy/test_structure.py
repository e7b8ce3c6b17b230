"""The legacy pipeline has the tasks, dependencies, entry methods and files of facts.json."""

import ast
import inspect
from functools import cache
from pathlib import Path

import luigi
import pytest

import fixtures.legacy as legacy
from pipeline.example.filenames import FilenameEnum
from tests.legacy.facts import DONE, EXEMPT, FACTS, TaskFacts

ENTRIES = ("run", "run_inner", "run_with_llm")


def named(task: TaskFacts) -> str:
    return task.task


def by_key(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {"": value}


@pytest.fixture(params=FACTS, ids=named)
def facts(request) -> TaskFacts:
    return request.param


@pytest.fixture
def task(facts) -> luigi.Task:
    return getattr(legacy, facts.task)(run_id_dir=Path("plan"))


@pytest.fixture
def source(task) -> ast.ClassDef:
    return classes_of(inspect.getsourcefile(type(task)))[type(task).__name__]


@cache
def classes_of(path: str) -> dict[str, ast.ClassDef]:
    body = ast.parse(Path(path).read_text(encoding="utf-8")).body
    return {node.name: node for node in body if isinstance(node, ast.ClassDef)}


def test_the_package_exposes_all_tasks_and_nothing_else():
    assert list(legacy.__all__) == [facts.task for facts in FACTS]
    assert len(FACTS) == 62


def test_a_task_lives_in_the_module_of_its_stage(task, facts):
    assert type(task).__module__ == f"fixtures.legacy.{facts.module}"


def test_a_task_overrides_one_entry_method(task, facts):
    assert [name for name in ENTRIES if name in vars(type(task))] == [facts.entry]


def test_dependencies(task, facts):
    required = by_key(task.requires() or {})
    assert {key: type(value).__name__ for key, value in required.items()} == facts.requires


def test_outputs(task, facts):
    assert {key: Path(target.path).name for key, target in by_key(task.output()).items()} == facts.outputs


def test_extra_files(source, facts):
    entry = next(node for node in source.body if getattr(node, "name", None) == facts.entry)
    mentioned = {
        FilenameEnum[node.attr].value
        for node in ast.walk(entry)
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", None) == "FilenameEnum"
    }
    assert sorted(mentioned - set(facts.outputs.values())) == sorted(facts.extra_files)


def test_the_tasks_of_the_seed_know_of_a_database_and_no_others(source, facts):
    names = {node.attr for node in ast.walk(source) if isinstance(node, ast.Attribute)}
    steps = {"get_database_service", "get_plan_id", "create_plan_content", "create_llm_interaction"}
    assert names & steps == (steps if facts.task in DONE else set())


def test_exempt_tasks_only_raise():
    for name in EXEMPT:
        with pytest.raises(AssertionError, match="has to exist before the pipeline starts"):
            getattr(legacy, name)(run_id_dir=Path("plan")).run()


def test_every_file_name_belongs_to_one_task():
    files = [name for facts in FACTS for name in [*facts.outputs.values(), *facts.extra_files]]
    assert sorted(files) == sorted(member.value for member in FilenameEnum)
