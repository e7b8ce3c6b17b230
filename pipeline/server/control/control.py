"""Creates plans, goes on with them, stops and deletes them, as the commands do."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.database.records import PlanRecord
from pipeline.database.retry import RetryPolicy
from pipeline.database.service import DatabaseService
from pipeline.distributed import submitting
from pipeline.errors import ConfigurationError, PlanBusyError, PlanNotFoundError
from pipeline.llm.prices import load_prices
from pipeline.llm.registry import get_llm
from pipeline.names import check_plan_id, plan_directory
from pipeline.running.deleting import delete_plan
from pipeline.running.graph import load_root
from pipeline.running.lifecycle import make_root, new_plan_id, not_made_by_run
from pipeline.running.ownership import check_not_owned
from pipeline.server.control.children import Children
from pipeline.server.control.new_plan import plan_id_of_key
from pipeline.server.errors import ConflictError, KeyReusedError

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.server.control.new_plan import NewPlan

# Somebody waits for the answer.
_PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class ControlSettings:
    """How plans are run.

    Attributes:
        root: the task that requires all others, as MODULE:CLASS.
        run_root: the directory that holds the run directories.
        workers: how many worker processes a run has.
        most: how many plans are run at once.
        scheduler: where luigid listens, if `pipeline worker` runs the plans; None where this server does.
    """

    root: str
    run_root: Path
    workers: int
    most: int
    scheduler: str | None


class Control:
    """Changes plans. Raises PlanNotFoundError, PlanBusyError, ConfigurationError, DatabaseError."""

    def __init__(self, settings: ControlSettings) -> None:
        self.children = Children(settings.run_root, settings.most)
        self._settings = settings
        self._creating = threading.Lock()

    def create(self, wanted: NewPlan, key: str | None = None) -> str:
        """Create a plan, have it run, and return its id; with the same key as before, that of the plan made then.

        Raises ConflictError where the id is taken, KeyReusedError for a key that came with another plan, TooManyError.
        """
        load_prices()
        for name in wanted.llm_models:
            # A model that does not exist should not be found out by the first task.
            get_llm(name)
        now = datetime.now(UTC).replace(microsecond=0)
        made_up = new_plan_id(now) if key is None else plan_id_of_key(key)
        plan_id = made_up if wanted.plan_id is None else check_plan_id(wanted.plan_id)
        # One at a time: the same request sent twice at once is one plan.
        with self._creating, _service() as service:
            existing = service.find_plan(plan_id)
            if existing is None:
                self._create(service, plan_id, wanted, now)
            elif key is None:
                raise ConflictError(f"there is already a plan {plan_id}")
            elif not wanted.is_that(existing):
                raise KeyReusedError("this Idempotency-Key came with another plan before")
        return plan_id

    def resume(self, plan_id: str) -> None:
        """Go on with a plan; raises TooManyError besides."""
        with _service() as service:
            plan = service.get_plan(plan_id)
            if not plan.made_by_run:
                raise not_made_by_run(plan_id)
            self._check_not_running(plan_id)
            check_not_owned(service, plan_id)
            if self._settings.scheduler is None:
                self._start(plan_id)
            else:
                submitting.submit_again(
                    service,
                    plan_id,
                    root=self._settings.root,
                    run_root=self._settings.run_root,
                    scheduler_url=self._settings.scheduler,
                )

    def stop(self, plan_id: str) -> None:
        """Have no further task of a plan begun. Raises ConflictError where nobody is at work on it."""
        check_plan_id(plan_id)
        if self.children.stop(plan_id):
            return
        with _service() as service:
            try:
                submitting.stop(service, plan_id, wait=False)
            except PlanNotFoundError:
                raise
            except ConfigurationError as error:
                raise ConflictError(str(error)) from error

    def delete(self, plan_id: str) -> dict[str, int]:
        """Delete a plan with everything that is stored for it; return how many rows of each kind there were."""
        check_plan_id(plan_id)
        self._check_not_running(plan_id)
        with _service() as service:
            counts = delete_plan(service, self._settings.run_root, plan_id)
        self.children.forget(plan_id)
        return counts

    def _create(self, service: DatabaseService, plan_id: str, wanted: NewPlan, now: datetime) -> None:
        settings = self._settings
        if settings.scheduler is not None:
            submitting.submit_new(
                service,
                plan_id,
                root=settings.root,
                run_root=settings.run_root,
                scheduler_url=settings.scheduler,
                prompt=wanted.prompt,
                started_at=now,
                speed_vs_detail=wanted.speed,
                llm_models=wanted.llm_models,
            )
            return
        self.children.check_room()
        run_dir = plan_directory(settings.run_root, plan_id)
        # Found out before anything is made: a root task that cannot be made for a plan.
        record = PlanRecord(plan_id, "created", wanted.prompt, now, wanted.speed.value, wanted.llm_models)
        make_root(load_root(settings.root), record, run_dir)
        if run_dir.exists() and any(run_dir.iterdir()):
            raise ConflictError(
                f"there are files of a plan {plan_id}, which the database has not: take another id"
            )
        service.create_plan(
            plan_id,
            prompt=wanted.prompt,
            started_at=now,
            speed_vs_detail=wanted.speed.value,
            llm_models=wanted.llm_models,
        )
        self._start(plan_id)

    def _start(self, plan_id: str) -> None:
        settings = self._settings
        options = [
            "--root",
            settings.root,
            "--run-root",
            str(settings.run_root),
            "--workers",
            str(settings.workers),
        ]
        self.children.start(plan_id, options)

    def _check_not_running(self, plan_id: str) -> None:
        if self.children.is_running(plan_id):
            raise PlanBusyError(f"this server is running plan {plan_id}")


def _service() -> DatabaseService:
    return DatabaseService(policy=RetryPolicy(patience_seconds=_PATIENCE_SECONDS))
