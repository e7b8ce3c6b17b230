"""A new plan of an old one: what comes before a task is taken over, that task and the rest are run."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from pipeline.database.copying import copy_rows
from pipeline.errors import ConfigurationError
from pipeline.report.task_graph import expected_tasks
from pipeline.running.inputs import input_files
from pipeline.running.lifecycle import start_plan
from pipeline.speed_vs_detail import SpeedVsDetailEnum

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from sqlalchemy import Connection

    from pipeline.database.records import ContentInfo, PlanRecord
    from pipeline.database.service import DatabaseService
    from pipeline.report.task_graph import ExpectedTask
    from pipeline.running.lifecycle import RunSettings
    from pipeline.running.runner import RunOutcome

_NAMED = 5


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What a new plan begins with.

    Attributes:
        tasks: the tasks that are not run again.
        filenames: their files.
        stages: what their rows are called, without names that other tasks' rows have as well.
    """

    tasks: tuple[str, ...]
    filenames: frozenset[str]
    stages: frozenset[str]


def rerun_plan(
    service: DatabaseService,
    settings: RunSettings,
    source_id: str,
    task: str,
    plan_id: str,
    *,
    llm_models: tuple[str, ...] = (),
    created: Callable[[str], object] = lambda plan_id: None,
) -> RunOutcome:
    """Create the plan `plan_id` with the rows of those tasks of another that `task` depends on, and run the rest.

    Its prompt, start and speed are those of the other, and its models unless others are given.
    Raises PlanNotFoundError, ConfigurationError for a plan that `pipeline run` did not make, a task that it does not
    have, or one whose dependencies have not all ended; else what start_plan raises.
    """
    plan = service.get_plan(source_id)
    if plan.prompt is None or plan.started_at is None:
        raise ConfigurationError(f"plan {source_id} was not made by pipeline run, so it cannot be run again")
    if source_id == plan_id:
        raise ConfigurationError(
            f"plan {source_id} is the one that is run again: --as takes the id of a new plan"
        )
    taken = taken_over(
        plan,
        task,
        expected_tasks(settings.root, settings.run_root, plan),
        service.list_content(source_id),
        service.list_running_tasks(source_id),
    )
    settings.progress.line(
        f"taken over from {source_id}: {len(taken.tasks)} tasks, {len(taken.filenames)} files"
    )

    def along(connection: Connection) -> None:
        copy_rows(connection, source_id, plan_id, filenames=taken.filenames, stages=taken.stages)

    return start_plan(
        service,
        settings,
        plan_id,
        prompt=plan.prompt,
        started_at=plan.started_at,
        speed_vs_detail=_speed(plan),
        llm_models=llm_models or plan.llm_models,
        created=created,
        along=along,
    )


def taken_over(
    plan: PlanRecord,
    name: str,
    tasks: Sequence[ExpectedTask],
    content: Sequence[ContentInfo],
    begun: Collection[str],
) -> TakenOver:
    """Return what a new plan takes over that is run from a task on; raises ConfigurationError as rerun_plan does."""
    upstream = {task.name for task in _upstream(_named(plan, name, tasks), tasks)}
    before = [task for task in tasks if task.name in upstream]
    inputs = input_files(plan)
    stage_of = {row.filename: row.stage for row in content}
    for task in before:
        missing = [file for file in task.filenames if file not in stage_of and file not in inputs]
        if missing or task.key in begun:
            problem = f"the database has no {missing[0]}" if missing else "it has begun and not ended"
            raise ConfigurationError(
                f"plan {plan.plan_id}: {name} depends on {task.name}, which is not done ({problem}): "
                f"first `pipeline resume {plan.plan_id}`"
            )
    own = {stage for task in before for stage in _stages(task, stage_of)}
    others = {stage for task in tasks if task not in before for stage in _stages(task, stage_of)}
    outputs_of_others = {file for task in tasks if task not in before for file in task.filenames}
    files = {file for task in before for file in task.filenames if file in stage_of}
    # What a task writes beside its outputs.
    files |= {row.filename for row in content if row.stage in own and row.filename not in outputs_of_others}
    return TakenOver(tuple(task.name for task in before), frozenset(files), frozenset(own - others))


def _named(plan: PlanRecord, name: str, tasks: Sequence[ExpectedTask]) -> list[ExpectedTask]:
    found = [task for task in tasks if name in {task.name, task.name.partition("(")[0]}]
    if found:
        return found
    names = [task.name for task in tasks]
    near = get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"it has {', '.join(names[:_NAMED])}"
    raise ConfigurationError(f"plan {plan.plan_id} has no task {name}; {hint}")


def _upstream(chosen: Sequence[ExpectedTask], tasks: Sequence[ExpectedTask]) -> Iterator[ExpectedTask]:
    """The tasks that some depend on. Of several of one name none is taken over, also where one needs another."""
    by_name = {task.name: task for task in tasks}
    seen = {task.name for task in chosen}
    waiting = [need for task in chosen for need in task.needs]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            yield by_name[name]
            waiting.extend(by_name[name].needs)


def _stages(task: ExpectedTask, stage_of: dict[str, str]) -> set[str]:
    found = {stage_of[file] for file in task.filenames if file in stage_of}
    return found or {task.usual_stage}


def _speed(plan: PlanRecord) -> SpeedVsDetailEnum:
    default = SpeedVsDetailEnum.ALL_DETAILS_BUT_SLOW
    return default if plan.speed_vs_detail is None else SpeedVsDetailEnum(plan.speed_vs_detail)
