# mypy: allow-untyped-calls
"""The tasks of a submitted plan, and how each of them stands by what the database says.

Whether a task is done is not asked of the files: another machine's are not here.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import luigi
from luigi.task import flatten, task_id_str

from pipeline.errors import ConfigurationError
from pipeline.names import name_below
from pipeline.running.cut_short import task_key
from pipeline.running.graph import walk
from pipeline.running.inputs import input_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.database.records import PlanRecord
    from pipeline.database.submissions import Progress


class Standing(StrEnum):
    """How a task stands."""

    DONE = "done"
    AT_WORK = "at work"
    FAILED = "failed"
    READY = "ready"
    WAITING = "waiting"


@dataclass(frozen=True)
class PlanTasks:
    """The tasks of one plan as this machine sees them, those that others depend on first.

    Attributes:
        run_dir: where the files of the plan are on this machine.
        epoch: which submission of the plan this is.
    """

    plan: PlanRecord
    root: luigi.Task
    run_dir: Path
    epoch: int = 0
    more: Mapping[str, tuple[luigi.Task, ...]] = field(default_factory=dict)
    """What tasks have asked for in the middle of their work, by their ids."""

    @cached_property
    def tasks(self) -> tuple[luigi.Task, ...]:
        """All tasks."""
        wanted = (task for tasks in self.more.values() for each in tasks for task in walk(each))
        found = {task.task_id: task for task in wanted}
        return tuple({**found, **{task.task_id: task for task in walk(self.root)}}.values())

    @cached_property
    def by_shared_id(self) -> dict[str, luigi.Task]:
        """The tasks by what the scheduler calls them."""
        return {self.shared_id(task): task for task in self.tasks}

    @cached_property
    def dependencies(self) -> dict[str, tuple[str, ...]]:
        """The ids of the tasks that each task depends on directly."""
        return {
            task.task_id: tuple(other.task_id for other in (*task.deps(), *self.more.get(task.task_id, ())))
            for task in self.tasks
        }

    def shared_id(self, task: luigi.Task) -> str:
        """Return a name of a task that is the same on every machine, wherever its run directories are.

        Another one each time that the plan is submitted: what the scheduler remembers of the last time does not count.
        """
        parameters = task.to_str_params(only_significant=True)
        parameters.pop("run_id_dir", None)
        submission = f"{self.plan.created_at} {self.epoch}"
        own = {"plan": self.plan.plan_id, "submission": submission}
        return str(task_id_str(task.get_task_family(), {**parameters, **own}))

    def output_names(self, task: luigi.Task) -> tuple[str, ...]:
        """Return what the database calls those outputs of a task that are files of the plan."""
        return tuple(name for target in flatten(task.output()) if (name := self._name(target)) is not None)

    def standings(self, progress: Progress) -> dict[str, Standing]:
        """Return how each task stands, by its id."""
        done = self._done(progress)
        standings = {}
        for task in self.tasks:
            holder = progress.holders.get(task_key(task))
            if holder is not None and holder.owner.is_at_work:
                standing = Standing.AT_WORK
            elif holder is not None and holder.status == "failed":
                standing = Standing.FAILED
            elif task.task_id in done:
                standing = Standing.DONE
            elif _can_run(task) and all(other in done for other in self.dependencies[task.task_id]):
                standing = Standing.READY
            else:
                standing = Standing.WAITING
            standings[task.task_id] = standing
        return standings

    def standings_without(self, progress: Progress, task: luigi.Task) -> dict[str, Standing]:
        """Return how each task stands where the lease of one, which is this process's own, says nothing."""
        holders = {key: holder for key, holder in progress.holders.items() if key != task_key(task)}
        return self.standings(replace(progress, holders=holders))

    def ready(self, standings: dict[str, Standing]) -> tuple[luigi.Task, ...]:
        """Return the tasks that can be run now, and those that they depend on directly."""
        ids: set[str] = set()
        for task_id, standing in standings.items():
            if standing is Standing.READY:
                ids |= {task_id, *self.dependencies[task_id]}
        return tuple(task for task in self.tasks if task.task_id in ids)

    def with_wanted(self, task: luigi.Task, wanted: tuple[luigi.Task, ...]) -> PlanTasks:
        """Return the tasks of the plan with those that one of them asked for in the middle of its work."""
        more = {**self.more, task.task_id: (*self.more.get(task.task_id, ()), *wanted)}
        return replace(self, more=more)

    def status_at_end(self, progress: Progress) -> str | None:
        """Return the status of the plan if nothing more can be done about it, None before."""
        standings = set(self.standings(progress).values())
        if Standing.AT_WORK in standings:
            return None
        if standings <= {Standing.DONE}:
            return "completed"
        if progress.stop_requested:
            return "stopped"
        return None if Standing.READY in standings else "failed"

    def in_the_way(self, progress: Progress) -> str:
        """Say which tasks keep a plan from going on: those that failed, and what nobody makes and is not there."""
        standings = self.standings(progress)
        reasons = {
            task.get_task_family(): "failed" if standings[task.task_id] is Standing.FAILED else "is not there"
            for task in self.tasks
            if standings[task.task_id] is Standing.FAILED
            or (standings[task.task_id] is Standing.WAITING and not _can_run(task))
        }
        return ", ".join(f"{family} {reason}" for family, reason in sorted(reasons.items()))

    def is_stored(self, task: luigi.Task, progress: Progress) -> bool:
        """Whether all outputs of a task are in the database, or where every machine sees them."""
        targets = flatten(task.output())
        if not targets:
            holder = progress.holders.get(task_key(task))
            return holder is not None and holder.status == "done"
        return all(self._is_there(target, progress) for target in targets)

    def _done(self, progress: Progress) -> set[str]:
        dependents = defaultdict(list)
        for task in self.tasks:
            for dependency in self.dependencies[task.task_id]:
                dependents[dependency].append(task.task_id)
        done: set[str] = set()
        for task in reversed(self.tasks):
            if isinstance(task, luigi.WrapperTask) or not self.is_stored(task, progress):
                continue
            # As after a kill on one machine: nothing begins before what it depends on has ended.
            has_ended = not self._is_cut_short(task, progress)
            if has_ended or any(other in done for other in dependents[task.task_id]):
                done.add(task.task_id)
        for task in self.tasks:
            if isinstance(task, luigi.WrapperTask) and done.issuperset(self.dependencies[task.task_id]):
                done.add(task.task_id)
        return done

    def _is_cut_short(self, task: luigi.Task, progress: Progress) -> bool:
        key = task_key(task)
        holder = progress.holders.get(key)
        return key in progress.begun or (holder is not None and holder.status != "done")

    def _is_there(self, target: luigi.Target, progress: Progress) -> bool:
        name = self._name(target)
        if name is None:
            return bool(target.exists())
        return name in progress.stored or name in self._inputs

    def _name(self, target: luigi.Target) -> str | None:
        return name_below(self.run_dir, Path(target.path)) if isinstance(target, luigi.LocalTarget) else None

    @cached_property
    def _inputs(self) -> frozenset[str]:
        return frozenset(input_files(self.plan))


def check_shareable(tasks: PlanTasks) -> None:
    """Raise ConfigurationError for a task whose files other machines could never see."""
    for task in tasks.tasks:
        if not _can_run(task):
            continue
        for target in flatten(task.output()):
            if isinstance(target, luigi.LocalTarget) and name_below(tasks.run_dir, Path(target.path)) is None:
                raise ConfigurationError(
                    f"{task.get_task_family()} writes {target.path}, which is not below the plan's run directory: "
                    "other machines would not see it; run this plan on one machine with pipeline run"
                )


def _can_run(task: luigi.Task) -> bool:
    # An external task has None for `run`.
    return getattr(task, "run", None) is not None
