"""What a task calls of a database service, and nothing else: for a module that a pipeline has as its own.

It stores what pipeline.database.service.DatabaseService stores of what tasks hand over, and needs SQLAlchemy alone.
What `pipeline run` brings is missing: kept answers, tokens that models count, leases. It is written, with all that it
is made of, into one file by `refactor init --service vendored`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self, TypeVar

from pipeline.database.engine import get_engine
from pipeline.database.interaction_changes import UnmarkedInteractions, change_to_store
from pipeline.database.interaction_values import new_interaction
from pipeline.database.own_tables import ensure_tables
from pipeline.database.plan_rows import begin_empty
from pipeline.database.records import InteractionRecord
from pipeline.database.retry import RetryPolicy, run_transaction
from pipeline.database.statements import insert_interaction, insert_plan, update_interaction, upsert_content
from pipeline.database.values import content_row
from pipeline.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Connection, Engine

T = TypeVar("T")

_MOMENT_SECONDS = 2.0


class DatabaseService:
    """Writes the model calls and the files of tasks into the database that `PIPELINE_DATABASE_URL` names.

    Without that variable it is the file `pipeline.db` of the working directory. The tables are made where there are
    none. Between two calls no connection and no transaction is held, so a model may take as long as it likes. Each
    write is a transaction of its own, is repeated while the database is away, and may be repeated without changing the
    outcome. Threads may share a service, and forked processes may go on with it. All methods raise
    DatabaseUnavailableError after an outage that outlasts the policy, DatabaseError if the database refuses,
    ConfigurationError for arguments that make no sense.
    """

    def __init__(self, engine: Engine | None = None, policy: RetryPolicy | None = None) -> None:
        self._engine = get_engine() if engine is None else engine
        self._policy = RetryPolicy.from_environment() if policy is None else policy
        self._dialect = self._engine.dialect.name
        self._plans: set[str] = set()
        self._plan_of_interaction: dict[int, str] = {}
        self._unmarked = UnmarkedInteractions()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the use of this service. It holds no connection; the engine's pool is shared and stays.

        What could not be marked as failed is tried once more. An error of the database does not replace an
        exception that such an interaction failed of and that is on its way out.
        """
        self._unmarked.try_again(self._write_or_give_up)

    def create_llm_interaction(self, data: Mapping[str, Any]) -> InteractionRecord:
        """Insert an interaction and return it with its `id`.

        Takes plan_id, llm_model, stage, prompt_text; optionally status (default `pending`), created_at,
        interaction_key (default: a fresh one), and what is in pipeline.database.interaction_values.BESIDE.
        """
        values = new_interaction(data)
        statement = insert_interaction(self._dialect)
        plan_id = values["plan_id"]
        created: int = self._write_for_plan(plan_id, lambda c: c.execute(statement, values).scalar_one())
        self._plan_of_interaction[created] = plan_id
        return InteractionRecord(id=created)

    def update_llm_interaction(self, interaction_id: int, data: Mapping[str, Any]) -> None:
        """Set columns of an interaction.

        Takes any of status, llm_model, response_text, completed_at (naive means UTC; by default the time at which a
        status ends the interaction), duration_seconds, error_message (API keys are taken out), input_tokens,
        output_tokens, total_tokens, which are NULL unless they are counts, and what is in
        pipeline.database.interaction_values.BESIDE. One that completes has no error any more unless one is given.

        Where one is marked as failed while the exception that `error_message` describes is being handled, the
        causes of that exception are stored with it. It is then also not replaced by an error of the database, which
        is logged; `close` tries again, and if that is in vain the interaction stays pending, as after a kill.
        """
        change = change_to_store(interaction_id, data)
        statement = update_interaction(frozenset(change.values))
        parameters = {**change.values, "interaction_id": interaction_id}
        plan_id = self._plan_of_interaction.get(interaction_id) or f"of interaction {interaction_id}"

        def work(connection: Connection) -> None:
            if connection.execute(statement, parameters).rowcount != 1:
                raise DatabaseError(f"there is no LLM interaction {interaction_id}")

        self._unmarked.mark(interaction_id, plan_id, work, change.failure, self._write)

    def create_plan_content(self, data: Mapping[str, Any]) -> None:
        """Insert the content of a file, or replace it: there is one row per plan and file name.

        Takes plan_id, filename, stage, content (str or bytes); optionally content_type and content_size_bytes,
        which is computed again anyhow.
        """
        values = content_row(data)
        statement = upsert_content(self._dialect)
        self._write_for_plan(values["plan_id"], lambda c: c.execute(statement, values))

    def _write_for_plan(self, plan_id: str, work: Callable[[Connection], T]) -> T:
        """Write, in one transaction with the plan's own row if nobody has made that yet."""
        if plan_id in self._plans:
            return self._write(plan_id, work)
        now = datetime.now(UTC)

        def with_plan(connection: Connection) -> T:
            plan = {"plan_id": plan_id, "status": "running", "created_at": now, "updated_at": now}
            if connection.execute(insert_plan(self._dialect), plan).first() is not None:
                begin_empty(connection, plan_id)
            return work(connection)

        result = self._write(plan_id, with_plan)
        self._plans.add(plan_id)
        return result

    def _write(self, plan_id: str, work: Callable[[Connection], T]) -> T:
        ensure_tables(self._engine, self._policy)
        return run_transaction(self._engine, work, subject=f"plan {plan_id}", policy=self._policy)

    def _write_or_give_up(self, plan_id: str, work: Callable[[Connection], None]) -> None:
        moment = RetryPolicy(patience_seconds=_MOMENT_SECONDS)
        run_transaction(self._engine, work, subject=f"plan {plan_id}", policy=moment)
