"""What a run notes so that it can go on after a crash: answers kept, tasks that have begun and not ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, select

from pipeline.database.models import LLMAnswer, RunningTask, table_of
from pipeline.database.records import StoredAnswer
from pipeline.database.statements import (
    delete_running_task,
    select_answer_keys,
    upsert_answer,
    upsert_running_task,
)
from pipeline.database.transactions import Transactions
from pipeline.database.values import short_text
from pipeline.faults import FaultPoint
from pipeline.llm.token_counts import usable_count
from pipeline.names import check_plan_id

if TYPE_CHECKING:
    from collections.abc import Collection

_answers = table_of(LLMAnswer)
_running = table_of(RunningTask)


@dataclass(slots=True)
class BegunTask:
    """A task that has begun, and the keys of its plan's kept answers once that is written, None before."""

    plan_id: str
    task_key: str
    answer_keys: frozenset[str] | None = None


class RecoveryNotes(Transactions):
    """Keeps answers and notes of tasks, most of them with what is written next.

    Raises what pipeline.database.service.DatabaseService raises.
    """

    def list_answer_keys(self, plan_id: str) -> frozenset[str]:
        """Return the keys of the requests of a plan for which there is an answer."""
        check_plan_id(plan_id)
        return self._read(plan_id, lambda c: _answer_keys(c, plan_id))

    def find_answer(self, plan_id: str, request_key: str) -> StoredAnswer | None:
        """Return the answer kept for a request, None if there is none."""
        columns = _answers.c
        statement = select(
            columns.llm_model,
            columns.answer_text,
            columns.input_tokens,
            columns.output_tokens,
            columns.interaction_id,
        ).where(columns.plan_id == check_plan_id(plan_id), columns.request_key == request_key)
        row = self._read(plan_id, lambda c: c.execute(statement).one_or_none())
        return None if row is None else StoredAnswer(*row)

    def keep_answer(self, plan_id: str, request_key: str, answer: StoredAnswer) -> None:
        """Keep an answer for a request, in place of any other."""
        values = {
            "plan_id": check_plan_id(plan_id),
            "request_key": request_key,
            "llm_model": short_text("keep_answer", {"llm_model": answer.llm_model}, "llm_model"),
            "answer_text": answer.text,
            "input_tokens": usable_count(answer.input_tokens),
            "output_tokens": usable_count(answer.output_tokens),
            "created_at": datetime.now(UTC),
            "interaction_id": answer.interaction_id,
        }
        statement = upsert_answer(self._dialect)
        self._write_soon(plan_id, lambda c: c.execute(statement, values), FaultPoint.ANSWER_COMMITTED)

    def forget_answers(self, plan_id: str, request_keys: Collection[str]) -> None:
        """Drop the answers kept for these requests."""
        columns = _answers.c
        statement = delete(_answers).where(
            columns.plan_id == check_plan_id(plan_id), columns.request_key.in_(list(request_keys))
        )
        self._write(plan_id, lambda c: c.execute(statement))

    def begin_task(self, plan_id: str, task_key: str) -> BegunTask:
        """Note, with what is written next, that a task has begun.

        In the same transaction the keys of the plan's kept answers are read, so that they cost no
        transaction of their own.
        """
        now = datetime.now(UTC)
        task = BegunTask(check_plan_id(plan_id), task_key)
        values = {"plan_id": plan_id, "task_key": task_key, "began_at": now}
        upsert = upsert_running_task(self._dialect)
        # Whoever started the run has made the plan's row, or a task that is run without that makes it.
        with_plan = not self._knows_plan(plan_id)

        def work(connection: Connection) -> None:
            if with_plan:
                self._insert_plan(connection, plan_id, now)
            connection.execute(upsert, values)
            task.answer_keys = _answer_keys(connection, plan_id)

        self._write_soon(plan_id, work)
        return task

    def end_task(self, task: BegunTask) -> None:
        """Note, with what is written next, that a task has ended well."""
        values = {"plan_id": task.plan_id, "task_key": task.task_key}
        self._write_soon(task.plan_id, lambda c: c.execute(delete_running_task(), values))

    def list_running_tasks(self, plan_id: str) -> dict[str, datetime]:
        """Return the keys of the tasks that have begun and not ended, and when each began."""
        columns = _running.c
        statement = (
            select(columns.task_key, columns.began_at)
            .where(columns.plan_id == check_plan_id(plan_id))
            .order_by(columns.began_at, columns.task_key)
        )
        return {str(key): began for key, began in self._read(plan_id, lambda c: c.execute(statement).all())}


def _answer_keys(connection: Connection, plan_id: str) -> frozenset[str]:
    return frozenset(connection.execute(select_answer_keys(), {"plan_id": plan_id}).scalars())
