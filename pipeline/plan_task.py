# mypy: allow-untyped-calls
"""The base class of all tasks of the pipeline."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import luigi

from pipeline.errors import ConfigurationError, DatabaseError, TaskFailedError
from pipeline.llm.executor import LLMExecutor, PipelineStopRequested, no_fault_of_the_model
from pipeline.names import check_plan_id
from pipeline.redaction import redact
from pipeline.speed_vs_detail import SpeedVsDetailEnum

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.database.records import FileNote
    from pipeline.database.recovery import BegunTask
    from pipeline.database.service import DatabaseService
    from pipeline.database.steps import DatabaseSteps
    from pipeline.llm.answers import DatabaseAnswerLog
    from pipeline.llm.base import LLM
    from pipeline.llm.token_meter import TokenMeter

logger = logging.getLogger(__name__)

KEEP_ANSWERS_VARIABLE = "PIPELINE_KEEP_ANSWERS"
"""Set to 1 by `pipeline run` and `pipeline resume`, for themselves and their workers."""

STOP_FLAG_FILENAME = "pipeline_stop_requested_flag.txt"


StopCallback = Callable[[luigi.Task, float], bool]


def keeps_answers() -> bool:
    """Whether this process runs a plan that can be resumed."""
    return os.environ.get(KEEP_ANSWERS_VARIABLE) == "1"


if TYPE_CHECKING:
    _Parameter = luigi.Parameter[StopCallback | None]
else:
    _Parameter = luigi.Parameter  # Luigi 3.6 and 3.7 have no type parameter at run time


def _forget(answers: DatabaseAnswerLog) -> None:
    try:
        answers.forget_all()
    except DatabaseError as error:
        # The task ends with its own error; a run that replays the answers fails likewise, and forgets them then.
        logger.error("kept answers could not be dropped: %s", error)


class NamedFile(Protocol):
    """A member of an enumeration of file names."""

    @property
    def value(self) -> str:
        """The file's name below the run directory."""


class _CallbackParameter(_Parameter):
    """A callable handed from task to task; a class of its own because Luigi warns of non-strings.

    As text, which is how Luigi hands on the tasks that a task yields, it is nothing.
    """

    def parse(self, x: str) -> None:
        """Return None: a callable has no text."""


