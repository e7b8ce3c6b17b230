# mypy: allow-untyped-calls
"""Files by way of the database: what a task reads is fetched before it runs, what it has written is there after it.

What this machine has is used only if it is what the database says, by its checksum.
"""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import PipelineError, TaskFailedError
from pipeline.files import take_away
from pipeline.running.graph import output_paths
from pipeline.running.inputs import input_files
from pipeline.running.restore import is_stored
from pipeline.running.run_directory import Kind, RunDirectory

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    import luigi

    from pipeline.database.service import DatabaseService
    from pipeline.database.submissions import Progress
    from pipeline.distributed.plan_tasks import PlanTasks


def fetch_files(
    service: DatabaseService, tasks: PlanTasks, progress: Progress, without: Collection[luigi.Task]
) -> tuple[str, ...]:
    """Make the run directory hold what the database has, but for the outputs of some tasks; return what was written.

    A file that was there and is something else is kept under another name.
    Raises PipelineError where something that is no file is in its place, DatabaseError.
    """
    inputs = input_files(tasks.plan)
    wanted = dict(progress.stored) | {
        name: hashlib.sha256(content).hexdigest() for name, content in inputs.items()
    }
    for task in without:
        for name in tasks.output_names(task):
            wanted.pop(name, None)
    directory = RunDirectory(tasks.run_dir)
    written = []
    for name, sha256 in sorted(wanted.items()):
        sight = directory.look(name)
        if sight.sha256 == sha256:
            continue
        if sight.kind in {Kind.DIRECTORY, Kind.SPECIAL}:
            raise PipelineError(f"{tasks.run_dir / name} is {sight.kind} where a file belongs")
        content = inputs.get(name)
        if content is None:
            content = service.get_content(tasks.plan.plan_id, name)
        directory.write(name, content, keep=sight.kind is not Kind.NOTHING)
        written.append(name)
    return tuple(written)


def clear_outputs(service: DatabaseService, tasks: PlanTasks, task: luigi.Task) -> None:
    """Take away what an attempt at a task that has not ended well has left on this machine."""
    stored = stored_by(service, tasks)
    for path in output_paths(task):
        take_away(path, stored)


def stored_by(service: DatabaseService, tasks: PlanTasks) -> Callable[[Path], bool]:
    """Return what says whether every byte of a file is in the database."""
    return partial(is_stored, service.impatient(), tasks.plan.plan_id, Path(tasks.run_dir))


def store_outputs(service: DatabaseService, tasks: PlanTasks, task: luigi.Task) -> None:
    """Store those outputs of a task that it has not stored itself.

    Raises TaskFailedError for an output that other machines cannot be given, DatabaseError.
    """
    directory = RunDirectory(tasks.run_dir)
    rows = {info.filename: info.sha256 for info in service.list_content(tasks.plan.plan_id)}
    for name in tasks.output_names(task):
        sight = directory.look(name)
        if sight.kind is Kind.NOTHING:
            continue
        if sight.kind is not Kind.FILE:
            raise TaskFailedError(
                f"{name} is {sight.kind}, which other machines cannot be given; {_ONE_MACHINE}"
            )
        if sight.sha256 == rows.get(name):
            continue
        if name in rows:
            raise TaskFailedError(
                f"{name} differs from its row, so that other machines would be given something else; {_ONE_MACHINE}"
            )
        service.create_plan_content(
            {
                "plan_id": tasks.plan.plan_id,
                "filename": name,
                "stage": task.get_task_family(),
                "content": directory.read(name),
            }
        )


_ONE_MACHINE = "run this plan on one machine: pipeline stop, then pipeline resume"
