# mypy: allow-untyped-calls
"""The task graph below a root task: what there is, what is done, what stands in the way."""

import importlib
import sys
from pathlib import Path

import luigi
from luigi.task import flatten

from pipeline.errors import ConfigurationError
from pipeline.running.luigi_configuration import use_own_configuration

_MOVED = {"pipeline.tasks": "pipeline.example.tasks"}


def load_root(dotted: str) -> type[luigi.Task]:
    """Import a root task given as `package.module:Class`, from the working directory too; raises ConfigurationError."""
    # A console script has its own directory on the path where `python -m` has the working directory.
    if (here := str(Path.cwd())) not in sys.path and "" not in sys.path:
        sys.path.insert(0, here)
    use_own_configuration()
    module_name, _, class_name = dotted.partition(":")
    # Plans that were begun before the example had a package of its own remember the old name.
    module_name = _MOVED.get(module_name, module_name)
    try:
        root = getattr(importlib.import_module(module_name), class_name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigurationError(f"cannot import the root task {dotted!r}: {error}") from error
    if not (isinstance(root, type) and issubclass(root, luigi.Task)):
        raise ConfigurationError(f"the root task {dotted!r} is no Luigi task")
    return root


def walk(root: luigi.Task) -> tuple[luigi.Task, ...]:
    """Return `root` and all tasks that it depends on, each once, dependencies first."""
    found: dict[str, luigi.Task] = {}
    entered: set[str] = set()
    stack: list[tuple[luigi.Task, bool]] = [(root, False)]
    while stack:
        task, dependencies_done = stack.pop()
        if dependencies_done:
            found[task.task_id] = task
        elif task.task_id not in entered:
            entered.add(task.task_id)
            stack.append((task, True))
            stack.extend((dependency, False) for dependency in task.deps())
    return tuple(found.values())


def output_paths(task: luigi.Task) -> tuple[Path, ...]:
    """Return the paths of a task's outputs that are files."""
    return tuple(Path(target.path) for target in flatten(task.output()) if hasattr(target, "path"))


def failed_tasks(tasks: tuple[luigi.Task, ...]) -> tuple[str, ...]:
    """Return the names of the tasks that could have been done and are not."""
    done = {task.task_id: bool(task.complete()) for task in tasks}
    return tuple(
        task.get_task_family()
        for task in tasks
        if not done[task.task_id] and all(done[dependency.task_id] for dependency in task.deps())
    )


def overlooked_tasks(tasks: tuple[luigi.Task, ...]) -> tuple[luigi.Task, ...]:
    """Return the tasks that are not done below tasks that are: Luigi does not look behind a task that is done."""
    dependencies = (dependency for task in tasks if task.complete() for dependency in task.deps())
    return tuple({task.task_id: task for task in dependencies if not task.complete()}.values())
