"""What `pipeline run` and `pipeline resume` do, as steps."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from luigi.parameter import ParameterException

from pipeline.database.deferred import line_of_this_process
from pipeline.database.leases import LEASE_SECONDS
from pipeline.database.plans import taken
from pipeline.database.records import PlanRecord
from pipeline.errors import ConfigurationError, DatabaseUnavailableError, RunInterruptedError
from pipeline.files import remove_leftovers, set_aside
from pipeline.log_context import at_plan
from pipeline.names import name_below, plan_directory
from pipeline.plan_task import KEEP_ANSWERS_VARIABLE, STOP_FLAG_FILENAME
from pipeline.plans.doctor import STALE_REASON
from pipeline.running.cut_short import undo_cut_short_tasks
from pipeline.running.ending import ended_in_order
from pipeline.running.graph import output_paths, walk
from pipeline.running.inputs import input_files
from pipeline.running.ownership import held_here, owned
from pipeline.running.restore import FileState, is_stored, restore_files
from pipeline.running.runner import RunOutcome, run_tasks
from pipeline.running.stopping import exit_status, graceful
from pipeline.speed_vs_detail import SpeedVsDetailEnum

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    import luigi
    from sqlalchemy import Connection

    from pipeline.database.service import DatabaseService
    from pipeline.running.progress import Progress
    from pipeline.running.restore import Restored

_NAMED = 10
"""Above this number, restored files are counted and not named."""


@dataclass(frozen=True, slots=True)
class RunSettings:
    """Where and how a plan's tasks are run."""

    root: type[luigi.Task]
    run_root: Path
    workers: int
    progress: Progress
    lease_seconds: float = LEASE_SECONDS
    grace_seconds: float = 0.0
    """How long SIGTERM leaves the tasks that are running, and what is to be put in order after them."""
    root_option: str = ""
    """How the command line named the root task, ` --root app:Final`: going on with the plan needs it again."""

    def going_on(self, plan_id: str) -> str:
        """The command that goes on with a plan."""
        return f"pipeline resume {plan_id}{self.root_option}"


def new_plan_id(now: datetime) -> str:
    """Return a plan id that sorts by time and does not collide."""
    return f"plan-{now.astimezone(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def start_plan(
    service: DatabaseService,
    settings: RunSettings,
    plan_id: str,
    *,
    prompt: str,
    started_at: datetime,
    speed_vs_detail: SpeedVsDetailEnum,
    llm_models: tuple[str, ...],
    created: Callable[[str], object] = lambda plan_id: None,
    along: Callable[[Connection], None] | None = None,
) -> RunOutcome:
    """Create a plan, in the database first, and run all of its tasks; `created` is told its id once it exists.

    `along` writes rows that it begins with; tasks whose files are among them are done.
    Raises ConfigurationError if the plan or its run directory exists, PlanBusyError, PlanLostError,
    RunInterruptedError, DatabaseError.
    """
    at_plan(plan_id)
    run_dir = plan_directory(settings.run_root, plan_id)
    # Found out before anything is made: a root task that cannot be made for a plan.
    make_root(
        settings.root,
        PlanRecord(plan_id, "created", prompt, started_at, speed_vs_detail.value, llm_models),
        run_dir,
    )
    with held_here(service, settings.run_root, plan_id):
        if run_dir.exists() and any(run_dir.iterdir()):
            existing = service.find_plan(plan_id)
            raise ConfigurationError(
                f"{run_dir} is not empty, and the database has no plan {plan_id}: take another plan id"
                if existing is None
                else taken(existing)
            )
        plan = service.create_plan(
            plan_id,
            prompt=prompt,
            started_at=started_at,
            speed_vs_detail=speed_vs_detail.value,
            llm_models=llm_models,
            along=along,
        )
        created(plan_id)
        settings.progress.line(f"plan {plan_id}")
        with (
            _telling_how_to_go_on(plan_id, settings),
            owned(service, plan_id, "run", seconds=settings.lease_seconds),
        ):
            restore_files(service, plan, run_dir)
            return _run(service, settings, plan, make_root(settings.root, plan, run_dir))


def resume_plan(
    service: DatabaseService,
    settings: RunSettings,
    plan_id: str,
    *,
    verbose: bool = False,
    wait: bool = False,
) -> RunOutcome:
    """Make the run directory what the database says it is, then run what is left to do.

    With `wait`, once nobody else is at work on the plan.
    Raises PlanNotFoundError, ConfigurationError for a plan that `pipeline run` did not make, with nothing
    changed, PlanBusyError, PlanLostError, RunInterruptedError, DatabaseError.
    """
    plan = service.get_plan(plan_id)
    if not plan.made_by_run:
        raise not_made_by_run(plan_id)
    at_plan(plan_id)
    run_dir = plan_directory(settings.run_root, plan_id)
    root = make_root(settings.root, plan, run_dir)
    report = settings.progress.line
    with (
        _telling_how_to_go_on(plan_id, settings),
        held_here(service, settings.run_root, plan_id, wait=wait, tell=report),
        owned(service, plan_id, "resume", seconds=settings.lease_seconds, wait=wait, tell=report),
    ):
        if swept := service.fail_pending_interactions(plan_id, STALE_REASON):
            report(f"closed {swept} LLM interactions that a dead process left pending")
        for line in _told(restore_files(service, plan, run_dir), verbose=verbose):
            report(line)
        for name in remove_leftovers(run_dir):
            report(f"removed {name}")
        (run_dir / STOP_FLAG_FILENAME).unlink(missing_ok=True)
        for name in _set_aside_unknown_outputs(service, plan, run_dir, root):
            report(f"set aside {name}: the database has no such file")
        return _run(service, settings, plan, root)


