"""The one way to the database: short transactions, each of them repeatable."""

from __future__ import annotations

from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import ColumnElement, Connection, Select, bindparam, case, func, select

from pipeline.database.attempts import Booked, book
from pipeline.database.deferred import DeferredWrites
from pipeline.database.fencing import check_fence_of_interaction
from pipeline.database.file_notes import FileNotes
from pipeline.database.interaction_changes import UnmarkedInteractions, change_to_store
from pipeline.database.interaction_values import new_interaction
from pipeline.database.interactions import Interactions
from pipeline.database.leases import Leases
from pipeline.database.listing import Listing
from pipeline.database.models import PlanContent, table_of
from pipeline.database.plans import Plans
from pipeline.database.records import (
    ContentInfo,
    InteractionRecord,
)
from pipeline.database.recovery import RecoveryNotes
from pipeline.database.retry import RetryPolicy
from pipeline.database.statements import (
    insert_attempt,
    insert_interaction,
    update_interaction,
    upsert_content,
)
from pipeline.database.submissions import Submissions
from pipeline.database.task_leases import TaskLeases
from pipeline.database.values import content_row, decode_content, joined_content
from pipeline.errors import DatabaseError, PlanNotFoundError
from pipeline.faults import FaultPoint, fault_point
from pipeline.llm.costs import cost_of_counts
from pipeline.llm.prices import booking_prices
from pipeline.log_context import at_interaction, interaction_ended
from pipeline.names import check_filename, check_plan_id
from pipeline.tracing.current import current_trace_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import URL, Engine

    from pipeline.llm.token_meter import TokenMeter

_content = table_of(PlanContent)

_MOMENT = 2.0

# A multiple of four: as many characters of base64 are base64.
_LARGE_BYTES = 1 << 24


