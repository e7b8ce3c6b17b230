# mypy: allow-untyped-calls
"""Finds the tasks that a kill has cut short although their outputs are all there.

Luigi takes a task whose outputs exist for done. One that writes more than its outputs, or sets a row
right after its file, has not ended by then.
"""

from collections import defaultdict
from functools import partial
from pathlib import Path

import luigi
from luigi.task import task_id_str

from pipeline.database.service import DatabaseService
from pipeline.files import take_away
from pipeline.running.graph import output_paths, walk
from pipeline.running.restore import is_stored


def task_key(task: luigi.Task) -> str:
    """Return a name of a task in its plan that stays the same wherever the run directory is."""
    parameters = task.to_str_params(only_significant=True)
    parameters.pop("run_id_dir", None)
    return str(task_id_str(task.get_task_family(), parameters))


def undo_cut_short_tasks(service: DatabaseService, plan_id: str, root: luigi.Task) -> tuple[str, ...]:
    """Remove the outputs of tasks that have begun and not ended, and return the names of those tasks.

    What the database does not hold is set aside.
    The rows stay: a second run replaces them, and asks no model for an answer that has been kept.
    Raises DatabaseError.
    """
    begun = service.list_running_tasks(plan_id)
    if not begun:
        return ()
    tasks = walk(root)
    dependents = defaultdict(list)
    for task in tasks:
        for dependency in task.deps():
            dependents[dependency.task_id].append(task)
    complete = {task.task_id for task in tasks if task.complete()}
    undone = [
        task
        for task in tasks
        if task_key(task) in begun
        and task.task_id in complete
        # Nothing begins before what it depends on has ended, whatever the database got to know of that.
        and not any(dependent.task_id in complete for dependent in dependents[task.task_id])
    ]
    stored = None
    if (run_dir := getattr(root, "run_id_dir", None)) is not None:
        stored = partial(is_stored, service, plan_id, Path(run_dir))
    for task in undone:
        for path in output_paths(task):
            take_away(path, stored)
    return tuple(task.get_task_family() for task in undone)
