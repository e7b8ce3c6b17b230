"""From rows to facts: reads a plan, changes nothing."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError, DatabaseError, DatabaseUnavailableError
from pipeline.plans.doctor import STALE_REASON
from pipeline.redaction import redact
from pipeline.report.costs import cost_of_row
from pipeline.report.facts import Call, CallState, PlanFacts
from pipeline.report.matching import Rows, belongs, match_tasks
from pipeline.report.states import NOT_RUN, Run
from pipeline.running.inputs import input_files

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from pipeline.database.records import ContentInfo, InteractionInfo, PlanRecord
    from pipeline.database.service import DatabaseService
    from pipeline.llm.prices import Price
    from pipeline.report.task_graph import ExpectedTask

    ExpectTasks = Callable[[PlanRecord], tuple[ExpectedTask, ...]]

OTHER_PIPELINE = (
    "the root task is of another pipeline than this plan, so only tasks that have left a record are shown; "
    "name the plan's own root task with --root"
)


def gather(
    service: DatabaseService,
    plan_id: str,
    expect_tasks: ExpectTasks,
    *,
    prices: Mapping[str, Price] | None = None,
    now: datetime | None = None,
) -> PlanFacts:
    """Return what the database knows of a plan, which may be running meanwhile.

    `expect_tasks` gives the tasks that the plan should have; where it raises ConfigurationError, the
    facts are of those that have left a record. Raises PlanNotFoundError, DatabaseError.
    """
    with _outdated_tables_told():
        # What changes last is read first: then a task may look less done than it is, never a finished
        # plan like one with tasks missing.
        plan = service.get_plan(plan_id)
        begun = service.list_running_tasks(plan_id)
        content = service.list_content(plan_id)
        interactions = service.list_interactions(plan_id)
    as_of = _no_earlier_than_rows(datetime.now(UTC) if now is None else now, content, interactions)
    run = Run(plan.status, plan.updated_at, plan.made_by_run)
    first_choice = plan.llm_models[0] if plan.llm_models else None
    calls: dict[str, list[Call]] = defaultdict(list)
    for row in interactions:
        calls[row.stage].append(
            _call(row, prices or {}, first_choice, as_of, active=run.active or not plan.made_by_run)
        )
    rows = Rows(calls, content, begun, input_files(plan))
    note = None
    try:
        expected = expect_tasks(plan)
    except ConfigurationError as error:
        expected, note = (), redact(str(error))
    if expected and not belongs(expected, rows):
        # No root task that `pipeline` could make has written a plan of plain Luigi.
        expected, note = (), OTHER_PIPELINE if plan.made_by_run else None
    return PlanFacts(
        plan_id=plan.plan_id,
        status=plan.status if plan.made_by_run else NOT_RUN,
        active=run.active,
        prompt=None if plan.prompt is None else redact(plan.prompt),
        llm_models=tuple(redact(name) for name in plan.llm_models),
        created_at=plan.created_at,
        changed_at=plan.updated_at,
        as_of=as_of,
        tasks=match_tasks(expected, rows, run),
        note=note,
        made_by_run=plan.made_by_run,
    )


@contextmanager
def _outdated_tables_told() -> Iterator[None]:
    try:
        yield
    except DatabaseUnavailableError:
        raise
    except DatabaseError as error:
        from pipeline.database.engine import get_reading_engine
        from pipeline.database.migrate import schema_state
        from pipeline.database.retry import RetryPolicy

        # Reading does not migrate, so the tables may be older than this version, or not there.
        state = schema_state(get_reading_engine(), RetryPolicy.for_reading())
        if state.is_usable:
            raise
        raise DatabaseError(state.problem) from error


def _no_earlier_than_rows(
    now: datetime, content: Collection[ContentInfo], interactions: Collection[InteractionInfo]
) -> datetime:
    # The rows may come from a machine whose clock is ahead of this one's.
    moments = [row.updated_at for row in content]
    moments += [row.completed_at or row.created_at for row in interactions]
    return max([now, *moments])


def _call(
    row: InteractionInfo,
    prices: Mapping[str, Price],
    first_choice: str | None,
    as_of: datetime,
    *,
    active: bool,
) -> Call:
    state = _call_state(row, active=active)
    ended_at = _call_end(row, state, as_of)
    seconds = None if ended_at is None else max(0.0, (ended_at - row.created_at).total_seconds())
    if state is CallState.COMPLETED and row.duration_seconds is not None:
        seconds = row.duration_seconds
    return Call(
        model=redact(row.llm_model),
        state=state,
        started_at=row.created_at,
        ended_at=ended_at,
        seconds=seconds,
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        total_tokens=row.total_tokens,
        cost=cost_of_row(row, prices),
        error=None if row.error_message is None else redact(row.error_message),
        fallback=state is CallState.COMPLETED and first_choice is not None and row.llm_model != first_choice,
    )


def _call_state(row: InteractionInfo, *, active: bool) -> CallState:
    if row.status == "pending":
        return CallState.PENDING if active else CallState.ABANDONED
    if row.status == "failed":
        return CallState.ABANDONED if row.error_message == STALE_REASON else CallState.FAILED
    return CallState.COMPLETED


def _call_end(row: InteractionInfo, state: CallState, as_of: datetime) -> datetime | None:
    if state is CallState.PENDING:
        return as_of
    if state is CallState.ABANDONED:
        # Its row was closed by whoever found it, which says nothing of its end.
        return None
    if row.completed_at is None and row.duration_seconds is not None:
        return row.created_at + timedelta(seconds=row.duration_seconds)
    return row.completed_at