def not_made_by_run(plan_id: str) -> ConfigurationError:
    """Return what is raised for a plan of which nothing says how its tasks are made."""
    return ConfigurationError(
        f"plan {plan_id} was not made by pipeline run; to restore its files: pipeline doctor {plan_id} "
        "(with --run-dir . where its tasks name them from the working directory)"
    )


def _told(restored: Collection[Restored], *, verbose: bool) -> Iterator[str]:
    missing = [file for file in restored if file.state is FileState.MISSING and not file.left]
    if brief := len(missing) > _NAMED and not verbose:
        yield f"restored {len(missing)} files that were missing"
    for file in restored:
        if file.left:
            yield f"left {file.filename} ({file.state}): {file.left}"
        elif file.state is FileState.DIFFERENT or not brief:
            kept = "" if file.kept is None else f"; what was there is now {file.kept}"
            yield f"restored {file.filename} ({file.state}){kept}"


def make_root(root: type[luigi.Task], plan: PlanRecord, run_dir: Path) -> luigi.Task:
    """Return the root task of a plan, with the parameters that the database has for it.

    Raises ConfigurationError for a task that does not take them.
    """
    parameters: dict[str, object] = {"run_id_dir": run_dir}
    if plan.speed_vs_detail is not None:
        parameters["speedvsdetail"] = SpeedVsDetailEnum(plan.speed_vs_detail)
    if plan.llm_models:
        parameters["llm_models"] = plan.llm_models
    try:
        return root(**parameters)
    except ParameterException as error:
        own = {name for name, _ in root.get_params()}
        unknown = ", ".join(name for name in parameters if name not in own)
        reason = f"{root.__name__} has no parameter {unknown}" if unknown else str(error)
        raise ConfigurationError(
            f"the root task {root.__module__}:{root.__name__} cannot be made for a plan: {reason}; "
            "its parameters are those of pipeline.plan_task.PlanTask"
        ) from error


def _set_aside_unknown_outputs(
    service: DatabaseService, plan: PlanRecord, run_dir: Path, root: luigi.Task
) -> tuple[str, ...]:
    # Rows come before files, so a file without a row is not a result of this plan, whatever it is;
    # Luigi would take its task for done. It is renamed, not deleted.
    known = {info.filename for info in service.list_content(plan.plan_id)} | set(input_files(plan))
    outputs = [(name_below(run_dir, path), path) for task in walk(root) for path in output_paths(task)]
    unknown = {
        name: path
        for name, path in outputs
        if name is not None and name not in known and path.exists() and _is_in(run_dir, path)
    }
    for path in unknown.values():
        set_aside(path)
    return tuple(unknown)


def _is_in(run_dir: Path, path: Path) -> bool:
    # Not behind a link that leads out: what is there is not this plan's to rename.
    return path.parent.resolve().is_relative_to(run_dir.resolve())


@contextmanager
def _telling_how_to_go_on(plan_id: str, settings: RunSettings) -> Iterator[None]:
    try:
        yield
    except DatabaseUnavailableError as error:
        raise DatabaseUnavailableError(
            f"{error}; once it is back, go on with: {settings.going_on(plan_id)}"
        ) from error
    except KeyboardInterrupt as interrupt:
        raise RunInterruptedError(
            f"plan {plan_id}: interrupted; go on with: {settings.going_on(plan_id)}", exit_status(interrupt)
        ) from interrupt


def _run(service: DatabaseService, settings: RunSettings, plan: PlanRecord, root: luigi.Task) -> RunOutcome:
    # Workers are forked from this process and inherit it.
    os.environ[KEEP_ANSWERS_VARIABLE] = "1"
    for name in undo_cut_short_tasks(service, plan.plan_id, root):
        settings.progress.line(f"{name} had not ended: it is run again")
    # A database that is away must not hold up what is done about a failed task.
    run_dir = plan_directory(settings.run_root, plan.plan_id)
    stored = partial(is_stored, service.impatient(), plan.plan_id, run_dir)
    with graceful(settings.grace_seconds), ended_in_order(service, plan.plan_id):
        service.set_plan_status(plan.plan_id, "running")
        outcome = run_tasks(root, workers=settings.workers, progress=settings.progress, is_stored=stored)
        if outcome.succeeded:
            status = "completed"
        elif (plan_directory(settings.run_root, plan.plan_id) / STOP_FLAG_FILENAME).exists():
            status = "stopped"
        else:
            status = "failed"
        # Takes along what the last task has left in the line.
        service.sharing(line_of_this_process()).set_plan_status(plan.plan_id, status)
    return outcome