class PlanTask(luigi.Task):
    """A task of one plan.

    The plan's files live in `run_id_dir`, whose name is the plan id. `llm_models` are names for
    pipeline.llm.registry in order of priority. `_pipeline_executor_callback` takes the task and the
    seconds since its executor was made, and returns true to stop the run.
    """

    run_id_dir = luigi.PathParameter()
    speedvsdetail = luigi.EnumParameter(
        enum=SpeedVsDetailEnum, default=SpeedVsDetailEnum.ALL_DETAILS_BUT_SLOW
    )
    llm_models = luigi.ListParameter(default=("offline",))
    _pipeline_executor_callback = _CallbackParameter(
        default=None, significant=False, visibility=luigi.parameter.ParameterVisibility.PRIVATE
    )

    _answer_log: DatabaseAnswerLog | None = None
    _token_meter: TokenMeter | None = None
    _begun: BegunTask | None = None
    _written: dict[str, str] | None = None

    def file_path(self, filename: NamedFile) -> Path:
        """Return the path of one of the plan's files."""
        return self.run_id_dir / filename.value

    def local_target(self, filename: NamedFile) -> luigi.LocalTarget:
        """Return the Luigi target of one of the plan's files."""
        return luigi.LocalTarget(self.file_path(filename))

    def get_plan_id(self) -> str:
        """Return the plan id: the name of the run directory. Raises InvalidNameError if it is unfit."""
        return check_plan_id(self.run_id_dir.name)

    def get_database_service(self) -> DatabaseService:
        """Return a service for the database that the environment names; the caller closes it.

        It books this task's interactions with the tokens that its executors' models count.
        """
        from pipeline.database.service import DatabaseService

        if not keeps_answers():
            # Nobody would resume this run, so everything is written as soon as it can be.
            return DatabaseService(meter=self._meter(), task=(self.get_task_family(), self.task_id))
        from pipeline.database.deferred import line_of_this_process
        from pipeline.running.cut_short import task_key

        if self._written is None:
            self._written = {}
        service = DatabaseService(
            meter=self._meter(),
            deferred=line_of_this_process(),
            written=self._written,
            task=(self.get_task_family(), self.task_id),
        )
        if self._begun is None:
            self._begun = service.begin_task(self.get_plan_id(), task_key(self))
        return service

    def database_steps(self, *, stage: str | None = None) -> DatabaseSteps:
        """Return the steps that record this task's calls and files: `with self.database_steps() as steps:`.

        Their rows have the class's name in snake_case as their stage, unless another one is given.
        """
        from pipeline.database.answer_facts import FACTS
        from pipeline.database.step_values import stage_of
        from pipeline.database.steps import DatabaseSteps

        return DatabaseSteps(
            self.get_database_service,
            self.get_plan_id(),
            stage or stage_of(type(self).__name__),
            model=str(self.llm_models[0]) if self.llm_models else "unknown",
            run_directory=self.run_id_dir,
            columns=FACTS | {"error_type", "first_chunk_seconds", "parameters"},
            is_complete=True,
        )

    def create_llm_executor(self) -> LLMExecutor:
        """Return an executor that tries this task's models in order.

        Raises ConfigurationError for a model that the registry does not know.
        """
        from pipeline.llm.registry import get_llm

        callback = self._pipeline_executor_callback
        created = time.perf_counter()

        def should_stop() -> bool:
            return callback is not None and bool(callback(self, time.perf_counter() - created))

        return LLMExecutor(
            [get_llm(name) for name in self.llm_models],
            should_stop_callback=should_stop,
            answers=self._open_answer_log(),
            meter=self._meter(),
        )

    def run(self) -> None:
        """Do the work of this task.

        Raises PipelineStopRequested, after leaving a flag file in the run directory, or
        TaskFailedError whose cause is the error that made the task fail.
        """
        try:
            self.run_inner()
            if self._begun is not None:
                self.get_database_service().flush()
        except PipelineStopRequested:
            (self.run_id_dir / STOP_FLAG_FILENAME).touch()
            raise
        except Exception as error:
            # A full disk or a database that is away says nothing against the answers; anything else may
            # be their fault, and would come back with them for ever.
            if self._answer_log is not None and not no_fault_of_the_model(error):
                _forget(self._answer_log)
            raise TaskFailedError(
                redact(f"{type(self).__name__} failed in {self.run_id_dir}: {type(error).__name__}: {error}")
            ) from error

    def run_inner(self) -> None:
        """Run the work with each model in turn until one succeeds; override where no model is needed."""
        self.create_llm_executor().run(self.run_with_llm)

    def run_with_llm(self, llm: LLM) -> None:
        """Do the work with one model; override this or `run_inner`."""
        raise ConfigurationError(f"{type(self).__name__} overrides neither run_inner nor run_with_llm")

    def note_end(self, *, at_once: bool) -> None:
        """Note in the database that this task has ended well, at once or with what is written next.

        Called by whoever runs the task, since it may override `run`. Raises DatabaseError if at once.
        """
        if self._begun is None:
            return
        service = self.get_database_service()
        # What the files are now, beside what was stored: whether rows can give them back is known by that.
        service.note_files(self.get_plan_id(), self._files_written(), soon=True)
        service.end_task(self._begun)
        self._begun = None
        if at_once:
            service.flush()

    def _files_written(self) -> tuple[FileNote, ...]:
        from pipeline.database.records import FileNote
        from pipeline.errors import PipelineError
        from pipeline.running.run_directory import RunDirectory

        directory = RunDirectory(self.run_id_dir)
        notes = []
        for filename, content_sha256 in (self._written or {}).items():
            try:
                file_sha256 = directory.look(filename).sha256
            except (PipelineError, OSError):
                # Not there, or not to be read: then nothing is known of it, and the task has ended all the same.
                continue
            if file_sha256 is not None:
                notes.append(FileNote(filename, content_sha256, file_sha256, restored=False))
        return tuple(notes)

    def _meter(self) -> TokenMeter:
        from pipeline.llm.token_meter import TokenMeter

        if self._token_meter is None:
            self._token_meter = TokenMeter()
        return self._token_meter

    def _open_answer_log(self) -> DatabaseAnswerLog | None:
        if not keeps_answers():
            return None
        from pipeline.llm.answers import DatabaseAnswerLog

        if self._answer_log is None:
            service = self.get_database_service()
            self._answer_log = DatabaseAnswerLog(
                service, self.get_plan_id(), self.get_task_family(), self._begun
            )
        return self._answer_log
