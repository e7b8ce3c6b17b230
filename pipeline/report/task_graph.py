# mypy: allow-untyped-calls
"""The tasks that a plan should have, from the task graph, without a look at any file."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError
from pipeline.names import name_below, plan_directory
from pipeline.running.cut_short import task_key
from pipeline.running.graph import output_paths, walk
from pipeline.running.lifecycle import make_root

if TYPE_CHECKING:
    from pathlib import Path

    import luigi

    from pipeline.database.records import PlanRecord

_WORD_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True, slots=True)
class ExpectedTask:
    """A task of the graph: what it requires and writes, what it is called here and by the database."""

    key: str
    name: str
    usual_stage: str
    needs: tuple[str, ...]
    filenames: tuple[str, ...]


def expected_tasks(root: type[luigi.Task], run_root: Path, plan: PlanRecord) -> tuple[ExpectedTask, ...]:
    """Return the tasks below `root` as `pipeline run` would make them for `plan`, dependencies first.

    Raises ConfigurationError where they cannot be told: their classes run code of their own.
    """
    try:
        return _expected_tasks(root, run_root, plan)
    except Exception as error:
        raise ConfigurationError(
            f"the tasks below {root.__name__} cannot be told, so only those that have left a record are "
            f"shown: {type(error).__name__}: {error}"
        ) from error


def _expected_tasks(root: type[luigi.Task], run_root: Path, plan: PlanRecord) -> tuple[ExpectedTask, ...]:
    run_dir = plan_directory(run_root, plan.plan_id)
    tasks = walk(make_root(root, plan, run_dir))
    names = _names(tasks)
    return tuple(
        ExpectedTask(
            key=task_key(task),
            name=names[task.task_id],
            usual_stage=usual_stage(task.get_task_family()),
            needs=tuple(names[dependency.task_id] for dependency in task.deps()),
            filenames=tuple(name_below(run_dir, path) or path.name for path in output_paths(task)),
        )
        for task in tasks
    )


def usual_stage(family: str) -> str:
    """Return the `stage` that refactored tasks write unless configured otherwise: snake_case, no `Task`."""
    family = family.rpartition(".")[2]
    return _WORD_BOUNDARY.sub("_", family.removesuffix("Task") or family).lower()


def _names(tasks: tuple[luigi.Task, ...]) -> dict[str, str]:
    # Tasks of one class are told apart by those parameters in which they differ.
    families = Counter(task.get_task_family() for task in tasks)
    values: dict[str, dict[str, set[str]]] = {}
    for task in tasks:
        for key, value in task.to_str_params(only_significant=True, only_public=True).items():
            values.setdefault(task.get_task_family(), {}).setdefault(key, set()).add(value)
    names = {}
    for task in tasks:
        family = task.get_task_family()
        telling = [
            f"{key}={value}"
            for key, value in task.to_str_params(only_significant=True, only_public=True).items()
            if families[family] > 1 and len(values[family][key]) > 1
        ]
        names[task.task_id] = f"{family}({', '.join(telling)})" if telling else str(family)
    return names