class DatabaseService(Plans, Listing, RecoveryNotes, FileNotes, Interactions, Submissions):
    """Reads and writes plans, LLM interactions and plan content.

    Between two calls no connection and no transaction is held, so an LLM call in between may take
    as long as it likes. With `deferred`, which the services of one process share, kept answers and
    completed interactions are written in one transaction with what is written next, and `flush` and
    `close` leave nothing waiting. Each write may be repeated without changing the outcome. All methods raise
    DatabaseUnavailableError after an outage that outlasts the policy, DatabaseError if the database
    refuses, ConfigurationError for arguments that make no sense. Into `written` goes the checksum of each
    content that has been stored, by file name. `task` is the family and the id of the task whose interactions
    these are.
    """

    def __init__(
        self,
        engine: Engine | None = None,
        policy: RetryPolicy | None = None,
        meter: TokenMeter | None = None,
        deferred: DeferredWrites | None = None,
        written: dict[str, str] | None = None,
        task: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(engine, policy, deferred)
        self._meter = meter
        self._written = written
        self._task = {} if task is None else {"task_family": task[0], "task_id": task[1]}
        self._plan_of_interaction: dict[int, str] = {}
        self._model_of_interaction: dict[int, str] = {}
        self._unmarked = UnmarkedInteractions()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def sharing(self, deferred: DeferredWrites, policy: RetryPolicy | None = None) -> DatabaseService:
        """Return a service for the same database that writes what waits in this line, too."""
        return DatabaseService(self._engine, policy or self._policy, self._meter, deferred)

    def impatient(self) -> DatabaseService:
        """Return a service for the same database that gives up after a moment."""
        return DatabaseService(self._engine, RetryPolicy(patience_seconds=_MOMENT))

    def leases(self, policy: RetryPolicy | None = None) -> Leases:
        """Return the leases of the plans of the same database."""
        return Leases(self._engine, policy or self._policy)

    def task_leases(self, policy: RetryPolicy | None = None) -> TaskLeases:
        """Return the leases of the tasks of submitted plans of the same database."""
        return TaskLeases(self._engine, policy or self._policy)

    @property
    def url(self) -> URL:
        """Where the database is; holds the password."""
        return self._engine.url

    def close(self) -> None:
        """End the use of this service. It holds no connection; the engine's pool is shared and stays.

        What could not be marked as failed is tried once more. An error of the database does not replace an
        exception that such an interaction failed of and that is on its way out.
        """
        self._unmarked.try_again(
            lambda plan_id, work: self.impatient()._write(plan_id, work), before=self.flush
        )

    # -- what tasks write

    def create_llm_interaction(self, data: Mapping[str, Any]) -> InteractionRecord:
        """Insert an interaction and return it with its `id`.

        Takes plan_id, llm_model, stage, prompt_text; optionally status (default `pending`),
        created_at, interaction_key (default: a fresh one), and what is in
        pipeline.database.interaction_values.BESIDE.
        """
        values = new_interaction(data, {"trace_id": current_trace_id(), **(self._task or {})})
        statement = insert_interaction(self._dialect)
        interaction_id = self._write_for_plan(
            values["plan_id"], lambda c: c.execute(statement, values).scalar_one()
        )
        self._plan_of_interaction[interaction_id] = values["plan_id"]
        self._model_of_interaction[interaction_id] = values["llm_model"]
        if self._meter is not None:
            self._meter.begin(interaction_id)
        at_interaction(interaction_id)
        fault_point(FaultPoint.INTERACTION_CREATED)
        return InteractionRecord(id=interaction_id)

    def update_llm_interaction(self, interaction_id: int, data: Mapping[str, Any]) -> None:
        """Set columns of an interaction.

        Takes any of status, llm_model, response_text, completed_at (naive means UTC; by default the time at which a
        status ends the interaction),
        duration_seconds, error_message (API keys are taken out), input_tokens, output_tokens,
        total_tokens, which are NULL unless they are counts, and what is in
        pipeline.database.interaction_values.BESIDE. One that completes has no error any more unless one is given.
        Where a meter counts, an interaction that ends gets what was asked since it was created and is not given:
        the tokens, the model that answered, why the answer ended; one that fails also gets the text of the last
        response that was no good. The attempts before the last one get rows of their own. Where tokens and their
        model's price are known, `cost` is booked with them.

        Where one is marked as failed while the exception that `error_message` describes is being handled, the
        causes of that exception are stored with it. It is then also not replaced by an error of the database, which
        is logged; `close` tries again, and if that is in vain the interaction stays pending, as after a kill.
        """
        change = change_to_store(interaction_id, data)
        booked = self._booked(interaction_id, change.values)
        values = self._priced(interaction_id, booked.values)
        statement = update_interaction(frozenset(values))
        parameters = {**values, "interaction_id": interaction_id}
        known = self._plan_of_interaction.get(interaction_id)
        plan_id = known or f"of interaction {interaction_id}"

        def work(connection: Connection) -> None:
            if known is None:
                check_fence_of_interaction(connection, interaction_id)
            if connection.execute(statement, parameters).rowcount != 1:
                raise DatabaseError(f"there is no LLM interaction {interaction_id}")
            for row in booked.earlier:
                earlier = insert_attempt(self._dialect, frozenset(row))
                connection.execute(earlier, {**row, "interaction_id": interaction_id})

        if values.get("status") in {"completed", "failed"}:
            interaction_ended(interaction_id)
        if values.get("status") != "completed":
            self._unmarked.mark(interaction_id, plan_id, work, change.failure, self._write)
            return
        # Its contents follow at once; until then the answer is kept, or waits in the same line.
        self._write_soon(plan_id, work, FaultPoint.INTERACTION_COMPLETED)

    def _booked(self, interaction_id: int, values: dict[str, Any]) -> Booked:
        if self._meter is None or values.get("status") not in {"completed", "failed"}:
            return Booked(values)
        begun = self._meter.end(interaction_id)
        return Booked(values) if begun is None else book(self._meter, begun, values, booking_prices())

    def _priced(self, interaction_id: int, values: dict[str, Any]) -> dict[str, Any]:
        """The values with the cost of the tokens among them, as far as that is known and not given."""
        if "cost" in values or values.get("status") not in {"completed", "failed"}:
            return values
        model = values.get("llm_model") or self._model_of_interaction.get(interaction_id)
        cost = cost_of_counts(
            model,
            values.get("input_tokens"),
            values.get("output_tokens"),
            values.get("cached_input_tokens"),
            booking_prices(),
        )
        return {**cost, **values}

    def create_plan_content(self, data: Mapping[str, Any]) -> None:
        """Insert the content of a file, or replace it: there is one row per plan and file name.

        Takes plan_id, filename, stage, content (str or bytes); optionally content_type and
        content_size_bytes, which is computed again anyhow.
        """
        values = content_row(data)
        statement = upsert_content(self._dialect)

        def work(connection: Connection) -> None:
            connection.execute(statement, values)
            fault_point(FaultPoint.CONTENT_BEFORE_COMMIT)

        self._write_for_plan(values["plan_id"], work)
        if self._written is not None:
            self._written[values["filename"]] = values["content_sha256"]
        fault_point(FaultPoint.CONTENT_COMMITTED)

    # -- content

    def list_content(self, plan_id: str) -> tuple[ContentInfo, ...]:
        """Return what is stored for a plan, by file name, without the contents."""
        columns = _content.c
        statement = (
            select(
                columns.filename,
                columns.stage,
                columns.content_type,
                columns.content_size_bytes,
                columns.content_sha256,
                columns.updated_at,
            )
            .where(columns.plan_id == check_plan_id(plan_id))
            .order_by(columns.filename)
        )
        rows = self._read(plan_id, lambda c: c.execute(statement).all())
        return tuple(ContentInfo(*row) for row in rows)

    def get_content(self, plan_id: str, filename: str) -> bytes:
        """Return the content of a file; raises PlanNotFoundError, or DatabaseError if it is corrupt."""
        columns = _content.c
        here = (columns.plan_id == check_plan_id(plan_id)) & (columns.filename == check_filename(filename))
        # PostgreSQL's driver has what it reads twice beside what is made of it: a large one is read in pieces.
        whole: Any = columns.content
        if self._dialect == "postgresql":
            whole = case((columns.content_size_bytes <= _LARGE_BYTES, columns.content))
        statement = select(whole, columns.encoding, columns.content_sha256).where(here)
        row = self._read(plan_id, lambda c: c.execute(statement).one_or_none())
        if row is None:
            raise PlanNotFoundError(f"plan {plan_id} has no content for {filename}")
        try:
            if row[0] is not None:
                return decode_content(*row)
            return joined_content(self._pieces(plan_id, here, row[2]), *row[1:])
        except DatabaseError as error:
            raise DatabaseError(
                f"plan {plan_id}, {filename}: {error}; once that row is deleted from plan_content, "
                f"`pipeline resume {plan_id}` runs its task again"
            ) from error

    def _pieces(self, plan_id: str, here: ColumnElement[bool], sha256: str) -> Iterator[str]:
        """Yield a content in pieces; raises DatabaseError where it is replaced meanwhile."""
        piece = func.substr(_content.c.content, bindparam("start"), _LARGE_BYTES)
        statement = select(piece).where(here, _content.c.content_sha256 == sha256)
        for start in count(1, _LARGE_BYTES):
            asked = partial(_scalar, statement=statement, parameters={"start": start})
            found = self._read(plan_id, asked)
            if found is None:
                raise DatabaseError("the row was replaced while it was read")
            if not found:
                return
            yield found


def _scalar(connection: Connection, statement: Select[Any], parameters: dict[str, int]) -> str | None:
    found: str | None = connection.execute(statement, parameters).scalar_one_or_none()
    return found
